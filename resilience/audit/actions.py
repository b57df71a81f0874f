"""The one way a row gets into the audit: in the transaction of what it is about, so that there is one exactly when
that happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from resilience.accounts.models import User
from resilience.lib.http import shortened
from resilience.lib.inputs import clean_text

from . import chain, keys
from .context import Origin, is_visitor, origin
from .fields import to_number
from .models import Actor, Entry, new_id, now

LONGEST_FIELDS, LONGEST_WHY, LONGEST_DETAILS = 500, 200, 500
_AT_ONCE = 200  # rows of one statement
_STORED = (*chain.COLUMNS, "digest")
_INSERT = f"INSERT INTO {Entry._meta.db_table} ({', '.join(_STORED)}) VALUES "  # noqa: S608 - our own names
_PLACES = f"({', '.join(['%s'] * len(_STORED))})"
_facts = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written down; as the arguments of `record`."""

    action: str
    by: User | None
    subject: tuple[str, str]
    place: str = ""
    fields: Iterable[str] = ()
    why: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)
    actor: Actor | None = None


def record(
    action: str,
    *,
    by: User | None,
    subject: tuple[str, str],
    place: str = "",
    fields: Iterable[str] = (),
    why: str = "",
    details: Mapping[str, str | int] | None = None,
    actor: Actor | None = None,
) -> None:
    """Write one row: one INSERT in the caller's transaction.

    `action` is a slug ('household.opened'); `subject` its kind and its uid in hex or its code; `place` the code of
    its community or grid; `fields` the names of what changed, never the values; `details` codes and counts. Nothing
    that names or describes a resident goes in, into `why` neither: no word can ever be removed from here.
    Of where it was done from it keeps the whole address of colleagues, of anybody else the network only.
    `actor` is who did it where `by` is None; else whoever is not signed in is a resident, and the rest by itself.
    """
    record_all([Deed(action, by, subject, place, fields, why, details or {}, actor)])


def record_all(deeds: Iterable[Deed]) -> None:
    """Write a row each, in one statement for some hundred: of things that happen together."""
    at, where, key = now(), origin(), keys.newest()
    rows = [_row(deed, at, where, *key) for deed in deeds]
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            cursor.execute(_INSERT + ", ".join([_PLACES] * len(some)), [value for row in some for value in row])


def _row(deed: Deed, at: datetime, where: Origin, key_id: int, key: bytes) -> tuple[Any, ...]:
    """By hand and not through the model, which would cost a write three times as much."""
    kind, subject = deed.subject
    by = deed.by.pk if deed.by is not None else None
    if deed.by is None and is_visitor():
        where = where._replace(address=shortened(where.address))
    values = (
        new_id(at).hex, to_number(at), by, _actor(deed), deed.action, kind, subject, deed.place,
        _joined(deed.fields), _cut(deed.why),
        *where, _fits(_facts(dict(deed.details))), key_id,
    )  # fmt: skip
    return (*values, chain.digest((chain.FORM, *values), key))


def _actor(deed: Deed) -> str:
    if deed.by is not None:
        return Actor.USER.value
    return (deed.actor or (Actor.RESIDENT if is_visitor() else Actor.SYSTEM)).value


def _joined(names: Iterable[str]) -> str:
    """Apart by commas; what does not fit is counted."""
    names, kept = list(names), ""
    for number, name in enumerate(names):
        longer = f"{kept},{name}" if kept else name
        if len(longer) > LONGEST_FIELDS - 6:
            return f"{kept},+{len(names) - number}"
        kept = longer
    return kept


def _cut(why: str) -> str:
    return clean_text(why[:LONGEST_WHY], max_length=LONGEST_WHY * 4)[:LONGEST_WHY]


def _fits(facts: str) -> str:
    if len(facts) > LONGEST_DETAILS:
        raise ValueError("details of an audit row are a few codes")
    return facts
