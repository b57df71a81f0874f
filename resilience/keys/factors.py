"""The secrets of second factors: sealed as text in the JSON of django-allauth's rows, where `columns` finds none."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connections, transaction

from resilience.accounts.adapters import SEALED_FOR
from resilience.accounts.sealing import seal, unseal
from resilience.lib.crypto import DamagedValue

from .columns import wanted

LABEL = f"{Authenticator._meta.db_table}.data"
_NAMES = ("secret", "seed")  # of an app; of recovery codes. A passkey's public key is no secret


def made(using: str) -> Counter[str]:
    """How many secrets each key has sealed."""
    if Authenticator._meta.db_table not in connections[using].introspection.table_names():  # before `migrate`
        return Counter()
    rows = Authenticator.objects.using(using).values_list("data", flat=True)
    return Counter(_key_of(sealed) for data in rows.iterator() for sealed in _sealed(data).values())


def renew(using: str, stuck: Counter[str]) -> int:
    """Seal with the first key what another one sealed; how many rows. Few, so one short transaction for each."""
    keys = Authenticator.objects.using(using).order_by("pk").values_list("pk", "data")
    old = [pk for pk, data in keys.iterator() if any(_is_old(sealed) for sealed in _sealed(data).values())]
    return sum(_renew_row(using, pk, stuck) for pk in old)


def _renew_row(using: str, pk: int, stuck: Counter[str]) -> int:
    with transaction.atomic(using=using):
        row = Authenticator.objects.using(using).select_for_update().filter(pk=pk).first()
        if row is None:
            return 0
        try:
            fresh = {name: seal(unseal(text, SEALED_FOR), SEALED_FOR) for name, text in _sealed(row.data).items()}
        except DamagedValue:
            stuck[f"{LABEL}: does not open"] += 1
            return 0
        row.data = {**row.data, **fresh}
        row.save(using=using, update_fields=["data"])
        return 1


def _sealed(data: dict[str, Any]) -> dict[str, str]:
    return {name: data[name] for name in _NAMES if isinstance(data.get(name), str)}


def _is_old(sealed: str) -> bool:
    return _key_of(sealed) != wanted()[0]


def _key_of(sealed: str) -> str:
    try:
        return str(base64.b64decode(sealed, validate=True)[0])
    except (binascii.Error, ValueError, IndexError):
        return "?"
