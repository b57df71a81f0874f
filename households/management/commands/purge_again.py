"""`manage.py purge_again`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from households.actions.again import purge_again
from households.tombstones import LIST_NAME, directory


class Command(BaseCommand):
    help = (
        "After restoring a backup, before anybody works with it: destroy again what was destroyed since it was made. "
        "Run twice, the second time finds nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", type=Path, help=f"another list than TOMBSTONE_DIR/{LIST_NAME}")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["list"] or directory() / LIST_NAME
        if not path.exists():
            raise CommandError(f"There is no list at {path}. Without it, people destroyed since would be back.")
        done = purge_again(path)
        for table, count in done.items():
            self.stdout.write(f"{table}: {count}")
        self.stdout.write("Nothing had come back." if not done else "What had come back is gone again.")
