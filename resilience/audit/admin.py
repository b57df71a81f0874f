"""What administrators and staff do in the administration, in the audit: added to a ModelAdmin before Django's own.

Django writes its own log of every addition, change and deletion, in the transaction of the change; here a row of the
audit goes with it. Of rows about people that log keeps a kind and a uid where Django would write what they are called.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest

from resilience.accounts.models import User
from resilience.lib.scoped import ScopedManager

from .actions import Deed, record_all


class Audited(admin.ModelAdmin):
    """Who changed which fields of which row. `audit_of` says what a row is about when it is not about itself."""

    def audit_of(self, row: Model) -> tuple[str, str]:
        """Kind and key of a row's subject: its uid or code, else its number."""
        return subject_of(row)

    def construct_change_message(
        self, request: HttpRequest, form: Form, formsets: Iterable[Any], add: bool = False
    ) -> Any:
        """Django asks for its words here, where the form is at hand: the names of the fields are kept for the row."""
        formsets = list(formsets or ())
        request.audit_fields = [*form.changed_data, *_beneath(formsets)]  # type: ignore[attr-defined]
        message: Any = super().construct_change_message(request, form, formsets, add)
        told = [said for each in message for said in each.values() if "object" in said]
        for said, row in zip(told, _touched(formsets), strict=True):
            said["object"] = _called(row)
        return message

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        return self._log(request, "added", ADDITION, [obj], message)[0]

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        return self._log(request, "changed", CHANGE, [obj], message)[0]

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> Any:
        return self._log(request, "deleted", DELETION, list(queryset))

    def _log(
        self, request: HttpRequest, what: str, flag: int, rows: Sequence[Model], message: Any = ""
    ) -> list[LogEntry]:
        """Both: ours, and Django's, as its own manager writes it but for what the rows are called."""
        self._record(request, what, rows)
        said: dict[str, Any] = {"user_id": request.user.pk, "action_flag": flag}
        said["change_message"] = json.dumps(message) if isinstance(message, list) else message
        kind = get_content_type_for_model(self.model)
        return LogEntry.objects.bulk_create(
            LogEntry(content_type=kind, object_id=str(row.pk), object_repr=_called(row)[:200], **said) for row in rows
        )

    def _record(self, request: HttpRequest, what: str, rows: Sequence[Model]) -> None:
        assert isinstance(request.user, User)
        fields = getattr(request, "audit_fields", ())
        name = self.model._meta.model_name
        record_all(Deed(f"admin.{name}.{what}", request.user, self.audit_of(row), fields=fields) for row in rows)


def _beneath(formsets: Iterable[Any]) -> list[str]:
    """Fields of rows that are edited beneath their owner: 'appointment.until_date'."""
    found: dict[str, None] = {}
    for formset in formsets:
        name = formset.model._meta.model_name
        for form in formset.forms:
            found |= dict.fromkeys(f"{name}.{field}" for field in form.changed_data)
    return list(found)


def _touched(formsets: Iterable[Any]) -> list[Model]:
    """What was edited beneath its owner, in the order in which Django tells of it."""
    found: list[Model] = []
    for formset in formsets:
        found += [*formset.new_objects, *(row for row, _fields in formset.changed_objects), *formset.deleted_objects]
    return found


def is_about_people(model: type[Model]) -> bool:
    """Whether its rows may be called by somebody's name: one who lives here, a colleague, or what hangs on either."""
    return _is_somebody(model) or any(
        field.related_model and _is_somebody(field.related_model) for field in model._meta.fields
    )


def _is_somebody(model: type[Model]) -> bool:
    return model is User or isinstance(getattr(model, "objects", None), ScopedManager)


def _called(row: Model) -> str:
    return " ".join(subject_of(row)) if is_about_people(type(row)) else str(row)


def subject_of(row: Model) -> tuple[str, str]:
    """What an audit row calls it."""
    uid, code = getattr(row, "uid", None), getattr(row, "code", None)
    return str(row._meta.model_name), uid.hex if uid else str(code or row.pk)
