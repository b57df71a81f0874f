"""Codes: short ones to read out, long ones to keep, signed ones to stick on a door."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# 29 characters, a prime, without 0 O 1 I L U S: a weighted sum modulo a prime catches every single substitution and
# every adjacent transposition.
ALPHABET = "23456789ABCDEFGHJKMNPQRTVWXYZ"
LENGTH = 8  # characters before the check character: 29**8 = 5.0e11 codes
_LONGEST = 60  # characters of a code as somebody may type it
_SIGNATURE = 12  # hexadecimal characters of a signed token
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


def key_of(name: str, said: object) -> str:
    """A cache's key: short, of plain letters, and the same whenever `said` prints the same."""
    return f"{name}-{hashlib.blake2b(repr(said).encode(), digest_size=16).hexdigest()}"


def _check_character(body: str) -> str:
    total = sum((position + 2) * _VALUE[character] for position, character in enumerate(body))
    return ALPHABET[-total % len(ALPHABET)]


def new_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """Nine characters, the last a check character. Another `choose` than ours is for made-up data only."""
    body = "".join(choose(ALPHABET) for _ in range(LENGTH))
    return body + _check_character(body)


def format_code(code: str) -> str:
    """ABC-DEF-GHJ."""
    return "-".join(code[start : start + 3] for start in range(0, len(code), 3))


def clean_code(text: str) -> str:
    """A typed code as stored: any case, width, spaces and dashes; ValidationError when it cannot be one."""
    folded = unicodedata.normalize("NFKC", text).upper() if len(text) <= _LONGEST else "?"
    code = "".join(character for character in folded if character in _VALUE)
    stray = [c for c in folded if c not in _VALUE and not c.isspace() and unicodedata.category(c) not in ("Pd", "Cf")]
    if stray or len(code) != LENGTH + 1 or _check_character(code[:-1]) != code[-1]:
        raise ValidationError(
            _("This code cannot be right: it has 9 letters and digits, such as %(code)s. Check it.")
            % {"code": "ABC-DEF-GH4"}
        )
    return code


def new_token() -> str:
    """A secret nobody can guess: 256 bits, URL-safe, 43 characters."""
    return secrets.token_urlsafe(32)


def _signature(key: str, salt: str, secret_key: str) -> str:
    secret = hashlib.sha256(f"{salt}\0{secret_key}".encode()).digest()
    return hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()[:_SIGNATURE]


def sign_token(key: str, salt: str) -> str:
    """`key` (letters and digits) with a 48-bit signature: forged ones are refused without asking the database."""
    return key + _signature(key, salt, settings.SECRET_KEY)


def key_for(said: str, salt: str) -> str:
    """The signature of what both sides know already, alone: 48 bits for an address that is to be short."""
    return _signature(said, salt, settings.SECRET_KEY)


def is_key_for(key: str, said: str, salt: str) -> bool:
    """Whether `key_for` made it, with SECRET_KEY or a former one."""
    return key.isascii() and _is_signed(said, key, salt)


def unsign_token(token: str, salt: str) -> str | None:
    """The key, or None when the token was not signed here: with SECRET_KEY, or a former one of SECRET_KEY_FALLBACKS.

    Tokens are printed and stuck on doors, so a new SECRET_KEY must not turn them into waste paper.
    """
    key, signature = token[:-_SIGNATURE], token[-_SIGNATURE:]
    if not key or not token.isascii():
        return None
    return key if _is_signed(key, signature, salt) else None


def _is_signed(said: str, signature: str, salt: str) -> bool:
    secret_keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(_signature(said, salt, secret_key), signature) for secret_key in secret_keys)
