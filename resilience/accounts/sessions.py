"""Sessions in the database, as Django keeps them, but for the statement that every page of somebody signed in asks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from resilience.lib.prepared import Prepared

_data = Prepared(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now).values_list("session_data"),
    key=str,
    now=datetime,
)


class SessionStore(DatabaseStore):
    def load(self) -> dict[str, Any]:
        for (data,) in _data(key=self.session_key, now=timezone.now()) if self.session_key else ():
            return self.decode(data)
        self._session_key = None
        return {}
