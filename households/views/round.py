"""A worker's round, their households, and the page of one door."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted

from .. import access, scope
from ..actions.visits import log_visit
from ..doors import people_at
from ..forms.visits import SearchForm, VisitForm
from ..models import Household, Visit, VisitResult
from ..rounds import round_of
from ..search import search_households
from . import opens
from .door_requests import lines_for

MOST_FOUND = 60
MOST_OF_MINE = 1_000


@require_safe
def my_round(request: AuthedRequest) -> HttpResponse:
    """Today's doors in walking order, overdue first, each with why; for a volunteer the requests with them."""
    viewer = request.viewer
    found = round_of(
        viewer.pk,
        viewer.reach,
        (lambda me: scope.households_for(viewer.seen_as(me)).answered_by(me)) if viewer.is_worker else None,
        lambda me: scope.requests_for(viewer.seen_as(me)).of(me),
    )
    return render(request, "households/round/round.html", {"round": found, "today": today()})


@require_http_methods(["GET", "HEAD", "POST"])
def households(request: AuthedRequest) -> HttpResponse:
    """The households one answers for; with words (POST) all one serves that fit them."""
    form = SearchForm(posted(request))
    words = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    served = scope.households_for(request.viewer).current().in_walking_order().select_related("building", "contact")
    found = list(
        search_households(served, words)[: MOST_FOUND + 1] if words else served.answered_by(request.user)[:MOST_OF_MINE]
    )
    context = {"form": form, "words": words, "found": found[:MOST_FOUND] if words else found}
    context |= {"has_more": bool(words) and len(found) > MOST_FOUND, "today": today()}
    return render(request, "households/round/households.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def door(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Everything due for everyone behind one door, and the form that records the visit."""
    household = access.household_file(request, uid)
    people = people_at(household)
    is_sent = request.method == "POST"
    form = VisitForm(request.POST if is_sent else None, request.FILES if is_sent else None, people=people)
    if is_sent and form.is_valid():
        try:
            visit, _created = log_visit(household, form.seen(), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            _tell(request, household, visit)
            return go(request, reverse("round") if request.viewer.is_worker else reverse("household-door", args=[uid]))
    asked = lines_for(request.viewer, household)
    has_notes = any(need.has_note for person in people for need in person.needs)
    opened = opens.of_household(request.viewer, household, has_need_notes=has_notes, asked=asked)
    context = {"household": household, "people": people, "form": form, "requests": asked, "opens": opened}
    return render(request, "households/round/door.html", context, status=422 if form.errors else 200)


def _tell(http: AuthedRequest, household: Household, visit: Visit) -> None:
    """What was recorded, with a link to the door; and what is still due there."""
    words = format_html(
        '{} <a href="{}">{}</a>: {}',
        _("Recorded for"),
        reverse("household-door", args=[household.uid]),
        household.address,
        visit.get_result_display(),
    )
    messages.success(http, words)
    if visit.service_request:
        link = reverse("request", args=[visit.service_request.code])
        code = visit.service_request.code_label
        messages.success(http, format_html('{} <a href="{}">{}</a>', _("What you found is now a request:"), link, code))
    if visit.result == VisitResult.MET and household.next_due_date and household.next_due_date <= today():
        messages.warning(http, _("Something is still due there: it wants a visit at the door, or was not ticked."))
