"""Which households: the questions the register's lists and the elevation ask, each one a filter that chains."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from resilience.lib.dates import today
from resilience.lib.scoped import ScopedQuerySet

from .places import DatedQuerySet

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from .households import Household  # noqa: F401 - what its rows are

LIVING = ("here", "away")


class RegisterRows(DatedQuerySet["Household"], ScopedQuerySet["Household"]):  # type: ignore[override]
    """What the households' QuerySet rests on; the tables it asks about are defined after it."""

    def _table(self, name: str) -> QuerySet[Any]:
        return self.model._meta.apps.get_model("households", name).objects.all()

    def _living(self) -> QuerySet[Any]:
        return self._table("Resident").filter(household=OuterRef("pk"), presence__in=LIVING)

    def _has_needs(self, **more: object) -> Q:
        """Whether there are active needs behind the door: of its own people who are there, or of its guests.

        Two questions rather than one with OR, for which SQLite reads every need there is, once a door.
        """
        needs = self._table("ResidentNeed").filter(until_date__isnull=True, **more)
        at_home = needs.filter(resident__household=OuterRef("pk"), resident__presence="here")
        guests = needs.filter(resident__stays_with=OuterRef("pk"), resident__presence="away")
        return Q(Exists(at_home)) | Q(Exists(guests))

    def _open_requests(self) -> QuerySet[Any]:
        open_states = self.model._meta.apps.get_model("households", "ServiceRequest").objects.open()
        return open_states.filter(household=OuterRef("pk"))

    def with_door_state(self) -> Self:
        """Annotate what an elevation shows: `is_late`, `has_request`, `has_needs`, `has_people`."""
        return self.annotate(
            is_late=models.ExpressionWrapper(
                Q(next_due_date__isnull=False, next_due_date__lt=today()), output_field=models.BooleanField()
            ),
            has_request=Exists(self._open_requests()),
            has_needs=models.ExpressionWrapper(self._has_needs(), output_field=models.BooleanField()),
            has_people=Exists(self._living()),
        )

    def with_need(self, kind: object = None) -> Self:
        """Somebody behind the door has a special need, or one of that kind."""
        return self.filter(self._has_needs(kind=kind) if kind is not None else self._has_needs())

    def with_open_request(self) -> Self:
        return self.filter(Exists(self._open_requests()))

    def overdue(self) -> Self:
        """Some contact was due before today."""
        return self.filter(next_due_date__lt=today())

    def stale(self, after_days: int) -> Self:
        """Nobody confirmed the file for longer than that."""
        return self.filter(
            Q(confirmed_at__isnull=True) | Q(confirmed_at__lt=timezone.now() - timedelta(days=after_days))
        )

    def without_responsible(self) -> Self:
        return self.filter(~Exists(self._responsible()))

    def _responsible(self) -> QuerySet[Any]:
        return self._table("Responsibility").filter(household=OuterRef("pk"), ended_at__isnull=True)

    def not_visited_since(self, moment: Any) -> Self:
        """Somebody lives there and nobody was met since then, at the door or by phone."""
        unseen = Q(last_contact_at__isnull=True) | Q(last_contact_at__lt=moment)
        return self.filter(unseen, Exists(self._living()))

    def incomplete(self) -> Self:
        """Something is missing: `completeness.judge` in SQL."""
        living = self._living()
        phones = self._table("HouseholdPhone").filter(household=OuterRef("pk"))
        return self.filter(
            ~Exists(living)
            | Q(contact__isnull=True)
            | (~Exists(phones) & ~Exists(living.filter(phone_index__isnull=False)))
            | ~Exists(self._responsible())
            | Exists(living.filter(Q(birth_year__isnull=True) | Q(sex="")))
        )
