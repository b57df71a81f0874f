"""A moment as a number, the same in both databases to the microsecond: what a digest is made of must not be rounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def to_number(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _TICK


def to_moment(number: int) -> datetime:
    return _EPOCH + number * _TICK


if TYPE_CHECKING:
    NumberField = models.BigIntegerField[datetime | int, datetime]
else:
    NumberField = models.BigIntegerField


class MomentField(NumberField):
    """A datetime with a time zone in Python, microseconds since 1970 in the database. Compares with either."""

    def from_db_value(self, value: int | None, expression: object, connection: object) -> datetime | None:
        return None if value is None else to_moment(value)

    def get_prep_value(self, value: Any) -> Any:
        return to_number(value) if isinstance(value, datetime) else super().get_prep_value(value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime):
            return value
        return to_moment(int(value))

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))
