"""Encrypted model fields and keyed fingerprints to search them by.

A stored value is one key-id byte, a 12-byte nonce, and AES-256-GCM's ciphertext with its tag. The field's `aad` label
is authenticated with it: a value copied into another column does not decrypt. The first of `settings.FIELD_KEYS`
encrypts, every one decrypts.

A fingerprint (HMAC-SHA256, 128 bits, a derived key per purpose) is made by the first of `settings.INDEX_KEYS` and
begins with that key's id: 17 bytes. Where that setting is empty, and before it was first filled, it was made by the
*oldest* (last) of FIELD_KEYS and has no id: 16 bytes. Who looks for one looks for all that the value may have:
`blind_indexes`. `manage.py rotate_keys` brings columns and fingerprints to the first keys.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from .keyring import Ring, parsed, ring

NONCE = 12  # bytes
SEAL = 1 + NONCE + 16  # bytes by which a sealed value is longer than its text in UTF-8
INDEX_BYTES = 16  # of a fingerprint, behind the id of its key
# How a sealed value begins in a dump (dumpdata): loading one must tell it from a text somebody typed.
_IN_A_DUMP = "sealed:1:"


class DamagedValue(Exception):
    """A stored value that no key of ours opens: changed, truncated, or its key is missing. Never carries the value."""


def _keys() -> Ring:
    return ring("FIELD_KEYS") or _none_set()


def _none_set() -> NoReturn:
    raise ImproperlyConfigured("FIELD_KEYS is empty")


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)  # costs as much as opening a short value


def encrypt(plain: str, aad: str) -> bytes:
    """Seal a text for the column labelled `aad`."""
    number, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE)
    return bytes([number]) + nonce + _cipher(key).encrypt(nonce, plain.encode(), aad.encode())


def decrypt(sealed: bytes, aad: str) -> str:
    """Open what `encrypt` sealed; DamagedValue for anything else."""
    key = _keys().get(sealed[0]) if sealed else None
    if key is None or len(sealed) < SEAL:
        raise DamagedValue(aad)
    try:
        return _cipher(key).decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], aad.encode()).decode()
    except InvalidTag:
        raise DamagedValue(aad) from None


@lru_cache(maxsize=64)
def _makers(field_keys: tuple[str, ...], index_keys: tuple[str, ...], purpose: str) -> tuple[tuple[bytes, bytes], ...]:
    """(what a fingerprint begins with, derived key) of every key it may have been made by; the first one writes."""
    named = [(bytes([number]), key) for number, key in parsed("INDEX_KEYS", index_keys).items()]
    oldest = list((parsed("FIELD_KEYS", field_keys) or _none_set()).values())[-1]
    label = f"blind index {purpose}".encode()
    return tuple((start, hmac.new(key, label, hashlib.sha256).digest()) for start, key in (*named, (b"", oldest)))


def blind_indexes(purpose: str, value: str) -> tuple[bytes, ...]:
    """Every fingerprint that an already normalised value may be stored under, the one to write first.

    Equal values of one purpose have equal fingerprints. To search: `filter(phone_index__in=blind_indexes(…))`.
    """
    makers = _makers(tuple(settings.FIELD_KEYS), tuple(settings.INDEX_KEYS), purpose)
    text = value.encode()
    return tuple(start + hmac.new(key, text, hashlib.sha256).digest()[:INDEX_BYTES] for start, key in makers)


def blind_index(purpose: str, value: str) -> bytes:
    """The fingerprint to write."""
    return blind_indexes(purpose, value)[0]


def fits(column: str, characters: int) -> Q:
    """The condition of a CHECK: what is sealed in the column has at most so many characters, of four bytes each."""
    return Q(**{f"{column}__length__lte": SEAL + 4 * characters})


class SealedAsText(Func):
    """A sealed column as a text, where the columns of unlike tables are put into one: `open_text` opens it."""

    arity = 1
    output_field = models.TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="hex(%(expressions)s)", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="encode(%(expressions)s, 'hex')", **context)


def open_text(text: str, aad: str) -> str:
    return decrypt(bytes.fromhex(text), aad) if text else ""


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

    `max_length` counts characters, in forms and in `full_clean`; the database counts bytes: `fits`.
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
        return super().formfield(**{"form_class": forms.CharField, "max_length": self.max_length or 500, **kwargs})

    def _seal(self, value: Any) -> bytes:
        return encrypt(value, self.aad) if value else b""

    def _open(self, stored: bytes) -> Any:
        return decrypt(stored, self.aad) if stored else ""


EncryptedTextField.register_lookup(Length)  # `note__length__lte=…`, of what is stored

if TYPE_CHECKING:

    class SealedJSON(models.BinaryField[Any, Any]):
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
        return json.loads(decrypt(stored, self.aad)) if stored else self.get_default()


class BlindIndexField(models.BinaryField):
    """The fingerprint beside the encrypted field `of`: of its last `tail` characters, or of all of it. Indexed.

    `purpose` is that of `blind_index`. NULL where the field is empty.
    """

    non_db_attrs = (*models.BinaryField.non_db_attrs, "of", "purpose", "tail", "max_length")

    def __init__(self, *args: Any, of: str = "", purpose: str = "", tail: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 1 + INDEX_BYTES)
        kwargs.setdefault("db_index", True)
        self.of, self.purpose, self.tail = of, purpose, tail
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of, "purpose": self.purpose, "tail": self.tail}

    def fingerprints(self, plain: str) -> tuple[bytes, ...]:
        """All that this column may hold for that text of `of`, the one to write first."""
        return blind_indexes(self.purpose, plain[-self.tail :])

    def from_db_value(self, value: bytes | memoryview | None, expression: object, connection: object) -> bytes | None:
        return None if value is None else bytes(value)
