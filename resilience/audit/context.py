"""From where: the web request that is being answered, or the command that runs, for whoever writes an audit row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse

from resilience.lib.http import client_address

from .keys import fingerprint

_request: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)
_command: ContextVar[str] = ContextVar("audit_command", default="")


class Origin(NamedTuple):
    """Where something was done from. All empty outside a web request and a command, of which `page` is the name."""

    address: str = ""
    session: str = ""
    page: str = ""


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Remember the request while it is answered; looks at nothing until a row is written. After the session's."""

    def remember(request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            return get_response(request)
        finally:
            _request.reset(token)

    return remember


@contextmanager
def at_command(name: str) -> Iterator[None]:
    """While whoever runs the server does something by hand: rows say by which command."""
    token = _command.set(f"manage.py {name}")
    try:
        yield
    finally:
        _command.reset(token)


def origin() -> Origin:
    """Of now. `session` is a keyed hash: the rows of one sign-in can be told together, and nobody can take it over."""
    request = _request.get()
    if request is None:
        return Origin(page=_command.get())
    match = request.resolver_match
    key = request.session.session_key or ""
    return Origin(client_address(request), fingerprint("session", key), match.view_name[:80] if match else "")


def is_visitor() -> bool:
    """Whether this is a web request of somebody who is not signed in: a resident, as far as the house knows."""
    request = _request.get()
    return request is not None and not request.user.is_authenticated
