"""The way in: a password leads to the second factor where there is one, else in; a passkey is both at once."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from resilience.lib.http import go

from . import factors
from .actions.sessions import start
from .confirming import note_confirmed
from .devices import remember_device
from .models import User

PATIENCE = timedelta(minutes=10)  # between password and second factor
_KEY = "half_in"


def enter(request: HttpRequest, user: User, next_url: str) -> HttpResponse:
    """Whose password was right."""
    if not factors.has_any(user):
        return let_in(request, user, next_url, by_factor=False)
    request.session.cycle_key()
    request.session[_KEY] = {
        "user": user.uid.hex,
        "hash": user.get_session_auth_hash(),
        "at": int(time.time()),
        "next": next_url,
    }
    return go(request, reverse("accounts:second_factor"))


def half_in(request: HttpRequest) -> User | None:
    """Whose password was right a moment ago in this browser, and still is."""
    noted = request.session.get(_KEY)
    if not noted or time.time() - noted["at"] > PATIENCE.total_seconds():
        return None
    user = User.objects.active().filter(uid=UUID(noted["user"])).first()
    return user if user and user.get_session_auth_hash() == noted["hash"] else None


def all_in(request: HttpRequest, user: User) -> HttpResponse:
    """The second factor of who is half in was right, too."""
    return let_in(request, user, request.session.pop(_KEY)["next"], by_factor=True)


def let_in(request: HttpRequest, user: User, next_url: str, *, by_factor: bool) -> HttpResponse:
    start(request, user)
    note_confirmed(request, by_factor=by_factor)
    response = go(request, next_url or reverse("start"))
    remember_device(request, response, user)
    return response
