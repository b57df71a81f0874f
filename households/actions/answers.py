"""The resident's side of a request: words, cancelling, the answer whether it is done; and what silence means."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.errors import Refused

from ..models import (
    Actor,
    EventKind,
    Outcome,
    Rating,
    RequestEvent,
    ServiceRequest,
    State,
)
from . import telling
from .moves import clock_after_pause, deadlines, end_assignment, move, note_down


@transaction.atomic
def add_words(service_request: ServiceRequest, *, text: str, key: UUID | None = None, **corrected: Any) -> RequestEvent:
    """The resident adds something; it also ends a wait for them. `corrected`: fields of the request, written, too.

    `key`: the event's own; a second one with the same is an IntegrityError.
    """
    changes = {**(clock_after_pause(service_request) if service_request.paused_at else {}), **corrected}
    event = note_down(
        service_request, kind=EventKind.NOTE, by=None, actor=Actor.RESIDENT, note=text, is_public=True,
        event={"key": key}, **changes,
    )  # fmt: skip
    main = service_request.merged_into
    if main is not None:  # whoever works on it must hear what was said about its twin
        note_down(main, kind=EventKind.NOTE, by=None, actor=Actor.RESIDENT, note=text, event={"other": service_request})
    telling.workers(main or service_request, EventKind.NOTE)
    return event


@transaction.atomic
def cancel(service_request: ServiceRequest, *, why: str, by: User | None = None) -> None:
    """Not needed any more, said by the resident, or on the phone to somebody (`by`)."""
    telling.workers(service_request, EventKind.CANCELLED)
    end_assignment(service_request, "closed")
    actor = Actor.DESK if by else Actor.RESIDENT
    move(
        service_request,
        State.CANCELLED,
        kind=EventKind.CANCELLED,
        by=by,
        actor=actor,
        note=why,
        worker=None,
        paused_at=None,
        closed_at=timezone.now(),
    )


@transaction.atomic
def confirm(service_request: ServiceRequest, *, outcome: Outcome, rating: Rating | str, words: str) -> None:
    """The resident's answer. 'Not done' or 'not satisfied' reopens it for a second pair of eyes; else it closes."""
    if service_request.state not in (State.RESOLVED, State.CLOSED):
        raise Refused(_("There is nothing to answer yet: this request is still being worked on."))
    now = timezone.now()
    if outcome == Outcome.NOT_DONE or rating == Rating.DISSATISFIED:
        reopen(service_request, words=words, outcome=outcome, rating=rating)
        return
    move(
        service_request,
        State.CLOSED,
        kind=EventKind.CONFIRMED,
        by=None,
        actor=Actor.RESIDENT,
        note=_answer_words(outcome, rating, words),
        closed_at=service_request.closed_at or now,
        outcome=outcome,
        rating=rating,
    )


@transaction.atomic
def reopen(
    service_request: ServiceRequest, *, words: str, by: User | None = None, outcome: str = "", rating: str = ""
) -> None:
    """Back to the desk with fresh clocks, for somebody else's eyes."""
    now = timezone.now()
    due = deadlines(service_request.category, service_request.urgency, now)
    move(
        service_request,
        State.REOPENED,
        kind=EventKind.REOPENED,
        by=by,
        actor=Actor.DESK if by else Actor.RESIDENT,
        note=_answer_words(outcome, rating, words),
        reopened=service_request.reopened + 1,
        outcome=outcome,
        rating=rating,
        closed_at=None,
        resolved_at=None,
        responded_at=None,
        clock_started_at=now,
        paused_seconds=0,
        respond_by_at=due.respond_by_at,
        resolve_by_at=due.resolve_by_at,
        due_at=due.respond_by_at,
        escalation=0,
        is_excluded=False,
    )
    telling.desk(service_request, EventKind.REOPENED)


def _answer_words(outcome: str, rating: str, words: str) -> str:
    said = [Outcome(outcome).label if outcome else "", Rating(rating).label if rating else "", words]
    return " · ".join(str(part) for part in said if part)


@transaction.atomic
def close_unanswered(service_request: ServiceRequest) -> None:
    """No answer in the set time closes it, and says so."""
    move(
        service_request,
        State.CLOSED,
        kind=EventKind.CLOSED,
        by=None,
        actor=Actor.SYSTEM,
        note=_("Closed because nobody answered in time. It can be reopened."),
        closed_at=timezone.now(),
    )
    telling.resident(service_request, EventKind.CLOSED)
