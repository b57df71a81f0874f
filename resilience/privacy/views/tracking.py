"""My data, by the link in a text message: after a second proof one may ask for it, and fetch the copy once.

Who does not pass learns nothing of what the register holds: not on the page, not by its status.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from households import by_secret, phone_proof
from households.models import Resident, ServiceRequest
from resilience.lib.errors import Refused, TooMany
from resilience.lib.forms import BaseForm
from resilience.lib.http import client_network, come_back_later, go, posted

from ..actions import consents as consent_verbs
from ..actions import data_requests as verbs
from ..actions.consents import Word
from ..actions.data_requests import Asking
from ..copies import as_file, as_page
from ..forms import OwnWordForm, ProofForm, ShapeForm, WishForm
from ..models import Answer, DataRequest, How, Identity, Kind, Purpose
from ..proof import mark, prove, proven
from ..reader import copy_of
from ..standing import standing_of

SHOWN = 20
WRONG = _(
    "That does not fit what we could check. Come to the desk with your identity card: there you get what you ask for."
)


@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest, token: str) -> HttpResponse:
    """`step`: nothing to prove who one is; with the mark of that proof `ask`, `consent` or `fetch` (the copy)."""
    service_request = by_secret.request_of_link(token)
    if not phone_proof.is_marked(request, service_request):
        return go(request, reverse("track-message", args=[token]))
    marked = request.POST.get("marked", "")
    resident = proven(service_request, marked) if marked else None
    if resident is None:
        return _prove(request, service_request, is_too_late=bool(marked))
    if request.POST.get("step") == "fetch":
        return _fetch(request, service_request, resident)
    if request.POST.get("step") == "consent":
        return _consent(request, service_request, resident)
    return _ask(request, service_request, resident)


def _prove(request: HttpRequest, service_request: ServiceRequest, *, is_too_late: bool) -> HttpResponse:
    form = ProofForm(None if is_too_late else posted(request))
    if form.is_valid():
        try:
            resident = prove(service_request, form.proof(), network=client_network(request))
        except TooMany as no:
            form.refuse(no)
            return come_back_later(_page(request, service_request, form, 429), no.wait)
        if resident:
            return _theirs(request, service_request, resident, WishForm())
        form.add_error(None, WRONG)
    return _page(request, service_request, form, 422 if form.is_bound or is_too_late else 200, is_too_late=is_too_late)


def _ask(request: HttpRequest, service_request: ServiceRequest, resident: Resident) -> HttpResponse:
    form = WishForm(request.POST)
    if not form.is_valid():
        return _theirs(request, service_request, resident, form, 422)
    said = form.cleaned_data
    asking = Asking(
        kind=Kind(said["kind"]), identity=Identity.PROOF, words=said["words"], proposed=form.proposed,
        service_request=service_request,
    )  # fmt: skip
    try:
        verbs.ask(resident, asking, by=None)
    except Refused as refused:
        form.refuse(refused)
        return _theirs(request, service_request, resident, form, 422)
    return _theirs(request, service_request, resident, WishForm(), is_asked=True)


def _fetch(request: HttpRequest, service_request: ServiceRequest, resident: Resident) -> HttpResponse:
    """The copy: once, within its time; the answer is the file itself."""
    form = ShapeForm(request.POST)
    waiting = next((one for one in _asked(service_request, resident) if one.waits_to_be_fetched), None)
    if not form.is_valid() or waiting is None or not verbs.fetch(waiting):
        return _theirs(request, service_request, resident, WishForm(), 422, is_gone=True)
    if form.cleaned_data["shape"] == ShapeForm.FILE:
        return as_file(copy_of(resident))
    return as_page(request, resident, copy_of(resident), "privacy/my_copy.html", {"service_request": service_request})


def _consent(request: HttpRequest, service_request: ServiceRequest, resident: Resident) -> HttpResponse:
    """Agreeing, saying no and taking back: one button each. A child's guardian does it at the desk."""
    form = OwnWordForm(request.POST)
    if not form.is_valid():
        return _theirs(request, service_request, resident, WishForm(), 422)
    purpose, said = Purpose(form.cleaned_data["purpose"]), form.cleaned_data["answer"]
    try:
        if said == OwnWordForm.BACK:
            consent_verbs.take_back(resident, purpose, by=None, page=service_request)
        else:
            consent_verbs.say(resident, Word(purpose, Answer(said), How.FORM), by=None, page=service_request)
    except Refused as refused:
        return _theirs(request, service_request, resident, WishForm(), 422, no=str(refused))
    is_to_be_called = DataRequest.objects.to_end_care_of(resident).exists()
    return _theirs(request, service_request, resident, WishForm(), is_said=True, is_to_be_called=is_to_be_called)


def _asked(service_request: ServiceRequest, resident: Resident) -> list[DataRequest]:
    """What the person asked for on this page. What was asked at the desk is answered there."""
    rows = DataRequest.objects.filter(resident=resident, service_request=service_request)
    return list(rows.order_by("-asked_at")[:SHOWN])


def _theirs(
    request: HttpRequest, service_request: ServiceRequest, resident: Resident, form: BaseForm, status: int = 200,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    context = {
        "service_request": service_request,
        "form": form,
        "marked": mark(service_request, resident),
        "asked": _asked(service_request, resident),
        "consents": standing_of(resident),
        **more,
    }
    return render(request, "privacy/my_data.html", context, status=status)


def _page(
    request: HttpRequest, service_request: ServiceRequest, form: BaseForm, status: int, *, is_too_late: bool = False
) -> HttpResponse:
    context = {
        "service_request": service_request,
        "form": form,
        "is_too_late": is_too_late,
    }
    return render(request, "privacy/prove.html", context, status=status)
