"""Signing in and out, as Django tells of it, whichever page or package does it."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from resilience.accounts.models import User

from .actions import record
from .keys import fingerprint

_LONGEST_NAME = 150


@receiver(user_logged_in, dispatch_uid="audit")
def signed_in(request: HttpRequest | None, user: User, **_kwargs: Any) -> None:
    record("user.signed_in", by=user, subject=("user", user.uid.hex))


@receiver(user_logged_out, dispatch_uid="audit")
def signed_out(request: HttpRequest | None, user: User | None, **_kwargs: Any) -> None:
    """Also sent for who was not signed in: then nothing happened."""
    if user is not None:
        record("user.signed_out", by=user, subject=("user", user.uid.hex))


@receiver(user_login_failed, dispatch_uid="audit")
def not_signed_in(credentials: dict[str, Any], **_kwargs: Any) -> None:
    """What was typed is no subject: it may be anything, a password too. Its fingerprint is; nobody learns from the
    time it takes whether there is such a name."""
    record("user.sign_in_failed", by=None, subject=("sign-in", typed_name(str(credentials.get("username", "")))))


def typed_name(name: str) -> str:
    """Stands for a user name, however it was typed: failed sign-ins of somebody are found by it."""
    folded = unicodedata.normalize("NFKC", name[:_LONGEST_NAME]).casefold().strip()
    return fingerprint("sign-in", folded) or "-"
