"""`manage.py createsuperuser`: Django's, by a verb that leaves a row in the audit."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands.createsuperuser import Command as CreateSuperuser

from resilience.accounts.actions.administrators import make_administrator
from resilience.accounts.models import User
from resilience.audit.context import at_command


class _Users:
    """Stands for the model and its manager in Django's command: makes by our verb, answers all else as they do."""

    def __getattr__(self, name: str) -> Any:
        return getattr(User, name, None) or getattr(User.objects, name)

    def __call__(self, **fields: Any) -> User:
        return User(**fields)

    @property
    def _default_manager(self) -> _Users:
        return self

    def db_manager(self, _using: str) -> _Users:
        return self

    def create_superuser(self, **fields: Any) -> User:
        return make_administrator(**fields)


class Command(CreateSuperuser):
    help = "Make an administrator. Recorded in the audit."

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.UserModel: Any = _Users()

    def handle(self, *args: Any, **options: Any) -> None:
        with at_command("createsuperuser"):
            super().handle(*args, **options)
