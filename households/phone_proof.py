"""That whoever is at a request's page reads the messages that go to its phone.

A request's phone is only what somebody typed: its link and its code are with whoever filed it, with whatever number.
What they do not have is the text message that went there. Its link carries a key, which neither the page after filing
nor the short code leads to; opening it marks the browser, for this request and for an hour. With the mark alone the
pages open that tell or change something of the person whose phone it is.
"""

from __future__ import annotations

from datetime import timedelta
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from resilience.lib.codes import is_key_for, key_for
from resilience.lib.http import cookie_name
from resilience.outbox.channels import reaches_phones

from .models import ServiceRequest

COOKIE = "message"
MARKED_FOR = timedelta(hours=1)
_KEY, _MARK = "sms", "sms.mark"
_LIFE = int(MARKED_FOR.total_seconds())


def key_of(service_request: ServiceRequest) -> str:
    """For the link in a message to the phone that the request has now: with another one, it opens nothing."""
    return key_for(_said(service_request), _KEY)


def is_key(service_request: ServiceRequest, key: str) -> bool:
    return bool(service_request.asker_phone) and is_key_for(key, _said(service_request), _KEY)


def mark(response: HttpResponse, service_request: ServiceRequest) -> None:
    """Of one request at a time: a phone lent to a neighbour soon forgets. The cookie names nobody."""
    response.set_signed_cookie(
        cookie_name(COOKIE), key_for(_said(service_request), _MARK), salt=_MARK, max_age=_LIFE, httponly=True,
        samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def is_marked(request: HttpRequest, service_request: ServiceRequest) -> bool:
    """Whether a message's link of this request was opened in this browser within the hour."""
    marked = request.get_signed_cookie(cookie_name(COOKIE), default="", salt=_MARK, max_age=_LIFE) or ""
    expected = key_for(_said(service_request), _MARK)
    return bool(service_request.asker_phone) and compare_digest(marked.encode(), expected.encode())


def can_be_sent(service_request: ServiceRequest) -> bool:
    """Whether there is a phone to send it to, and this place sends text messages."""
    return bool(service_request.asker_phone) and reaches_phones()


def _said(service_request: ServiceRequest) -> str:
    return f"{service_request.token} {service_request.asker_phone}"
