"""Every column that a key has to do with, found by walking the models; read and counted as the database holds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.db import connections, models

from resilience.lib.crypto import INDEX_BYTES, BlindIndexField, EncryptedTextField
from resilience.lib.keyring import ring

DERIVED = "derived"  # the oldest of FIELD_KEYS as the maker of fingerprints, where INDEX_KEYS has none
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Table:
    """A table with sealed columns, and the fingerprints of some of them."""

    name: str
    pk: str
    sealed: tuple[EncryptedTextField, ...]
    indexes: tuple[BlindIndexField, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """In the order in which rows of it are read."""
        return tuple(str(field.column) for field in (*self.sealed, *self.indexes))

    def label(self, column: str) -> str:
        return f"{self.name}.{column}"


def tables() -> list[Table]:
    """Of every installed app, the tables of django-simple-history with them."""
    found = (_table(model) for model in apps.get_models(include_auto_created=True) if model._meta.managed)
    return [table for table in found if table.sealed]


def _table(model: type[models.Model]) -> Table:
    columns = model._meta.local_concrete_fields
    return Table(
        model._meta.db_table,
        str(model._meta.pk.column),
        tuple(field for field in columns if isinstance(field, EncryptedTextField)),
        tuple(field for field in columns if isinstance(field, BlindIndexField)),
    )


def ask(using: str, statement: str, params: Sequence[Any] = ()) -> Rows:
    """Rows as the driver gives them, but bytes as bytes."""
    with connections[using].cursor() as cursor:
        cursor.execute(statement, params)
        return [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in cursor.fetchall()]


def quoted(using: str, *names: str) -> str:
    return ", ".join(map(connections[using].ops.quote_name, names))


def as_param(using: str, value: Any) -> Any:
    return connections[using].Database.Binary(value) if isinstance(value, bytes) else value  # type: ignore[attr-defined]


def exist(using: str, found: list[Table]) -> list[Table]:
    """Those of them that the database has, with the columns that are sealed in it: before `migrate` it has others."""
    there = set(connections[using].introspection.table_names())
    return [real for table in found if table.name in there and (real := _as_it_is(using, table)).sealed]


def _as_it_is(using: str, table: Table) -> Table:
    look = connections[using].introspection
    with connections[using].cursor() as cursor:
        described = look.get_table_description(cursor, table.name)
    binary = {each.name for each in described if look.get_field_type(each.type_code, each) == "BinaryField"}
    sealed = tuple(each for each in table.sealed if each.column in binary)
    names = {each.name for each in sealed}
    return replace(
        table, sealed=sealed, indexes=tuple(i for i in table.indexes if i.column in binary and i.of in names)
    )


def samples(using: str, table: Table, column: str, most: int = 3) -> Rows:
    """A few rows of it where that column is filled."""
    what, name = quoted(using, *table.columns), quoted(using, column)
    return ask(using, f"SELECT {what} FROM {quoted(using, table.name)} WHERE length({name}) > 0 LIMIT {most}")


# --- which key is it? -----------------------------------------------------------------------------
def counts(using: str, table: Table) -> Iterator[tuple[str, Counter[str]]]:
    """For each of its columns how many values each key has made: of ids as text, or DERIVED."""
    for field in table.sealed:
        yield str(field.column), _counted(using, table, str(field.column), "substr({0}, 1, 1)")
    derived = f"CASE WHEN length({{0}}) = {INDEX_BYTES} THEN {{1}} ELSE substr({{0}}, 1, 1) END"
    for index in table.indexes:
        yield str(index.column), _counted(using, table, str(index.column), derived)


def _counted(using: str, table: Table, column: str, maker: str) -> Counter[str]:
    name = quoted(using, column)
    none = "''::bytea" if connections[using].vendor == "postgresql" else "x''"
    which = maker.format(name, none)
    statement = f"SELECT {which}, count(*) FROM {quoted(using, table.name)} WHERE length({name}) > 0 GROUP BY 1"
    return Counter({str(made[0]) if made else DERIVED: many for made, many in ask(using, statement)})


def wanted() -> tuple[str, str]:
    """By which key every sealed value, and every fingerprint, shall be made: as `counts` names them."""
    return str(next(iter(ring("FIELD_KEYS")))), str(next(iter(ring("INDEX_KEYS")), DERIVED))


def is_old(using: str, table: Table) -> tuple[str, list[Any]]:
    """The condition of a row that has something of another key than `wanted`, and its parameters."""
    field_key, index_key = wanted()
    parts: list[str] = []
    params: list[Any] = []
    for field in table.sealed:
        name = quoted(using, str(field.column))
        parts.append(f"(length({name}) > 0 AND substr({name}, 1, 1) <> %s)")
        params.append(as_param(using, bytes([int(field_key)])))
    for index in table.indexes if index_key != DERIVED else ():
        name = quoted(using, str(index.column))
        parts.append(f"(length({name}) > 0 AND NOT (length({name}) = %s AND substr({name}, 1, 1) = %s))")
        params += [1 + INDEX_BYTES, as_param(using, bytes([int(index_key)]))]
    return " OR ".join(parts), params
