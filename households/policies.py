"""Which role may open a page. Every view wears exactly one; `tests/test_layers.py` looks.

Somebody signed out is sent to sign in (LoginRequiredMiddleware); somebody with another role gets 403.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from resilience.lib.http import private

from .viewer import Viewer

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Anybody. Nothing of a person on it, or only what a secret in the URL opens (then also `private`)."""
    view.policy = "public"  # type: ignore[attr-defined]
    return login_not_required(view)


def by_secret(view: View) -> View:
    """Whoever holds the code or link in the URL. Never cached, never indexed."""
    guarded = private(view)
    guarded.policy = "by_secret"  # type: ignore[attr-defined]
    return login_not_required(guarded)


def _only(name: str, allowed: Callable[[Viewer], bool]) -> Callable[[View], View]:
    def decorator(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not allowed(request.viewer):  # type: ignore[attr-defined]
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.policy = name  # type: ignore[attr-defined]
        return guarded

    return decorator


worker = _only("worker", lambda viewer: viewer.is_worker)
"""Grid workers and leads."""

staff = _only("staff", lambda viewer: viewer.can_desk)
"""Whoever works at the desk: community staff, grid leads for their grids, administrators."""

office = _only("office", lambda viewer: viewer.is_staff_member)
"""Community staff and administrators only."""

approver = _only("approver", lambda viewer: viewer.approves)
"""The office, and who oversees it: they see what ends, and are the second person."""

helper = _only("helper", lambda viewer: viewer.has_round)
"""Whoever may be given requests: workers, leads, volunteers."""

overseer = _only("overseer", lambda viewer: viewer.oversees)
"""The desk, and who looks on."""

counter = _only("counter", lambda viewer: viewer.counts)
"""Whoever may see how many there are."""

watcher = _only("watcher", lambda viewer: viewer.watches)
"""Whoever looks over who opened what: staff, supervisors, administrators."""

reader = _only("reader", lambda viewer: viewer.sees_places)
"""Whoever reads files and requests of some place."""

reader_or_helper = _only("reader_or_helper", lambda viewer: viewer.sees_places or viewer.has_round)
"""Whoever may see a request."""

serving_or_helper = _only("serving_or_helper", lambda viewer: viewer.is_at_work or viewer.has_round)
"""Whoever may have a request or work at a place."""

anyone_serving = _only("anyone_serving", lambda viewer: viewer.is_worker or viewer.can_desk)
"""Workers, leads, staff, administrators: everybody who serves somewhere."""

auditor = _only("auditor", lambda viewer: viewer.audits)
"""Auditors and administrators: who did what, no personal data."""

signed_in = _only("signed_in", lambda viewer: True)
"""Anybody with an account, whatever their role."""
