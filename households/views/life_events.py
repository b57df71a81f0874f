"""Recording what happened to people: each event its own page, one step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, posted

from .. import access, scope
from ..actions import households as file_verbs
from ..actions import life_events as verbs
from ..answers import done, form_page
from ..forms import life_events as forms
from ..models import Household, Relation, Resident, ServiceRequest


@dataclass(frozen=True, slots=True)
class Event:
    """One page: its title, its form, and what sending it does. `make` and `do` get whom or what it is about first."""

    title: Promise
    make: Callable[[AuthedRequest, Any], forms.HappenedForm]
    do: Callable[[AuthedRequest, Any, Any], object]
    shows_requests: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
def of_resident(request: AuthedRequest, uid: UUID, what: str) -> HttpResponse:
    event = _known(OF_RESIDENT, what)
    resident = access.resident(request, uid)
    form = event.make(request, resident)
    if request.method == "POST" and form.is_valid():
        try:
            event.do(request, resident, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, resident.household, _recorded(resident.household))
    open_requests = _open_requests(resident.household) if event.shows_requests else []
    heading = str(event.title) % {"name": resident.name}
    return form_page(request, resident.household, form, heading, open_requests=open_requests)


@require_http_methods(["GET", "HEAD", "POST"])
def of_household(request: AuthedRequest, uid: UUID, what: str) -> HttpResponse:
    event = _known(OF_HOUSEHOLD, what)
    household = access.household(request, uid)
    form = event.make(request, household)
    if request.method == "POST" and form.is_valid():
        try:
            event.do(request, household, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, household, _recorded(household))
    return form_page(request, household, form, str(event.title))


def _known(events: dict[str, Event], what: str) -> Event:
    if what not in events:
        raise Http404
    return events[what]


def _open_requests(household: Household) -> list[ServiceRequest]:
    return list(household.service_requests.open().select_related("category").due_first()[:20])


def _recorded(household: Household) -> str:
    """Nothing is cancelled silently: what is still open at the door is said."""
    n = household.service_requests.open().count()
    if not n:
        return _("Recorded.")
    words = ngettext(
        "Recorded. %(n)d request of this household is still open: look whether it still holds.",
        "Recorded. %(n)d requests of this household are still open: look whether they still hold.",
        n,
    )
    return words % {"n": n}


# --- what each event asks and does ----------------------------------------------------------------
def _leaves(request: AuthedRequest, resident: Resident) -> forms.LeavesForm:
    return forms.LeavesForm(posted(request), resident=resident)


def _plain(request: AuthedRequest, _about: object) -> forms.HappenedForm:
    return forms.HappenedForm(posted(request))


def _moved_out(request: AuthedRequest, resident: Resident, form: forms.MovedOutForm) -> None:
    data = form.cleaned_data
    verbs.moved_out(
        resident, happened=form.happened(request.user), to=data["household"], elsewhere=data["elsewhere"],
        relation=Relation(data["relation"] or Relation.OTHER), new_contact=data.get("new_contact"),
    )  # fmt: skip


def _went_away(request: AuthedRequest, resident: Resident, form: forms.WentAwayForm) -> None:
    data = form.cleaned_data
    verbs.went_away(
        resident, happened=form.happened(request.user), stays_with=data["household"], elsewhere=data["elsewhere"],
        until=data["until"],
    )  # fmt: skip


def _moved_here(request: AuthedRequest, household: Household, form: forms.PersonHereForm) -> None:
    data = form.cleaned_data
    verbs.moved_here(
        household, resident=data["resident"], relation=Relation(data["relation"]),
        happened=form.happened(request.user), new_contact=data.get("new_contact"),
    )  # fmt: skip


def _split_off(request: AuthedRequest, household: Household, form: forms.SplitOffForm) -> None:
    """Behind a door of the same building; its file is opened when there is none, in the same transaction."""
    data = form.cleaned_data
    door = file_verbs.Door(data["entrance"], data["floor"], data["door"])
    people = {person.pk: person for person in (data["head"], *data["people"])}.values()
    verbs.split_off_to_door(
        household, people=list(people), door=door, head=data["head"], happened=form.happened(request.user)
    )


OF_RESIDENT = {
    "moved-out": Event(
        gettext_lazy("%(name)s moved out"),
        lambda request, resident: forms.MovedOutForm(
            posted(request), resident=resident, households=scope.households_worked(request.viewer)
        ),
        _moved_out,
        shows_requests=True,
    ),
    "died": Event(
        gettext_lazy("%(name)s died"),
        _leaves,
        lambda request, resident, form: verbs.died(
            resident, happened=form.happened(request.user), new_contact=form.cleaned_data.get("new_contact")
        ),
        shows_requests=True,
    ),
    "restored": Event(
        gettext_lazy("%(name)s lives: the death was recorded by mistake"),
        _plain,
        lambda request, resident, form: verbs.restored(resident, happened=form.happened(request.user)),
    ),
    "new-head": Event(
        gettext_lazy("%(name)s becomes the contact person"),
        _plain,
        lambda request, resident, form: verbs.new_head(resident, happened=form.happened(request.user)),
    ),
    "went-away": Event(
        gettext_lazy("%(name)s stays elsewhere for a while"),
        lambda request, resident: forms.WentAwayForm(
            posted(request), households=scope.households_worked(request.viewer)
        ),
        _went_away,
        shows_requests=True,
    ),
    "came-back": Event(
        gettext_lazy("%(name)s came back"),
        _plain,
        lambda request, resident, form: verbs.came_back(resident, happened=form.happened(request.user)),
    ),
}
OF_HOUSEHOLD = {
    "moved-in": Event(
        gettext_lazy("Somebody new moved in"),
        lambda request, household: forms.MovedInForm(posted(request)),
        lambda request, household, form: verbs.moved_in(
            household, details=form.details(), happened=form.happened(request.user)
        ),
    ),
    "moved-here": Event(
        gettext_lazy("Somebody from another file moved in"),
        lambda request, household: forms.PersonHereForm(posted(request), people=scope.residents_worked(request.viewer)),
        _moved_here,
    ),
    "born": Event(
        gettext_lazy("A child was born"),
        lambda request, household: forms.BornForm(posted(request)),
        lambda request, household, form: verbs.born(
            household, details=form.details(), happened=form.happened(request.user)
        ),
    ),
    "split-off": Event(
        gettext_lazy("Part of the household moved behind another door"),
        lambda request, household: forms.SplitOffForm(posted(request), household=household),
        _split_off,
    ),
}
