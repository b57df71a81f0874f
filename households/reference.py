"""The small tables everybody reads and staff seldom edit, kept in memory for a few seconds.

An edit shows in the process that made it at once (`forget`) and elsewhere within `LIFE` seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import QuerySet

from resilience.lib.dates import today

from .clocks import OFFICE_DAY, Calendar, Limits
from .models import (
    Building,
    Campaign,
    CareRule,
    Category,
    ClockRule,
    HouseRules,
    NeedKind,
    OpeningRule,
    Region,
    RetentionRule,
    Role,
    SpecialDay,
    Urgency,
)
from .models.care import Means

LIFE = 15.0  # seconds
_kept: dict[str, tuple[float, Any]] = {}
T = TypeVar("T")

# Beijing's draft hotline standard (domain.md); what holds when staff deleted every rule.
FALLBACK: dict[str, Limits] = {
    Urgency.LIFE: Limits(10, 2 * 60),
    Urgency.URGENT: Limits(60, 24 * 60),
    Urgency.NORMAL: Limits(24 * 60, 7 * 24 * 60),
    Urgency.LOW: Limits(3 * 24 * 60, 15 * 24 * 60),
}
OFFICE_FALLBACK: dict[str, Limits] = {
    Urgency.LIFE: FALLBACK[Urgency.LIFE],
    Urgency.URGENT: Limits(60, OFFICE_DAY),
    Urgency.NORMAL: Limits(OFFICE_DAY, 5 * OFFICE_DAY),
    Urgency.LOW: Limits(3 * OFFICE_DAY, 11 * OFFICE_DAY),
}
# Openings of sealed details an hour: from which on those in charge are told, and from which on they must allow more.
OPENING_LIMITS: dict[str, tuple[int, int | None]] = {
    Role.VOLUNTEER: (20, None),
    Role.WORKER: (40, None),
    Role.LEAD: (40, None),
    Role.STAFF: (60, None),
    Role.SUPERVISOR: (20, None),
}
LEAST_TRUSTED: tuple[int, int | None] = (20, None)
"""Of every other role: an administrator seldom needs to know a number."""


def keep(name: str, load: Callable[[], T], life: float = LIFE) -> T:
    """What `load` gives, read anew after `life` seconds. For few names: nothing is ever thrown away."""
    kept = _kept.get(name)
    if kept is None or kept[0] < time.monotonic():
        kept = (time.monotonic() + life, load())
        _kept[name] = kept
    return kept[1]


def forget() -> None:
    """Read everything anew; called by whoever edits a table (admin, tests)."""
    _kept.clear()


class Categories(dict[int, Category]):
    """By id. One that another process made since these were read is fetched when it is asked for by `[]`.

    Raises KeyError when there is none. Nothing is added in place: other threads may be iterating.
    """

    def __missing__(self, pk: int) -> Category:
        _kept.pop("categories", None)
        try:
            return _categories().get(pk=pk)
        except Category.DoesNotExist:
            raise KeyError(pk) from None


def categories() -> Categories:
    """Every category by id, in the order staff gave, `parent` loaded."""
    return keep("categories", lambda: Categories((row.pk, row) for row in _categories()))


def _categories() -> QuerySet[Category]:
    return Category.objects.select_related("parent")


def offered_categories() -> list[Category]:
    """What a resident can choose now."""
    return [row for row in categories().values() if row.is_active and (row.parent is None or row.parent.is_active)]


def tiles() -> list[Category]:
    return [row for row in offered_categories() if row.parent_id is None]


def finer_kinds(tile: Category) -> list[Category]:
    return [row for row in offered_categories() if row.parent_id == tile.pk]


def served_communities() -> list[Region]:
    """Communities that have a building in the register today, `parent` loaded."""
    return keep("served", lambda: list(_served().select_related("parent")))


def _served() -> QuerySet[Region]:
    places = Building.objects.current().values("community_id")
    return Region.objects.current().communities().filter(pk__in=places)


def need_kinds() -> dict[int, NeedKind]:
    return keep("need_kinds", lambda: {row.pk: row for row in NeedKind.objects.all()})


def rules() -> HouseRules:
    return keep("rules", lambda: HouseRules.objects.filter(pk=1).first() or HouseRules())


def care_by_kind() -> dict[int, tuple[int, Means]]:
    """Need kind id → (every so many days, by which means), as of today."""
    return keep("care_by_kind", lambda: {rule.kind_id: _care(rule) for rule in _care_rules() if rule.kind_id})


def care_by_colour() -> dict[str, tuple[int, Means]]:
    return keep("care_by_colour", lambda: {rule.colour: _care(rule) for rule in _care_rules() if rule.colour})


def _care_rules() -> list[CareRule]:
    return list(CareRule.objects.in_force().order_by("from_date"))


def _care(rule: CareRule) -> tuple[int, Means]:
    return rule.every_days, Means(rule.means)


def calendar() -> Calendar:
    """Office hours and special days, for `clocks`."""
    house = rules()
    return Calendar(opens=house.opens_at, closes=house.closes_at, special=_special_days())


def _special_days() -> dict[date, bool]:
    return keep("special_days", lambda: dict(SpecialDay.objects.values_list("date", "is_working")))


def limits(category: Category, urgency: Urgency) -> Limits:
    """The clock rule that holds today: the category's own, else its tile's, else the one for all."""
    table = keep("clock_rules", _clock_rules)
    for key in (category.pk, category.parent_id, None):
        if found := table.get((key, urgency)):
            return found
    return (OFFICE_FALLBACK if category.in_working_hours else FALLBACK)[urgency]


def _clock_rules() -> dict[tuple[int | None, str], Limits]:
    current = ClockRule.objects.on(today()).order_by("from_date")
    return {(rule.category_id, rule.urgency): Limits(rule.respond_minutes, rule.resolve_minutes) for rule in current}


@dataclass(frozen=True, slots=True)
class Collecting:
    """A campaign as filing wants to know it: the ids of all it collects, and where."""

    pk: int
    name: str
    planned_end_date: date
    from_date: date
    region_code: str
    communities: frozenset[int]
    categories: frozenset[int]
    need_kinds: frozenset[int]
    takes_visits: bool
    is_running: bool


def campaigns() -> dict[int, Collecting]:
    """Every campaign there was, by id, the oldest first."""
    return keep("campaigns", lambda: {row.pk: _collecting(row) for row in _campaigns()})


def running_campaigns() -> list[Collecting]:
    """Those that collect, the oldest first."""
    return [campaign for campaign in campaigns().values() if campaign.is_running]


def _campaigns() -> list[Campaign]:
    rows = Campaign.objects.select_related("region").prefetch_related("categories", "need_kinds")
    return list(rows.order_by("pk"))


def _collecting(row: Campaign) -> Collecting:
    communities = Region.objects.under(row.region.code).communities().values_list("pk", flat=True)
    return Collecting(
        pk=row.pk,
        name=row.name,
        planned_end_date=row.planned_end_date,
        from_date=row.from_date,
        region_code=row.region.code,
        communities=frozenset(communities),
        categories=frozenset(category.pk for category in row.categories.all()),
        need_kinds=frozenset(kind.pk for kind in row.need_kinds.all()),
        takes_visits=row.takes_visits,
        is_running=row.is_running,
    )


def retention() -> dict[str, int]:
    """Subject → days it is kept, by the rule of today, of several the longest. What has no rule is kept."""
    return keep("retention", lambda: {rule.subject: rule.keep_days for rule in _retention_rules()})


def _retention_rules() -> list[RetentionRule]:
    return list(RetentionRule.objects.in_force().order_by("keep_days"))


def retention_to_come() -> dict[str, RetentionRule]:
    """Subject → the rule that was written lately and does not hold yet."""
    return keep("retention to come", lambda: {rule.subject: rule for rule in RetentionRule.objects.waiting()})


def opening_limits(role: str) -> tuple[int, int | None]:
    """(told after, stopped after) so many openings an hour by somebody of that role; None: never stopped."""
    rules = keep("opening_rules", lambda: {rule.role: rule for rule in OpeningRule.objects.all()})
    if rule := rules.get(role):
        return rule.alarm_after, rule.stop_after
    return OPENING_LIMITS.get(role, LEAST_TRUSTED)
