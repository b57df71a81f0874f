"""`manage.py reset_factors NAME`: the way back for the last administrator, whom no page can help."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from resilience.accounts.actions.factors import reset_factors
from resilience.accounts.models import User
from resilience.audit.context import at_command


class Command(BaseCommand):
    help = "Remove somebody's second factors and recovery codes, and sign them out everywhere. Recorded in the audit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the user name or the phone number")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.by_login(options["name"])
        if person is None:
            raise CommandError("Nobody has that name or number.")
        with at_command("reset_factors"):
            reset_factors(person, by=None)
        self.stdout.write("Done. They sign in with their password and set up a second factor again.")
