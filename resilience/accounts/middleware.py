"""What is looked at with every request of somebody signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

from resilience.lib.http import go, wants_part
from resilience.lib.policies import policy_of

from . import factors
from .actions import sessions
from .confirming import is_by_factor, to_confirm
from .rules import rules_for
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


class SecondFactorFirst(MiddlewareMixin):
    """Who needs a second factor sets one up, or shows it, before anything else opens that asks one to sign in.

    Signing out, the language, the size of the text and the set-up itself work. Costs no statement of its own where the
    page looks at roles anyway: that one was shown stands in the session.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        policy = policy_of(request)
        is_open = policy is not None and policy.is_open
        if is_open or getattr(view, "before_second_factor", False) or settings.SECOND_FACTOR != "required":
            return None
        user = request.user
        if not user.is_authenticated or is_by_factor(request) or not rules_for(user, request).needs_second_factor:
            return None
        return to_confirm(request) if factors.has_any(user) else go(request, reverse("accounts:factors"))
