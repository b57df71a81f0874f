"""The small interface behind every way of telling people; settings name who implements `Channel`."""

from __future__ import annotations

import json
import sys
import urllib.request
from functools import cache
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import send_mail
from django.utils.module_loading import import_string


class NotSent(Exception):
    """The message did not go out. `is_final`: trying again is pointless. The text names no person."""

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        super().__init__(why)
        self.is_final = is_final


class Channel(Protocol):
    def send(self, *, recipient: str, body: str, key: str) -> None:
        """Send or raise NotSent. `key` is the same on every try: providers that know idempotency keys get it."""


class Console:
    """The default: prints that a message went out, not to whom nor what it says; the admin's outbox shows that."""

    def send(self, *, recipient: str, body: str, key: str) -> None:
        sys.stdout.write(f"[outbox] message of {len(body)} characters sent\n")


class Email:
    """Through Django's mail settings; the first line is the subject."""

    def send(self, *, recipient: str, body: str, key: str) -> None:
        try:
            send_mail(body.split("\n", 1)[0][:120], body, None, [recipient])
        except OSError as fault:
            raise NotSent(type(fault).__name__) from fault


class Webhook:
    """A WeCom or DingTalk group robot: one POST of `{"msgtype": "text", …}` to the address in WEBHOOK_URL."""

    def send(self, *, recipient: str, body: str, key: str) -> None:
        if not _is_safe(settings.WEBHOOK_URL):
            raise NotSent("WEBHOOK_URL is not an https address", is_final=True)
        content = json.dumps({"msgtype": "text", "text": {"content": body}}).encode()
        request = urllib.request.Request(  # noqa: S310  (_is_safe looked at the scheme)
            settings.WEBHOOK_URL, content, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                told = json.loads(answer.read(10_000) or b"{}")
        except (OSError, ValueError) as fault:
            raise NotSent(type(fault).__name__) from fault
        code = told.get("errcode", 0) if isinstance(told, dict) else "missing"
        if code != 0:
            raise NotSent(f"errcode {code}"[:40])


def _is_safe(url: str) -> bool:
    """Over https, or to a relay on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))


@cache
def channel_for(name: str) -> Channel:
    """The channel of that name as settings.OUTBOX_CHANNELS has it."""
    channel: Channel = import_string(settings.OUTBOX_CHANNELS[name])()
    return channel
