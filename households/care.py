"""When contact is due, as pure functions over the care table. Nothing here reads the database or writes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from resilience.lib.dates import MAX_DATE

from .models import Means, VisitMeans, VisitResult


def next_due(last_met: date | None, first: date, every_days: int | None) -> date | None:
    """The day the next contact is due; None when no rule asks for any. `first`: when it is due if never met.

    It stays where it is until somebody is met: a missed contact is never rolled on.
    """
    if every_days is None:
        return None
    # Never met: due on the first day, not a whole period later. A newly found need should be seen at once.
    due = last_met + timedelta(days=every_days) if last_met else first
    return min(due, MAX_DATE)


def counts_as_contact(means: str, visit_means: str, result: str) -> bool:
    """Whether a visit of that means and result is the contact a rule of `means` asks for."""
    return result == VisitResult.MET and (visit_means == VisitMeans.DOOR or means == Means.ANY)


def earliest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)
