"""What the house does by itself, every few seconds and once a day, in the order it is done. Composes; no rules."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import Error as DatabaseFault
from django.utils import timezone

from households.actions.care import refresh_day
from households.actions.drafts import purge_drafts
from households.actions.escalation import close_due, escalate_due
from households.actions.items import reopen_due_items
from resilience.accounts.limits import forget_old
from resilience.lib.rows import Stop
from resilience.outbox.actions import prune_sent, send_due

logger = logging.getLogger(__name__)
Chore = Callable[[Stop], int]


def _prune_sessions(_stop: Stop) -> int:
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


EVERY_ROUND: dict[str, Chore] = {
    "messages sent": lambda stop: send_due(stop=stop),
    "requests escalated": escalate_due,
    "requests closed": close_due,
    "needs that came back": lambda stop: reopen_due_items(),
}
EVERY_HOUR: dict[str, Chore] = {
    "unfinished requests forgotten": lambda stop: purge_drafts(),
    "counts of tries forgotten": lambda stop: forget_old(),
    "messages forgotten": lambda stop: prune_sent(),
    "sessions forgotten": _prune_sessions,
}
HOUR = timedelta(hours=1).total_seconds()


class Rounds:
    """The chores, round after round. Several processes may run them at once: nothing is done twice."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        self._next_hourly = -HOUR

    def once(self) -> dict[str, int]:
        """One round; gives how often each chore did something, without those that did nothing."""
        chores = dict(EVERY_ROUND)
        if time.monotonic() >= self._next_hourly:
            chores |= EVERY_HOUR
            self._next_hourly = time.monotonic() + HOUR
        done = {name: self._try(name, chore) for name, chore in chores.items() if not self.stop}
        return {name: count for name, count in done.items() if count}

    def _try(self, name: str, chore: Chore) -> int:
        try:
            return chore(self.stop)
        except DatabaseFault as fault:  # unreachable, locked: the next round tries again
            logger.error("%s: %s", name, type(fault).__name__)
            return 0
