"""A clock that can be moved, so that four weeks of work go through the real verbs in half a minute.

Only for filling a demo in one thread: it replaces Django's `timezone.now` for the whole process while it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Field
from django.utils import timezone


class MovedClock:
    """Stands at `moment` until it is set anew."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@contextmanager
def moved_clock(start: datetime) -> Iterator[MovedClock]:
    """Within the block, `timezone.now()` and every field that defaults to it read the clock that is given."""
    clock, really = MovedClock(start), timezone.now
    fields = [field for field in _fields() if field.default is really]
    timezone.now = clock.now
    for field in fields:
        _defaults_to(field, clock.now)
    try:
        yield clock
    finally:
        timezone.now = really
        for field in fields:
            _defaults_to(field, really)


def _fields() -> Iterator[Field[Any, Any]]:
    for model in apps.get_models():
        yield from model._meta.concrete_fields


def _defaults_to(field: Field[Any, Any], default: object) -> None:
    field.default = default
    field.__dict__.pop("_get_default", None)  # a cached property that holds on to the old one
