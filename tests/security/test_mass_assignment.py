"""Every form, sent with every column of every table beside its own fields: it writes what it writes without them.

Time and chance stand still, so that the same form leaves the same rows; then any difference is a field that was
written and not meant. Names are sent plain and as Django's forms, formsets and htmx might read them.
"""

from __future__ import annotations

import os
import random
from typing import Any
from unittest import mock, skipIf

import time_machine
from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone

from tests.bad_input import FORMS, BadInputTestCase, Sent
from tests.base import Response

OURS = ("accounts", "households", "outbox")
# What the views themselves read beside a form, and what says where to go on: no columns.
_NOT_COLUMNS = {"key", "id", "password"}

# By kind of column, the narrower before the wider.
_HARM: dict[type, str] = {
    models.BooleanField: "on", models.DateTimeField: "2031-01-01T00:00:00+00:00", models.DateField: "2031-01-01",
    models.UUIDField: "7c9e6679-7425-40de-944b-e07fc1f90ae7", models.IntegerField: "7", models.FloatField: "7",
}  # fmt: skip


def columns() -> dict[str, models.Field[Any, Any]]:
    """Every column there is by its name; where several tables have one of that name, any of them."""
    found: dict[str, models.Field[Any, Any]] = {}
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for field in model._meta.concrete_fields:
                found[field.name] = field
                found[field.attname] = field
    return {name: field for name, field in found.items() if name not in _NOT_COLUMNS}


@skipIf(connection.vendor != "sqlite", "PostgreSQL gives the next row another number; the code is the same")
class TestMassAssignment(BadInputTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.columns = columns()

    def wanted(self, field: models.Field[Any, Any]) -> str:
        """A value that the column would take and that would do harm."""
        if field.choices:
            return str(list(field.choices)[-1][0])
        if isinstance(field, models.ForeignKey):
            return str(self.foreign(field.related_model))
        kinds = (kind for kind in _HARM if isinstance(field, kind))
        return _HARM.get(next(kinds, models.Field), "金雀权")

    def foreign(self, model: Any) -> int:
        """Somebody or something out of everybody's sight, else the last there is."""
        known = {"Region": self.away, "User": self.foreign_worker, "Household": self.foreign_household}
        known |= {"Building": self.foreign_building, "Resident": self.zhang}
        row = known.get(model.__name__) or model._base_manager.order_by("-pk").first()
        return int(row.pk) if row else 1

    def send(self, name: str, sent: Sent, more: dict[str, str]) -> tuple[Response, dict[str, str]]:
        """The answer and all rows afterwards; then everything is as before."""
        chance = random.Random(7)
        draw = mock.Mock(side_effect=chance.randbytes)
        with transaction.atomic(), mock.patch.object(os, "urandom", draw), mock.patch("random._urandom", draw):
            response = self.browser(sent.actor).post(self.path(name, sent), {**more, **self.filled(sent)})
            rows = self.state()
            transaction.set_rollback(True)
        return response, rows

    def extras(self, name: str, sent: Sent) -> dict[str, str]:
        taken = set(sent.form.base_fields) | set(self.filled(sent))
        plain = {column: self.wanted(field) for column, field in self.columns.items() if column not in taken}
        prefixed = {f"form-0-{column}": value for column, value in plain.items()}
        return {**plain, **prefixed, "is_superuser": "on", "is_staff": "on", "user": str(self.admin.pk)}

    def test_it_writes_no_field_that_its_form_does_not_have(self) -> None:
        assert len(self.columns) > 150
        with time_machine.travel(timezone.now(), tick=False):
            for name, all_sent in FORMS.items():
                for sent in all_sent:
                    plainly, before = self.send(name, sent, {})
                    again, same = self.send(name, sent, {})
                    assert before == same, f"{name} differs by itself"
                    response, after = self.send(name, sent, self.extras(name, sent))
                    where = f"{name} {sent.more}"
                    if response.status_code != plainly.status_code:
                        self.faults.append(f"{where}: {response.status_code} instead of {plainly.status_code}")
                    changed = [table for table in before if before[table] != after[table]]
                    self.faults += [f"{where}: {table}" for table in changed]
                    assert again.status_code == plainly.status_code
        self.check()

    def test_it_would_see_one(self) -> None:
        """With one field more in a form, the rows differ."""
        name = "request-note"
        (sent,) = FORMS[name]
        _response, before = self.send(name, sent, {})
        other = Sent(sent.actor, sent.form, {**sent.good, "text": "金雀权"}, on=sent.on)
        with time_machine.travel(timezone.now(), tick=False):
            _response, after = self.send(name, other, {})
        assert before["households.RequestEvent"] != after["households.RequestEvent"]
