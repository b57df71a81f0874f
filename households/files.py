"""A household's file as its page shows it: who lives here, who only is registered here, guests, those who left."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import BooleanField, Case, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext as _

from resilience.lib.dates import left_words, today
from resilience.lib.prepared import again

from . import completeness, reference
from .completeness import PersonFacts
from .models import LifeEvent, NeedKind, Presence, Resident
from .timeline import Entry

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from .models.households import FileHousehold

    class _Columns(TypedDict):
        """What `_rows` annotates: a need, or None for all of it, and what became of the person."""

        need_pk: int | None
        need_kind: int
        need_note: str
        need_since: date
        need_due: date | None
        left_date: date | None
        home_in_sight: bool
        stay_in_sight: bool

    ResidentRow = WithAnnotations[Resident, _Columns]

LIVING = (Presence.HERE, Presence.AWAY)
PEOPLE_SHOWN = 400  # rows of people × needs; a file longer than that is a mistake somebody must see, not a page


@dataclass(frozen=True, slots=True)
class NeedRow:
    pk: int
    kind: NeedKind | None
    has_note: bool
    since_date: date
    next_due_date: date | None

    @property
    def is_late(self) -> bool:
        return self.next_due_date is not None and self.next_due_date < today()


@dataclass(slots=True)
class Person:
    """A resident with their active needs. Of somebody whose home is out of sight only the name may be shown."""

    resident: ResidentRow
    needs: list[NeedRow] = field(default_factory=list)

    @property
    def is_away(self) -> bool:
        return self.resident.presence == Presence.AWAY

    @property
    def has_died(self) -> bool:
        return self.resident.presence == Presence.DIED

    @property
    def moved_in_sight(self) -> bool:
        """Somebody who left for another file that the viewer may read."""
        return self.resident.presence in LIVING and self.home_in_sight

    @property
    def home_in_sight(self) -> bool:
        return bool(self.resident.home_in_sight)

    @property
    def stay_in_sight(self) -> bool:
        return bool(self.resident.stay_in_sight)

    @property
    def left_date(self) -> date | None:
        """When they left this file, for those who did."""
        return self.resident.left_date


@dataclass(frozen=True, slots=True)
class Due:
    """The next contact and why it is wanted."""

    day: date
    days_late: int
    why: list[str]

    @property
    def late_words(self) -> str:
        return left_words(-86_400 * self.days_late)


class HouseholdFile:
    """Everybody the file names, each in exactly one group, and what follows from it. One statement, at once.

    `household` comes from `access.household_file`, with its annotations. `sees` and `sees_stay` say, on Resident,
    whose home or place of stay the viewer may read; both follow from `reach` (see `again`).
    """

    def __init__(
        self, household: FileHousehold, open_requests: list[Entry], *, reach: Hashable, sees: Q, sees_stay: Q
    ) -> None:
        self.household = household
        self.open_requests = open_requests
        self.living: list[Person] = []
        self.guests: list[Person] = []
        self.only_registered: list[Person] = []
        self.past: list[Person] = []
        people: dict[int, Person] = {}
        rows = partial(_rows, sees=sees, sees_stay=sees_stay)
        for row in again(("people of a file", reach), rows, household=household.pk):
            person = people.setdefault(row.pk, Person(row))
            if row.need_pk:
                kind = reference.need_kinds().get(row.need_kind)
                person.needs.append(NeedRow(row.need_pk, kind, bool(row.need_note), row.need_since, row.need_due))
        for person in people.values():
            self._group(person.resident).append(person)
        self.living.sort(key=lambda person: (person.resident.pk != household.contact_id, person.resident.pk))

    def _group(self, resident: Resident) -> list[Person]:
        is_living = resident.presence in LIVING
        if is_living and resident.household_id == self.household.pk:
            return self.living
        if resident.presence == Presence.AWAY and resident.stays_with_id == self.household.pk:
            return self.guests
        if resident.presence != Presence.DIED and resident.registered_household_id == self.household.pk:
            return self.only_registered
        return self.past

    @property
    def completeness(self) -> completeness.Completeness:
        people = [person.resident for person in self.living]
        return completeness.judge(
            [PersonFacts(each.uid, each.name, bool(each.birth_year), bool(each.sex)) for each in people],
            has_contact=self.household.contact_id is not None,
            has_phone=bool(self.household.phone_list) or any(each.phone_index for each in people),
            has_responsible=bool(self.household.responsible),
        )

    @property
    def has_need_notes(self) -> bool:
        """Whether a note is on file for anybody behind the door."""
        behind = [*(each for each in self.living if not each.is_away), *self.guests]
        return any(need.has_note for person in behind for need in person.needs)

    @property
    def is_stale(self) -> bool:
        return self.household.is_stale(reference.rules().stale_after_days)

    @property
    def due(self) -> Due | None:
        """The household's next contact; why: the needs that are due by then, else its care colour."""
        day = self.household.next_due_date
        if day is None:
            return None
        needs = [(person, need) for person in (*self.living, *self.guests) for need in person.needs]
        why = [
            _("%(need)s, %(name)s") % {"need": need.kind, "name": person.resident.name}
            for person, need in needs
            if need.next_due_date and need.next_due_date <= day
        ]
        if self.household.care_colour and not why:
            why = [_("care colour %(colour)s") % {"colour": self.household.get_care_colour_display()}]
        return Due(day, self.household.days_overdue(), why)


def _rows(household: int, sees: Q, sees_stay: Q) -> QuerySet[ResidentRow]:
    """A row per person and need; people without needs once."""
    passed_through = LifeEvent.objects.of_row(household=household)
    left = passed_through.filter(resident=OuterRef("pk"), kind__in=["moved_out", "split_off", "died"])
    named = (
        Resident.objects.of_row(household=household).order_by().values("pk"),
        Resident.objects.of_row(registered_household=household).order_by().values("pk"),
        Resident.objects.of_row(stays_with=household).order_by().values("pk"),
        passed_through.order_by().values("resident_id"),
    )
    rows: Any = (
        Resident.objects.reached_from(*named)
        .filter(pk__any_of=named[0].union(*named[1:]))
        .select_related("household__building", "stays_with__building")
        .annotate(
            need=FilteredRelation("needs", condition=Q(needs__until_date__isnull=True)),
            need_pk=F("need__pk"),
            need_kind=F("need__kind_id"),
            need_note=F("need__note"),
            need_since=F("need__since_date"),
            need_due=F("need__next_due_date"),
            left_date=Subquery(left.order_by("-happened_date", "-id").values("happened_date")[:1]),
            home_in_sight=_whether(sees),
            stay_in_sight=_whether(sees_stay),
        )
        .order_by("birth_year", "pk", "need_pk")
    )
    return rows[:PEOPLE_SHOWN]


def _whether(rows: Q) -> Case:
    return Case(When(rows, then=Value(True)), default=Value(False), output_field=BooleanField())
