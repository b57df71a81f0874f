"""What `manage.py check` looks at: without keys no row can be written, without triggers rows would not be chained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from . import triggers
from .keys import ring


def audit_keys(app_configs: object, **kwargs: Any) -> Iterable[CheckMessage]:
    try:
        ring()
    except ImproperlyConfigured as fault:
        return [Error(str(fault), hint="AUDIT_KEYS=1:<base64 of 32 random bytes>", id="resilience.E003")]
    return []


def triggers_in_place(
    app_configs: object, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Asked for by `migrate` and `check --database default`; nothing to see before the first migration."""
    for alias in databases or ():
        there = connections[alias].introspection.table_names()
        if all(table in there for table in triggers.GUARDED) and (gone := triggers.missing(alias)):
            hint = "Run `manage.py migrate`, then `manage.py verify_audit`: somebody took them off."
            yield Warning(f"Triggers of the audit are missing: {', '.join(gone)}.", hint=hint, id="resilience.W004")
