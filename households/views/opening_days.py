"""For those in charge: who opened what is sealed, day by day, and letting somebody open more."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go
from resilience.lib.inputs import clean_date, decode_cursor

from .. import colleagues, scope
from ..actions.openings import allow_more
from ..models import Opening, Region
from ..opening_days import crowded, page_of, people_of


@require_safe
def openings(request: AuthedRequest) -> HttpResponse:
    """`?place=` a community, `?day=` a day up to today, `?after=` the next page of its openings."""
    communities = scope.watched_communities(request.viewer)
    here, day = _chosen(communities, request.GET.get("place", "")), _day(request.GET.get("day", ""))
    after = decode_cursor(request.GET.get("after", ""), datetime.fromisoformat, int)
    rows = Opening.objects.looks().of_day(day).filter(community=here)
    lines, more = page_of(rows, (after[0], after[1]) if after else None)
    people = people_of(rows)
    context = {
        "communities": communities,
        "here_now": here,
        "day": day,
        "day_before": day - timedelta(days=1),
        "day_after": day + timedelta(days=1) if day < today() else None,
        "people": people,
        "alarmed": [line for line in people if line.marks["is_over"]],
        "crowded": crowded(rows),
        "lines": lines,
        "next_cursor": more,
        "is_first_page": after is None,
    }
    return render(request, "households/openings/days.html", context)


@require_POST
def allow(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Let a colleague open more in a community than their role may, for an hour."""
    person = colleagues.person(request, uid)
    here = _chosen(scope.watched_communities(request.viewer), request.POST.get("place", ""))
    if here is None:
        raise Http404
    try:
        allow_more(person, by=request.user, community=here)
        said = {"name": person, "place": here.name}
        messages.success(request, _("%(name)s may open more in %(place)s for an hour.") % said)
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, f"{reverse('openings')}?{urlencode({'place': here.code})}")


def _chosen(communities: list[Region], code: str) -> Region | None:
    """The one a link names, else the first; 404 for one that is not the viewer's."""
    if not code:
        return communities[0] if communities else None
    for community in communities:
        if community.code == code:
            return community
    raise Http404


def _day(text: str) -> date:
    try:
        return min(clean_date(text, hi=today()), today()) if text else today()
    except ValidationError:
        return today()
