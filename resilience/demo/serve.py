"""Serves a filled demo: the web server and the background work, side by side, until somebody ends them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from django.conf import settings

from resilience.gate.processes import dies_with_parent

ROOT = Path(__file__).resolve().parent.parent.parent
PORTS_TO_TRY = 20
PATIENCE = 40.0  # seconds to come up
GRACE = 15.0  # seconds to go down
Say = Callable[[str], None]


class NotServed(Exception):
    """It could not be served; the message is for the person at the keyboard."""


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # there it would let two servers share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, wanted: int) -> int:
    """That port, or the next free one; NotServed when there is none near."""
    ports = range(wanted, min(wanted + PORTS_TO_TRY, 65_536))
    found = next((port for port in ports if is_free(host, port)), None)
    if found is None:
        raise NotServed(f"{host}:{wanted}–{ports[-1]}: 没有可用的端口 / no free port")
    return found


def address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"


def serve(host: str, port: int, ready: Callable[[str], None], say: Say) -> None:
    """Run both until SIGINT or SIGTERM; `ready` is called with the address when pages are answered.

    NotServed when one of them ends by itself. Neither outlives us, however we end (where the system can do that).
    """
    web = [
        "-m", "granian", "--interface", "wsgi", "resilience.wsgi:application", "--host", host, "--port", str(port),
        "--workers", "2", "--blocking-threads", "4", "--workers-kill-timeout", "10", "--no-ws", "--backpressure", "64",
        "--log-level", "warning",
    ]  # fmt: skip
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns when it is missing
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "resilience.settings"}
    environment.setdefault("SECOND_FACTOR", "optional")  # its passwords are printed anyway
    environment.setdefault("SITE_URL", address(host, port).rstrip("/"))
    with _ending_on_signals(), contextlib.ExitStack() as children:
        try:
            running = {
                name: children.enter_context(_child(command, environment))
                for name, command in {"web": web, "work": ["manage.py", "work"]}.items()
            }
            _wait_until_up(address(host, port), running["web"])
            ready(address(host, port))
            _watch(running)
        except KeyboardInterrupt:
            say("正在停止…… / Stopping…")


@contextlib.contextmanager
def _ending_on_signals() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does; a second one changes nothing while we are at it."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _child(arguments: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process that is gone afterwards."""
    command = [sys.executable, *arguments]
    before = dies_with_parent()  # no thread of ours is running that it could meet
    # A session of its own: Ctrl-C in a terminal reaches us alone, and we end our children in good order.
    process = subprocess.Popen(  # noqa: S603
        command,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        preexec_fn=before,  # noqa: PLW1509
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(base: str, web: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if web.poll() is not None:
            raise NotServed("网页服务没有启动 / the web server did not start")
        try:
            with urllib.request.urlopen(f"{base}healthz", timeout=2):  # noqa: S310  (our own address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise NotServed("网页服务没有应答 / the web server does not answer")


def _watch(running: dict[str, subprocess.Popen[bytes]]) -> None:
    while True:
        for name, process in running.items():
            if process.poll() is not None:
                raise NotServed(f"{name}: 意外停止 / stopped unexpectedly ({process.returncode})")
        time.sleep(0.3)
