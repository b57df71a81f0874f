"""Writes rows by the hundred thousand: one prepared INSERT a table, ids given, nothing read back.

About ten times as fast as `bulk_create`, which builds an object and asks every field per row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

BATCH = 5_000
Row = dict[str, Any]


def fill(model: type[models.Model], rows: Iterable[Row]) -> int:
    """Insert rows given as {attname: value}; what a row leaves out takes the field's default, one for all rows."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return 0
    fields = model._meta.concrete_fields
    given = [field for field in fields if field.attname in first]
    rest = [field for field in fields if field.attname not in first and not field.primary_key]
    same = [_prepared(field, field.get_default()) for field in rest]
    statement = _insert(model, [*given, *rest])

    def values() -> Iterator[list[Any]]:
        yield [_prepared(field, first[field.attname]) for field in given] + same
        for row in rows:
            yield [_prepared(field, row[field.attname]) for field in given] + same

    total = 0
    prepared = values()
    with connection.cursor() as cursor:
        while batch := list(islice(prepared, BATCH)):
            cursor.executemany(statement, batch)
            total += len(batch)
    return total


def _prepared(field: models.Field[Any, Any], value: Any) -> Any:
    return field.get_db_prep_save(value, connection)


def _insert(model: type[models.Model], fields: list[models.Field[Any, Any]]) -> str:
    name = connection.ops.quote_name
    columns = ", ".join(name(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {name(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608  # names of our own


def reset_ids(*tables: type[models.Model]) -> None:
    """Let the database count on from the ids we gave."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)
