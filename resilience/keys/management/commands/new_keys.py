"""`manage.py new_keys`: random keys as the settings want them. Changes nothing."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand

from resilience.keys import guard
from resilience.lib.keyring import new_entry

WHERE = """\
# Keep them where the backups are not: who has both has everything. Not in git, not in a chat, not in a mail, not in a
# ticket, not in a shell's history. Print them once, seal the sheet, lock it away: without them no phone, no ID number
# and no note can ever be read again.
"""


class Command(BaseCommand):
    help = "Print new keys for the environment or .env. A ring that is set already gets one more."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for name in guard.rings():
            if os.environ.get(name):
                self.stdout.write(f"# {name} is set: one more for it. How to change over: manage.py rotate_keys --help")
                self.stdout.write(f"# {new_entry(name)}")
            else:
                self.stdout.write(f"{name}={new_entry(name)}")
        self.stderr.write(WHERE, ending="")
