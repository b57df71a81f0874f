"""A queryset whose SQL is made once. Making it costs Django more than SQLite takes to answer it (4 to 1).

For the few statements that pages ask again and again. Elsewhere a queryset is right.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BinaryField, Model, QuerySet

from .scoped import ScopedQuerySet

Row = TypeVar("Row")
M = TypeVar("M", bound=Model)

MOST_KEPT = 200  # statements of a connection, those asked last: some ten kilobytes each

# What stands in the SQL's parameters while it is made: one value a name, found again by being like no other.
_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: 2_000_000_001 + number,
    str: lambda number: f"stand-in\x01{number}",
    date: lambda number: date(2099, 1, 1 + number),
    datetime: lambda number: datetime(2099, 1, 1 + number, tzinfo=UTC),
    UUID: lambda number: UUID(int=0x57A2D << 100 | number),
    bytes: lambda number: b"stand-in\x01%d" % number,
}

_BYTES = BinaryField()


def again(question: Hashable, make: Callable[..., QuerySet[Any, Row]], **values: Any) -> list[Row]:
    """The rows of the queryset that `make` gives, asked anew; its SQL from memory when the question was asked before.

    `question` must say everything that decides the SQL and its parameters, the day too where `make` looks at it, but
    for `values`: `make` gets stand-ins of those by their names and only compares them with columns. They are int, str,
    bytes, UUID, date or (aware) datetime.
    Raises TypeError, the first time, when one of them is not found among the parameters.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    # Kept with the connection and as long as it: another one may be of another database.
    kept: OrderedDict[Hashable, _Statement] = vars(connection).setdefault("prepared_statements", OrderedDict())
    statement = kept.pop(question, None)
    if statement is None:
        statement = _Statement(connection, make, {name: type(value) for name, value in values.items()})
    kept[question] = statement
    if len(kept) > MOST_KEPT:
        kept.popitem(last=False)
    return statement.rows(values)


class _Statement:
    """The SQL for one connection, and where in its parameters each value goes."""

    def __init__(
        self, connection: BaseDatabaseWrapper, make: Callable[..., QuerySet[Any, Any]], kinds: dict[str, type]
    ) -> None:
        stand_ins = {name: _STAND_INS[kind](number) for number, (name, kind) in enumerate(kinds.items())}
        self._connection = connection
        self._queryset = make(**stand_ins).using(connection.alias)
        if isinstance(self._queryset, ScopedQuerySet):
            self._queryset.refuse_unseen()
        compiler = self._queryset.query.get_compiler(connection=connection)
        self._sql, params = compiler.as_sql()
        names = {_unwrapped(self._adapted(value)): name for name, value in stand_ins.items()}
        self._params = [(names.get(_unwrapped(param)), param) for param in params]
        if missing := set(kinds) - {name for name, _param in self._params}:
            raise TypeError(f"not among the parameters: {', '.join(sorted(missing))}")
        # What is selected only to be ordered by stands at the end.
        self._width = compiler.col_count if compiler.has_extra_select else None
        converters = compiler.get_converters([column for column, *_ in compiler.select[: compiler.col_count]])
        self._found: list[Any] = []
        # The queryset makes its rows as ever, with this compiler and from what `rows` has fetched.
        compiler.get_converters = lambda _expressions: converters
        compiler.execute_sql = lambda *_args, **_options: [self._found]
        self._queryset.query.get_compiler = lambda *_args, **_options: compiler  # type: ignore[method-assign]

    def rows(self, values: dict[str, Any]) -> list[Any]:
        params = [self._like(param, values[name]) if name else param for name, param in self._params]
        with self._connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            found = cursor.fetchall()
        self._found = [row[: self._width] for row in found] if self._width else found
        made = [*self._queryset._iterable_class(self._queryset)]  # type: ignore[misc]
        self._found = []
        return made

    def _like(self, stand_in: Any, value: Any) -> Any:
        """As Django gives it to the database: a day of SQLite is a text, a number of PostgreSQL knows its width."""
        adapted = self._adapted(value)
        return type(stand_in)(adapted) if isinstance(stand_in, int) else adapted

    def _adapted(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return self._connection.ops.adapt_datetimefield_value(value)
        if isinstance(value, UUID):
            return value if self._connection.features.has_native_uuid_field else value.hex
        if isinstance(value, bytes):
            return _BYTES.get_db_prep_value(value, self._connection)
        return self._connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _unwrapped(param: Any) -> Hashable:
    """A parameter by which its stand-in is found; None for one that cannot be. Drivers wrap bytes, as `obj`."""
    bare = getattr(param, "obj", param)
    return bare if isinstance(bare, str | int | bytes | date | UUID) else None
