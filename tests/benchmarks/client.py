"""Asks the WSGI application as a server would, without one: environ in, headers and bytes out, every middleware run.

Django's test client leaves out the CSRF check, keeps every template's context, and swaps the handler; this keeps
cookies and nothing else. A server in between adds the same to page and floor, so that ratios to a small floor shrink:
`--http` measures with one, as people have it.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connection
from django.test import override_settings

HOST = "localhost"
Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


class FloorRequest(WSGIRequest):
    """A request to the floor's own addresses."""

    urlconf = "tests.benchmarks.floor"


class FloorHandler(WSGIHandler):
    request_class = FloorRequest


def bare_handler() -> WSGIHandler:
    """The floor's views and nothing in front of them."""
    with override_settings(MIDDLEWARE=[]):
        return FloorHandler()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long it took, in seconds."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float
    statements: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@contextmanager
def noted() -> Iterator[list[str]]:
    """The statements sent to the database. BEGIN and COMMIT are left out, savepoints are not."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("BEGIN", "COMMIT")):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


@dataclass(slots=True)
class Browser:
    """Somebody's browser: keeps cookies, says which page it came from.

    `is_noting` has every answer carry the statements it took; off while times are taken.
    """

    application: Application
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "10.0.0.1"
    is_noting: bool = False
    clock: Callable[[], float] = time.perf_counter

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        return self.ask("POST", path, urlencode(fields).encode())

    def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        environ = self._environ(method, path, body)
        told: list[Any] = []
        with noted() if self.is_noting else nullcontext([]) as seen:
            started = self.clock()
            response = self.application(environ, lambda status, sent, *_: told.extend((status, sent)))
            content = b"".join(response)
            response.close()
            seconds = self.clock() - started
        answer = Answer(int(told[0][:3]), tuple(told[1]), content, seconds, tuple(seen))
        self._keep_cookies(answer)
        return answer

    def _environ(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        url = urlsplit(path)
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "SERVER_NAME": HOST,
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": HOST,
            "HTTP_X_FORWARDED_PROTO": "https",
            "HTTP_X_FORWARDED_FOR": self.address,
            "HTTP_ORIGIN": f"https://{HOST}",
            "HTTP_REFERER": f"https://{HOST}{url.path}",
            "HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9",
            "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }

    def _keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    if morsel["max-age"] == 0 or not morsel.value:
                        self.cookies.pop(key, None)
                    else:
                        self.cookies[key] = morsel.coded_value
