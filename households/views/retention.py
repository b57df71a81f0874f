"""What ends next: per rule how long it keeps, what stands on the list to be forgotten, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from resilience.lib.http import AuthedRequest

from .. import reference
from ..models import DueRow, Household, Resident, RetentionRule, ServiceRequest, Subject
from ..retention import ABOUT, LISTED_FOR, Coming, coming, due_for
from ..viewer import Viewer

MOST_SHOWN = 50
AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One rule, ready to print. The numbers are of rows in the viewer's places; None where rows are not listed.

    `to_come`: a rule that was written lately and does not hold yet.
    """

    subject: Subject
    keep_days: int | None
    to_come: RetentionRule | None = None
    listed: int | None = None
    coming: int | None = None
    next_at: datetime | None = None


@require_safe
def ends_next(request: AuthedRequest) -> HttpResponse:
    """Every rule with its counts; `?rule=` shows the first rows of one, with links to those there is a page for."""
    viewer, asked = request.viewer, request.GET.get("rule", "")
    rule = next((subject for subject in ABOUT if subject == asked), None)
    context = {
        "lines": _lines(viewer),
        "rule": rule,
        "rows": _rows(viewer, rule) if rule else [],
        "most": MOST_SHOWN,
        "ahead": AHEAD.days,
        "listed_for": LISTED_FOR,
    }
    return render(request, "households/retention/next.html", context)


def _lines(viewer: Viewer) -> list[Line]:
    found = coming(viewer, AHEAD)
    return [_line(subject, found.get(subject)) for subject in Subject]


def _line(subject: Subject, found: Coming | None) -> Line:
    days, to_come = reference.retention().get(subject), reference.retention_to_come().get(subject)
    if found is None:
        return Line(subject, days, to_come)
    next_at = found.first_at + LISTED_FOR if found.first_at else None
    return Line(subject, days, to_come, listed=found.listed, coming=found.more, next_at=next_at)


# --- the rows of one rule ---------------------------------------------------------------------------
Words = tuple[str, str]  # what it is, and the address of its page or ''


def _rows(viewer: Viewer, subject: Subject) -> list[tuple[Words, datetime]]:
    """The first to go, with the moment from which they may."""
    listed = DueRow.objects.filter(subject=subject, row=OuterRef("pk")).values("listed_at")
    rows = due_for(viewer, subject).annotate(listed_at=Subquery(listed))
    first = rows.filter(listed_at__isnull=False).select_related(*_WITH.get(subject, ())).order_by("listed_at", "pk")
    return [(_SHOWN[subject](row), row.listed_at + LISTED_FOR) for row in first[:MOST_SHOWN]]


def _request(row: ServiceRequest) -> Words:
    return f"{row.code_label} · {row.category}", reverse("request", args=[row.code])


def _household(row: Household, *said: object) -> Words:
    return " · ".join(str(each) for each in (row.address, *said)), reverse("household", args=[row.uid])


def _resident(row: Resident, *said: object) -> Words:
    return " · ".join(str(each) for each in (row.name, *said)), reverse("resident", args=[row.uid])


_HOME = "household__building"
_WITH: dict[Subject, tuple[str, ...]] = {
    Subject.REQUESTS: ("category",),
    Subject.PHOTOS: ("service_request__category",),
    Subject.VISITS: (_HOME,),
    Subject.NEEDS: ("resident", "kind"),
    Subject.FILES: ("building",),
}
_SHOWN: dict[Subject, Callable[[Any], Words]] = {
    Subject.REQUESTS: _request,
    Subject.PHOTOS: lambda row: _request(row.service_request),
    Subject.VISITS: lambda row: _household(row.household, date_format(row.happened_at, "SHORT_DATE_FORMAT")),
    Subject.NEEDS: lambda row: _resident(row.resident, row.kind),
    Subject.PEOPLE: lambda row: _resident(row, row.get_presence_display()),
    Subject.FILES: _household,
    Subject.MESSAGES: lambda row: (f"{row.get_channel_display()} · {row.about}", ""),
}
