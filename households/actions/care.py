"""When the next contact is due at a door: kept on the needs and on the household, so that lists only read it."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from resilience.lib.dates import today

from .. import reference
from ..care import earliest, next_due
from ..models import Household, ResidentNeed


def refresh_due(household: Household) -> None:
    """Set the due dates of a household anew from its needs, its colour and the rules of today.

    Call it inside the transaction of whatever changed one of them: a need, a colour, who is behind the door.
    """
    every = reference.care_by_kind()
    days = []
    for need in ResidentNeed.objects.at_door(household):
        rule = every.get(need.kind_id)
        due = next_due(need.last_met_date, need.since_date, rule[0] if rule else None)
        if due != need.next_due_date:
            need.next_due_date = due
            need.save(update_fields=["next_due_date"])
        days.append(due)
    household.next_due_date = earliest([*days, _due_by_colour(household)])
    household.save(update_fields=["next_due_date"])


def _due_by_colour(household: Household) -> date | None:
    rule = reference.care_by_colour().get(household.care_colour)
    if rule is None or household.until_date:
        return None
    zone = timezone.get_default_timezone()
    last = timezone.localdate(household.last_contact_at, zone) if household.last_contact_at else None
    return next_due(last, today(), rule[0])
