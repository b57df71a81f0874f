"""`manage.py demo`: a believable place in half a minute, then the site itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from resilience.demo.fill import fill
from resilience.demo.place import HOUSEHOLDS

MOST_HOUSEHOLDS = 50_000


class Command(BaseCommand):
    help = "Fill a believable neighbourhood (once) and serve it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--households", type=int, default=HOUSEHOLDS, help="how many doors (1 to 50,000)")
        parser.add_argument("--seed", type=int, default=2022, help="another seed, another neighbourhood")
        parser.add_argument("--no-serve", action="store_true", help="fill only")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("PRODUCTION=1: the demo's invented people and known passwords do not belong here.")
        if not 1 <= options["households"] <= MOST_HOUSEHOLDS:
            raise CommandError(f"--households: from 1 to {MOST_HOUSEHOLDS}")
        call_command("migrate", verbosity=0, interactive=False)
        filled = fill(options["households"], options["seed"], self._say)
        self.stdout.write(f"households: {filled.households}, requests: {filled.requests}, regions: {filled.regions}")

    def _say(self, what: str, share: float) -> None:
        if share >= 1:
            self.stdout.write(f"{what} ✓")
