"""`manage.py demo` serves: on a free port, answering, and gone without a trace when told to stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from households.models import Household
from resilience.accounts.models import User
from resilience.demo.serve import NotServed, address, free_port
from resilience.privacy.models import ConsentText, Purpose

ROOT = Path(__file__).resolve().parent.parent.parent


def test_takes_the_next_port_when_one_is_busy() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert free_port("127.0.0.1", port) > port


def test_says_so_when_no_port_is_free() -> None:
    with pytest.raises(NotServed):
        free_port("192.0.2.1", 8000)  # not an address of this machine


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]")],  # noqa: S104
)
def test_prints_an_address_one_can_open(host: str, shown: str) -> None:
    assert address(host, 8000) == f"http://{shown}:8000/"


@pytest.mark.parametrize(
    ("settings_are", "arguments"),
    [({"PRODUCTION": True}, []), ({}, ["--households", "0"]), ({}, ["--households", "60000"]), ({}, ["--port", "0"])],
)
def test_refuses_before_it_touches_anything(
    settings: object, settings_are: dict[str, bool], arguments: list[str]
) -> None:
    for name, value in settings_are.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError):  # no database in this test: touching it would be another error
        call_command("demo", *arguments)


@pytest.mark.django_db(transaction=True)
def test_begins_anew_when_told_to(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    call_command("demo", "--no-serve", "--households", "3", stdout=StringIO())
    User.objects.filter(username="desk1").update(name="改过")
    call_command("demo", "--no-serve", "--households", "2", "--fresh", stdout=StringIO())
    assert Household.unscoped.count() == 2
    assert not User.objects.filter(name="改过").exists()
    assert set(ConsentText.objects.values_list("purpose", flat=True)) == set(Purpose.values)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_serves_and_ends_in_good_order_on_ctrl_c(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 18_700)
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/demo.sqlite3",
        "MEDIA_ROOT": str(tmp_path / "media"),
        "STATIC_ROOT": str(tmp_path / "static"),
    }
    command = [sys.executable, "manage.py", "demo", "--households", "12", "--port", str(port)]
    out = tmp_path / "out"
    with out.open("w") as file:
        demo = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            assert _answers(f"http://127.0.0.1:{port}/healthz", demo), out.read_text()
            while f"http://127.0.0.1:{port}/" not in out.read_text() and demo.poll() is None:
                time.sleep(0.1)  # it says so after it answers
            os.killpg(demo.pid, signal.SIGINT)
            assert demo.wait(timeout=120) == 0
        finally:
            demo.kill()
            demo.wait()
    said = out.read_text()
    assert f"http://127.0.0.1:{port}/" in said
    assert "worker1" in said
    assert "Traceback" not in said
    assert not _answers(f"http://127.0.0.1:{port}/healthz", demo)


def _answers(url: str, demo: subprocess.Popen[bytes]) -> bool:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            if demo.poll() is not None:
                return False
            time.sleep(0.3)
    return False
