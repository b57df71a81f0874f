"""What the audit's tests share: writing rows and looking at the chain inside a test's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from resilience.audit import triggers
from resilience.audit.actions import record
from resilience.audit.models import Entry, Link
from resilience.audit.verify import Report, verify


def settle() -> None:
    """Let PostgreSQL do now what it does at commit, which a test's transaction never comes to."""
    connection.check_constraints()


def write(count: int = 1, **more: Any) -> list[Entry]:
    """Rows about households, the newest last."""
    about: dict[str, Any] = {"by": None, "subject": ("household", "0" * 32), **more}
    for _number in range(count):
        record("household.amended", **about)
    settle()
    return list(Entry.objects.order_by("-link__seq")[:count])[::-1]


@contextmanager
def unguarded() -> Iterator[None]:
    """Without the triggers; what the block does waits for no commit when they come back."""
    with triggers.lifted():
        yield
        settle()


def links() -> list[Link]:
    return list(Link.objects.order_by("seq"))


def checked(**more: Any) -> Report:
    settle()
    return verify(**more)
