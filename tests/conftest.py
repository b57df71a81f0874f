"""What every test stands on: the same language, cheap passwords, files in a temporary place, no network."""

from __future__ import annotations

import os
import socket
import uuid
import warnings
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import override_settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from resilience import translations
from resilience.gate.processes import in_ci
from tests.audit_watch import watch_posts
from tests.leaks import COLLECTOR, found_in
from tests.proof import TRIED
from tests.shared_data import civic_messages, lanzhou_divisions

__all__ = ["civic_messages", "lanzhou_divisions"]

# The machine is shared, so no deadline: a slow moment is not a fault. Longer runs: HYPOTHESIS_PROFILE=long.
_COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
hypothesis_settings.register_profile("dev", max_examples=25, **_COMMON)
hypothesis_settings.register_profile("ci", max_examples=100, database=None, **_COMMON)
hypothesis_settings.register_profile("long", max_examples=5_000, **_COMMON)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if in_ci() else "dev"))

_LOCAL = ("127.", "::1", "localhost")


class NetworkUsed(RuntimeError):
    """A test tried to reach another machine."""


def pytest_configure() -> None:
    translations.compile_all()
    _close_the_network()


# --- nobody's data in a log, a warning or a mail: see tests/leaks.py --------------------------------
_TRIED = "tried"  # see tests/proof.py
_LEAKY_WARNINGS: list[str] = []


def pytest_sessionstart() -> None:
    COLLECTOR.listen()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail the test, or its setting up, during which something leaked. Each worker of xdist reads its own."""
    report = yield
    report.user_properties += [(_TRIED, each) for each in TRIED.items()]
    TRIED.clear()
    COLLECTOR.look_at_mails()
    if leaks := COLLECTOR.told():
        report.outcome = "failed"
        report.longrepr = "Somebody's data where it must not be:\n" + "\n".join(leaks[:20])
    return report


def pytest_warning_recorded(warning_message: warnings.WarningMessage, nodeid: str) -> None:
    if found := found_in(str(warning_message.message)):
        _LEAKY_WARNINGS.append(f"{nodeid}: warning with {', '.join(found)}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _LEAKY_WARNINGS:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    sums: Counter[str] = Counter()
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        for name, (what, times) in getattr(report, "user_properties", ()):
            sums.update({what: times} if name == _TRIED else {})
    for what, times in sums.items():
        terminalreporter.write_line(f"{times:,} {what}")
    for line in _LEAKY_WARNINGS:
        terminalreporter.write_line(f"LEAK {line}", red=True)


def _close_the_network() -> None:
    """Refuse connections to anywhere but this machine: nothing here may depend on, or tell, another one."""
    really_connect, really_try = socket.socket.connect, socket.socket.connect_ex

    def refuse_others(asked: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if asked.family in (socket.AF_INET, socket.AF_INET6) and not str(host).startswith(_LOCAL):
            raise NetworkUsed(f"A test tried to connect to {host}.")

    def connect(self: socket.socket, address: Any) -> None:
        refuse_others(self, address)
        return really_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        refuse_others(self, address)
        return really_try(self, address)

    socket.socket.connect = connect  # type: ignore[assignment, method-assign]
    socket.socket.connect_ex = connect_ex  # type: ignore[assignment, method-assign]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as in life: in memory there is no WAL, and a lock is an error instead of a wait."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        database.setdefault("TEST", {})["NAME"] = str(file)


@pytest.fixture(scope="session", autouse=True)
def _passwords_are_cheap() -> Iterator[None]:
    """For the whole run, as the people of a class are made before the fixtures of its tests."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _every_change_is_audited(monkeypatch: pytest.MonkeyPatch) -> None:
    watch_posts(monkeypatch)


@pytest.fixture(autouse=True)
def _same_for_all(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    settings.SECOND_FACTOR = "optional"  # every page with it required: tests/accounts/test_second_factor.py
    # Made by the first file that is stored; each test has its own, and most never need one.
    settings.MEDIA_ROOT = tmp_path_factory.getbasetemp() / "media" / uuid.uuid4().hex
    settings.AUDIT_ANCHOR_DIR = settings.MEDIA_ROOT.with_name(f"anchors{uuid.uuid4().hex}")
    settings.TOMBSTONE_DIR = tmp_path_factory.getbasetemp() / "tombstones" / uuid.uuid4().hex
    cache.clear()
    with translation.override(settings.LANGUAGE_CODE):
        yield
