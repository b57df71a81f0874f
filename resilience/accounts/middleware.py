"""What is looked at with every request of somebody signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse

from resilience.lib.http import wants_part

from .actions import sessions
from .sessions import SessionStore

Next = Callable[[HttpRequest], HttpResponse]


def session_in_use(get_response: Next) -> Next:
    """Note, once a minute at most, that a session is in use: one statement then, none otherwise.

    A page that asks again by itself whether there is news is not somebody at work. (A session that is over is found
    by nobody: see `SessionStore.load`.)
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        session = cast(SessionStore, request.session)
        if session.accessed and session.row and session.is_due and not _asks_by_itself(request):
            user = request.user
            if user.is_authenticated:
                sessions.touch(request, user, started_at=session.row.started_at)
        return response

    return middleware


def _asks_by_itself(request: HttpRequest) -> bool:
    """What htmx polls says what it has already: see `resilience.lib.http.not_modified`."""
    return wants_part(request) and ("etag" in request.GET or "If-None-Match" in request.headers)
