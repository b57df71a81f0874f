"""One size of database with everybody who opens pages on it. Two of them take turns in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.conf import settings
from django.contrib.auth import login
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.http import HttpRequest

from households import reference
from resilience.accounts.backends import Backend
from resilience.accounts.models import User
from resilience.accounts.sessions import SessionStore

from . import data, place
from .client import Application, Browser, FloorHandler, bare_handler


class Stage:
    """A database of one size: `with stage.on():` makes it the one that the product uses."""

    def __init__(self, alias: str, rows: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self.rows = rows
        self._clock = clock
        self._wrapper = connections.create_connection(alias)
        self._wrapper.alias = DEFAULT_DB_ALIAS
        self.people: dict[str, Browser] = {}
        self.search_token: dict[str, str] = {}  # the hidden field of the desk's search form
        self._strangers = 0

    @contextmanager
    def on(self) -> Iterator[None]:
        """Everything asks this database; what the process remembers of another is forgotten."""
        before = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = self._wrapper
        self.forget()
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = before

    def forget(self) -> None:
        """As a process that has just started."""
        reference.forget()
        cache.clear()

    def build(self) -> None:
        """Make the database, fill it, and sign everybody in. Call it while this stage is `on`."""
        if connection.vendor == "postgresql":
            name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
        call_command("migrate", run_syncdb=True, verbosity=0)
        data.build(self.rows)
        self.open_to(WSGIHandler(), FloorHandler(), bare_handler())

    def open_to(self, product: Application, floor: Application, bare: Application) -> None:
        """Everybody's browser, on these three. Call it while this stage is `on`."""
        self.search_token = {}
        for name, application in (("bare", bare), ("floor", floor), ("visitor", product)):
            self.people[name] = Browser(application, clock=self._clock)
        for name, pk in (("desk", place.DESK), ("district", place.DISTRICT), ("walker", place.WALKER)):
            self.people[name] = Browser(product, cookies=_session_of(pk), clock=self._clock)

    def stranger(self) -> Browser:
        """Somebody new each time, from an address of their own: nobody asks for help a thousand times an hour."""
        self._strangers += 1
        number = self._strangers
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return replace(self.people["visitor"], cookies={}, address=address)

    def note(self, is_noting: bool) -> None:
        for browser in self.people.values():
            browser.is_noting = is_noting


def _session_of(pk: int) -> dict[str, str]:
    """The cookie of somebody who has signed in."""
    request = HttpRequest()
    request.session = SessionStore()
    login(request, User.objects.get(pk=pk), backend=f"{Backend.__module__}.{Backend.__qualname__}")
    request.session.save()
    return {settings.SESSION_COOKIE_NAME: str(request.session.session_key)}
