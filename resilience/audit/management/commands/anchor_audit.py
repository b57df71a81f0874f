"""`manage.py anchor_audit`: seal the audit's head now. `manage.py work` does it every five minutes as rows come."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from resilience.audit.anchors import drop_anchor, file
from resilience.audit.verify import head


class Command(BaseCommand):
    help = "Seal the head of the audit's chain, in the database and in the file of anchors."

    def handle(self, *args: Any, **options: Any) -> None:
        anchor = drop_anchor()
        here = head()
        said = f"written to {file()}" if anchor else "anchored before"
        self.stdout.write(f"{here.seq}:{here.hash} ({said})")
