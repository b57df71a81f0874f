"""The desk: the queue of requests, by what is due first."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from resilience.lib.http import AuthedRequest, not_modified, render_part

from .. import policies, queue
from .desk_page import queue_context


@require_safe
@policies.staff
def desk(request: AuthedRequest) -> HttpResponse:
    """The queue. Asked for again with its ETag, it answers 304 until something changed or a minute has passed."""
    etag = _version(request)
    if unchanged := not_modified(request, etag):
        return unchanged
    context = queue_context(request.viewer, request.GET)
    part = "queue" if request.htmx.target == "queue" else "board"
    response = render_part(request, "households/desk/queue.html", part, {**context, "etag": etag})
    response["ETag"] = f'"{etag}"'
    return response


def _version(request: AuthedRequest) -> str:
    """Changes when a request of the viewer's changed, and each minute, so that the clocks' words stay right."""
    parts: list[Any] = [
        queue.last_change(request.viewer.only_community),
        int(timezone.now().timestamp() // 60),
        get_language(),
        request.viewer.managed_codes,
        request.GET.urlencode(),
    ]
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()
