"""Asking, before something that rests on consent alone, whether somebody said no to it."""

from __future__ import annotations

from resilience.lib.errors import Refused

from ..models import Household, Resident
from ..signals import objecting


def ask_leave(
    to: str, *, resident: Resident | None = None, household: Household | None = None, field: str | None = None
) -> None:
    """`to` as `signals.objecting` knows it; Refused, in words for who is about to, when there is a no."""
    for _receiver, sentence in objecting.send(None, to=to, resident=resident, household=household):
        if sentence:
            raise Refused(sentence, field=field)
