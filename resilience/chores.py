"""What the house does by itself, every few seconds and once a day, in the order it is done. Composes; no rules."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import date, timedelta

from households import retention
from households.actions.care import refresh_day
from households.actions.destruction import carry_on
from households.actions.drafts import purge_drafts
from households.actions.escalation import close_due, escalate_due
from households.actions.files import unlink_doomed
from households.actions.items import reopen_due_items
from households.actions.opening_watch import send_digests
from households.actions.people import release_inactive
from households.actions.retention import every_day
from households.models import Subject
from households.tombstones import write_out
from resilience.accounts.actions.dormant import close_dormant
from resilience.accounts.actions.sessions import forget_ended
from resilience.accounts.limits import forget_old
from resilience.audit.anchors import anchor_in_time, mail_head
from resilience.exports.actions import end_over
from resilience.exports.actions import forget_old as forget_old_exports
from resilience.exports.making import make_waiting
from resilience.lib.dates import today
from resilience.lib.db import refresh_statistics
from resilience.lib.rows import Stop
from resilience.outbox.actions import send_due
from resilience.privacy.actions.carrying_out import sweep_deleted
from resilience.privacy.actions.data_requests import warn_due

logger = logging.getLogger(__name__)
Chore = Callable[[Stop], int]


def _kept(subject: Subject, days: int) -> timedelta:
    """How long staff's table of retention keeps it; `days` without a rule."""
    return timedelta(days=retention.days(subject, days))


def _refresh_statistics(_stop: Stop) -> int:
    refresh_statistics()
    return 0  # nothing that anybody need hear of


EVERY_ROUND: dict[str, Chore] = {
    "messages sent": lambda stop: send_due(stop=stop),
    "requests escalated": escalate_due,
    "requests closed": close_due,
    "needs that came back": lambda stop: reopen_due_items(),
    "requests of who is not there": release_inactive,
    "rows destroyed": carry_on,
    "exports made": make_waiting,
    "exports ended": end_over,
    "audit anchored": lambda stop: anchor_in_time(),
}
EVERY_HOUR: dict[str, Chore] = {
    "unfinished requests forgotten": lambda stop: purge_drafts(_kept(Subject.DRAFTS, 1)),
    "counts of tries forgotten": lambda stop: forget_old(),
    "files removed": unlink_doomed,
    "deletions swept": sweep_deleted,
    "tombstones written": lambda stop: write_out(),
    "sessions forgotten": lambda stop: forget_ended(),
}
EVERY_DAY: dict[str, Chore] = {
    "unused accounts told or closed": close_dormant,
    "heads of the audit mailed": lambda stop: mail_head(),
    "doors looked at for the day": lambda stop: refresh_day(),
    "requests about one's own data told of": warn_due,
    "rows forgotten": every_day,
    "exports forgotten": lambda stop: forget_old_exports(),
    "openings told of": lambda stop: send_digests(),
    "statistics refreshed": _refresh_statistics,
}
HOUR = timedelta(hours=1).total_seconds()


class Rounds:
    """The chores, round after round. Several processes may run them at once: nothing is done twice."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        self._next_hourly = -HOUR
        self._day: date | None = None

    def once(self) -> dict[str, int]:
        """One round; gives how often each chore did something, without those that did nothing."""
        done = {name: self._try(name, chore) for name, chore in self._due().items() if not self.stop}
        return {name: count for name, count in done.items() if count}

    def _due(self) -> dict[str, Chore]:
        """Hourly and daily ones too in the first round: nobody knows how long nothing ran."""
        chores = dict(EVERY_ROUND)
        if time.monotonic() >= self._next_hourly:
            chores |= EVERY_HOUR
            self._next_hourly = time.monotonic() + HOUR
        if self._day != today():
            chores |= EVERY_DAY
            self._day = today()
        return chores

    def _try(self, name: str, chore: Chore) -> int:
        """A chore's fault, or a database that is away, ends no other chore; the next round tries again."""
        try:
            return chore(self.stop)
        except Exception as fault:
            logger.error("%s: %s", name, type(fault).__name__)
            return 0
