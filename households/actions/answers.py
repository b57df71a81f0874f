"""The resident's side of a request: words, cancelling, the answer whether it is done; and what silence means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.errors import Refused

from ..models import (
    Actor,
    Category,
    EventKind,
    ItemState,
    Outcome,
    Rating,
    RequestEvent,
    ServiceRequest,
    State,
)
from . import telling
from .assignments import assign, can_take
from .moves import clock_after, clock_after_pause, deadlines, end_assignment, move, note_down


@transaction.atomic
def add_words(
    service_request: ServiceRequest,
    *,
    text: str,
    needs: Iterable[Category] = (),
    details: dict[str, Any] | None = None,
    **corrected: Any,
) -> RequestEvent:
    """The resident adds something, or needs something more; it also ends a wait for them.

    `details`: of the event. `corrected`: fields of the request, written, too.
    """
    changes = {**(clock_after_pause(service_request) if service_request.paused_at else {}), **corrected}
    if asked := [category.pk for category in needs]:
        details = {**(details or {}), "asked": asked}
    said: dict[str, Any] = {"details": details} if details else {}
    event = note_down(
        service_request,
        kind=EventKind.NOTE,
        by=None,
        actor=Actor.RESIDENT,
        note=text,
        is_public=True,
        event=said,
        **changes,
    )
    main = service_request.merged_into
    if main is not None:  # whoever works on it must hear what was said about its twin
        about = {"other": service_request, **said}
        note_down(main, kind=EventKind.NOTE, by=None, actor=Actor.RESIDENT, note=text, event=about)
    telling.workers(main or service_request, EventKind.NOTE)
    return event


@transaction.atomic
def cancel(
    service_request: ServiceRequest, *, why: str, by: User | None = None, details: dict[str, Any] | None = None
) -> None:
    """Not needed any more, said by the resident, or on the phone to somebody (`by`). Staff can `take_back` it."""
    changes = clock_after_pause(service_request) if service_request.paused_at else {}
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
        event={"details": {**(details or {}), "had": service_request.worker_id}},
        **{**changes, "worker": None, "paused_at": None, "closed_at": timezone.now()},
    )


@transaction.atomic
def take_back(service_request: ServiceRequest, *, by: User, why: str = "") -> None:
    """It was cancelled by mistake, or is needed after all: it goes on where it stood, with whoever had it.

    The clocks stood still meanwhile. If that worker cannot take it any more, the desk decides.
    """
    if service_request.state != State.CANCELLED:
        raise Refused(_("Only a cancelled request can be taken back."))
    cancelled = service_request.events.filter(kind=EventKind.CANCELLED).order_by("-id").first()
    changes: dict[str, Any] = {"closed_at": None}
    if cancelled and cancelled.details.get("was_first_contact"):  # who was called is called again, and recorded anew
        service_request.responded_at = changes["responded_at"] = None
    changes |= clock_after(service_request, service_request.closed_at)
    move(service_request, State.REOPENED, kind=EventKind.TAKEN_BACK, by=by, actor=Actor.DESK, note=why, **changes)
    had = User.objects.filter(pk=cancelled.details.get("had")).first() if cancelled else None
    if had and can_take(had):
        assign(service_request, worker=had, by=by)
    else:
        telling.desk(service_request, EventKind.TAKEN_BACK)


@transaction.atomic
def confirm(service_request: ServiceRequest, *, outcome: Outcome, rating: Rating | str, words: str) -> None:
    """The resident's answer. 'Done' closes it, unless they are not satisfied.

    All else opens it again: 'not done' for a second pair of eyes, 'half done' for the rest of it.
    """
    if service_request.state not in (State.RESOLVED, State.CLOSED):
        raise Refused(_("There is nothing to answer yet: this request is still being worked on."))
    now = timezone.now()
    if outcome != Outcome.DONE or rating == Rating.DISSATISFIED:
        reopen(service_request, words=words, outcome=outcome, rating=rating)
        return
    move(
        service_request,
        State.CLOSED,
        kind=EventKind.CONFIRMED,
        by=None,
        actor=Actor.RESIDENT,
        note=words,
        event={"details": _answer(outcome, rating)},
        closed_at=service_request.closed_at or now,
        outcome=outcome,
        rating=rating,
    )


@transaction.atomic
def reopen(
    service_request: ServiceRequest, *, words: str, by: User | None = None, outcome: str = "", rating: str = ""
) -> None:
    """Back to the desk with fresh clocks, for somebody else's eyes; what was reported as done is open again."""
    if service_request.state == State.CANCELLED:
        raise Refused(_("This request was cancelled. Take the cancellation back instead."))
    if service_request.state in (State.RESOLVED, State.CLOSED):
        _open_needs_again(service_request)
    now = timezone.now()
    due = deadlines(service_request.category, service_request.urgency, now)
    move(
        service_request,
        State.REOPENED,
        kind=EventKind.REOPENED,
        by=by,
        actor=Actor.DESK if by else Actor.RESIDENT,
        note=words,
        event={"details": _answer(outcome, rating)},
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
    telling.reopened(service_request)


def _open_needs_again(service_request: ServiceRequest) -> None:
    """As they were before the report that closed them; those that come back later rest until then."""
    report = service_request.events.filter(kind=EventKind.RESOLVED).order_by("-id").first()
    closed: list[list[Any]] = report.details.get("closed", []) if report else []
    for pk, _state, day in closed:
        rests = bool(day) and day > today().isoformat()
        values = {"state": ItemState.FOR_NOW, "next_date": day} if rests else {"state": ItemState.OPEN}
        service_request.items.filter(pk=pk, state=ItemState.DONE).update(**values)


def _answer(outcome: str, rating: str) -> dict[str, str]:
    return {key: str(value) for key, value in (("outcome", outcome), ("rating", rating)) if value}


@transaction.atomic
def close_unanswered(service_request: ServiceRequest) -> None:
    """No answer in the set time closes it, and says so."""
    move(
        service_request,
        State.CLOSED,
        kind=EventKind.CLOSED,
        by=None,
        actor=Actor.SYSTEM,
        event={"details": {"because": "unanswered"}},
        closed_at=timezone.now(),
    )
    telling.resident(service_request, EventKind.CLOSED)
