"""`manage.py defaults`"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from households.actions.defaults import install_defaults


class Command(BaseCommand):
    help = "Write the tables a new house starts with. What staff edited or deleted stays as they left it."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, rows in install_defaults().items():
            self.stdout.write(f"{name}: {rows}")
