"""A clock that can be moved, so that four weeks of work go through the real verbs in half a minute.

Only for filling a demo in one thread: it replaces Django's `timezone.now` for the whole process while it runs.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random
from typing import Any

from django.apps import apps
from django.db.models import Field
from django.utils import timezone

from resilience.lib.codes import new_code, new_token


class MovedClock:
    """Stands at `moment` until it is set anew."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@contextmanager
def moved_clock(start: datetime, rng: Random) -> Iterator[MovedClock]:
    """Within the block, `timezone.now()` and every field that defaults to it read the clock that is given.

    Codes and links come from `rng`, so that the same seed gives the same addresses.
    """
    clock, really = MovedClock(start), timezone.now
    instead: dict[object, Callable[[], object]] = {
        really: clock.now,
        new_code: lambda: new_code(rng.choice),
        new_token: lambda: urlsafe_b64encode(rng.randbytes(32)).decode().rstrip("="),
    }
    replaced = [(field, field.default) for field in _fields() if field.default in instead]
    timezone.now = clock.now
    for field, default in replaced:
        _defaults_to(field, instead[default])
    try:
        yield clock
    finally:
        timezone.now = really
        for field, default in replaced:
            _defaults_to(field, default)


def _fields() -> Iterator[Field[Any, Any]]:
    for model in apps.get_models():
        yield from (field for field in model._meta.concrete_fields if callable(field.default))


def _defaults_to(field: Field[Any, Any], default: object) -> None:
    field.default = default
    field.__dict__.pop("_get_default", None)  # a cached property that holds on to the old one
