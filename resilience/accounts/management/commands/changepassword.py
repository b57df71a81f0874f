"""`manage.py changepassword NAME`: for whoever runs the server; Django's leaves no row in the audit."""

from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from resilience.accounts.actions.passwords import give_password
from resilience.accounts.management.person_command import PersonCommand
from resilience.accounts.models import User
from resilience.audit.context import at_command

TRIES = 3


class Command(PersonCommand):
    help = "Give somebody a new password; asks for it twice, and signs them out everywhere. Recorded in the audit."

    def handle(self, *args: Any, **options: Any) -> None:
        person = self.person(options["name"])
        password = self._asked(person)
        with at_command("changepassword"):
            give_password(person, password)
        self.stdout.write("Done. They sign in with it, and have been signed out everywhere else.")

    def _asked(self, person: User) -> str:
        for _try in range(TRIES):
            password = getpass.getpass("Password: ")
            if getpass.getpass("Password (again): ") != password:
                self.stderr.write("The two are not the same. Please try again.")
                continue
            try:
                validate_password(password, person)
            except ValidationError as fault:
                self.stderr.write("\n".join(fault.messages))
            else:
                return password
        raise CommandError("Nothing was changed.")
