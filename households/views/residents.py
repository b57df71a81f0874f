"""A person of a file: what can be recorded of them, and their details."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, posted

from .. import access
from ..actions import needs as need_verbs
from ..actions import residents as verbs
from ..answers import done, form_page
from ..forms.residents import AmendPersonForm, EndNeedForm, NeedForm, PersonForm
from ..models import Presence
from . import opens


@require_safe
def page(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Their details, needs past and present, and everything that can be recorded of them."""
    resident = access.resident(request, uid)
    rows = resident.needs.select_related("kind").order_by("until_date", "since_date")
    needs = list(rows[:100])
    has_notes = any(need.note for need in needs)
    context = {
        "resident": resident,
        "household": resident.household,
        "opens": opens.of_household(request.viewer, resident.household, has_need_notes=has_notes),
        "needs": needs,
        "is_living": resident.presence in (Presence.HERE, Presence.AWAY),
        "is_contact": resident.household.contact_id == resident.pk,
    }
    return render(request, "households/residents/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Somebody who has been living here all along and is not on the file."""
    household = access.household(request, uid)
    form = PersonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            verbs.add(household, details=form.details(), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, household, _("Saved."))
    return form_page(request, household, form, _("Note somebody who lives here"))


@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: AuthedRequest, uid: UUID) -> HttpResponse:
    resident = access.resident(request, uid)
    household = resident.household
    form = AmendPersonForm(posted(request), resident=resident, is_contact=household.contact_id == resident.pk)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.amend(resident, details=form.details(), by=request.user, why=form.cleaned_data["why"])
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, household, _("Saved."))
    return form_page(request, household, form, _("Amend %(name)s’s details") % {"name": resident.name})


@require_http_methods(["GET", "HEAD", "POST"])
def add_need(request: AuthedRequest, uid: UUID) -> HttpResponse:
    resident = access.resident(request, uid)
    form = NeedForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            need = need_verbs.add(
                resident, kind=data["kind"], since_date=data["since"], note=data["note"], by=request.user
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            if doubts := need_verbs.doubts(need):
                messages.warning(request, " ".join([*doubts, _("Please check the file.")]))
            return done(request, resident.household, _("Saved. The next contact is planned by the rule for this need."))
    return form_page(request, resident.household, form, _("A special need of %(name)s") % {"name": resident.name})


@require_http_methods(["GET", "HEAD", "POST"])
def end_need(request: AuthedRequest, uid: UUID) -> HttpResponse:
    resident = access.resident(request, uid)
    form = EndNeedForm(posted(request), resident=resident)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            need_verbs.end(data["need"], until_date=data["until"], why=data["why"], by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, resident.household, _("Saved."))
    return form_page(
        request, resident.household, form, _("A need of %(name)s no longer holds") % {"name": resident.name}
    )
