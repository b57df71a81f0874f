"""Encrypted model fields and keyed fingerprints to search them by.

A stored value is one key-id byte, a 12-byte nonce, and AES-256-GCM's ciphertext with its tag. The field's `aad` label
is authenticated with it: a value copied into another column does not decrypt. `settings.FIELD_KEYS` holds
`id:base64(32 bytes)`, newest first: the first encrypts, every one decrypts. The *oldest* (last) key also makes the
fingerprints (HMAC-SHA256, 128 bits, a derived key per purpose): keep it last when you add keys, or recompute them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

NONCE = 12  # bytes
INDEX_BYTES = 16
# How a sealed value begins in a dump (dumpdata): loading one must tell it from a text somebody typed.
_IN_A_DUMP = "sealed:1:"


class DamagedValue(Exception):
    """A stored value that no key of ours opens: changed, truncated, or its key is missing. Never carries the value."""


@lru_cache(maxsize=8)
def _ring(keys: tuple[str, ...]) -> dict[int, bytes]:
    """Key id → 32 bytes, in the order of settings."""
    ring: dict[int, bytes] = {}
    for entry in keys:
        number, _colon, encoded = entry.partition(":")
        try:
            key_id, key = int(number), base64.b64decode(encoded, validate=True)
        except ValueError:
            raise ImproperlyConfigured("FIELD_KEYS: each entry is id:base64") from None
        if len(key) != 32 or not 0 <= key_id <= 255 or key_id in ring:
            raise ImproperlyConfigured("FIELD_KEYS: ids are 0–255 and used once, keys are 32 bytes")
        ring[key_id] = key
    if not ring:
        raise ImproperlyConfigured("FIELD_KEYS is empty")
    return ring


def _keys() -> dict[int, bytes]:
    return _ring(tuple(settings.FIELD_KEYS))


def encrypt(plain: str, aad: str) -> bytes:
    """Seal a text for the column labelled `aad`."""
    number, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE)
    return bytes([number]) + nonce + AESGCM(key).encrypt(nonce, plain.encode(), aad.encode())


def decrypt(sealed: bytes, aad: str) -> str:
    """Open what `encrypt` sealed; DamagedValue for anything else."""
    key = _keys().get(sealed[0]) if sealed else None
    if key is None or len(sealed) < 1 + NONCE + 16:
        raise DamagedValue(aad)
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], aad.encode()).decode()
    except InvalidTag:
        raise DamagedValue(aad) from None


@lru_cache(maxsize=64)
def _index_key(keys: tuple[str, ...], purpose: str) -> bytes:
    oldest = list(_ring(keys).values())[-1]
    return hmac.new(oldest, f"blind index {purpose}".encode(), hashlib.sha256).digest()


def blind_index(purpose: str, value: str) -> bytes:
    """A keyed fingerprint of an already normalised value; equal values of one purpose have equal fingerprints."""
    key = _index_key(tuple(settings.FIELD_KEYS), purpose)
    return hmac.new(key, value.encode(), hashlib.sha256).digest()[:INDEX_BYTES]


class _IsEmpty(Exact):
    """`filter(field="")`: the only value that can be compared with, since two seals of one value differ."""

    def get_prep_lookup(self) -> Any:
        if self.rhs not in (None, "", b""):
            raise FieldError(_not_searchable(self.lhs.output_field))
        return self.rhs


def _not_searchable(field: EncryptedTextField) -> str:
    return f"{field.aad} is encrypted: search it by its blind index."


if TYPE_CHECKING:
    SealedField = models.BinaryField[str, str]
else:
    SealedField = models.BinaryField


class EncryptedTextField(SealedField):
    """A text that is only readable with the key. '' is stored as empty bytes. Searchable only through a blind index.

    A damaged value raises DamagedValue when its row is loaded. A dump (dumpdata) holds it sealed.
    """

    empty_values = [None, "", b""]

    def __init__(self, *args: Any, aad: str, **kwargs: Any) -> None:
        if kwargs.get("unique") or kwargs.get("db_index") or kwargs.get("primary_key"):
            raise TypeError(f"{aad}: two seals of one value differ, so an index is of no use. Use a blind index.")
        self.aad = aad
        kwargs.setdefault("editable", True)
        if kwargs.get("default") == "":
            kwargs["default"] = b""  # what Django checks a BinaryField's default for
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["aad"] = self.aad
        return name, path, args, kwargs

    def get_default(self) -> Any:
        default = super().get_default()
        return "" if default == b"" else default

    def from_db_value(self, value: bytes | memoryview | None, expression: object, connection: object) -> Any:
        return None if value is None else self._open(bytes(value))

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith(_IN_A_DUMP):
            return value
        try:
            return self._open(base64.b64decode(value.removeprefix(_IN_A_DUMP), validate=True))
        except (ValueError, DamagedValue):
            raise ValidationError(_("This value is damaged."), code="damaged") from None

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(None if value is None else self._seal(value), connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        """For dumps: sealed, never plain."""
        value = self.value_from_object(obj)
        sealed = b"" if value is None else self._seal(value)
        return _IN_A_DUMP + base64.b64encode(sealed).decode() if sealed else ""

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "exact":
            return _IsEmpty
        if lookup_name != "isnull":
            raise FieldError(_not_searchable(self))
        return super().get_lookup(lookup_name)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.CharField, "max_length": 500, **kwargs})

    def _seal(self, value: Any) -> bytes:
        return encrypt(value, self.aad) if value else b""

    def _open(self, stored: bytes) -> Any:
        return decrypt(stored, self.aad) if stored else ""


if TYPE_CHECKING:

    class SealedJSON(models.BinaryField[dict[str, Any], dict[str, Any]]):
        aad: str

        def __init__(self, *, aad: str, **kwargs: Any) -> None: ...

        def _seal(self, value: Any) -> bytes: ...

        def _open(self, stored: bytes) -> Any: ...
else:
    SealedJSON = EncryptedTextField


class EncryptedJSONField(SealedJSON):
    """JSON that is only readable with the key. Days and moments become ISO text."""

    def get_default(self) -> Any:
        return models.Field.get_default(self)

    def formfield(self, **kwargs: Any) -> Any:
        return models.Field.formfield(self, **{"form_class": forms.JSONField, "encoder": DjangoJSONEncoder, **kwargs})

    def _seal(self, value: Any) -> bytes:
        return encrypt(json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder), self.aad)

    def _open(self, stored: bytes) -> Any:
        return json.loads(decrypt(stored, self.aad)) if stored else {}


class BlindIndexField(models.BinaryField):
    """The fingerprint beside an encrypted field: `blind_index(…)`, 16 bytes, indexed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", INDEX_BYTES)
        kwargs.setdefault("db_index", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: bytes | memoryview | None, expression: object, connection: object) -> bytes | None:
        return None if value is None else bytes(value)
