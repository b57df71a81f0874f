"""Watches every POST of the whole suite: what changed a file, a request, an account or a table of staff has left a row
in the audit, in the same transaction. So a new verb that forgets it fails its own first test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test import Client

_CHANGE = re.compile(r'\s*(INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.ASCII)
_UNDONE = re.compile(r'ROLLBACK TO SAVEPOINT "?(\w+)"?', re.ASCII)
ENTRY = "audit_entry"

# What is no change of anything that anybody would ask about, and why.
MACHINERY = {
    "accounts_session": "a sign-in, and the verb that ends one, have their rows",
    "django_admin_log": "beside every row that the administration writes",
    "accounts_ratecount": "counts of tries",
    "outbox_message": "follows from what was audited",
    "households_requestdraft": "a form that nobody has sent",
    "audit_anchor": "the audit itself",
    "audit_link": "the audit itself",
}
# Photos of a form that nobody has sent yet: stored without a row; with a request or visit, which has one.
_STORED_PHOTO = ("INSERT INTO", "households_photo")


@dataclass(frozen=True)
class Written:
    """A statement that changed rows, and the transactions and savepoints it stood in."""

    what: str
    table: str
    within: tuple[str, ...]


@dataclass
class Watch:
    """What one POST wrote and did not undo."""

    depth: int = 0  # of savepoints when it began: those below are the test's
    written: list[Written] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if undone := _UNDONE.match(sql):
            self.written = [each for each in self.written if undone[1] not in each.within]
        elif (change := _CHANGE.match(sql)) and context["cursor"].rowcount != 0:
            within = tuple(str(sid) for sid in connection.savepoint_ids[self.depth :] if sid)
            self.written.append(Written(change[1], change[2], within))
        return result

    def unaudited(self) -> list[str]:
        """Changes whose transaction left no row."""
        audited = {each.within[:1] for each in self.written if each.table == ENTRY}
        return sorted(
            {
                f"{each.what} {each.table}"
                for each in self.written
                if each.within[:1] not in audited and _counts(each)
            }
        )  # fmt: skip


def _counts(change: Written) -> bool:
    is_history = change.table.startswith("households_historical")  # written with its row
    is_ours = change.table.startswith(("households_", "accounts_"))
    return is_ours and not is_history and change.table not in MACHINERY and (change.what, change.table) != _STORED_PHOTO


@contextmanager
def watched() -> Iterator[Watch]:
    """What is written in the block."""
    watch = Watch(len(connection.savepoint_ids))
    with connection.execute_wrapper(watch):
        yield watch


def watch_posts(monkeypatch: Any) -> None:
    """Let the test's browser complain."""
    really = Client.request

    def request(self: Client, **asked: Any) -> Any:
        if asked.get("REQUEST_METHOD") != "POST" or connection.connection is None:
            return really(self, **asked)
        with watched() as watch:
            response = really(self, **asked)
        missing = watch.unaudited()
        assert not missing, f"POST {asked.get('PATH_INFO')} left no row in the audit for: {missing}"
        return response

    monkeypatch.setattr(Client, "request", request)
