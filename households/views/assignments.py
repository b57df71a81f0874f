"""Who has a request: accepting, starting, declining, handing over, assigning."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from resilience.lib.http import AuthedRequest

from .. import policies
from ..actions import assignments as verbs
from ..forms import assignments as forms
from .request_page import answer


@require_POST
@policies.serving_or_helper
def accept(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.AcceptForm,
        lambda row, _data: verbs.accept(row, by=request.user),
        done=_("You have it. The resident sees your name."),
    )


@require_POST
@policies.serving_or_helper
def start(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.StartForm,
        lambda row, _data: verbs.start(row, by=request.user),
        done=_("Started. The resident sees that you are on it."),
    )


@require_POST
@policies.serving_or_helper
def decline(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.DeclineForm,
        lambda row, data: verbs.decline(row, by=request.user, reason=data["reason"]),
        done=_("Given back. The desk finds somebody else."),
    )


@require_POST
@policies.anyone_serving
def hand_over(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.HandOverForm,
        lambda row, data: verbs.hand_over(row, to=data["worker"], by=request.user, why=data["why"]),
        done=_("Handed over, and they have been told."),
    )


@require_POST
@policies.anyone_serving
def assign(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.AssignForm,
        lambda row, data: verbs.assign(row, worker=data["worker"], by=request.user, note=data["note"]),
        done=_("Assigned, and they have been told."),
    )
