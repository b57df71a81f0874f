"""A worker's round: the doors to go to today, why, and in the order one walks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from resilience.lib.dates import left_words, today
from resilience.lib.prepared import again

from . import reference
from .models import CareColour, Household, ResidentNeed
from .models.households import HouseholdQuerySet
from .models.requests import RequestQuerySet


class Door(NamedTuple):
    """A household, as a round needs it: where it is, and who opens."""

    pk: int
    uid: UUID
    building_id: int
    building: str
    walk_order: int
    has_lift: bool
    entrance: int
    floor: int
    number: str
    contact: str | None

    @classmethod
    def columns(cls, path: str = "") -> list[str]:
        """Of a household, or of what leads to one by `path`."""
        of_building = [f"building__{name}" for name in ("name", "walk_order", "has_lift")]
        names = ["pk", "uid", "building_id", *of_building, "entrance", "floor", "door", "contact__name"]
        return [path + name for name in names]


class Asked(NamedTuple):
    """A request still to be done."""

    pk: int
    code: str
    category_id: int
    address: str
    person_name: str
    due_at: datetime
    paused_at: datetime | None
    building_id: int | None
    building: str | None
    walk_order: int | None


_DOOR = len(Door._fields)
_ASKED = [
    "pk", "code", "category_id", "address", "person_name", "due_at", "paused_at",
    "building_id", "building__name", "building__walk_order", *Door.columns("household__"),
]  # fmt: skip


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
    opens_doors: bool


def round_of(
    me: int,
    reach: Hashable,
    households: Callable[[int], HouseholdQuerySet] | None,
    requests: Callable[[int], RequestQuerySet],
) -> Round:
    """The round through what is due of `households`, and `requests` still to be done. Three statements.

    Without `households` it is somebody's who opens no door's page: each request is a stop of its own. One statement.
    Both are asked for whoever has the pk they get; `reach` says what else decides which rows they are (see `again`).
    """
    stops = _due_stops(me, reach, households) if households else {}
    now = timezone.now()
    asked = again(("on the round", reach), lambda me: requests(me).due_first().values_list(*_ASKED), me=me)
    for row in asked:
        one, door = Asked(*row[:-_DOOR]), Door(*row[-_DOOR:])
        if door.pk and households:
            stop = stops.setdefault(door.pk, _at_door(door))
        else:
            stop = stops[f"request {one.pk}"] = _of_request(one, door)
        stop.reasons.append(_request_reason(one, now))
    ordered = sorted(stops.values(), key=lambda stop: stop.order)
    overdue = [stop for stop in ordered if stop.is_overdue]
    later = [stop for stop in ordered if not stop.is_overdue]
    return Round(_grouped(overdue), _grouped(later), len(ordered), len(overdue), len(asked), households is not None)


def _due_stops(me: int, reach: Hashable, households: Callable[[int], HouseholdQuerySet]) -> dict[Any, Stop]:
    due = again(("doors due", reach), lambda me, day: _due_doors(households(me), day), me=me, day=today())
    needs = _due_needs([row[0] for row in due])
    stops: dict[Any, Stop] = {}
    for row in due:
        pk, colour, day = row[0], *row[_DOOR:]
        stops[pk] = _at_door(Door(*row[:_DOOR]))
        stops[pk].reasons += _visit_reasons(colour, day, needs[pk])
    return stops


def _due_doors(households: HouseholdQuerySet, day: date) -> QuerySet[Household, tuple[Any, ...]]:
    return households.due_by(day).current().values_list(*Door.columns(), "care_colour", "next_due_date")


def walking_order(
    building: tuple[int, int, bool], entrance: int, floor: int, door: str
) -> tuple[int, int, int, int, int, str]:
    """Sort key of a door: building by building, entrance by entrance; down from the top by lift, else up the stairs.

    `building`: its walk order, id, and whether it has a lift.
    """
    walk_order, pk, has_lift = building
    number = int(door) if door.isascii() and door.isdigit() else 0
    return walk_order, pk, entrance, -floor if has_lift else floor, number, door


def _order_of(door: Door) -> tuple[Any, ...]:
    place = (door.walk_order, door.building_id, door.has_lift)
    return 0, *walking_order(place, door.entrance, door.floor, door.number)


def _at_door(door: Door) -> Stop:
    return Stop(
        order=_order_of(door),
        building=door.building,
        entrance=door.entrance,
        label=door.number,
        who=door.contact or "",
        uid=door.uid,
    )


def _of_request(asked: Asked, door: Door) -> Stop:
    """Of a request that names no door, or whose door's page is not theirs to open."""
    place = walking_order((asked.walk_order or 0, asked.building_id, False), 0, 0, "") if asked.building_id else ()
    elsewhere = (0, *place) if place else (1, asked.pk)
    return Stop(
        order=_order_of(door) if door.pk else elsewhere,
        building=asked.building or "",
        entrance=0,
        label=asked.address,
        who=asked.person_name,
        uid=None,
    )


def _due_needs(doors: list[int]) -> dict[int, dict[int, date]]:
    """Door → kind of need → the day it was due; the earliest when two people have the same."""
    found: dict[int, dict[int, date]] = defaultdict(dict)
    rows = ResidentNeed.objects.at_doors(doors).filter(next_due_date__lte=today())
    for need in rows.order_by("-next_due_date").only("kind_id", "next_due_date"):
        found[need.door_id][need.kind_id] = need.next_due_date or today()
    return found


def _visit_reasons(colour: str, due: date, needs: dict[int, date]) -> Iterable[Reason]:
    kinds = reference.need_kinds()
    for kind, day in sorted(needs.items(), key=lambda item: item[1]):
        yield _visit_reason(kinds[kind].name, day)
    if not needs:
        name = _("care colour %(colour)s") % {"colour": CareColour(colour).label} if colour else _("contact")
        yield _visit_reason(str(name), due)


def _visit_reason(name: str, day: date) -> Reason:
    late = (today() - day).days
    if late <= 0:
        return Reason("due", _("%(need)s: due today") % {"need": name}, is_overdue=False)
    words = ngettext("%(need)s: overdue by %(n)d day", "%(need)s: overdue by %(n)d days", late)
    return Reason("overdue", words % {"need": name, "n": late}, is_overdue=True)


def _request_reason(asked: Asked, now: datetime) -> Reason:
    name = reference.categories()[asked.category_id].name
    if asked.paused_at:
        return Reason("paused", _("%(what)s: waiting for them") % {"what": name}, False, asked.code)
    left = (asked.due_at - now).total_seconds()
    return Reason("overdue" if left < 0 else "assigned", f"{name} · {left_words(left)}", left < 0, asked.code)


def _grouped(stops: list[Stop]) -> list[BuildingStops]:
    """Building by building, entrance by entrance; `stops` in walking order."""
    return [
        BuildingStops(
            name, [Entrance(number, list(at)) for number, at in groupby(group, key=lambda stop: stop.entrance)]
        )
        for name, group in groupby(stops, key=lambda stop: stop.building)
    ]
