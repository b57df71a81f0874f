"""Sessions in the database, each in a row that also says whose it is and until when.

One row, so that a page of somebody signed in reads all of that in the statement it needs anyway, and so that deleting
the row is ending the session. (allauth.usersessions keeps a second table: a statement more a page.)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from resilience.lib.prepared import again

from .models import Session

TOUCHED_EVERY = timedelta(minutes=1)


class Row(NamedTuple):
    """What a page needs of its session's row."""

    data: str
    key: str
    started_at: datetime
    seen_at: datetime


class SessionStore(DatabaseStore):
    """`row` is what was loaded from the database, None for a new session."""

    row: Row | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        key = self.session_key
        for found in again("session", _row, key=key, now=timezone.now()) if key else ():
            self.row = Row(*found)
            return self.decode(self.row.data)
        self._session_key = None
        return {}

    def save(self, must_create: bool = False) -> None:
        """As Django's, which writes a whole row: here only what a session knows, so that its dates stay."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        columns = {"session_data": self.encode(data), "user_id": data.get(SESSION_KEY)}
        if must_create:
            self._insert(self.session_key, columns)
        elif not Session.objects.filter(session_key=self.session_key).update(**columns):
            raise UpdateError

    def _insert(self, key: str, columns: dict[str, Any]) -> None:
        until = self.get_expiry_date()
        try:
            with transaction.atomic():
                Session.objects.create(session_key=key, expire_date=until, idle_until=until, **columns)
        except IntegrityError:
            raise CreateError from None

    @property
    def is_due(self) -> bool:
        """Whether it is time to note that it is in use: its row was loaded, is this one's, and was not noted lately."""
        row = self.row
        return bool(row and row.key == self.session_key and timezone.now() - row.seen_at >= TOUCHED_EVERY)


def _row(key: str, now: datetime) -> QuerySet[Session, tuple[Any, ...]]:
    columns = ("session_data", "session_key", "started_at", "seen_at")
    return Session.objects.live(now).filter(session_key=key).values_list(*columns)
