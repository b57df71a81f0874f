"""Small SQL that Django does not say by itself, in both dialects."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import date
from functools import reduce
from importlib import import_module
from operator import and_
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    Aggregate,
    BigAutoField,
    CharField,
    Func,
    IntegerField,
    JSONField,
    Lookup,
    Q,
    QuerySet,
    Subquery,
    TextField,
)
from django.db.models.functions import JSONObject, Length
from django.db.models.lookups import In

MOST_SMALL = 32_767  # what PostgreSQL's smallint holds, for SQLite to hold no more
MOST = 2_147_483_647  # its integer
TextField.register_lookup(Length)  # `text__length__lte=…`


def bounded(lo: date | int, hi: date | int, *columns: str) -> Q:
    """The condition of a CHECK: each of the columns lies between the two, ends included. NULL passes, as in SQL."""
    return reduce(and_, (Q(**{f"{column}__gte": lo, f"{column}__lte": hi}) for column in columns))


def send_numbers_as_text(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Receiver of connection_created: PostgreSQL is to refuse a number that is too big for its column.

    Sent in binary, as psycopg prefers to where the server binds the parameters, it arrives cut to its last bytes:
    40,000 as -25,536 (psycopg 3.3).
    """
    if connection.vendor != "postgresql":
        return
    numeric = import_module("psycopg.types.numeric")  # only there with PostgreSQL
    adapters = connection.connection.adapters
    adapters.register_dumper(numeric.Int2, numeric.Int2Dumper)
    adapters.register_dumper(numeric.Int4, numeric.Int4Dumper)
    adapters.register_dumper(numeric.Int8, numeric.Int8Dumper)


class JsonRows(Aggregate):
    """The rows of a subquery as one JSON list of objects: a short child list without a statement of its own.

    `Photo.objects.filter(service_request=OuterRef("pk")).values("service_request").values(rows=JsonRows(uid="uid"))`
    gives `[{"uid": …}, …]` in no order, or None when there are none. Keep it to a handful of rows.
    """

    function = "JSONB_AGG"
    output_field = JSONField()
    name = "JsonRows"

    def __init__(self, **columns: Any) -> None:
        super().__init__(JSONObject(**columns))

    # Django clones an expression by its sources, not by its arguments.
    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


@CharField.register_lookup
class Among(Lookup):
    """`state__among=("open", "late")`: as `__in`, with the values written into the statement.

    SQLite uses a partial index only where the statement repeats the index's condition, and it does not look into
    parameters: with `__in` an index `WHERE state IN (…)` is never used. Values are our own constants, no input.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        words = [str(value) for value in self.rhs]
        if not words or not all(re.fullmatch(r"[a-z_]+", word, re.ASCII) for word in words):
            raise ValueError(f"among takes constants of small letters, not {words}")
        column, params = self.process_lhs(compiler, connection)
        quoted = ", ".join(f"'{word}'" for word in words)
        return f"{column} IN ({quoted})", params


@BigAutoField.register_lookup
class AnyOf(In):
    """`pk__any_of=ids`, a query or RawSQL of ids: as `__in`, with the ids found first, and then each looked up by key.

    PostgreSQL joins an `IN (SELECT …)`, and may then read the whole table beside it; of an array it reads the keys.
    SQLite finds the ids of an `IN (SELECT …)` first anyway.
    """

    lookup_name = "any_of"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return f"= ANY (ARRAY{rhs})" if connection.vendor == "postgresql" else super().get_rhs_op(connection, rhs)


class RowCount(Subquery):
    """How many rows a query has, as a column: several counts in one statement."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    empty_result_set_value = 0
    output_field = IntegerField()


def leave_no_trace(tables: Iterable[str], words: Iterable[str] = ()) -> bool:
    """Overwrite what deleted rows left in the database's own files. False: somebody is reading, try again later.

    SQLite: `words` (FTS5 tables) merge their segments, the file is written anew, the log is cut to nothing; writers
    wait meanwhile. PostgreSQL frees the space of dead rows of `tables` for others to write over. Not in a transaction.
    """
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute(f"VACUUM {', '.join(connection.ops.quote_name(table) for table in tables)}")
            return True
        for table in words:
            cursor.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")  # noqa: S608  our own names
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy, _frames, _moved = cursor.fetchone()
        return not is_busy


def hold(names: Iterable[bytes]) -> None:
    """Until the transaction ends, let nobody else hold one of these names. One statement, on PostgreSQL.

    SQLite's transactions follow each other from their first statement on (IMMEDIATE): there it needs nothing.
    """
    keys = sorted(int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True) for name in names)
    if not keys or connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:  # sorted, so that two who want the same names wait for each other in turn
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def locked_in_share(rows: QuerySet[Any]) -> list[Any]:
    """The keys of rows as they are now, which nobody changes until the transaction ends. One statement.

    Any number may hold a row so at once, which `select_for_update` does not allow. SQLite's transactions follow each
    other anyway (see `hold`).
    """
    sql, params = rows.order_by().values_list("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR SHARE" if connection.vendor == "postgresql" else sql, params)
        return [pk for (pk,) in cursor.fetchall()]


def refresh_statistics() -> None:
    """Let SQLite look how its values are spread, as PostgreSQL does by itself: it chooses indexes by that.

    A look at a thousand entries an index: some hundredths of a second, whatever the size.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA analysis_limit=1000")
        cursor.execute("ANALYZE")


class InOrder(Func):
    """A column that SQLite must not look up in an index, so that it walks the one that gives the order of the rows.

    For a condition that leaves a good part of them: the communities of a district, a grid of a community. PostgreSQL
    knows how many rows a condition leaves, and decides for itself.
    """

    template = "%(expressions)s"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)
