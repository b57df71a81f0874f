"""A queryset whose SQL is made once. Making it costs Django more than SQLite takes to answer it (4 to 1).

For the few statements that pages ask again and again. Elsewhere a queryset is right.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import UTC, date, datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

Make = Callable[..., QuerySet[Any, tuple[Any, ...]]]

MOST_KEPT = 500  # statements of a connection: about 5 kB each

# What stands in the SQL's parameters while it is made: one value a name, found again by being like no other.
_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: 2_000_000_001 + number,
    str: lambda number: f"stand-in\x01{number}",
    date: lambda number: date(2099, 1, 1 + number),
    datetime: lambda number: datetime(2099, 1, 1 + number, tzinfo=UTC),
}


class Prepared:
    """`Prepared(lambda user: Log.objects.filter(user=user).values_list("pk"), user=int)`, then `(user=5)`: tuples.

    `make` gets one value for each name and must give a `values_list()` whose SQL is of one shape: the values are
    compared with columns, and are neither None nor decide what is asked. Kinds: int, str, date, datetime (aware).
    Raises TypeError, the first time, when a value is not found among the parameters.
    """

    def __init__(self, make: Make, **kinds: type) -> None:
        self._make = make
        self._kinds = kinds

    def __call__(self, **values: Any) -> list[tuple[Any, ...]]:
        return _kept(self, self._make, self._kinds).rows(values)


def again(question: Hashable, make: Make) -> list[tuple[Any, ...]]:
    """The rows of the `values_list()` that `make` gives, asked anew; its SQL from memory when `question` is.

    `question` must say everything that decides the SQL and its parameters.
    """
    return _kept(question, make, {}).rows({})


def _kept(question: Hashable, make: Make, kinds: dict[str, type]) -> _Statement:
    """The statement, kept with the connection and as long as it: another one may be of another database."""
    connection = connections[DEFAULT_DB_ALIAS]
    kept: dict[Hashable, _Statement] = vars(connection).setdefault("prepared_statements", {})
    if question not in kept:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[question] = _Statement(connection, make, kinds)
    return kept[question]


class _Statement:
    """The SQL for one connection, and where in its parameters each value goes."""

    def __init__(self, connection: BaseDatabaseWrapper, make: Make, kinds: dict[str, type]) -> None:
        stand_ins = {name: _STAND_INS[kind](number) for number, (name, kind) in enumerate(kinds.items())}
        self._connection = connection
        self._compiler = make(**stand_ins).query.get_compiler(connection=connection)
        self._sql, params = self._compiler.as_sql()
        names = {self._adapted(value): name for name, value in stand_ins.items()}
        self._params = [(names.get(param) if isinstance(param, str | int | date) else None, param) for param in params]
        if missing := set(kinds) - {name for name, _param in self._params}:
            raise TypeError(f"not among the parameters: {', '.join(sorted(missing))}")
        self._converters = self._compiler.get_converters([column for column, *_ in self._compiler.select])

    def rows(self, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        params = [self._like(param, values[name]) if name else param for name, param in self._params]
        with self._connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        if not self._converters:
            return found
        return [tuple(row) for row in self._compiler.apply_converters(found, self._converters)]

    def _like(self, stand_in: Any, value: Any) -> Any:
        """As Django gives it to the database: a day of SQLite is a text, a number of PostgreSQL knows its width."""
        adapted = self._adapted(value)
        return type(stand_in)(adapted) if isinstance(stand_in, int) else adapted

    def _adapted(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return self._connection.ops.adapt_datetimefield_value(value)
        return self._connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
