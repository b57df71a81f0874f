"""What `manage.py check` looks at beyond Django: what would go wrong later, or quietly."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from resilience.lib.crypto import decrypt, encrypt

OLDEST_SQLITE = (3, 35, 0)  # RETURNING, in the counting of tries and in bulk inserts
_CONSOLE = "resilience.outbox.channels.Console"


def field_keys(app_configs: object, **kwargs: Any) -> Iterable[CheckMessage]:
    """Sealing and opening must work before the first phone number comes in."""
    try:
        decrypt(encrypt("?", "check"), "check")
    except ImproperlyConfigured as fault:
        return [Error(str(fault), hint="FIELD_KEYS=1:<base64 of 32 random bytes>", id="resilience.E001")]
    return []


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
