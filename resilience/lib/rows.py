"""Doing one thing to many rows in the background: a row that fails is noted by its id and the rest go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import InterfaceError, OperationalError

from .errors import Refused

logger = logging.getLogger(__name__)
Key = TypeVar("Key")


class Stop:
    """Asked between rows; whoever wants the work to end says so once."""

    def __init__(self) -> None:
        self.asked = False

    def __bool__(self) -> bool:
        return self.asked


NEVER = Stop()


def one_by_one(what: str, keys: Iterable[Key], do: Callable[[Key], bool], stop: Stop = NEVER) -> int:
    """Call `do` with each key; gives how often it said True. `do` is one transaction.

    What goes wrong with a row is logged as a kind and an id, never with its data. `Refused` means that the row
    moved on meanwhile, which is no fault.
    """
    done = 0
    for key in keys:
        if stop:
            break
        try:
            done += bool(do(key))
        except Refused:
            continue
        except (OperationalError, InterfaceError):  # the database, not the row: the next round tries again
            raise
        except Exception as fault:
            logger.error("%s: row %s failed with %s", what, key, type(fault).__name__)
    return done
