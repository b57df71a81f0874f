"""What ties audit rows together: the digest of a row, and the hash of each link over the one before.

Any language can check it: a row's canonical form is a JSON array in ASCII without blanks, of the columns `COLUMNS` in
that order, behind the form's number; times are microseconds since 1970, ids hex. The digest is its HMAC-SHA256.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

FORM = 1
"""Number of the canonical form, part of it: another one can follow without a doubt about old rows."""
COLUMNS = (
    "id", "at", "by_id", "actor", "action", "subject_kind", "subject_key", "place", "fields", "why",
    "address", "session", "page", "details", "key_id",
)  # fmt: skip
"""Every column of an entry but its digest."""
GENESIS = "0" * 64
"""What stands before the first link."""

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def digest(form: Sequence[Any], key: bytes) -> str:
    """Of an entry: `form` is FORM and the values of `COLUMNS` as they are stored, the id in hex, the moment a number.

    Raises TypeError for what is no text, number or None: nothing else is ever stored.
    """
    sealing = _sealing(key).copy()
    sealing.update(_encode(form).encode("ascii"))
    return sealing.hexdigest()


@lru_cache(maxsize=32)
def _sealing(key: bytes) -> hmac.HMAC:
    """The HMAC with nothing in it yet: a copy costs half of what a new one does."""
    return hmac.new(key, None, hashlib.sha256)


def link_hash(before: str, entry_digest: str) -> str:
    """Of the link that ties an entry to the link before it. The triggers compute the same."""
    return hashlib.sha256((before + entry_digest).encode()).hexdigest()
