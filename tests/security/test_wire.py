"""The server we name in the README, spoken to in bytes: where it takes one request to end and the next to begin."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from resilience.gate.processes import ROOT, environment, python

pytestmark = pytest.mark.once

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
PATIENCE = 20  # seconds


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    chosen = free_port()
    command = python(
        "-m", "granian", "--interface", "wsgi", "--workers", "1", "--no-ws", "--host", "127.0.0.1",
        "--port", str(chosen), "tests.security.echo:application",
    )  # fmt: skip
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", chosen), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield chosen
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=PATIENCE)


def answers(port: int, sent: bytes) -> list[tuple[int, str]]:
    """Status and body of everything that comes back on one connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as line:
        line.sendall(sent)
        line.settimeout(1.0)
        got = b""
        try:
            while more := line.recv(65_536):
                got += more
        except TimeoutError:
            pass
    found = re.split(rb"(?=HTTP/1\.[01] \d{3} )", got)
    return [(int(each[9:12]), each.partition(b"\r\n\r\n")[2].decode("latin-1")) for each in found if each]


def test_one_request_is_one(port: int) -> None:
    ((status, body),) = answers(port, b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
    assert (status, '"body": "abc"' in body) == (200, True)


def test_two_requests_on_one_line_are_two(port: int) -> None:
    """So that the tests below would see a hidden one."""
    said = answers(port, b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + HIDDEN)
    assert [status for status, _body in said] == [200, 200]
    assert '"/hidden"' in said[1][1]


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        b"Content-Length: 6\r\nTransfer-Encoding : chunked\r\n",
        b"Content-Length: 6\r\nTransfer-Encoding: xchunked\r\n",
        b"Content-Length: 6\r\nTransfer-Encoding: chunked, identity\r\n",
        b"Content-Length: 6\r\nContent-Length: 40\r\n",
        b"Content-Length: 6, 40\r\n",
        b"Content-Length: +6\r\n",
        b"Content-Length: 0x6\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 6\r\n Transfer-Encoding: chunked\r\n",
    ],
)
def test_no_request_hides_in_the_body_of_another(port: int, headers: bytes) -> None:
    """Refused, or the length in chunks alone counts and the line is closed: never a second answer to what was body."""
    said = answers(port, b"POST /a HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n0\r\n\r\n" + HIDDEN)
    assert not [body for status, body in said if status == 200 and "/hidden" in body.split('"body"')[0]]
