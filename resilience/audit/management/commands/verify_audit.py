"""`manage.py verify_audit`: walks the audit's chain and says whether anything was changed. 1 when something was."""

from __future__ import annotations

import re
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from resilience.audit.anchors import pins
from resilience.audit.verify import Pin, Report, hash_at, verify
from resilience.audit.words import fault_words


class Command(BaseCommand):
    help = "Check every row of the audit: edited, removed, put in, swapped, cut off, or written anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor", action="append", default=[], metavar="ROW:HASH", help="a head that was printed or mailed"
        )
        parser.add_argument(
            "--since", type=int, default=0, metavar="ROW", help="go on after this row, an anchor's, instead of row 1"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        anchors, faults = pins()
        anchors += [_by_hand(typed) for typed in options["anchor"]]
        since = _start(options["since"], anchors)
        started = time.perf_counter()
        report = verify(pins=anchors, since=since, faults=faults)
        self._tell(report, time.perf_counter() - started)
        if not report.is_sound:
            sys.exit(1)

    def _tell(self, report: Report, seconds: float) -> None:
        speed = f"{report.rows / seconds:,.0f} rows/s" if seconds > 0 else ""
        self.stdout.write(f"{report.rows:,} rows looked at in {seconds:.1f} s ({speed}).")
        for fault in report.faults:
            self.stderr.write(f"FAULT {fault_words(fault)}")
        if report.is_sound:
            self.stdout.write(f"Sound. Head {report.head.seq}:{report.head.hash}")
        loose = report.head.seq - report.pinned
        if loose:
            self.stdout.write(f"No anchor vouches for the last {loose:,} rows.")


def _by_hand(typed: str) -> Pin:
    match = re.fullmatch(r"([0-9]{1,18}):([0-9a-fA-F]{64})", typed.strip(), re.ASCII)
    if match is None:
        raise CommandError(f"--anchor {typed}: a row's number, a colon and 64 hex digits")
    return Pin(int(match[1]), match[2].lower(), "--anchor")


def _start(row: int, anchors: list[Pin]) -> Pin | None:
    """Only from where an anchor vouches for what was before."""
    if not row:
        return None
    if all(pin.seq != row for pin in anchors):
        raise CommandError(f"--since {row}: no anchor is known for that row. Give it by --anchor {row}:HASH.")
    start = hash_at(row)
    if start is None:
        raise CommandError(f"--since {row}: there is no such row.")
    return start
