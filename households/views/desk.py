"""The desk: the queue of requests, by what is due first."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from resilience.lib.http import AuthedRequest, go, not_modified, render_part

from .. import queue
from ..queue_search import search_page
from ..scope import overseen_requests_for
from ..search import LONGEST, names_code, too_long
from .desk_page import queue_context


@require_safe
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


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: AuthedRequest) -> HttpResponse:
    """All requests of the viewer's queue, whatever their state. By POST: no address, no log holds what was searched."""
    text = request.POST.get("q", "")
    community_id = request.viewer.only_community
    found = search_page(
        overseen_requests_for(request.viewer), text, community_id=community_id, cursor=request.POST.get("after", "")
    )
    page = found.page
    if len(page.rows) == 1 and names_code(text):
        return go(request, reverse("request", args=[page.rows[0].code]))
    context = {
        "q": text[: LONGEST * 4],
        "is_too_long": too_long(text),
        "longest": LONGEST,
        "rows": page.rows,
        "next": page.next,
        "is_first": found.is_first,
        "is_cut": found.is_cut,
        "names_community": community_id is None,
    }
    return render(request, "households/desk/search.html", context)


def _version(request: AuthedRequest) -> str:
    """Changes when a request of the viewer's changed, and each minute, so that the clocks' words stay right."""
    parts: list[Any] = [
        queue.last_change(request.viewer.only_community),
        int(timezone.now().timestamp() // 60),
        get_language(),
        request.viewer.scope,
        request.GET.urlencode(),
    ]
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()
