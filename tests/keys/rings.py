"""Keys to change between."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import override_settings

from resilience.keys import guard
from resilience.keys.models import KnownKey


def entry(number: int, letter: str) -> str:
    return f"{number}:" + base64.b64encode(letter.encode() * 32).decode()


OLD = settings.FIELD_KEYS[-1]  # what the tests' rows are sealed with
NEW = entry(7, "n")
INDEX, LATER_INDEX, AUDIT = entry(3, "i"), entry(4, "j"), entry(5, "a")


@contextmanager
def keys(**more: list[str]) -> Iterator[None]:
    """With these settings, and what was known of keys before as it was."""
    known: list[Any] = list(KnownKey.objects.all())
    with override_settings(**more):
        yield
    KnownKey.objects.all().delete()
    KnownKey.objects.bulk_create(known)


def known() -> set[tuple[str, int, bool]]:
    """(ring, id, whether something needs it)."""
    return {(key.ring, key.key_id, key.retired_at is None) for key in KnownKey.objects.all()}


def said() -> str:
    """What is wrong, in one text."""
    return "\n".join(guard.faults())
