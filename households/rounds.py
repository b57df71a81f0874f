"""A worker's round: the doors to go to today, why, and in the order one walks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from resilience.lib.dates import left_words, today

from . import reference
from .models import Building, CareColour, Household, ResidentNeed, ServiceRequest
from .models.households import HouseholdQuerySet
from .models.requests import RequestQuerySet

PLACE = ("building_id", "building__name", "building__walk_order", "building__has_lift")
DOOR = ("pk", "uid", "entrance", "floor", "door", "care_colour", "next_due_date", "contact__name")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why to go there: a look of `ui.py`, words, and the request's code if it is one."""

    look: str
    words: str
    is_overdue: bool
    code: str = ""


@dataclass(slots=True)
class Stop:
    """One door of the round, or a place of a request that names no door."""

    order: tuple[Any, ...]
    building: str
    entrance: int
    label: str
    who: str
    uid: UUID | None
    reasons: list[Reason] = field(default_factory=list)

    @property
    def is_overdue(self) -> bool:
        return any(reason.is_overdue for reason in self.reasons)

    @property
    def code(self) -> str:
        """Of the request, where there is no door to go to."""
        return next((reason.code for reason in self.reasons if reason.code), "")


@dataclass(frozen=True, slots=True)
class Entrance:
    number: int  # 0: not known
    stops: list[Stop]


@dataclass(frozen=True, slots=True)
class BuildingStops:
    name: str  # empty: no building of ours
    entrances: list[Entrance]


@dataclass(frozen=True, slots=True)
class Round:
    """Overdue first, then the rest; both in walking order."""

    overdue: list[BuildingStops]
    later: list[BuildingStops]
    doors: int
    overdue_doors: int
    requests: int


def round_of(households: HouseholdQuerySet, requests: RequestQuerySet) -> Round:
    """The round through what is due of `households`, and `requests` still to be done. Three statements."""
    due = list(households.due_by(today()).current().values(*PLACE, *DOOR))
    needs = _due_needs([row["pk"] for row in due])
    stops: dict[Any, Stop] = {}
    for row in due:
        stop = stops.setdefault(row["pk"], _at_door(row))
        stop.reasons += _visit_reasons(row, needs[row["pk"]])
    now = timezone.now()
    asked = list(requests.select_related("household__building", "household__contact", "building").due_first())
    for service_request in asked:
        key = service_request.household_id or f"request {service_request.pk}"
        stop = stops.setdefault(key, _of_request(service_request))
        stop.reasons.append(_request_reason(service_request, now))
    ordered = sorted(stops.values(), key=lambda stop: stop.order)
    overdue = [stop for stop in ordered if stop.is_overdue]
    later = [stop for stop in ordered if not stop.is_overdue]
    return Round(_grouped(overdue), _grouped(later), len(ordered), len(overdue), len(asked))


def walking_order(
    building: tuple[int, int, bool], entrance: int, floor: int, door: str
) -> tuple[int, int, int, int, int, str]:
    """Sort key of a door: building by building, entrance by entrance; down from the top by lift, else up the stairs.

    `building`: its walk order, id, and whether it has a lift.
    """
    walk_order, pk, has_lift = building
    number = int(door) if door.isascii() and door.isdigit() else 0
    return walk_order, pk, entrance, -floor if has_lift else floor, number, door


def _at_door(row: dict[str, Any]) -> Stop:
    building = (row["building__walk_order"], row["building_id"], row["building__has_lift"])
    return Stop(
        order=(0, *walking_order(building, row["entrance"], row["floor"], row["door"])),
        building=row["building__name"],
        entrance=row["entrance"],
        label=row["door"],
        who=row["contact__name"] or "",
        uid=row["uid"],
    )


def _of_request(service_request: ServiceRequest) -> Stop:
    household = service_request.household
    if household:
        return _stop_at(household, household.building)
    building = service_request.building
    place = walking_order((building.walk_order, building.pk, False), 0, 0, "") if building else ()
    return Stop(
        order=(0, *place) if building else (1, service_request.pk),
        building=building.name if building else "",
        entrance=0,
        label=service_request.address,
        who=service_request.person_name,
        uid=None,
    )


def _stop_at(household: Household, building: Building) -> Stop:
    place = (building.walk_order, building.pk, building.has_lift)
    return Stop(
        order=(0, *walking_order(place, household.entrance, household.floor, household.door)),
        building=building.name,
        entrance=household.entrance,
        label=household.door,
        who=household.contact.name if household.contact else "",
        uid=household.uid,
    )


def _due_needs(doors: list[int]) -> dict[int, dict[int, date]]:
    """Door → kind of need → the day it was due; the earliest when two people have the same."""
    found: dict[int, dict[int, date]] = defaultdict(dict)
    rows = ResidentNeed.objects.at_doors(doors).filter(next_due_date__lte=today())
    for need in rows.order_by("-next_due_date").only("kind_id", "next_due_date"):
        found[need.door_id][need.kind_id] = need.next_due_date or today()
    return found


def _visit_reasons(row: dict[str, Any], needs: dict[int, date]) -> Iterable[Reason]:
    kinds = reference.need_kinds()
    for kind, day in sorted(needs.items(), key=lambda item: item[1]):
        yield _visit_reason(kinds[kind].name, day)
    if not needs:
        colour = row["care_colour"]
        name = _("care colour %(colour)s") % {"colour": CareColour(colour).label} if colour else _("contact")
        yield _visit_reason(str(name), row["next_due_date"])


def _visit_reason(name: str, day: date) -> Reason:
    late = (today() - day).days
    if late <= 0:
        return Reason("due", _("%(need)s: due today") % {"need": name}, is_overdue=False)
    words = ngettext("%(need)s: overdue by %(n)d day", "%(need)s: overdue by %(n)d days", late)
    return Reason("overdue", words % {"need": name, "n": late}, is_overdue=True)


def _request_reason(service_request: ServiceRequest, now: datetime) -> Reason:
    name = reference.categories()[service_request.category_id].name
    if service_request.paused_at:
        return Reason("paused", _("%(what)s: waiting for them") % {"what": name}, False, service_request.code)
    left = (service_request.due_at - now).total_seconds()
    words = f"{name} · {left_words(left)}"
    return Reason("overdue" if left < 0 else "assigned", words, left < 0, service_request.code)


def _grouped(stops: list[Stop]) -> list[BuildingStops]:
    """Building by building, entrance by entrance; `stops` in walking order."""
    return [
        BuildingStops(
            name, [Entrance(number, list(at)) for number, at in groupby(group, key=lambda stop: stop.entrance)]
        )
        for name, group in groupby(stops, key=lambda stop: stop.building)
    ]
