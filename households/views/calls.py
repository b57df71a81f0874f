"""The call-down list: who waits, their phone, one keystroke an answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go

from .. import access, policies
from ..actions.calls import record_call, to_call
from ..forms.calls import ANSWERS, CallForm
from ..models import ServiceRequest, State

SHOWN = 50


@require_http_methods(["GET", "HEAD"])
@policies.staff
def calls(request: AuthedRequest) -> HttpResponse:
    """The longest waiting first; the first one is open to be answered, the rest stand below."""
    rows = to_call(access.managed_requests_for(request.viewer)).select_related(
        "category", "worker", "household__building"
    )
    waiting = list(rows[: SHOWN + 1])
    context = {
        "now": waiting[0] if waiting else None,
        "later": waiting[1:SHOWN],
        "more": len(waiting) > SHOWN,
        "undo": _cancelled_last(request),
    }
    return render(request, "households/calls/list.html", {**context, "answers": ANSWERS})


def _cancelled_last(request: AuthedRequest) -> ServiceRequest | None:
    """`?last=<code>`: what the answer before this one cancelled, so that a wrong key can be taken back."""
    code = request.GET.get("last", "")[:20]
    if not code:
        return None
    mine = access.managed_requests_for(request.viewer)
    return mine.filter(code=code, state=State.CANCELLED).first()


@require_POST
@policies.staff
def answer(request: AuthedRequest, code: str) -> HttpResponse:
    """Record what was said on the phone, then on to the next."""
    service_request = access.request_managed(request.viewer, code)
    form = CallForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This answer could not be recorded. Choose one of the four."))
        return go(request, reverse("calls"))
    try:
        record_call(
            service_request, answer=form.cleaned_data["answer"], words=form.cleaned_data["words"], by=request.user
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Recorded for %(code)s.") % {"code": service_request.code_label})
        if service_request.state == State.CANCELLED:
            return go(request, f"{reverse('calls')}?last={service_request.code}")
    return go(request, reverse("calls"))
