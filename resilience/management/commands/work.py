"""`manage.py work`: sends messages, escalates, closes, tidies up. Runs beside the web server, once or several times."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from resilience.chores import Rounds
from resilience.keys.guard import refuse_wrong_keys
from resilience.lib.rows import Stop


class Command(BaseCommand):
    help = "Do what the house does by itself: send messages, escalate what is overdue, close what nobody answers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then stop")
        parser.add_argument("--every", type=float, default=20.0, help="seconds between rounds")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_wrong_keys()
        stop, wake = Stop(), threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            stop.asked = True  # the row at hand is finished first
            wake.set()

        if not options["once"]:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, end)
        rounds = Rounds(stop)
        while not stop:
            self._tell(rounds.once())
            if options["once"]:
                return
            wake.wait(max(0.1, options["every"]))
            close_old_connections()

    def _tell(self, done: dict[str, int]) -> None:
        if done:
            self.stdout.write("[work] " + ", ".join(f"{name}: {count}" for name, count in done.items()))
