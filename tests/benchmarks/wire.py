"""`--http`: the same pages from a granian on this machine, one process, one thread; two of them, one a size.

A server's own share (about half a millisecond) is then in page and floor alike, as it is for whoever waits for a page:
ratios to a floor of a millisecond are smaller than without. Keep-alive, no TLS, as behind a proxy.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from resilience.gate.processes import ROOT, dies_with_parent, python

_PATIENCE = 60  # seconds until it must answer
_SENT = {"HTTP_COOKIE": "Cookie", "HTTP_ORIGIN": "Origin", "HTTP_REFERER": "Referer", "HTTP_HOST": "Host"}
_SENT |= {"HTTP_ACCEPT_LANGUAGE": "Accept-Language", "HTTP_ACCEPT_ENCODING": "Accept-Encoding"}
_SENT |= {"CONTENT_TYPE": "Content-Type"}


class _Body(list[bytes]):
    def close(self) -> None:
        """As a WSGI response has it."""


class Wire:
    """A WSGI application whose answers come over HTTP from `port`; `who` is one of `wsgi.applications`."""

    def __init__(self, port: int, who: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        self._who = who

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> _Body:
        headers = {name: environ[key] for key, name in _SENT.items() if environ.get(key)}
        headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": environ["REMOTE_ADDR"], "X-Who": self._who}
        url = environ["PATH_INFO"] + (f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else "")
        self._connection.request(environ["REQUEST_METHOD"], url, environ["wsgi.input"].read() or None, headers)
        answer = self._connection.getresponse()
        body = answer.read()
        start_response(f"{answer.status} {answer.reason}", answer.getheaders())
        return _Body([body])


@contextmanager
def served(alias: str) -> Iterator[int]:
    """A granian over the database of that alias; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--interface", "wsgi", "--port", str(port), "--workers", "1", "--blocking-threads", "1", "--no-ws")
    command = python("-m", "granian", *options, "--log-level", "warning", "tests.benchmarks.wsgi:application")
    env = {**os.environ, "BENCHMARK_ALIAS": alias}
    server = subprocess.Popen(command, cwd=ROOT, env=env, preexec_fn=dies_with_parent())  # noqa: PLW1509  # see processes.py
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=_PATIENCE)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + _PATIENCE
    while time.monotonic() < give_up and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("granian did not come up")
