"""A form that arrives twice is done once: the event it wrote bears its key."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import IntegrityError

from resilience.accounts.models import User

from ..models import RequestEvent, ServiceRequest


def was_done(key: UUID | None, *, by: User | None) -> bool:
    """Whether `by` (None: a resident) has sent that form before: its answer got lost, or a button was tapped twice."""
    return key is not None and RequestEvent.unscoped.filter(key=key, by=by).exists()


def once(service_request: ServiceRequest, verb: Callable[[], object], *, key: UUID | None, by: User | None) -> None:
    """Do `verb`, a transaction of its own that writes an event of `service_request`; nothing if the key is there."""
    service_request.event_key = key
    try:
        verb()
    except IntegrityError:
        if not was_done(key, by=by):
            raise
