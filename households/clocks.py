"""The clocks as pure functions: when somebody must answer, when it must be done, how much time is left.

Real hours run day and night. Working hours run while the office is open on working days. Times are aware datetimes;
the calendar's hours are local time (settings.TIME_ZONE). Lengths are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone

OFFICE_DAY = 570  # minutes a working day has by default, 8:30 to 18:00
LONGEST_SEARCH_DAYS = 3_660  # ten years without a working day: give up and count real time


@dataclass(frozen=True, slots=True)
class Limits:
    """Minutes until the first contact and until it is done."""

    respond_minutes: int
    resolve_minutes: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """Office hours (local), and days that are not what their weekday says (True: worked)."""

    opens: time = time(8, 30)
    closes: time = time(18, 0)
    special: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        return self.special.get(day, day.weekday() < 5)

    def office(self, day: date) -> tuple[datetime, datetime]:
        zone = timezone.get_default_timezone()
        return datetime.combine(day, self.opens, zone), datetime.combine(day, self.closes, zone)


def add(start: datetime, seconds: int, *, in_working_hours: bool, calendar: Calendar) -> datetime:
    """The moment when `seconds` of the clock's time have run since `start`."""
    if not in_working_hours:
        return start + timedelta(seconds=seconds)
    left = seconds
    day = timezone.localdate(start, timezone.get_default_timezone())
    for _ in range(LONGEST_SEARCH_DAYS):
        if calendar.is_working(day):
            opens, closes = calendar.office(day)
            begin = max(start, opens)
            open_seconds = max(0, int((closes - begin).total_seconds()))
            if left <= open_seconds:
                return begin + timedelta(seconds=left)
            left -= open_seconds
        day += timedelta(days=1)
    return start + timedelta(seconds=seconds)


def between(start: datetime, end: datetime, *, in_working_hours: bool, calendar: Calendar) -> int:
    """Seconds of the clock's time from `start` to `end`; 0 when `end` is not after `start`."""
    if end <= start:
        return 0
    if not in_working_hours:
        return int((end - start).total_seconds())
    zone = timezone.get_default_timezone()
    day, last = timezone.localdate(start, zone), timezone.localdate(end, zone)
    if (last - day).days > LONGEST_SEARCH_DAYS:
        return int((end - start).total_seconds())
    total = 0
    while day <= last:
        if calendar.is_working(day):
            opens, closes = calendar.office(day)
            total += max(0, int((min(end, closes) - max(start, opens)).total_seconds()))
        day += timedelta(days=1)
    return total


@dataclass(frozen=True, slots=True)
class Deadlines:
    respond_by_at: datetime
    resolve_by_at: datetime


def deadlines(
    start: datetime, limits: Limits, *, in_working_hours: bool, calendar: Calendar, paused_seconds: int = 0
) -> Deadlines:
    """Both deadlines of a clock that started at `start` and stood still for `paused_seconds` since."""

    def after(minutes: int) -> datetime:
        return add(start, minutes * 60 + paused_seconds, in_working_hours=in_working_hours, calendar=calendar)

    return Deadlines(after(limits.respond_minutes), after(limits.resolve_minutes))


SOON_SECONDS = 2 * 3600


def look(seconds_left: float) -> str:
    """How a running clock looks: 'overdue', 'soon' or 'ok'; keys of `ui.LOOKS`."""
    return "overdue" if seconds_left < 0 else "soon" if seconds_left < SOON_SECONDS else "ok"
