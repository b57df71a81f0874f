"""Who is behind a door today and what they need: what a worker must know who stands before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import F, FilteredRelation, Q

from resilience.lib.dates import today

from . import reference
from .models import Household, Means, NeedKind, Presence, Resident

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _Need(TypedDict):
        """What `_rows` annotates: None for all of it where there is no need."""

        need_pk: int
        need_kind: int
        need_note: str
        need_due: date | None

    ResidentRow = WithAnnotations[Resident, _Need]

MOST_ROWS = 200  # people × needs of one door


@dataclass(frozen=True, slots=True)
class NeedAtDoor:
    """One need, and whether contact because of it is due. `means`: what counts as contact."""

    pk: int
    kind: NeedKind
    due_date: date | None
    means: str
    has_note: bool

    @property
    def days_late(self) -> int:
        return max(0, (today() - self.due_date).days) if self.due_date else 0

    @property
    def is_due(self) -> bool:
        return self.due_date is not None and self.due_date <= today()

    @property
    def wants_the_door(self) -> bool:
        return self.means == Means.DOOR


@dataclass(slots=True)
class Person:
    """Somebody of the household, or a guest of it; of those who are away only that they are."""

    resident: Resident
    is_guest: bool
    needs: list[NeedAtDoor] = field(default_factory=list)

    @property
    def is_away(self) -> bool:
        return not self.is_guest and self.resident.presence == Presence.AWAY


def people_at(household: Household) -> list[Person]:
    """Everybody the door answers for, the contact first; those who are away last. One statement."""
    rules = reference.care_by_kind()
    people: dict[int, Person] = {}
    for row in _rows(household):
        person = people.setdefault(row.pk, Person(row, is_guest=row.household_id != household.pk))
        kind = reference.need_kinds().get(row.need_kind)
        if kind and not person.is_away:
            means = rules.get(kind.pk, (0, Means.ANY))[1]
            person.needs.append(NeedAtDoor(row.need_pk, kind, row.need_due, means, bool(row.need_note)))
    first = household.contact_id
    return sorted(people.values(), key=lambda each: (each.is_away, each.resident.pk != first, each.is_guest))


def _rows(household: Household) -> Iterable[ResidentRow]:
    rows: Any = (
        Resident.objects.reached_from(household)
        .filter(
            Q(household=household, presence__in=[Presence.HERE, Presence.AWAY])
            | Q(stays_with=household, presence=Presence.AWAY)
        )
        .annotate(
            need=FilteredRelation("needs", condition=Q(needs__until_date__isnull=True)),
            need_pk=F("need__pk"),
            need_kind=F("need__kind_id"),
            need_note=F("need__note"),
            need_due=F("need__next_due_date"),
        )
        .defer("id_number")
        .order_by("pk", "need_pk")
    )
    return rows[:MOST_ROWS]
