"""How a request moves: one conditional UPDATE from the state the verb saw, one event, in one transaction.

Every verb of the other modules ends here; nothing else writes a request's state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.errors import Refused

from .. import clocks, reference
from ..models import (
    Actor,
    Assignment,
    Category,
    EventKind,
    RequestEvent,
    ServiceRequest,
    State,
    Urgency,
)
from . import trail


def deadlines(category: Category, urgency: str, start: datetime, paused_seconds: int = 0) -> clocks.Deadlines:
    return clocks.deadlines(
        start,
        reference.limits(category, Urgency(urgency)),
        in_working_hours=category.in_working_hours and urgency != Urgency.LIFE,
        calendar=reference.calendar(),
        paused_seconds=paused_seconds,
    )


def clock_after_pause(service_request: ServiceRequest) -> dict[str, Any]:
    """The fields that let the clocks run again, later by as long as they waited for the resident."""
    return clock_after(service_request, service_request.paused_at)


def clock_after(service_request: ServiceRequest, stood_since: datetime | None) -> dict[str, Any]:
    """The fields that let the clocks run again, later by as long as they stood."""
    category = service_request.category
    waited = clocks.between(
        stood_since or timezone.now(),
        timezone.now(),
        in_working_hours=category.in_working_hours and service_request.urgency != Urgency.LIFE,
        calendar=reference.calendar(),
    )
    paused_seconds = service_request.paused_seconds + waited
    due = deadlines(category, service_request.urgency, service_request.clock_started_at, paused_seconds)
    running = due.resolve_by_at if service_request.responded_at else due.respond_by_at
    return {
        "paused_at": None,
        "paused_seconds": paused_seconds,
        "respond_by_at": due.respond_by_at,
        "resolve_by_at": due.resolve_by_at,
        "due_at": running,
        **calm(running),
    }


def calm(due_at: datetime) -> dict[str, Any]:
    """A clock set to a moment still to come is not missed any more: it escalates anew."""
    return {"escalation": 0} if due_at > timezone.now() else {}


def move(
    service_request: ServiceRequest,
    to: State,
    *,
    kind: EventKind,
    by: User | None,
    actor: Actor,
    note: str = "",
    is_public: bool = True,
    event: dict[str, Any] | None = None,
    **changes: Any,
) -> RequestEvent:
    """Move the request to `to` with its event, if it is still in the state the caller saw; else `Refused`.

    `event` are further fields of the event (`details`, `other`, …), `changes` of the request, written in the same
    UPDATE. Call inside `transaction.atomic()`.
    """
    before = State(service_request.state)
    if not service_request.can_become(to):
        raise Refused(
            _("This request is “%(state)s” now, so that is no longer possible.")
            % {"state": service_request.get_state_display()}
        )
    return _write(
        service_request,
        {"state": to, **changes},
        kind=kind,
        by=by,
        actor=actor,
        note=note,
        is_public=is_public,
        event={"from_state": before, "to_state": to, **(event or {})},
    )


def note_down(
    service_request: ServiceRequest,
    *,
    kind: EventKind,
    by: User | None,
    actor: Actor,
    note: str = "",
    is_public: bool = False,
    event: dict[str, Any] | None = None,
    **changes: Any,
) -> RequestEvent:
    """Write an event, and fields of the request with it, without a move. Call inside `transaction.atomic()`."""
    return _write(
        service_request, changes, kind=kind, by=by, actor=actor, note=note, is_public=is_public, event=event or {}
    )


def _write(
    service_request: ServiceRequest,
    changes: dict[str, Any],
    *,
    kind: EventKind,
    by: User | None,
    actor: Actor,
    note: str,
    is_public: bool,
    event: dict[str, Any],
) -> RequestEvent:
    changes = {"updated_at": timezone.now(), **changes}
    # What verbs decide by and count from: a copy that is behind in any of these would set a clock wrongly.
    seen = ServiceRequest.unscoped.filter(
        pk=service_request.pk,
        state=service_request.state,
        worker=service_request.worker_id,
        due_at=service_request.due_at,
        paused_at=service_request.paused_at,
        anonymised_at=None,  # nobody writes in what has been emptied
    )
    if not seen.update(**changes):
        raise Refused(_("Somebody else changed this request a moment ago. Look at it again, then decide."))
    for name, value in changes.items():
        setattr(service_request, name, value)
    key, service_request.event_key = service_request.event_key, None
    written = RequestEvent.unscoped.create(
        service_request=service_request,
        at=changes["updated_at"],
        kind=kind,
        by=by,
        actor=actor,
        note=note,
        is_public=is_public,
        key=key,
        **event,
    )
    trail.request_moved(written, changes)
    return written


def end_assignment(service_request: ServiceRequest, reason: str, *, note: str = "") -> None:
    """End the active assignment, if there is one."""
    active = Assignment.objects.active().filter(service_request=service_request)
    active.update(ended_at=timezone.now(), end_reason=reason, note=note)


def contact_made(service_request: ServiceRequest) -> dict[str, Any]:
    """The fields that stop the first clock; empty when contact was made before."""
    if service_request.responded_at:
        return {}
    return {"responded_at": timezone.now(), "due_at": service_request.resolve_by_at, "escalation": 0}
