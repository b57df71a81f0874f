"""`manage.py reset_factors NAME`: the way back for the last administrator, whom no page can help."""

from __future__ import annotations

from typing import Any

from resilience.accounts.actions.factors import reset_factors
from resilience.accounts.management.person_command import PersonCommand
from resilience.audit.context import at_command


class Command(PersonCommand):
    help = "Remove somebody's second factors and recovery codes, and sign them out everywhere. Recorded in the audit."

    def handle(self, *args: Any, **options: Any) -> None:
        person = self.person(options["name"])
        with at_command("reset_factors"):
            reset_factors(person, by=None)
        self.stdout.write("Done. They sign in with their password and set up a second factor again.")
