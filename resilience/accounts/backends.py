"""Who a session belongs to, asked once a page."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from resilience.lib.prepared import again

from .models import User


class Backend(ModelBackend):
    """Django's own, but for the statement that reads the user."""

    def get_user(self, user_id: int) -> User | None:
        for user in again("user", lambda pk: User.objects.filter(pk=pk), pk=int(user_id)):
            return user if self.user_can_authenticate(user) else None
        return None
