"""The settings of a server that people depend on, for a test that asks our pages as they are there."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.test import Client, override_settings

from tests.base import CastTestCase
from tests.test_settings import SERVER, read

# All that differs there in what an answer carries. Not its database, its files and its keys: they are the tests' own.
_NAMES = (
    "COOKIE_PREFIX", "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE",
    "LANGUAGE_COOKIE_NAME", "LANGUAGE_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD", "DEBUG",
)  # fmt: skip


@cache
def _as_there() -> dict[str, Any]:
    return read(*_NAMES, **SERVER)


class ServerTestCase(CastTestCase):
    """The cast on a server: HTTPS, its cookies, its headers. `self.get` asks over HTTPS."""

    def setUp(self) -> None:
        super().setUp()
        # The test client leaves out a session cookie's flags; so every answer sets it anew, as the middleware does.
        there = override_settings(**_as_there(), SESSION_SAVE_EVERY_REQUEST=True)
        there.enable()
        self.addCleanup(there.disable)
        self.client = Client()  # the middleware reads settings when it is made
        self.client.raise_request_exception = False

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, secure=True, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.client.post(path, data or {}, secure=True, **more)
