"""Days, bounds and words for times."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

MIN_DATE = date(1900, 1, 1)
MAX_DATE = date(2100, 1, 1)
MIN_MOMENT = datetime(1900, 1, 1, tzinfo=UTC)
MAX_MOMENT = datetime(2100, 1, 1, tzinfo=UTC)


def today() -> date:
    """The day in the town (settings.TIME_ZONE), whatever zone the thread is in."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def day_words(moment: datetime) -> str:
    """The day of a moment past as one says it in a sentence: 'today', 'yesterday', 'on Tuesday', 'on 7 March 2026'."""
    day = timezone.localtime(moment, timezone.get_default_timezone())
    ago = days_since(moment) or 0
    if ago < 2:
        return pgettext("in a sentence", "today") if ago < 1 else pgettext("in a sentence", "yesterday")
    return pgettext("in a sentence", "on %(day)s") % {"day": date_format(day, "l" if ago < 7 else "DATE_FORMAT")}


def moment_words(moment: datetime) -> str:
    """A local moment in SHORT_DATETIME_FORMAT: its day is remembered, as Django's formatting costs more than a line."""
    day, is_apart = _day_of_moment(get_language(), moment.date())
    return f"{day}{moment:%H:%M}" if is_apart else date_format(moment, "SHORT_DATETIME_FORMAT")


@lru_cache(maxsize=1_000)
def _day_of_moment(_language: str | None, day: date) -> tuple[str, bool]:
    """What stands before the time, and whether the language writes it so."""
    shape = get_format("SHORT_DATETIME_FORMAT")
    return (date_format(day, shape.removesuffix("H:i")), True) if shape.endswith("H:i") else ("", False)


def days_since(moment: datetime | date | None) -> int | None:
    """Whole days from then until today."""
    if moment is None:
        return None
    day = timezone.localdate(moment, timezone.get_default_timezone()) if isinstance(moment, datetime) else moment
    return (today() - day).days


def length_words(seconds: float, language: str | None = None) -> str:
    """'3 days', '5 hours', '20 minutes': the largest unit that fits, rounded down, at least a minute.

    `language` is the one that is active, where a list has looked it up already.
    """
    language = language or get_language()
    minutes = max(1, int(abs(seconds) // 60))
    days, hours = minutes // (24 * 60), minutes // 60
    if days >= 2:
        return _length_words(language, days=days)
    return _length_words(language, hours=hours) if hours else _length_words(language, minutes=minutes)


@lru_cache(maxsize=1_000)
def _length_words(_language: str | None, *, days: int = 0, hours: int = 0, minutes: int = 0) -> str:
    """Remembered: in a list many rows are as old as the next."""
    if days:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if hours:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def left_words(seconds: float) -> str:
    """'2 hours left' or 'overdue by 3 days'."""
    words = length_words(seconds)
    return _("overdue by %(time)s") % {"time": words} if seconds < 0 else _("%(time)s left") % {"time": words}


def since_words(moment: datetime) -> str:
    """'3 days ago'; 'just now' within a minute."""
    seconds = (timezone.now() - moment).total_seconds()
    return _("just now") if seconds < 60 else _("%(time)s ago") % {"time": length_words(seconds)}
