"""The QR code on a door: what it opens, and the sheets it is printed on."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted

from .. import access, by_secret
from ..actions import doors as verbs
from ..forms.doors import RenewForm
from ..forms.drafts import AskForm
from .ask_page import AskPage
from .qr import label_of


@require_http_methods(["GET", "HEAD", "POST"])
def scanned(request: HttpRequest, token: str) -> HttpResponse:
    """The whole form on one page, for the door it hangs on. Shows the door's address and nothing of who lives there."""
    household = by_secret.household_of_door(token)
    if household is None:
        return render(request, "households/doors/unknown.html", status=404)
    page = AskPage(request, "door", household)
    if request.method == "POST":
        return page.take()
    if arrived := page.arrived():
        return arrived
    return page.show(AskForm(step="door", initial=dict(page.draft.answers) if page.draft else {}))


@require_safe
def sheet(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Labels of a building's doors to print on A4 and cut; `?entrance=` for one entrance."""
    building = access.building(request, uid)
    doors = by_secret.doors_of(building)
    entrances = sorted({each.entrance for each in doors})
    asked = request.GET.get("entrance", "")[:2]
    entrance = next((each for each in entrances if str(each) == asked), None)
    labels = [label_of(each) for each in doors if entrance in (None, each.entrance)]
    context = {"building": building, "entrances": entrances, "entrance": entrance, "labels": labels}
    return render(request, "households/doors/sheet.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """One door's label, and the way to make its old code worthless."""
    household = access.household(request, uid)
    form = RenewForm(posted(request))
    if form.is_valid():
        try:
            verbs.renew_door_code(household, by=request.user, why=form.cleaned_data["why"])
            return go(request, request.path)
        except Refused as no:
            form.refuse(no)
    context = {"form": form, "household": household, "label": label_of(household)}
    return render(request, "households/doors/renew.html", context, status=422 if form.is_bound else 200)
