"""When the next contact is due at a door: kept on the needs and on the household, so that lists only read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from resilience.lib.dates import today

from .. import reference
from ..care import earliest, next_due
from ..models import Household, Means, ResidentNeed

_READ = ("until_date", "next_due_date", "care_colour", "last_contact_at")  # not the door's sealed note
BATCH = 500  # households of one transaction when a rule has changed


def refresh_due(household: Household) -> None:
    """Set the due dates of a household anew from its needs, its colour and the rules of today.

    Call it inside the transaction of whatever changed one of them: a need, a colour, who is behind the door, a visit.
    People who stay elsewhere count at the door where they stay.
    """
    household.next_due_date = _refresh([household.pk]).get(household.pk)


def refresh_all(households: Iterable[int] | None = None) -> int:
    """The same for many, by id, or for every door there is: after a rule has changed. Gives how many doors it read.

    In batches with a transaction each, so that nobody waits for the whole city.
    """
    pks = Household.unscoped.current().order_by("pk").values_list("pk", flat=True) if households is None else households
    everyone = list(pks)
    for start in range(0, len(everyone), BATCH):
        with transaction.atomic():
            _refresh(everyone[start : start + BATCH])
    return len(everyone)


def _refresh(pks: list[int]) -> dict[int, date | None]:
    """Household id → its next due date, written where it differs. Locked in one order: two never wait in a ring."""
    rows = list(Household.unscoped.select_for_update().filter(pk__in=pks).order_by("pk").with_last_met().only(*_READ))
    days: dict[int, list[date | None]] = defaultdict(list)
    every = reference.care_by_kind()
    changed_needs = []
    for need in ResidentNeed.unscoped.at_doors(pks).defer("note"):
        rule = every.get(need.kind_id)
        # Never met: due from the day it was first counted, and stays. A need that began long before it was noted is
        # not overdue the moment somebody writes it down.
        first = need.next_due_date or max(need.since_date, today())
        due = next_due(need.last_met_date, first, rule[0] if rule else None)
        days[need.door_id].append(due)
        if due != need.next_due_date:
            need.next_due_date = due
            changed_needs.append(need)
    ResidentNeed.unscoped.bulk_update(changed_needs, ["next_due_date"], batch_size=BATCH)
    changed = []
    for row in rows:
        due = None if row.until_date else earliest([*days[row.pk], _due_by_colour(row)])
        if due != row.next_due_date:
            row.next_due_date = due
            changed.append(row)
    Household.unscoped.bulk_update(changed, ["next_due_date"], batch_size=BATCH)
    return {row.pk: row.next_due_date for row in rows}


def _due_by_colour(household: Household) -> date | None:
    """What its colour asks for. Where nobody was ever met it is due from the day this was first counted, and stays."""
    rule = reference.care_by_colour().get(household.care_colour)
    if rule is None:
        return None
    every_days, means = rule
    met = household.last_met_at_door if means == Means.DOOR else household.last_contact_at
    first = min(household.next_due_date or today(), today())
    return next_due(_day(met), first, every_days)


def _day(moment: datetime | None) -> date | None:
    return timezone.localdate(moment, timezone.get_default_timezone()) if moment else None


# --- when a rule changed, or the day did --------------------------------------------------------
def refresh_rule(*, kind_id: int | None = None, colour: str = "") -> int:
    """The doors a care rule is about: those with an active need of that kind, or of that colour."""
    if kind_id is None:
        return refresh_all(Household.unscoped.filter(care_colour=colour).values_list("pk", flat=True))
    return refresh_all(_doors_of(ResidentNeed.unscoped.active().filter(kind=kind_id)))


def refresh_day() -> int:
    """Every door where contact may be due. Once a day: a rule's first or last day comes without anybody saving it."""
    dated = Household.unscoped.exclude(care_colour="", next_due_date__isnull=True).values_list("pk", flat=True)
    return refresh_all(_doors_of(ResidentNeed.unscoped.active()) | set(dated))


def _doors_of(needs: QuerySet[ResidentNeed]) -> set[int]:
    """Where the people of these needs live, and where they stay."""
    pairs = needs.values_list("resident__household", "resident__stays_with")
    return {door for pair in pairs for door in pair if door is not None}
