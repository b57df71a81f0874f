"""A wrong or missing key starts nothing: asked before anything could be written with it.

The database knows a check value for every key it was written with (`KnownKey`). A key that is set for the first time
is registered; before the very first one is, values that are there already must open with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.utils import timezone

from resilience.lib.crypto import BlindIndexField, DamagedValue, EncryptedTextField, decrypt
from resilience.lib.keyring import RINGS, check_value, ring

from . import columns

Known = dict[tuple[str, int], bytes]


class WrongKeys(CommandError):
    """The keys in the settings are not those of the database. Says which by id, and what to do; without a traceback."""

    def __init__(self, faults: Iterable[str]) -> None:
        lines = "\n".join(f"  - {fault}" for fault in faults)
        super().__init__(
            f"The keys do not fit this database, so nothing was started and nothing written:\n{lines}\n"
            "Put the keys of this database back into the environment or .env; without them what they sealed is lost."
        )


def refuse_wrong_keys(using: str = DEFAULT_DB_ALIAS) -> None:
    """Raise WrongKeys unless every key that the database needs is set and right. Registers keys that are new."""
    found = faults(using)
    if not found and _is_there(using):
        _register(using)
        found = faults(using)  # another process may have registered another key meanwhile
    if found:
        raise WrongKeys(found)


def faults(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """What is wrong with the keys, in words; nothing is written."""
    known = _known(using) if _is_there(using) else {}
    return list(_unlike(known) if known else _unopened(using))


def before_migrate(using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Receiver of pre_migrate: migrations may seal."""
    if found := faults(using):
        raise WrongKeys(found)


def after_migrate(using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Receiver of post_migrate: by now there is a table to register in."""
    refuse_wrong_keys(using)


# --- what is set ----------------------------------------------------------------------------------
def configured() -> Known:
    """The check value of every key that is set, by ring and id."""
    found = {(name, key_id): check_value(name, key) for name in RINGS for key_id, key in ring(name).items()}
    key_id, oldest = list(ring("FIELD_KEYS").items())[-1]
    return found | {(columns.DERIVED, key_id): check_value(columns.DERIVED, oldest)}


# --- what is known --------------------------------------------------------------------------------
def _keys(using: str) -> Any:
    """The rows of KnownKey; by name, as apps.py imports this before the models are there."""
    return apps.get_model("keys", "KnownKey").objects.using(using)


def _is_there(using: str) -> bool:
    return _keys(using).model._meta.db_table in connections[using].introspection.table_names()


def _known(using: str) -> Known:
    rows = _keys(using).needed().values_list("ring", "key_id", "check_value")
    return {(name, key_id): bytes(value) for name, key_id, value in rows}


def _unlike(known: Known) -> Iterator[str]:
    here = configured()
    for (name, key_id), value in known.items():
        if name == columns.DERIVED:
            if here.get((name, key_id)) != value:
                yield (
                    f"FIELD_KEYS: key {key_id} must stay the last one: it also makes fingerprints (no INDEX_KEYS) or"
                    " seals the audit (no AUDIT_KEYS). manage.py rotate_keys --help says how to set it free."
                )
        elif (name, key_id) not in here:
            yield f"{name}: key {key_id} is missing.{_of_the_demo(name, key_id)}"
        elif here[name, key_id] != value:
            yield f"{name}: key {key_id} is another one than this database was written with."


def _of_the_demo(name: str, key_id: int) -> str:
    is_derived = (name, key_id) == ("FIELD_KEYS", 0)
    return " (Key 0 is what SECRET_KEY gives while FIELD_KEYS is empty.)" if is_derived else ""


def _unopened(using: str) -> Iterator[str]:
    """Nothing is registered: does what is there open? A few values of each column, as one may be damaged."""
    opened, closed = Counter[int](), Counter[int]()
    strange = []
    for table in columns.exist(using, columns.tables()):
        for place, field in enumerate(table.sealed):
            for row in columns.samples(using, table, str(field.column)):
                _tried(row[place], field.aad, opened, closed)
        strange += [index.column for index in table.indexes if not _fits(using, table, index)]
    for key_id in closed.keys() - opened.keys():
        word = "is another one than this database was written with" if key_id in ring("FIELD_KEYS") else "is missing"
        yield f"FIELD_KEYS: key {key_id} {word}.{_of_the_demo('FIELD_KEYS', key_id)}"
    if strange and not closed:
        yield "INDEX_KEYS, or the last of FIELD_KEYS: no key that is set has made the fingerprints in the database."


def _tried(sealed: bytes, aad: str, opened: Counter[int], closed: Counter[int]) -> None:
    try:
        decrypt(sealed, aad)
    except DamagedValue:
        closed[sealed[0]] += 1
    else:
        opened[sealed[0]] += 1


def _fits(using: str, table: columns.Table, index: BlindIndexField) -> bool:
    """Whether one of a few of its fingerprints is what a key of ours makes; True where there are none."""
    names = table.columns
    of = next(field for field in table.sealed if field.name == index.of)
    rows = columns.samples(using, table, str(index.column))
    return not rows or any(
        fingerprint in index.fingerprints(plain)
        for row in rows
        if (fingerprint := row[names.index(str(index.column))])
        and (plain := _plain(row[names.index(str(of.column))], of))
    )


def _plain(sealed: bytes, field: EncryptedTextField) -> str:
    try:
        return decrypt(sealed, field.aad) if sealed else ""
    except DamagedValue:
        return ""


def _register(using: str) -> None:
    """Keys that are set and not known. One that was retired and now writes again is needed again."""
    keys, here = _keys(using), configured()
    before = {(key.ring, key.key_id): key for key in keys.all()}
    writing = {(name, next(iter(ring(name)))) for name in RINGS if ring(name)}
    writing |= (
        set() if ring("INDEX_KEYS") and ring("AUDIT_KEYS") else {known for known in here if known[0] == columns.DERIVED}
    )
    now = timezone.now()
    for known, value in here.items():
        key = before.get(known)
        if key is None:
            is_unused = known[0] == columns.DERIVED and known not in writing and not _has_derived(using)
            fresh = keys.model(ring=known[0], key_id=known[1], check_value=value, registered_at=now)
            fresh.retired_at = now if is_unused else None
            keys.bulk_create([fresh], ignore_conflicts=True)
        elif key.retired_at and (known in writing or bytes(key.check_value) != value):
            again = {"check_value": value, "registered_at": now, "retired_at": None if known in writing else now}
            keys.filter(pk=key.pk).update(**again)


def _has_derived(using: str) -> bool:
    there = columns.exist(using, columns.tables())
    made = (many for table in there for _column, many in columns.counts(using, table))
    return any(columns.DERIVED in many for many in made)


# --- the web server -------------------------------------------------------------------------------
def guarded(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The WSGI application, started only with the right keys.

    While the database is away nobody can tell: then it answers 503 and asks again at the next request.
    """
    is_sure = _are_right()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        nonlocal is_sure
        is_sure = is_sure or _are_right()
        if is_sure:
            return application(environ, start_response)
        status = HTTPStatus.SERVICE_UNAVAILABLE
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", "10"), ("Cache-Control", "no-store")]
        start_response(f"{status.value} {status.phrase}", headers)
        return ["系统暂时无法使用，请稍后再试。 / Not available for the moment, please try again.\n".encode()]

    return answer


def _are_right() -> bool:
    """False while the database cannot be asked."""
    try:
        refuse_wrong_keys()
    except OperationalError:
        return False
    finally:
        connections.close_all()  # whoever forks afterwards must not inherit it
    return True
