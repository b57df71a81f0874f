"""`manage.py defaults`"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from households.actions.defaults import install_defaults
from resilience.audit.context import at_command


class Command(BaseCommand):
    help = "Write the tables a new house starts with. What staff edited or deleted stays as they left it."

    def handle(self, *args: Any, **options: Any) -> None:
        with at_command("defaults"):
            written = install_defaults()
        for name, rows in written.items():
            self.stdout.write(f"{name}: {rows}")
