"""No database holds a day, a moment, a number or a long text out of bounds, whoever writes it.

A year 1 or 9999 that got in once makes every list that loads the row fail for everybody (design/quality.md). Forms
and models refuse it in words; here it is written past both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from households.actions import campaigns as verbs
from households.models import (
    Assignment,
    Campaign,
    ClockRule,
    Destruction,
    DoomedFile,
    DueRow,
    HouseRules,
    OpeningAllowance,
    OpeningRule,
    RequestDraft,
    RequestItem,
    Resident,
    RetentionRule,
    ServiceRequest,
    SpecialDay,
    Tombstone,
    VisitCheck,
)
from resilience.accounts.models import RateCount, Session, User
from resilience.exports.models import Export
from resilience.keys.models import KnownKey
from resilience.lib.crypto import EncryptedTextField
from resilience.lib.dates import today
from resilience.outbox.models import Message
from resilience.privacy.models import Consent, DataRequest
from tests import factories as f
from tests.base import CastTestCase
from tests.canaries import Planted, plant

OURS = ("accounts", "outbox", "keys", "households", "privacy", "exports")
# By the kind of column, the first that fits: what may stand in it, and what must not.
KINDS: tuple[tuple[type[models.Field], Any, tuple[Any, ...]], ...] = (
    (
        models.DateTimeField,
        timezone.now,
        (datetime(1, 1, 2, tzinfo=UTC), datetime(1899, 12, 31, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)),
    ),
    (models.DateField, today, (date.min, date(1899, 12, 31), date(2100, 1, 2), date.max)),
    (models.DecimalField, lambda: Decimal("36"), (Decimal("-999"), Decimal("999"))),
    (models.BigIntegerField, lambda: 1, (-1, 2**63 - 1)),
    (models.IntegerField, lambda: 1990, (-(2**31), 2**31)),
    (models.TextField, str, ("字" * 100_001,)),
    (EncryptedTextField, str, ("字" * 100_001,)),
)


def columns() -> Iterator[tuple[type[models.Model], models.Field, Any, tuple[Any, ...]]]:
    """Every column of ours that needs bounds. Left out are

    keys the database counts itself, and the tables of django-simple-history: copies, written after their row was
    taken and in the same transaction. Short texts (CharField) have a length in PostgreSQL; sealed ones
    without one are opaque.
    """
    for model in apps.get_models():
        if model._meta.app_label not in OURS or hasattr(model, "history_type"):
            continue
        for column in model._meta.concrete_fields:
            kind = next((kind for kind in KINDS if isinstance(column, kind[0])), None)
            is_opaque = isinstance(column, EncryptedTextField) and not column.max_length
            if kind and not is_opaque and not isinstance(column, models.AutoField):
                yield model, column, kind[1], kind[2]


def names_in(condition: Any) -> set[str]:
    """The columns a constraint is about."""
    if isinstance(condition, Q):
        return set().union(*(names_in(child) for child in condition.children))
    name, value = condition
    return {name.partition("__")[0], *([value.name] if isinstance(value, F) else [])}


def is_about(model: type[models.Model], column: models.Field, fault: Exception) -> bool:
    """Whether it was this column that was refused: by a constraint that names it, or because its type is full."""
    checks = [each for each in model._meta.constraints if isinstance(each, models.CheckConstraint)]
    named = [each.name for each in checks if column.name in names_in(each.condition)]
    return isinstance(fault, DataError) or any(name in str(fault) for name in (*named, str(column.column)))


def _end_of_a_campaign(planted: Planted, by: User, second: User) -> None:
    """A row of each table that its end writes, and a request that it made anonymous."""
    held = f.make_campaign(planted.household.community, by=by, takes_visits=True)
    verbs.hold(held, by=by, why="案件", until_date=today())
    ended = f.make_campaign(planted.household.community, "已结束", by=by, takes_visits=True)
    now = timezone.now()
    Campaign.objects.filter(pk=ended.pk).update(state="ended", closed_by=by, closed_at=now, ended_at=now)
    destruction = Destruction.objects.create(
        campaign=ended, state="done", asked_by=by, approved_by=second, approved_at=now, finished_at=now,
        rows_hash="0" * 64, hash="0" * 64,
    )  # fmt: skip
    Tombstone.objects.create(table="x", digest="0" * 32, deed="destroyed", destruction=destruction, written_at=now)
    DoomedFile.objects.create(name="x")
    RetentionRule.objects.get_or_create(subject="visits", until_date=None, defaults={"keep_days": 99})
    DueRow.objects.create(subject="visits", row=1)
    gone = f.make_request(planted.household)
    gone.assignments.update(ended_at=now, end_reason="resolved")
    ServiceRequest.unscoped.filter(pk=gone.pk).update(
        state="closed", worker=None, text="", address="", person_name="", household=None, building=None,
        phone_index=None, anonymised_at=now,
    )  # fmt: skip


class TestBounds(CastTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        """A row of every table, in the state in which each of its columns may be filled."""
        super().setUpTestData()
        planted = plant("金雀甲", 7, cls.building, cls.worker, "701")
        need = planted.resident.needs.get()
        f.make_care_rule(need.kind)
        VisitCheck.objects.create(visit=planted.household.visits.get(), need=need)
        now = timezone.now()
        Consent.objects.update(ended_at=now)
        DataRequest.objects.update(state="done", closed_at=now, fetch_until_at=now, fetched_at=now)
        RequestItem.unscoped.update(state="for_now", next_date=today() + timedelta(days=1))
        Assignment.objects.update(ended_at=timezone.now(), end_reason="resolved")
        Resident.unscoped.update(presence="away", away_until_date=today())
        ClockRule.objects.get_or_create(urgency="low", category=cls.category, respond_minutes=1, resolve_minutes=2)
        SpecialDay.objects.get_or_create(date=date(2026, 10, 1))
        HouseRules.objects.get_or_create(pk=1)
        OpeningRule.objects.create(role="worker", alarm_after=1, stop_after=20)
        OpeningAllowance.objects.create(user=cls.worker, by=cls.clerk, community=cls.home, until_at=timezone.now())
        RequestDraft.objects.create()
        planted.invited()
        f.make_user("asleep", is_active=False, dormant_since=timezone.now())
        Session.objects.create(session_key="1", expire_date=timezone.now(), idle_until=timezone.now())
        _end_of_a_campaign(planted, cls.clerk, cls.admin)
        Export.objects.filter(pk=planted.waiting_export.pk).update(
            state="ended", end="expired", ended_at=timezone.now(), decided_by=cls.clerk, decided_at=timezone.now()
        )
        RateCount.objects.create(key=b"0" * 16, free_at=1)
        KnownKey.objects.update(retired_at=timezone.now())
        Message.objects.get_or_create(key="1", defaults={"channel": "sms", "recipient": "1", "body": "1"})

    def write(self, row: models.Model, column: models.Field, value: Any) -> Exception | None:
        """What the database says to that value; nothing stays."""
        try:
            with transaction.atomic():
                type(row)._base_manager.filter(pk=row.pk).update(**{column.name: value})
                transaction.set_rollback(True)
        except (IntegrityError, DataError) as fault:
            return fault
        return None

    def willing(
        self, model: type[models.Model], column: models.Field, ordinary: Callable[[], Any]
    ) -> tuple[models.Model | None, Exception | None]:
        """The first row that takes an ordinary value there; else the last looked at, and what is against it."""
        row = fault = None
        for row in model._base_manager.order_by("pk")[:9]:
            kept = getattr(row, column.attname)
            if (fault := self.write(row, column, ordinary() if kept is None else kept)) is None:
                break
        return row, fault

    def faults(self) -> Iterator[str]:
        for model, column, ordinary, extremes in columns():
            where = f"{model._meta.label}.{column.name}"
            row, fault = self.willing(model, column, ordinary)
            if row is None:
                yield f"{where}: no row to try it on; make one in setUpTestData"
                continue
            if fault:
                yield f"{where}: even an ordinary value is refused, so the test says nothing: {fault}"
            for value in extremes:
                refused = self.write(row, column, value)
                if refused is None or not is_about(model, column, refused):
                    yield f"{where}: {str(value)[:30]} gets in. Bound it: resilience.lib.db.bounded ({refused or ''})"

    def test_it_refuses_what_is_out_of_bounds_in_every_column(self) -> None:
        found = list(self.faults())
        assert not found, f"{len(found)} on {connection.vendor}:\n" + "\n".join(found)

    def test_it_looks_at_every_table_that_has_days_or_numbers(self) -> None:
        """So that a filter gone wrong is seen."""
        looked_at = [f"{model._meta.model_name}.{column.name}" for model, column, *_kind in columns()]
        assert len(looked_at) > 70
        assert {"user.away_until_date", "visit.due_date", "visitcheck.due_date", "building.latitude"} <= set(looked_at)
