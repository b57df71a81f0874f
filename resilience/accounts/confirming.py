"""Whoever changes how they sign in, or lets somebody in, has shown within five minutes that it is them.

A session left open on a desk, or stolen, must not become an account.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from resilience.lib.http import go, page_before

FRESH = timedelta(minutes=5)  # to open such a page
FRESH_FORM = timedelta(minutes=15)  # to send the form on it: nobody who reads it first loses what they typed
_KEY, _FACTOR = "confirmed_at", "second_factor"
View = Callable[..., HttpResponse]


def note_confirmed(request: HttpRequest, *, by_factor: bool) -> None:
    """Who is signed in has just proved it; `by_factor` with a second factor."""
    request.session[_KEY] = int(time.time())
    if by_factor:
        request.session[_FACTOR] = True


def is_by_factor(request: HttpRequest) -> bool:
    """Whether a second factor has been shown in this session."""
    return bool(request.session.get(_FACTOR))


def _is_fresh(request: HttpRequest) -> bool:
    age = time.time() - request.session.get(_KEY, 0)
    return bool(age <= (FRESH_FORM if request.method == "POST" else FRESH).total_seconds())


def to_confirm(request: HttpRequest) -> HttpResponse:
    """And then back: to the page, or to the one whose form was sent."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else page_before(request)
    return go(request, f"{reverse('accounts:confirm')}?{urlencode({'next': back})}")


def recently_confirmed(view: View) -> View:
    """Ask first for password or second factor, where that was longer ago."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if _is_fresh(request) else to_confirm(request)

    return guarded


def before_second_factor(view: View) -> View:
    """Also for who has to set one up still: see `middleware.SecondFactorFirst`."""
    view.before_second_factor = True  # type: ignore[attr-defined]
    return view
