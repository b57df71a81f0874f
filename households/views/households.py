"""A household's file and the list of them."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted, render_part

from .. import access, colleagues, scope, timeline
from ..actions import households as verbs
from ..actions.assignments import make_responsible
from ..answers import done, form_page
from ..files import HouseholdFile
from ..forms.households import AmendForm, DoorForm, PhoneForm, RemovePhoneForm, ResponsibleForm, WhyForm
from . import opens


@require_safe
def page(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """The file on one screen. `?kind=` narrows the timeline, `?after=` is its next page."""
    household = access.household_file(request, uid)
    kind = request.GET.get("kind", "")
    kind = kind if kind in timeline.KINDS else ""
    after = timeline.place(request.GET.get("after", ""))
    served = partial(scope.seen_by_place, request.viewer)
    reach, others = request.viewer.reach, served("other_household")
    story = timeline.read(household, kind=kind, after=after, with_open=True, others=others, reach=reach)
    sees, sees_stay = served("household"), served("stays_with")
    file = HouseholdFile(household, story.open_requests, reach=reach, sees=sees, sees_stay=sees_stay)
    opened = opens.of_household(request.viewer, household, has_need_notes=file.has_need_notes)
    context = {"household": household, "file": file, "story": story, "kind": kind, "is_first_page": after is None}
    context["opens"] = opened
    return render_part(request, "households/households/page.html", "timeline", context)


@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: AuthedRequest, uid: UUID) -> HttpResponse:
    household = access.household(request, uid)
    form = AmendForm(posted(request), household=household)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.amend(household, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, household, _("Saved."))
    return form_page(request, household, form, _("Amend the file"))


@require_POST
def confirm(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Everything on the file is right."""
    household = access.household(request, uid)
    try:
        verbs.confirm(household, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return go(request, reverse("household", args=[uid]))
    return done(request, household, _("Thank you. The file is confirmed as of today."))


@require_http_methods(["GET", "HEAD", "POST"])
def add_phone(request: AuthedRequest, uid: UUID) -> HttpResponse:
    household = access.household(request, uid)
    form = PhoneForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            verbs.add_phone(household, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, household, _("Saved."))
    return form_page(request, household, form, _("Add a phone number"))


@require_http_methods(["GET", "HEAD", "POST"])
def remove_phone(request: AuthedRequest, uid: UUID) -> HttpResponse:
    household = access.household(request, uid)
    phones = {phone.pk: phone for phone in household.phones.order_by("pk")}
    form = RemovePhoneForm(posted(request), phones=[(pk, each.number, each.label) for pk, each in phones.items()])
    if request.method == "POST" and form.is_valid():
        phone = phones[int(form.cleaned_data["phone"])]
        try:
            verbs.remove_phone(household, phone=phone, by=request.user, why=form.cleaned_data["why"])
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, household, _("Saved."))
    return form_page(request, household, form, _("Remove a phone number"))


@require_http_methods(["GET", "HEAD", "POST"])
def responsible(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Who answers for the household: decided by those who manage it."""
    household = access.household(request, uid)
    form = ResponsibleForm(posted(request), workers=colleagues.helpers_for(request.viewer))
    if request.method == "POST" and form.is_valid():
        try:
            make_responsible(household, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, household, _("Saved."))
    return form_page(request, household, form, _("Who is responsible"))


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: AuthedRequest, uid: UUID) -> HttpResponse:
    household = access.household(request, uid)
    form = WhyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            verbs.close(household, by=request.user, why=form.cleaned_data["why"])
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, household, _("The file is closed. Its past stays readable."))
    return form_page(request, household, form, _("Close the file"))


@require_http_methods(["GET", "HEAD", "POST"])
def open_file(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """A file for a door of this building that has none."""
    building = access.building(request, uid)
    form = DoorForm(posted(request), initial={key: request.GET.get(key, "")[:10] for key in ("entrance", "floor")})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        why = data.pop("why")
        try:
            household = verbs.open_file(building, door=verbs.Door(**data), by=request.user, why=why)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, household, _("The file is open. Note now who lives here."))
    context = {
        "form": form,
        "heading": _("Open a file for a door"),
        "about": building.name,
        "back": request.path + "../",
    }
    return render(request, "households/register/form.html", context, status=422 if form.errors else 200)
