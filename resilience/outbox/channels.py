"""The small interface behind every way of telling people; settings name who implements `Channel`."""

from __future__ import annotations

import json
import sys
import urllib.request
from functools import cache
from typing import Any, Protocol
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
    """The default, and the demo's: prints that a message went out, not to whom nor what it says.

    Administrators read the words, and the recipient masked, on the message's page in the admin.
    """

    def send(self, *, recipient: str, body: str, key: str) -> None:
        sys.stdout.write(f"[outbox] message of {len(body)} characters sent\n")


class Email:
    """Through the EMAIL_* settings; the first line is the subject. For colleagues: residents are told by phone."""

    def send(self, *, recipient: str, body: str, key: str) -> None:
        try:
            send_mail(body.split("\n", 1)[0][:120], body, None, [recipient])
        except OSError as fault:
            raise NotSent(type(fault).__name__) from fault


class Webhook:
    """A WeCom or DingTalk group robot: one POST of `{"msgtype": "text", …}` to the address in WEBHOOK_URL."""

    def send(self, *, recipient: str, body: str, key: str) -> None:
        told = _post(settings.WEBHOOK_URL, {"msgtype": "text", "text": {"content": body}})
        if (code := told.get("errcode", 0)) != 0:
            raise NotSent(f"errcode {code}"[:40])


class SmsGateway:
    """A text-message gateway: one POST of `{"to", "text", "key"}` to SMS_GATEWAY_URL, with SMS_GATEWAY_TOKEN as bearer.

    Any answer of 2xx with a JSON object, or nothing, means that the gateway has it. `key` lets it drop a repeat.
    """

    def send(self, *, recipient: str, body: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}"}
        _post(settings.SMS_GATEWAY_URL, {"to": recipient, "text": body, "key": key}, headers)


def _post(url: str, content: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
    """POST JSON and give the JSON object it answers ({} for nothing); NotSent for everything else."""
    if not _is_safe(url):
        raise NotSent("the channel's address is not https", is_final=True)
    body = json.dumps(content).encode()
    request = urllib.request.Request(  # noqa: S310  (_is_safe looked at the scheme)
        url, body, {"Content-Type": "application/json", **(headers or {})}
    )
    try:
        with _OPENER.open(request, timeout=10) as answer:
            told = json.loads(answer.read(10_000) or b"{}")
    except (OSError, ValueError) as fault:
        raise NotSent(type(fault).__name__) from fault
    if not isinstance(told, dict):
        raise NotSent("answered something else")
    return told


class _GoNowhereElse(urllib.request.HTTPRedirectHandler):
    """The address is the operator's. One that sends us on would get the words, and the token, for somebody else."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_GoNowhereElse)


def _is_safe(url: str) -> bool:
    """Over https, or to a relay on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))


def reaches_phones() -> bool:
    """Whether this place sends text messages to phones at all."""
    return not issubclass(import_string(settings.OUTBOX_CHANNELS["sms"]), (Console, Email, Webhook))


@cache
def channel_for(name: str) -> Channel:
    """The channel of that name as settings.OUTBOX_CHANNELS has it."""
    channel: Channel = import_string(settings.OUTBOX_CHANNELS[name])()
    return channel
