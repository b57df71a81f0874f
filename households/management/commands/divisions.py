"""`manage.py divisions`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from households.actions.divisions import LANZHOU, load_divisions
from resilience.audit.context import at_command


class Command(BaseCommand):
    help = "Add the official divisions of a city (by default Lanzhou's) that are not there yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=LANZHOU, help="code,level,name,parent_code")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"{path} is not a file.")
        with at_command("divisions"):
            added = load_divisions(path)
        self.stdout.write(f"{added} divisions added.")
