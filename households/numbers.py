"""Reading the numbers of the desk: three bounded statements, kept for some seconds per scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.core.cache import cache
from django.db.models import Count, Q
from django.utils import timezone

from resilience.lib.codes import key_of
from resilience.lib.dates import today

from .models import UNASSIGNED_STATES
from .models.requests import RequestQuerySet, are_overdue
from .rates import Case, Rates, rates
from .viewer import Viewer

LIFE = 20  # seconds
WINDOW = timedelta(days=30)
MOST_CASES = 20_000  # the newest; beyond that a sample says the same


@dataclass(frozen=True, slots=True)
class Numbers:
    """As of `at`: what is open now, what was done today, the rates of the last 30 days."""

    at: datetime
    open: int
    overdue: int
    unassigned: int
    resolved_today: int
    rates: Rates


def kept_numbers(viewer: Viewer, rows: RequestQuerySet) -> Numbers:
    """`numbers` of the viewer's scope, at most LIFE seconds old."""
    found: Numbers | None = cache.get_or_set(key_of("desk-numbers", viewer.counted_scope), lambda: numbers(rows), LIFE)
    return found or numbers(rows)


def numbers(rows: RequestQuerySet) -> Numbers:
    """Of the requests in `rows`."""
    now = timezone.now()
    counts = rows.open().aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=are_overdue(now)),
        unassigned=Count("pk", filter=Q(state__in=UNASSIGNED_STATES)),
    )
    midnight = datetime.combine(today(), time(), timezone.get_default_timezone())
    resolved_today = rows.filter(resolved_at__gte=midnight).count()
    return Numbers(at=now, resolved_today=resolved_today, rates=rates(_cases(rows, now), now), **counts)


def _cases(rows: RequestQuerySet, now: datetime) -> list[Case]:
    """Asked in the window; twins are counted with the request they were joined to."""
    asked = rows.filter(created_at__gte=now - WINDOW, merged_into__isnull=True).newest_first()
    columns = (
        "clock_started_at", "respond_by_at", "responded_at", "resolved_at", "paused_seconds", "outcome", "rating",
        "is_excluded",
    )  # fmt: skip
    return [Case(*row) for row in asked.values_list(*columns)[:MOST_CASES]]
