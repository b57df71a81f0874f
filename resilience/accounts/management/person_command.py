"""A command of whoever runs the server about one account."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ..models import User


class PersonCommand(BaseCommand):
    """`manage.py … NAME`: by user name or phone number, as one signs in."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the user name or the phone number")

    def person(self, name: str) -> User:
        found = User.objects.by_login(name)
        if found is None:
            raise CommandError("Nobody has that name or number.")
        return found
