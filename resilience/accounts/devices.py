"""The devices somebody has signed in on before: what tells them from a stranger who tries their password.

A signed cookie, set after each sign-in, names the device and the accounts it was used with. It opens nothing. Tries
from such a device are counted by themselves: whoever spends all tries of an account elsewhere locks nobody out here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from resilience.lib.codes import new_token
from resilience.lib.http import cookie_name

from .models import User

COOKIE = "device"
MOST_ACCOUNTS = 5  # of one device: a shared computer at the desk
AGE = timedelta(days=365)
_SALT = "accounts.device"


class Device(NamedTuple):
    """`accounts`: uids in hex, the last used last."""

    key: str
    accounts: tuple[str, ...]


def device_of(request: HttpRequest) -> Device | None:
    """The device as our own cookie says; None without one, or with one that was not made here."""
    try:
        key, accounts = signing.loads(request.COOKIES.get(cookie_name(COOKIE), "")[:1_000], salt=_SALT, max_age=AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Device(str(key), tuple(map(str, accounts)))


def known_device(request: HttpRequest, user: User | None) -> str:
    """The device's key, if this user has signed in on it; else ''."""
    device = device_of(request)
    return device.key if device and user and user.uid.hex in device.accounts else ""


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    device = device_of(request)
    others = [uid for uid in (device.accounts if device else ()) if uid != user.uid.hex]
    known = (device.key if device else new_token(), [*others, user.uid.hex][-MOST_ACCOUNTS:])
    response.set_cookie(
        cookie_name(COOKIE),
        signing.dumps(known, salt=_SALT),
        max_age=AGE,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
