"""Sessions in the database, as Django keeps them, but for the statement that every page of somebody signed in asks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from resilience.lib.prepared import again


class SessionStore(DatabaseStore):
    def load(self) -> dict[str, Any]:
        key = self.session_key
        for (data,) in again("session", _data, key=key, now=timezone.now()) if key else ():
            return self.decode(data)
        self._session_key = None
        return {}


def _data(key: str, now: datetime) -> QuerySet[Session, tuple[str]]:
    return Session.objects.filter(session_key=key, expire_date__gt=now).values_list("session_data")
