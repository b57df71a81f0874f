"""Rings of keys as settings hold them: `id:base64(32 bytes)` entries, the newest first. Ids are 0–255.

`FIELD_KEYS` seal columns, `INDEX_KEYS` make the fingerprints they are searched by, `AUDIT_KEYS` seal the audit. The
first of a ring writes, all of it reads. Nothing here shows a key: faults name the setting and the id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
RINGS = ("FIELD_KEYS", "INDEX_KEYS", "AUDIT_KEYS")
Ring = dict[int, bytes]


def ring(name: str) -> Ring:
    """Key id → key of that setting, in its order; empty where nothing is set. ImproperlyConfigured for nonsense."""
    return parsed(name, tuple(getattr(settings, name)))


@lru_cache(maxsize=16)
def parsed(name: str, entries: tuple[str, ...]) -> Ring:
    found: Ring = {}
    for entry in entries:
        number, _colon, encoded = entry.partition(":")
        try:
            key_id, key = int(number), base64.b64decode(encoded, validate=True)
        except ValueError:
            raise ImproperlyConfigured(f"{name}: each entry is id:base64") from None
        if len(key) != KEY_BYTES or not 0 <= key_id <= 255 or key_id in found:
            raise ImproperlyConfigured(f"{name}: ids are 0–255 and used once, keys are 32 bytes")
        found[key_id] = key
    return found


def check_value(name: str, key: bytes) -> bytes:
    """By which a key is known again: 16 bytes that follow from it, and from which it does not."""
    return hmac.new(key, f"check value of {name}".encode(), hashlib.sha256).digest()[:16]


def new_entry(name: str) -> str:
    """A new random key with the lowest id that the ring has never had above it, as the setting wants it."""
    taken = ring(name)
    key_id = next(number for number in (*range(max(taken, default=0) + 1, 256), *range(256)) if number not in taken)
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
