"""The list of households: a filter that is a link, keyset pages in walking order, and the printed lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from resilience.lib.inputs import clean_int, clean_uuid, encode_cursor

from . import reference
from .models import CareColour, Household, NeedKind, Presence, Resident, ResidentNeed, Responsibility
from .models.care import NeedQuerySet
from .models.households import HouseholdQuerySet
from .search import search_households

PAGE = 50
PRINTED_AT_MOST = 2_000
UNVISITED_DAYS = 30
FLAGS = ("stale", "incomplete", "overdue", "unassigned", "requests")
Place = tuple[int, int, int, int, str, int]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a link asks for; whatever it says that makes no sense is left out."""

    text: str = ""
    need: NeedKind | None = None
    colour: str = ""
    flags: frozenset[str] = frozenset()
    building: str = ""
    grid: str = ""
    days: int = UNVISITED_DAYS

    @classmethod
    def of(cls, query: QueryDict, text: str = "") -> Filter:
        """`text` is handed over apart: names and phones are searched by POST, so that no address, no log holds them."""
        by_code = {kind.code: kind for kind in reference.need_kinds().values()}
        colour = query.get("colour", "")
        grid = query.get("grid", "")
        return cls(
            text=text[:200],
            need=by_code.get(query.get("need", "")),
            colour=colour if colour in CareColour.values else "",
            flags=frozenset(flag for flag in FLAGS if query.get(flag)),
            building=_uid(query.get("building", "")),
            grid=grid if grid.isascii() and grid.isdigit() and len(grid) <= 15 else "",
            days=_days(query.get("days", "")),
        )

    def narrow(self, rows: HouseholdQuerySet) -> HouseholdQuerySet:
        rows = rows.current()
        if self.text.strip():
            rows = search_households(rows, self.text)
        if self.need:
            rows = rows.with_need(self.need)
        if self.colour:
            rows = rows.filter(care_colour=self.colour)
        if self.building:
            rows = rows.filter(building__uid=self.building)
        if self.grid:
            rows = rows.filter(grid__code=self.grid)
        return self._flagged(rows)

    def _flagged(self, rows: HouseholdQuerySet) -> HouseholdQuerySet:
        if "stale" in self.flags:
            rows = rows.stale(reference.rules().stale_after_days)
        if "incomplete" in self.flags:
            rows = rows.incomplete()
        if "overdue" in self.flags:
            rows = rows.overdue()
        if "unassigned" in self.flags:
            rows = rows.without_responsible()
        if "requests" in self.flags:
            rows = rows.with_open_request()
        return rows

    @property
    def is_empty(self) -> bool:
        return self == Filter(days=self.days)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What a link says for this filter: everything but the text."""
        said = [("need", self.need.code if self.need else ""), ("colour", self.colour)]
        said += [("grid", self.grid), ("building", self.building)]
        return [pair for pair in said if pair[1]] + [(flag, "1") for flag in FLAGS if flag in self.flags]


def _uid(text: str) -> str:
    try:
        return str(clean_uuid(text)) if text else ""
    except ValidationError:
        return ""


def _days(text: str) -> int:
    try:
        return clean_int(text, 1, 3_660) if text else UNVISITED_DAYS
    except ValidationError:
        return UNVISITED_DAYS


# --- pages --------------------------------------------------------------------------------------
ORDER = ("building__walk_order", "building_id", "entrance", "floor", "door", "pk")


def page_of(rows: HouseholdQuerySet, after: Place | None) -> tuple[list[Household], str]:
    """A page with all a row shows but the needs, and the cursor of the next."""
    if after:
        rows = rows.filter(_beyond(after))
    # Which doors first, then what their rows show: else PostgreSQL looks up everybody's people and needs beforehand.
    page = rows.order_by(*ORDER).values("pk")[: PAGE + 1]
    found = list(with_row(Household.objects.reached_from(rows).filter(pk__any_of=page)).order_by(*ORDER))
    last = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], _cursor(last) if last else ""


def _cursor(row: Household) -> str:
    return encode_cursor([row.building.walk_order, row.building_id, row.entrance, row.floor, row.door, row.pk])


def _beyond(after: Place) -> Q:
    """Rows after that place in `ORDER`."""
    condition = Q(pk__in=[])
    same = Q()
    for name, value in zip(ORDER, after, strict=True):
        condition |= same & Q(**{f"{name}__gt": value})
        same &= Q(**{name: value})
    return condition


def with_row(rows: HouseholdQuerySet) -> HouseholdQuerySet:
    """All that a row of the lists shows, but the needs."""
    living = Resident.objects.living().filter(household=OuterRef("pk")).order_by().values("household")
    active = Responsibility.objects.active().filter(household=OuterRef("pk"))
    return (
        rows.select_related("building", "contact", "grid")
        .with_door_state()
        .annotate(
            people=Coalesce(Subquery(living.annotate(n=Count("pk")).values("n")), 0),
            responsible=Coalesce(Subquery(active.values("worker__name")[:1]), Value("")),
        )
    )


def add_needs(households: list[Household]) -> None:
    """Put on each household the kinds of need behind its door. One statement."""
    pks = [household.pk for household in households]
    found: dict[int, set[int]] = {}
    for need in ResidentNeed.objects.at_doors(pks).order_by().only("kind_id"):
        found.setdefault(need.door_id, set()).add(need.kind_id)
    kinds = reference.need_kinds()
    for household in households:
        held = found.get(household.pk, set())
        household.need_kinds = [kind for pk, kind in kinds.items() if pk in held]


NOT_VISITED_ORDER: tuple[Any, ...] = (
    "building__walk_order", "building_id", F("last_contact_at").asc(nulls_first=True), "pk",
)  # fmt: skip


# --- printed lists --------------------------------------------------------------------------------
def people_with_needs(rows: HouseholdQuerySet, need: NeedKind | None) -> list[ResidentNeed]:
    """重点人员清单: a row per need of somebody living in `rows`, in walking order; one too many when not all fit."""
    return list(with_need_row(needs_in(rows, need))[: PRINTED_AT_MOST + 1])


def needs_in(rows: HouseholdQuerySet, need: NeedKind | None) -> NeedQuerySet:
    needs = (
        ResidentNeed.objects.reached_from(rows)
        .active()
        .filter(resident__household__in=rows.values("pk"), resident__presence__in=[Presence.HERE, Presence.AWAY])
    )
    return needs.filter(kind=need) if need else needs


def with_need_row(needs: NeedQuerySet) -> NeedQuerySet:
    """All that a row shows, in walking order."""
    active = Responsibility.objects.active().filter(household=OuterRef("resident__household"))
    parts = ("kind", "resident__household__building", "resident__household__grid", "resident__household__contact")
    return (
        needs.select_related(*parts)
        .prefetch_related("resident__household__phones")
        .annotate(responsible=Coalesce(Subquery(active.values("worker__name")[:1]), Value("")))
        .order_by(*(f"resident__household__{name}" for name in ORDER), "resident_id", "pk")
    )


def phone_of(resident: Resident) -> tuple[str, str]:
    """(number, whose it is) to reach somebody by: their own, else one of the household's, else the contact person's.

    Whose is '' for their own. Needs the household's contact person and phones loaded.
    """
    if resident.phone:
        return resident.phone, ""
    household = resident.household
    if phones := sorted(household.phones.all(), key=lambda phone: phone.pk):
        return phones[0].number, phones[0].label or gettext("household")
    contact = household.contact
    return (contact.phone, contact.name) if contact and contact.phone else ("", "")


def doors_not_visited(rows: HouseholdQuerySet, days: int) -> list[Household]:
    """Doors with people behind them where nobody was met for so many days, longest ago first within a building."""
    return list(with_row(not_visited(rows, days)).order_by(*NOT_VISITED_ORDER)[: PRINTED_AT_MOST + 1])


def not_visited(rows: HouseholdQuerySet, days: int) -> HouseholdQuerySet:
    return rows.not_visited_since(timezone.now() - timedelta(days=days))
