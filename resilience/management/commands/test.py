"""`manage.py test`: the whole gate, in place of Django's own test runner."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from resilience.gate import checks, suites
from resilience.gate.steps import Step, is_open, run_all, summary


class Command(BaseCommand):
    """Runs style, types, templates, migrations, translations, deploy checks and all tests on both databases."""

    help = (
        "Runs everything that must hold: style, types, templates, migrations, translations, a server's settings, "
        "the tests on SQLite and on PostgreSQL, and the journeys in a browser."
    )
    # Each step is a process of its own and says what is wrong itself.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("arguments", nargs="*", metavar="PATH", help="only these tests; pytest's options after --")
        parser.add_argument("--fast", action="store_true", help="SQLite only, no browser")
        parser.add_argument("--long", action="store_true", help="only what tries many cases, with many more of them")
        parser.add_argument("--only", metavar="STEP", nargs=1, action="extend", help="only this step; may be repeated")

    def handle(self, *_args: Any, **options: Any) -> None:
        _end_properly_when_told_to()
        records = run_all(_chosen(options), self.stdout.write)
        self.stdout.write("\n" + summary(records))
        if not is_open(records):
            raise SystemExit(1)


def _chosen(options: dict[str, Any]) -> list[Step]:
    """The steps that the command line asks for."""
    arguments, only = options["arguments"], options["only"]
    if options["long"] and arguments:
        raise CommandError("--long says itself which tests.")
    if options["long"]:
        found = suites.long_steps(fast=options["fast"])
    else:
        found = [*(checks.STEPS if not arguments else ()), *suites.steps(arguments, fast=options["fast"])]
    if only:
        names = [step.name for step in found]
        unknown = set(only) - set(names)
        if unknown:
            raise CommandError(f"No step {', '.join(sorted(unknown))}. The steps are: {', '.join(names)}.")
        found = [step for step in found if step.name in only]
    return found


def _end_properly_when_told_to() -> None:
    """Let SIGTERM run the `finally` blocks: PostgreSQL is stopped and its folder removed."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
