"""/desk/new/: what comes by phone or over the counter, filed in one screen."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from resilience.lib.http import AuthedRequest, go, posted, render_part
from resilience.lib.inputs import clean_text, clean_uuid

from .. import access, policies
from ..actions.drafts import Place, asked
from ..actions.requests import file_request
from ..forms.filing import FilingForm
from ..models import Household, Source
from ..search import search_households

MOST_FOUND = 12
TEMPLATE = "households/filing/new.html"


@require_http_methods(["GET", "HEAD", "POST"])
@policies.staff
def new(request: AuthedRequest) -> HttpResponse:
    """`step=search` looks for the door and keeps everything typed; anything else files."""
    data = posted(request)
    wanted = _wanted(request)
    found = _found(request, wanted)
    is_search = data is None or data.get("step") == "search"
    form = FilingForm(
        data,
        doors=[(str(row.uid), _door(row)) for row in found],
        communities=access.communities_for(request.viewer),
        is_quiet=is_search,
        initial={"household": request.GET.get("household", "")[:40], "is_for": "me"},
    )
    if not is_search and form.is_valid():
        return _file(request, form, found)
    context = {"form": form, "found": found, "wanted": wanted, "key": _key(request)}
    if is_search:
        return render_part(request, TEMPLATE, "doors", context)
    return render(request, TEMPLATE, context, status=422)


def _wanted(request: AuthedRequest) -> str:
    """By POST only: a name or phone must stand in no address and in no log."""
    try:
        return clean_text(request.POST.get("q", ""), max_length=60)
    except ValidationError:
        return ""


def _found(request: AuthedRequest, wanted: str) -> list[Household]:
    """What the search finds; the door already chosen always stays among them."""
    mine = access.managed_households_for(request.viewer).current()
    rows = mine.with_responsible().select_related("building", "community", "contact")
    found = list(search_households(rows, wanted)[:MOST_FOUND]) if wanted else []
    try:
        chosen = clean_uuid(request.POST.get("household") or request.GET.get("household"))
    except ValidationError:
        return found
    return found if any(row.uid == chosen for row in found) else [*rows.filter(uid=chosen), *found]


def _door(household: Household) -> str:
    contact = household.contact.name if household.contact else ""
    return f"{household.address} {contact} {household.file_number}"


def _key(request: AuthedRequest) -> uuid.UUID:
    try:
        return clean_uuid(request.POST.get("key"))
    except ValidationError:
        return uuid.uuid4()


def _file(request: AuthedRequest, form: FilingForm, found: list[Household]) -> HttpResponse:
    said = form.cleaned_data
    household = next((row for row in found if str(row.uid) == said["household"]), None)
    place = (
        Place(household.community, household=household, building=household.building)
        if household
        else Place(said["community"], address=said["address"])
    )
    what = asked(
        form.answers(), place, key=_key(request), source=Source(said["source"]), language=get_language() or "zh-hans"
    )
    filed, is_new = file_request(what, by=request.user)
    words = _("Filed. The code to read out: %(code)s") if is_new else _("This was filed a moment ago: %(code)s")
    messages.success(request, words % {"code": filed.code_label})
    return go(request, reverse("request", args=[filed.code]))
