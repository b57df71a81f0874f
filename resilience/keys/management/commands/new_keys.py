"""`manage.py new_keys`: random keys as the settings want them. Changes nothing."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from resilience.audit import keys as audit
from resilience.audit.models import Entry
from resilience.lib.keyring import RINGS, new_entry

WHERE = """\
# Keep them where the backups are not: who has both has everything. Not in git, not in a chat, not in a mail, not in a
# ticket, not in a shell's history. Print them once, seal the sheet, lock it away: without them no phone, no ID number
# and no note can ever be read again.
"""


class Command(BaseCommand):
    help = "Print new keys for the environment or .env. A ring that is set already gets one more."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for name in RINGS:
            if os.environ.get(name):
                self.stdout.write(f"# {name} is set: one more for it. How to change over: manage.py rotate_keys --help")
                self.stdout.write(f"# {new_entry(name)}")
            else:
                self.stdout.write(f"{name}={','.join([new_entry(name), *_so_far(name)])}")
        self.stderr.write(WHERE, ending="")


def _so_far(name: str) -> Iterator[str]:
    """The key that the audit was sealed with while it had none of its own, if it was: rows are verified with it."""
    if name == "AUDIT_KEYS" and _is_audited():
        yield from (f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in audit.ring().items())


def _is_audited() -> bool:
    """False as well where there is no database yet."""
    try:
        return Entry.objects.exists()
    except DatabaseError:
        return False
