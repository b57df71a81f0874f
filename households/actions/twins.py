"""Two requests for the same thing: joined by a person, separated again by a person, both residents kept told."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.errors import Refused

from ..models import Actor, EndReason, EventKind, ServiceRequest, State
from . import telling
from .moves import end_assignment, move, note_down


@transaction.atomic
def merge(twin: ServiceRequest, *, into: ServiceRequest, by: User, why: str = "") -> None:
    """`twin` goes on inside `into`. What had been joined to `twin` follows it there."""
    if twin.pk == into.pk:
        raise Refused(_("A request cannot be joined to itself."))
    if not into.is_open:
        raise Refused(_("The request to join to must still be open."))
    end_assignment(twin, EndReason.MERGED)
    move(
        twin,
        State.MERGED,
        kind=EventKind.MERGED,
        by=by,
        actor=Actor.DESK,
        note=why,
        event={"other": into},
        worker=None,
        paused_at=None,
        merged_into=into,
    )
    note_down(into, kind=EventKind.TWIN, by=by, actor=Actor.DESK, note=why, event={"other": twin})
    ServiceRequest.unscoped.filter(merged_into=twin).update(merged_into=into, updated_at=timezone.now())
    telling.resident(twin, EventKind.MERGED)


@transaction.atomic
def unmerge(twin: ServiceRequest, *, by: User, why: str = "") -> None:
    """Back to the desk as a request of its own; its clocks never stopped."""
    main = twin.merged_into
    if main is None:
        raise Refused(_("This request is not joined to another."))
    move(
        twin,
        State.ACCEPTED,
        kind=EventKind.UNMERGED,
        by=by,
        actor=Actor.DESK,
        note=why,
        event={"other": main},
        merged_into=None,
        due_at=twin.running_clock,
        closed_at=None,
    )
    note_down(main, kind=EventKind.UNMERGED, by=by, actor=Actor.DESK, note=why, event={"other": twin})
    telling.resident(twin, EventKind.UNMERGED)


@transaction.atomic
def merge_all(twins: list[ServiceRequest], *, into: ServiceRequest, by: User, why: str = "") -> None:
    """Join every one of `twins`, or none."""
    for twin in twins:
        merge(twin, into=into, by=by, why=why)
