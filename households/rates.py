"""The numbers of the desk: the three rates (三率) and how long things take. Pure rules over plain rows.

No national formula exists; these are ours, and the page that shows them says them in words:
response    of those whose time to respond is over or who were contacted: contacted within the limit;
resolution  of those who answered whether it is done: said 'done' ('half done' is an answer, not a yes);
satisfaction of those who rated: satisfied or mostly satisfied.
Cases left out (not lawful, not ours) count in none and are counted apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median


@dataclass(frozen=True, slots=True)
class Case:
    """What the rates look at of one request."""

    clock_started_at: datetime
    respond_by_at: datetime
    responded_at: datetime | None
    resolved_at: datetime | None
    paused_seconds: int
    outcome: str
    rating: str
    is_excluded: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `of`; `percent` is None when there was nothing to count."""

    hits: int
    of: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.hits / self.of) if self.of else None


@dataclass(frozen=True, slots=True)
class Rates:
    response: Rate
    resolution: Rate
    satisfaction: Rate
    excluded: int
    respond_seconds: float | None  # median from the clock's start to the first contact
    resolve_seconds: float | None  # median from the clock's start to 'done', without the time spent waiting


def rates(cases: Iterable[Case], now: datetime) -> Rates:
    """All of them over the same cases."""
    everything = list(cases)
    counted = [case for case in everything if not case.is_excluded]
    due = [case for case in counted if case.responded_at or case.respond_by_at < now]
    in_time = [case for case in due if case.responded_at and case.responded_at <= case.respond_by_at]
    answered = [case for case in counted if case.outcome]
    rated = [case for case in counted if case.rating]
    return Rates(
        response=Rate(len(in_time), len(due)),
        resolution=Rate(sum(case.outcome == "done" for case in answered), len(answered)),
        satisfaction=Rate(sum(case.rating != "not" for case in rated), len(rated)),
        excluded=len(everything) - len(counted),
        respond_seconds=_median(_until(case, case.responded_at) for case in counted),
        resolve_seconds=_median(_worked(case) for case in counted),
    )


def _until(case: Case, moment: datetime | None) -> float | None:
    return max(0.0, (moment - case.clock_started_at).total_seconds()) if moment else None


def _worked(case: Case) -> float | None:
    seconds = _until(case, case.resolved_at)
    return None if seconds is None else max(0.0, seconds - case.paused_seconds)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
