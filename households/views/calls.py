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

from .. import access, scope
from ..actions.calls import record_call, to_call
from ..forms.calls import ANSWERS, CallForm
from ..models import OpeningReason, ServiceRequest, State
from ..seals import Opens

SHOWN = 50


@require_http_methods(["GET", "HEAD"])
def calls(request: AuthedRequest) -> HttpResponse:
    """The longest waiting first; the first one is open to be answered, the rest stand below."""
    return _page(request, CallForm())


def _page(request: AuthedRequest, form: CallForm, *, at: ServiceRequest | None = None) -> HttpResponse:
    """The list with this form open, for `at`: whoever is on the phone stays there when an answer has a fault."""
    rows = to_call(scope.managed_requests_for(request.viewer)).select_related(
        "category__parent", "worker", "household__building"
    )
    waiting = list(rows[: SHOWN + 1])
    if at:
        waiting = [at, *(row for row in waiting if row != at)]
    context = {
        "now": waiting[0] if waiting else None,
        "later": waiting[1:SHOWN],
        "more": len(waiting) > SHOWN,
        "undo": _cancelled_last(request),
        "opens": Opens(may=True, reason=OpeningReason.REQUEST.value),
        "here": reverse("calls"),
    }
    status = 422 if form.errors else 200
    return render(request, "households/calls/list.html", {**context, "answers": ANSWERS, "form": form}, status=status)


def _cancelled_last(request: AuthedRequest) -> ServiceRequest | None:
    """`?last=<code>`: what the answer before this one cancelled, so that a wrong key can be taken back."""
    code = request.GET.get("last", "")[:20]
    if not code:
        return None
    mine = scope.managed_requests_for(request.viewer)
    return mine.filter(code=code, state=State.CANCELLED).first()


@require_POST
def answer(request: AuthedRequest, code: str) -> HttpResponse:
    """Record what was said on the phone, then on to the next."""
    service_request = access.service_request(request, code)
    form = CallForm(request.POST)
    if not form.is_valid():
        return _page(request, form, at=service_request)
    try:
        record_call(
            service_request, answer=form.cleaned_data["answer"], words=form.cleaned_data["words"], by=request.user
        )
    except Refused as refused:
        form.refuse(refused)
        return _page(request, form, at=access.service_request(request, code))  # as it is by now
    messages.success(request, _("Recorded for %(code)s.") % {"code": service_request.code_label})
    if service_request.state == State.CANCELLED:
        return go(request, f"{reverse('calls')}?last={service_request.code}")
    return go(request, reverse("calls"))
