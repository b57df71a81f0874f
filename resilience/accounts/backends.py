"""Who somebody is: by what they typed to sign in, or by their session."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from resilience.lib.prepared import again

from .models import User


class Backend(ModelBackend):
    """Django's own, but that a phone number will do for a user name, and for the statement that reads the user."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The same work for a name nobody has, a wrong password and a closed account: a statement and a hash."""
        if username is None or password is None:
            return None
        user = User.objects.by_login(username)
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None

    def get_user(self, user_id: int) -> User | None:
        for user in again("user", lambda pk: User.objects.filter(pk=pk), pk=int(user_id)):
            return user if self.user_can_authenticate(user) else None
        return None
