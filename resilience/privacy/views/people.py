"""A person's page about their own data: what they asked of us, and what they agree to."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from households import access
from resilience.lib.http import AuthedRequest

from ..models import DataRequest
from ..models.consents import is_child
from ..standing import standing_of

SHOWN = 50


@require_safe
def page(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """For who works at that door; what was asked only for the office, which answers it."""
    resident = access.resident(request, uid)
    may_ask = access.may(request.viewer, "data-request-new", resident.household)
    asked = DataRequest.objects.filter(resident=resident).order_by("-asked_at")[:SHOWN] if may_ask else []
    context = {
        "resident": resident,
        "consents": standing_of(resident),
        "is_child": is_child(resident),
        "may_ask": may_ask,
        "asked": asked,
    }
    return render(request, "privacy/person.html", context)
