"""Secrets of a sign-in as text that only our keys open: in allauth's JSON, in a session's data."""

from __future__ import annotations

import base64
import binascii

from django.contrib.sessions.backends.base import SessionBase

from resilience.lib.crypto import DamagedValue, decrypt, encrypt


def seal(text: str, aad: str) -> str:
    return base64.b64encode(encrypt(text, aad)).decode()


def unseal(sealed: str, aad: str) -> str:
    """DamagedValue for anything but what `seal` made."""
    try:
        return decrypt(base64.b64decode(sealed, validate=True), aad)
    except (binascii.Error, ValueError):
        raise DamagedValue(aad) from None


def keep(session: SessionBase, name: str, text: str) -> None:
    """Keep a secret for this session's next page, sealed: a session's row is readable in the database."""
    session[f"sealed.{name}"] = seal(text, f"session.{name}")


def kept(session: SessionBase, name: str) -> str:
    """What was kept under that name, or ''; also where its key has left the settings since: it is asked for anew."""
    sealed = str(session.get(f"sealed.{name}", ""))
    try:
        return unseal(sealed, f"session.{name}") if sealed else ""
    except DamagedValue:
        return ""


def take(session: SessionBase, name: str) -> str:
    """What was kept, and no more afterwards: for what is shown once."""
    text = kept(session, name)
    session.pop(f"sealed.{name}", None)
    return text
