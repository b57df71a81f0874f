"""The keys that seal audit rows. They live in the environment: who has only the database cannot make a row."""

from __future__ import annotations

import base64
import hmac
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_DERIVED = b"resilience audit chain"


def ring() -> dict[int, bytes]:
    """Key id → 32 bytes: `settings.AUDIT_KEYS` (`id:base64`, newest first). The first seals, every one verifies.

    Without, one derived from the oldest field key, under the id 0.
    """
    return _ring(tuple(settings.AUDIT_KEYS), settings.FIELD_KEYS[-1])


@lru_cache(maxsize=8)
def _ring(entries: tuple[str, ...], oldest_field_key: str) -> dict[int, bytes]:
    if not entries:
        return {0: hmac.digest(_read(oldest_field_key)[1], _DERIVED, "sha256")}
    keys = dict(map(_read, entries))
    if len(keys) != len(entries):
        raise ImproperlyConfigured("AUDIT_KEYS: each id is used once")
    return keys


def _read(entry: str) -> tuple[int, bytes]:
    number, _colon, encoded = entry.partition(":")
    try:
        key_id, key = int(number), base64.b64decode(encoded, validate=True)
    except ValueError:
        raise ImproperlyConfigured("AUDIT_KEYS: each entry is id:base64") from None
    if len(key) != 32 or not 0 <= key_id <= 255:
        raise ImproperlyConfigured("AUDIT_KEYS: ids are 0–255, keys are 32 bytes")
    return key_id, key


def newest() -> tuple[int, bytes]:
    """What seals the next row: its id and the key."""
    return next(iter(ring().items()))


def fingerprint(purpose: str, value: str) -> str:
    """16 hex digits that stand for a value which must not be readable; '' for ''."""
    if not value:
        return ""
    oldest = list(ring().values())[-1]
    return hmac.digest(oldest, f"{purpose}\x1f{value}".encode(), "sha256").hex()[:16]
