"""Bringing every sealed value and every fingerprint to the first keys, while people go on working.

By batches along the primary key: read and sealed anew outside any transaction, then written in a short one, each row
only if it still holds what was read. What is done says so itself (by the id that a value begins with): a run that was
killed is simply started again. What somebody writes meanwhile is written with the first keys, and so needs nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction
from django.utils import timezone

from resilience.lib.crypto import DamagedValue, EncryptedTextField, decrypt, encrypt
from resilience.lib.keyring import ring

from . import factors
from .columns import DERIVED, Table, as_param, ask, counts, exist, is_old, quoted, tables, wanted
from .models import KnownKey

BATCH = 500
PASSES = 20  # a row that somebody held is tried again in the next


@dataclass
class Report:
    """What a run did. `stuck`: rows left as they were, by table and why."""

    rows: int = 0
    stuck: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Renewed:
    """A row and its columns that change: before and after, as stored."""

    pk: Any
    before: dict[str, bytes]
    after: dict[str, bytes]


def rotate(
    tell: Callable[[str, int], None],
    *,
    using: str = DEFAULT_DB_ALIAS,
    batch: int = BATCH,
    pause: float = 0.0,
) -> Report:
    """Renew every table, and retire the keys that nothing needs any more. `tell` gets a table and its rows so far."""
    report = Report()
    for table in exist(using, tables()):
        _renew_table(table, report, tell, using=using, batch=batch, pause=pause)
    report.rows += factors.renew(using, report.stuck)
    if not report.stuck:
        retire(using)
    return report


def left(using: str = DEFAULT_DB_ALIAS) -> dict[str, Counter[str]]:
    """For each column, how many values each key has made."""
    found = exist(using, tables())
    made = {table.label(column): made for table in found for column, made in counts(using, table)}
    return made | {factors.LABEL: factors.made(using)}


def is_done(made: dict[str, Counter[str]]) -> bool:
    """Whether only the first keys are needed. Where the last of FIELD_KEYS does more, it is the only one."""
    return not _old_in(made) and (len(ring("FIELD_KEYS")) == 1 or not does_more())


def does_more() -> bool:
    """Whether the last of FIELD_KEYS makes the fingerprints or seals the audit, for want of keys of their own."""
    return not ring("INDEX_KEYS") or not ring("AUDIT_KEYS")


def _old_in(made: dict[str, Counter[str]]) -> set[str]:
    indexes = {table.label(str(index.column)) for table in tables() for index in table.indexes}
    field_key, index_key = wanted()
    return {key for name, many in made.items() for key in many if key != (index_key if name in indexes else field_key)}


def retire(using: str = DEFAULT_DB_ALIAS) -> None:
    """Note of every key but the first that nothing is made by it, if so. It may then leave the settings."""
    made = left(using)
    indexes = {table.label(str(index.column)) for table in tables() for index in table.indexes}
    used: dict[str, set[str]] = {"FIELD_KEYS": {wanted()[0]}, "INDEX_KEYS": set(), DERIVED: set()}
    used[DERIVED if wanted()[1] == DERIVED else "INDEX_KEYS"].add(wanted()[1])
    if does_more():
        used["FIELD_KEYS"].add(str(list(ring("FIELD_KEYS"))[-1]))
        used[DERIVED].add(DERIVED)
    for name, many in made.items():
        for key in many:
            used[DERIVED if key == DERIVED else "INDEX_KEYS" if name in indexes else "FIELD_KEYS"].add(key)
    for known in KnownKey.objects.using(using).needed().filter(ring__in=used):
        is_used = used[DERIVED] if known.ring == DERIVED else str(known.key_id) in used[known.ring]
        if not is_used:
            KnownKey.objects.using(using).filter(pk=known.pk).update(retired_at=timezone.now())


# --- one table ------------------------------------------------------------------------------------
def _renew_table(
    table: Table, report: Report, tell: Callable[[str, int], None], *, using: str, batch: int, pause: float
) -> None:
    done, stuck = 0, Counter[str]()
    for _pass in range(PASSES):
        before, stuck = done, Counter[str]()
        for rows in _batches(using, table, batch):
            renewed = [each for row in rows if (each := _renewed(table, row, stuck))]
            done += _write(using, table, renewed, stuck)
            tell(table.name, done)
            if pause:
                time.sleep(pause)
        if done == before or not _has_old(using, table):
            break
    report.rows += done
    report.stuck += stuck


def _batches(using: str, table: Table, batch: int) -> Iterator[list[tuple[Any, ...]]]:
    """(pk, columns …) of rows with something of an old key, by the key of the table."""
    old, params = is_old(using, table)
    what, pk = quoted(using, table.pk, *table.columns), quoted(using, table.pk)
    rows = ask(
        using, f"SELECT {what} FROM {quoted(using, table.name)} WHERE ({old}) ORDER BY {pk} LIMIT {batch}", params
    )
    while rows:
        yield rows
        after = (
            f"SELECT {what} FROM {quoted(using, table.name)} WHERE {pk} > %s AND ({old}) ORDER BY {pk} LIMIT {batch}"
        )
        rows = ask(using, after, [rows[-1][0], *params])


def _has_old(using: str, table: Table) -> bool:
    return any(True for _rows in _batches(using, table, 1))


def _renewed(table: Table, row: tuple[Any, ...], stuck: Counter[str]) -> Renewed | None:
    """What changes in the row. A value that does not open is left for somebody to look at, the rest is renewed."""
    pk, *stored = row
    held = {name: value for name, value in zip(table.columns, stored, strict=True) if value}
    field_key, index_key = wanted()
    plain = {each.name: text for each in table.sealed if (text := _opened(table, each, held, stuck))}
    after: dict[str, bytes] = {}
    for each in table.sealed:
        if each.name in plain and held[str(each.column)][0] != int(field_key):
            after[str(each.column)] = encrypt(plain[each.name], each.aad)
    for index in table.indexes if index_key != DERIVED else ():
        if str(index.column) in held and index.of in plain:
            fingerprint = index.fingerprints(plain[index.of])[0]
            if fingerprint != held[str(index.column)]:
                after[str(index.column)] = fingerprint
    return Renewed(pk, {name: held[name] for name in after}, after) if after else None


def _opened(table: Table, each: EncryptedTextField, held: dict[str, bytes], stuck: Counter[str]) -> str:
    sealed = held.get(str(each.column))
    try:
        return decrypt(sealed, each.aad) if sealed else ""
    except DamagedValue:
        stuck[f"{table.label(str(each.column))}: does not open"] += 1
        return ""


def _write(using: str, table: Table, rows: list[Renewed], stuck: Counter[str]) -> int:
    try:
        with transaction.atomic(using=using):
            return _update(using, table, _unheld(using, table, rows))
    except IntegrityError:
        return sum(_write_alone(using, table, row, stuck) for row in rows)


def _write_alone(using: str, table: Table, row: Renewed, stuck: Counter[str]) -> int:
    try:
        with transaction.atomic(using=using):
            return _update(using, table, _unheld(using, table, [row]))
    except IntegrityError:
        stuck[f"{table.name}: another row has the same number"] += 1
        return 0


def _unheld(using: str, table: Table, rows: list[Renewed]) -> list[Renewed]:
    """Those that nobody is writing: who waits for nobody while holding rows makes no deadlock, and nobody wait long."""
    if connections[using].vendor != "postgresql" or not rows:
        return rows
    pk, name = quoted(using, table.pk), quoted(using, table.name)
    free = f"SELECT {pk} FROM {name} WHERE {pk} = ANY(%s) ORDER BY {pk} FOR NO KEY UPDATE SKIP LOCKED"
    mine = {found for (found,) in ask(using, free, [[row.pk for row in rows]])}
    return [row for row in rows if row.pk in mine]


def _update(using: str, table: Table, rows: list[Renewed]) -> int:
    """How many were written; those that changed meanwhile are not."""
    alike: dict[tuple[str, ...], list[Renewed]] = {}
    for row in rows:
        alike.setdefault(tuple(row.after), []).append(row)
    return sum(_update_alike(using, table, names, same) for names, same in alike.items())


def _update_alike(using: str, table: Table, names: tuple[str, ...], rows: list[Renewed]) -> int:
    changes = ", ".join(f"{quoted(using, name)} = %s" for name in names)
    still = " AND ".join(f"{quoted(using, name)} = %s" for name in (table.pk, *names))
    statement = f"UPDATE {quoted(using, table.name)} SET {changes} WHERE {still}"
    values = [
        [*(as_param(using, row.after[name]) for name in names), row.pk]
        + [as_param(using, row.before[name]) for name in names]
        for row in rows
    ]
    with connections[using].cursor() as cursor:
        cursor.executemany(statement, values)
        return int(cursor.rowcount)
