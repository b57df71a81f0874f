"""What somebody agrees to or says no to, as a worker or the office writes it down."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from households import access
from households.models import Resident
from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted

from ..actions import consents as verbs
from ..forms import WordForm
from ..models import Answer, Purpose
from ..standing import current_texts

HOUSEMATES = 60


@require_http_methods(["GET", "HEAD", "POST"])
def say(request: AuthedRequest, uid: UUID, purpose: str) -> HttpResponse:
    """A yes or a no, with who said it and how. The words that are read out stand on the page."""
    resident, about = access.resident(request, uid), _purpose(purpose)
    mates = resident.household.residents.living().exclude(pk=resident.pk).order_by("pk")[:HOUSEMATES]
    form = WordForm(posted(request), resident=resident, mates=list(mates))
    if form.is_valid():
        try:
            word = verbs.say(resident, form.word(about), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            said_yes = word.answer == Answer.YES
            messages.success(request, _("Saved.") if said_yes else _("Saved. What rests on it has stopped."))
            return go(request, _url(resident))
    context = {"form": form, "resident": resident, "purpose": about, "text": current_texts().get(about)}
    return render(request, "privacy/consent.html", context, status=422 if form.errors else 200)


@require_POST
def take_back(request: AuthedRequest, uid: UUID, purpose: str) -> HttpResponse:
    """As easy as agreeing: one button."""
    resident = access.resident(request, uid)
    try:
        if verbs.take_back(resident, _purpose(purpose), by=request.user):
            messages.success(request, _("Taken back. What rests on it has stopped."))
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, _url(resident))


def _purpose(slug: str) -> Purpose:
    try:
        return Purpose(slug)
    except ValueError:
        raise Http404 from None


def _url(resident: Resident) -> str:
    return reverse("resident-data", args=[resident.uid])
