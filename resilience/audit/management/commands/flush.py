"""Django's `flush`, which would be refused by the audit's triggers: a demo and a test's database may be emptied."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.flush import Command as Flush

from resilience.audit.anchors import set_aside
from resilience.audit.triggers import lifted


class Command(Flush):
    def handle(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("PRODUCTION=1: the audit is never emptied. Make a new database instead.")
        with lifted(options["database"]):
            super().handle(**options)
        set_aside()
