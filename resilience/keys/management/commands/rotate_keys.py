"""`manage.py rotate_keys`: everything sealed and every fingerprint to the first of FIELD_KEYS and INDEX_KEYS."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from resilience.keys import columns, guard, rotation

HOW = """\
All processes that run must know the new key before any writes with it, and write with it before this is run:
  1. manage.py new_keys; put the new key at the end of its setting; restart all.
  2. Put it first; restart all.
  3. manage.py rotate_keys, as often as it takes, while people work.
  4. manage.py rotate_keys --check says 0: take the old key out; restart all. Keep it as long as backups sealed with it.
While INDEX_KEYS or AUDIT_KEYS is empty, the last of FIELD_KEYS does their work, too, and must stay the last: give them
keys first, as new_keys prints them (1 and 2 in one, all processes at once), and rotate.
"""


class Command(BaseCommand):
    help = "Seal everything anew with the first keys, while people work. Killed at any point, it goes on from there."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, epilog=HOW, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what each key has made; change nothing")
        parser.add_argument("--check", action="store_true", help="exit with 1 while an old key is still needed")
        parser.add_argument("--batch", type=int, default=rotation.BATCH, help="rows a transaction")
        parser.add_argument("--pause", type=float, default=0.0, help="seconds to wait between batches")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["batch"] <= 10_000 or not 0 <= options["pause"] <= 60:
            raise CommandError("--batch: 1–10000; --pause: 0–60")
        guard.refuse_wrong_keys()
        if options["dry_run"] or options["check"]:
            self._count(options["check"])
            return
        self._rotate(options["batch"], options["pause"])

    def _count(self, is_check: bool) -> None:
        made = rotation.left()
        for name, many in made.items():
            keys = ", ".join(f"{key}: {count}" for key, count in sorted(many.items()))
            self.stdout.write(f"{name}  {keys or '-'}")
        self.stdout.write("wanted: FIELD_KEYS {}, fingerprints {}".format(*columns.wanted()))
        if is_check and not rotation.is_done(made):
            raise CommandError("An old key is still needed.", returncode=1)

    def _rotate(self, batch: int, pause: float) -> None:
        began, told = time.monotonic(), 0.0

        def tell(table: str, rows: int) -> None:
            nonlocal told
            if time.monotonic() - told > 2:
                told = time.monotonic()
                self.stdout.write(f"{table}: {rows}")
                self.stdout.flush()

        report = rotation.rotate(tell, batch=batch, pause=pause)
        seconds = time.monotonic() - began
        self.stdout.write(f"{report.rows} rows in {seconds:.1f} s")
        for what, count in report.stuck.items():
            self.stderr.write(f"{what}: {count} rows")
        if report.stuck:
            raise CommandError("Some rows were left as they were. Keep the old keys, and look at them.", returncode=1)
