"""To be written by the slice that owns it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .. import policies


@require_safe
@policies.worker
def my_round(request: HttpRequest) -> HttpResponse:
    raise Http404


@require_safe
@policies.anyone_serving
def door(request: HttpRequest, **kwargs: str) -> HttpResponse:
    raise Http404
