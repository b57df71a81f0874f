"""Who a session belongs to, asked once a page."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.db import DEFAULT_DB_ALIAS

from resilience.lib.prepared import Prepared

from .models import User

_COLUMNS = [field.attname for field in User._meta.concrete_fields]
_user = Prepared(lambda pk: User.objects.filter(pk=pk).values_list(*_COLUMNS), pk=int)


class Backend(ModelBackend):
    """Django's own, but for the statement that reads the user."""

    def get_user(self, user_id: int) -> User | None:
        for row in _user(pk=int(user_id)):
            user = User.from_db(DEFAULT_DB_ALIAS, _COLUMNS, row)
            return user if self.user_can_authenticate(user) else None
        return None
