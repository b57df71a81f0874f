"""What `manage.py check` looks at beyond Django: what would go wrong later, or quietly."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from resilience.keys import guard
from resilience.lib.crypto import blind_index, decrypt, encrypt

OLDEST_SQLITE = (3, 35, 0)  # RETURNING, in the counting of tries and in bulk inserts
_HERE = ("", "localhost", "127.0.0.1", "::1")
_CONSOLE = "resilience.outbox.channels.Console"


def field_keys(app_configs: object, **kwargs: Any) -> Iterable[CheckMessage]:
    """Sealing and opening must work before the first phone number comes in."""
    try:
        decrypt(encrypt("?", "check"), "check")
        blind_index("check", "?")
    except ImproperlyConfigured as fault:
        return [Error(str(fault), hint="manage.py new_keys prints good ones.", id="resilience.E001")]
    return []


def known_keys(app_configs: object, databases: Iterable[str] | None = None, **kwargs: Any) -> Iterable[CheckMessage]:
    """With `--database`, and before `migrate`: the keys are those of the database."""
    found = [fault for alias in databases or () for fault in guard.faults(alias)]
    hint = "Put the keys of this database back into the environment or .env. Nothing was written."
    return [Error(fault, hint=hint, id="resilience.E005") for fault in found]


def sqlite_version(app_configs: object, **kwargs: Any) -> Iterable[CheckMessage]:
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine.endswith("sqlite3") and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        return [Error(f"SQLite {sqlite3.sqlite_version} is older than {wanted}.", id="resilience.E002")]
    return []


def time_zone(app_configs: object, **kwargs: Any) -> Iterable[CheckMessage]:
    """Days, office hours and 'today' are those of the town."""
    if settings.TIME_ZONE in ("UTC", "GMT", "Etc/UTC"):
        hint = "Set TIME_ZONE to the town's, for example Asia/Shanghai."
        return [Warning("Days and office hours are counted in UTC.", hint=hint, id="resilience.W001")]
    return []


def audit_apart(
    app_configs: object, *, databases: Iterable[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """With `check --database default`: who audits does nothing else. Forms refuse it; no constraint can."""
    if not databases:
        return []
    mixed = apps.get_model("households", "Appointment").objects.mixed_with_audit().select_related("user")
    hint = "End one of the two: until then they audit nothing."
    words = "{} audits, and has another role at the same time."
    return [Error(words.format(row.user.username), hint=hint, id="resilience.E003") for row in mixed]


def told_nobody(app_configs: object, **kwargs: Any) -> Iterable[CheckMessage]:
    """For `check --deploy`: messages that go nowhere, links that lead nowhere."""
    found: list[CheckMessage] = []
    silent = [name for name, channel in settings.OUTBOX_CHANNELS.items() if channel == _CONSOLE]
    if silent:
        hint = "Set SMS_CHANNEL, EMAIL_CHANNEL, WEBHOOK_CHANNEL to a channel that sends."
        found.append(
            Warning(f"Messages are only counted, not sent: {', '.join(silent)}.", hint=hint, id="resilience.W002")
        )
    if not settings.SITE_URL.startswith("https://"):
        found.append(Warning("SITE_URL is not https: links in messages would not work.", id="resilience.W003"))
    return found


def plain_connections(app_configs: object, **kwargs: Any) -> Iterable[CheckMessage]:
    """For `check --deploy`: what would leave this machine readable on the way, or to whoever answers."""
    found: list[CheckMessage] = []
    database = settings.DATABASES["default"]
    is_elsewhere = database.get("HOST", "") not in _HERE and not database["HOST"].startswith("/")
    if is_elsewhere and database["OPTIONS"].get("sslmode") != "verify-full":
        hint = "End DATABASE_URL with ?sslmode=verify-full&sslrootcert=/path/of/its/authority.pem"
        found.append(Warning("The database is asked without making sure who answers.", hint=hint, id="resilience.W004"))
    is_mailing = settings.OUTBOX_CHANNELS.get("email", "").endswith(".Email")
    if is_mailing and settings.EMAIL_HOST not in _HERE and not settings.EMAIL_USE_TLS:
        hint = "Set EMAIL_USE_TLS=1."
        found.append(Warning("E-mail goes to another machine without TLS.", hint=hint, id="resilience.W005"))
    return found
