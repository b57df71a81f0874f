"""/desk/new/: what comes by phone or over the counter, filed in one screen."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from resilience.lib.http import AuthedRequest, go, posted, render_part

from .. import scope
from ..actions.drafts import Place, asked
from ..actions.requests import file_request
from ..forms.drafts import OTHER
from ..forms.filing import FilingForm
from ..models import Household, ServiceRequest, Source
from .filing_page import Doors, asked_before, contact_of, doors_of, key_of, label_of

TEMPLATE = "households/filing/new.html"
SEARCH, LOOK = "search", "look"
"""Steps that file nothing. `search`: look for the door; `look`: show what is known of the door ticked and the phone."""


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: AuthedRequest) -> HttpResponse:
    """`step` is SEARCH or LOOK, which keep everything typed; anything else files.

    What the household or the phone asked for already is shown before it is filed: `known` names what has been shown.
    """
    step = request.POST.get("step", "") if request.method == "POST" else LOOK
    is_asking = step in (SEARCH, LOOK)
    doors = doors_of(request, by_phone=is_asking, takes_only=step == SEARCH)
    data, is_filled = _filled(posted(request), doors) if is_asking else (posted(request), False)
    form = _form(request, data, doors, is_quiet=is_asking)
    before = asked_before(request, doors.chosen, data or {})
    if not is_asking and not form.is_valid():
        form.refuse_unseen_door(doors.only)
    elif not is_asking and {row.code for row in before} <= set(request.POST.getlist("known")):
        return _file(request, form, doors.chosen)
    context = {
        "form": form, "doors": doors, "before": before, "key": key_of(request), "is_filled": is_filled,
        "is_stopped": not is_asking and not form.errors,
    }  # fmt: skip
    if is_asking:
        return render_part(request, TEMPLATE, "answer", context)
    return render(request, TEMPLATE, context, status=422 if form.errors else 200)


def _form(request: AuthedRequest, data: QueryDict | None, doors: Doors, *, is_quiet: bool) -> FilingForm:
    contact = contact_of(doors.chosen)
    return FilingForm(
        data,
        request.FILES if data is not None else None,
        doors=[(str(row.uid), label_of(row)) for row in doors.found],
        communities=scope.communities_for(request.viewer),
        is_quiet=is_quiet,
        initial={
            "is_for": "me",
            **({"household": str(doors.chosen.uid)} if doors.chosen else {}),
            **({"name": contact.name} if contact else {}),
        },
        contact=contact,
    )


def _filled(data: QueryDict | None, doors: Doors) -> tuple[QueryDict | None, bool]:
    """What was typed, with the door that was taken; and who answers there, in place of nobody or of another door's."""
    if data is None or doors.chosen is None:
        return data, False
    data = data.copy()
    data["household"] = str(doors.chosen.uid)
    name = "their_name" if data.get("is_for") == OTHER else "name"
    contact, typed = contact_of(doors.chosen), data.get(name, "").strip()
    filled_before = {other.name for row in doors.found if row != doors.chosen and (other := contact_of(row))}
    if contact is None or (typed and typed not in filled_before):
        return data, False
    data[name] = contact.name
    return data, True


def _file(request: AuthedRequest, form: FilingForm, household: Household | None) -> HttpResponse:
    said = form.cleaned_data
    place = (
        Place(household.community, household=household, building=household.building)
        if household
        else Place(said["community"], address=said["address"])
    )
    what = asked(
        form.answers(), place, key=key_of(request), source=Source(said["source"]),
        language=get_language() or "zh-hans", photos=said["photos"],
    )  # fmt: skip
    filed, is_new = file_request(what, by=request.user)
    messages.success(request, _words(filed, is_new))
    return go(request, reverse("request", args=[filed.code]))


def _words(filed: ServiceRequest, is_new: bool) -> str:
    words = _("Filed. The code to read out: %(code)s") if is_new else _("This was filed a moment ago: %(code)s")
    return words % {"code": filed.code_label}
