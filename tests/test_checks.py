"""What `manage.py check` says before something goes wrong."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from resilience import checks


def ids(**more: Any) -> set[str]:
    return {message.id or "" for message in run_checks(**more)}


def test_nothing_is_wrong_as_it_comes() -> None:
    assert {name for name in ids() if name.startswith("resilience.")} == set()


@pytest.mark.parametrize("keys", [["1:short"], ["x:AAAA"], ["1"], ["300:" + "A" * 43 + "="]])
def test_a_key_that_cannot_seal_is_an_error(keys: list[str]) -> None:
    with override_settings(FIELD_KEYS=keys):
        assert "resilience.E001" in ids()
    with override_settings(INDEX_KEYS=keys):
        assert "resilience.E001" in ids()


def test_an_old_sqlite_is_an_error(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 0))
    engine = settings.DATABASES["default"]["ENGINE"]
    assert bool(list(checks.sqlite_version(None))) == engine.endswith("sqlite3")


def test_a_house_on_utc_is_warned() -> None:
    with override_settings(TIME_ZONE="UTC"):
        assert "resilience.W001" in ids()


def test_a_deployment_that_tells_nobody_is_warned(settings: Any) -> None:
    settings.SITE_URL = "http://localhost:8000"
    assert {"resilience.W002", "resilience.W003"} <= ids(include_deployment_checks=True)
    settings.SITE_URL = "https://sq.example.org"
    settings.OUTBOX_CHANNELS = dict.fromkeys(settings.OUTBOX_CHANNELS, "resilience.outbox.channels.Email")
    assert not {"resilience.W002", "resilience.W003"} & ids(include_deployment_checks=True)


@pytest.mark.parametrize(
    ("host", "options", "is_plain"),
    [
        ("", {}, False),
        ("localhost", {}, False),
        ("/var/run/postgresql", {}, False),
        ("db.example", {}, True),
        ("db.example", {"sslmode": "require"}, True),
        ("db.example", {"sslmode": "verify-full"}, False),
    ],
)
def test_a_database_elsewhere_must_prove_who_it_is(
    host: str, options: dict[str, str], is_plain: bool, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", host)
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", options)
    settings.OUTBOX_CHANNELS = {}
    assert [each.id for each in checks.plain_connections(None)] == (["resilience.W004"] if is_plain else [])


@pytest.mark.parametrize(
    ("host", "has_tls", "is_plain"),
    [("localhost", False, False), ("mail.example", False, True), ("mail.example", True, False)],
)
def test_mail_leaves_the_machine_with_tls_only(
    host: str, has_tls: bool, is_plain: bool, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "")
    settings.OUTBOX_CHANNELS = {"email": "resilience.outbox.channels.Email"}
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = host, has_tls
    assert [each.id for each in checks.plain_connections(None)] == (["resilience.W005"] if is_plain else [])
