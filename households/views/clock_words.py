"""A request's clock in words: what runs, how long still, and how it looks (a look of `ui.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.lib.dates import left_words, length_words

from ..models import ServiceRequest

SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class ClockWords:
    look: str  # ok | soon | overdue | paused
    words: str
    moment: str  # ISO 8601, the deadline or the beginning of the pause


def clock_words(service_request: ServiceRequest, now: datetime | None = None) -> ClockWords | None:
    """'First contact: 2 hours left'; None when no clock runs because the request is not open."""
    now = now or timezone.now()
    if not service_request.is_open:
        return None
    if service_request.paused_at:
        waited = length_words((now - service_request.paused_at).total_seconds())
        words = _("waiting for the resident for %(time)s") % {"time": waited}
        return ClockWords("paused", words, service_request.paused_at.isoformat())
    left = service_request.due_at - now
    words = left_words(left.total_seconds())
    said = _("to be done: %(time)s") if service_request.responded_at else _("first contact: %(time)s")
    look = "overdue" if left.total_seconds() < 0 else "soon" if left < SOON else "ok"
    return ClockWords(look, said % {"time": words}, service_request.due_at.isoformat())
