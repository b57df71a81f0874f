"""A request as its resident reads it: the state in a sentence, and what happened, one line each.

Of a request that was joined to somebody else's, the other's course is told and nothing of the other person:
no words, no photos, no address. Reasons colleagues give each other (handing over) are never told.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from resilience.lib.prepared import again

from .. import wording
from ..models import Actor, EventKind, ItemState, Outcome, Photo, RequestEvent, RequestItem, ServiceRequest, State

TOLD_WITH_WORDS = frozenset({
    EventKind.NOTE, EventKind.REPLY, EventKind.PAUSED, EventKind.RESUMED, EventKind.ITEM, EventKind.RESOLVED,
    EventKind.CONFIRMED, EventKind.CLOSED, EventKind.REOPENED, EventKind.REJECTED, EventKind.CANCELLED,
})  # fmt: skip
THEIRS_ALONE = frozenset({
    EventKind.SUBMITTED, EventKind.NOTE, EventKind.CONFIRMED, EventKind.TWIN, EventKind.UNMERGED, EventKind.REPLY,
    EventKind.PAUSED, EventKind.RESUMED, EventKind.ITEM,
})  # fmt: skip
"""Kinds that are told to nobody but the request's own resident: what was said to them, and what is empty without it."""
_ANSWERED = frozenset({EventKind.CONFIRMED, EventKind.REOPENED, EventKind.CANCELLED})
"""After one of these nothing said before is news."""


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    title: str
    words: str = ""
    photos: list[Photo] = field(default_factory=list)
    is_ours: bool = False  # said by a colleague, not by the resident
    kind: str = ""


def lines(service_request: ServiceRequest, leader: ServiceRequest, photos: list[Photo]) -> list[Line]:
    """Newest first."""
    by_event: dict[int | None, list[Photo]] = defaultdict(list)
    for photo in photos:
        by_event[photo.event_id].append(photo)
    shown = [_line(event, by_event[event.pk]) for event in _told(service_request)]
    if leader.pk != service_request.pk:
        joined_at = max(
            (line.at for line in shown if line.kind == EventKind.MERGED), default=service_request.created_at
        )
        theirs = (event for event in _told(leader) if event.at >= joined_at and event.kind not in THEIRS_ALONE)
        shown += [_line(event, [], has_words=False) for event in theirs]
    shown.reverse()  # of one moment, the later event first
    return sorted(shown, key=lambda line: line.at, reverse=True)


def last_said(told: list[Line], leader: ServiceRequest) -> Line | None:
    """What we said last, while it still holds: not a question that was answered, nor what came before they reopened it.

    `told` is what `lines` gave.
    """
    for line in told:
        is_answered = line.kind == EventKind.PAUSED and not leader.paused_at
        if line.is_ours and line.words and not is_answered:
            return line
        if line.kind in _ANSWERED:
            return None
    return None


def _told(service_request: ServiceRequest) -> list[RequestEvent]:
    return again("told", _public_events, service_request=service_request.pk)


def _public_events(service_request: int) -> QuerySet[RequestEvent]:
    events = RequestEvent.objects.of_row(service_request=service_request).filter(is_public=True)
    return events.select_related("by", "to_worker")


def _line(event: RequestEvent, photos: list[Photo], *, has_words: bool = True) -> Line:
    words = wording.said(event) if has_words and event.kind in TOLD_WITH_WORDS else ""
    return Line(event.at, _title(event), words, photos, event.actor != Actor.RESIDENT, event.kind)


def _title(event: RequestEvent) -> str:
    is_theirs = event.kind == EventKind.NOTE and event.actor == Actor.RESIDENT
    title = _("You added") if is_theirs else str(_TITLES.get(event.kind) or event.get_kind_display())
    gets_it = event.kind in (EventKind.ASSIGNED, EventKind.HANDED_OVER)
    return title % {"who": (event.to_worker if gets_it else None) or _who(event)}


_TITLES: dict[str, Promise] = {
    EventKind.SUBMITTED: gettext_lazy("You asked for help"),
    EventKind.TAKEN_UP: gettext_lazy("The community has taken it up"),
    EventKind.ASSIGNED: gettext_lazy("%(who)s has it now"),
    EventKind.HANDED_OVER: gettext_lazy("%(who)s has it now"),
    EventKind.ACCEPTED: gettext_lazy("%(who)s has accepted it"),
    EventKind.STARTED: gettext_lazy("%(who)s is at it"),
    EventKind.VISITED: gettext_lazy("%(who)s came by"),
    EventKind.NOTE: gettext_lazy("%(who)s notes"),
    EventKind.REPLY: gettext_lazy("%(who)s answers"),
    EventKind.PAUSED: gettext_lazy("%(who)s asks you"),
    EventKind.RESUMED: gettext_lazy("It goes on"),
    EventKind.ITEM: gettext_lazy("One of your needs was seen to"),
    EventKind.RESOLVED: gettext_lazy("%(who)s says it is done"),
    EventKind.CONFIRMED: gettext_lazy("Your answer"),
    EventKind.CLOSED: gettext_lazy("Closed"),
    EventKind.REOPENED: gettext_lazy("Opened again"),
    EventKind.REJECTED: gettext_lazy("Not taken up"),
    EventKind.CANCELLED: gettext_lazy("Called off"),
    EventKind.TAKEN_BACK: gettext_lazy("It goes on after all"),
    EventKind.MERGED: gettext_lazy("Goes on together with another request"),
    EventKind.UNMERGED: gettext_lazy("Goes on by itself again"),
    EventKind.TWIN: gettext_lazy("Another request goes on together with this one"),
}


def _who(event: RequestEvent) -> str:
    if event.actor == Actor.RESIDENT:
        return _("You")
    if event.actor == Actor.WORKER and event.by:
        return str(event.by)
    return _("The community office")


def state_words(leader: ServiceRequest) -> str:
    """Where it is, in a sentence."""
    if leader.paused_at:
        return _("We have asked you something and wait for your answer.")
    if leader.state == State.CLOSED:
        return _closed_words(leader)
    if leader.state == State.REOPENED:
        return _reopened_words(leader)
    return str(_STATE_WORDS[leader.state]) % {"who": leader.worker or ""}


_STATE_WORDS: dict[str, Promise] = {
    State.SUBMITTED: gettext_lazy("We have it. Somebody at the community office is looking at it."),
    State.ACCEPTED: gettext_lazy("The community office has taken it up and is choosing who comes."),
    State.ASSIGNED: gettext_lazy("%(who)s has it and will get in touch with you."),
    State.IN_PROGRESS: gettext_lazy("%(who)s is at it."),
    State.RESOLVED: gettext_lazy("We think it is done. Is it? Please tell us below."),
    State.REJECTED: gettext_lazy("We cannot take it up. The reason is below."),
    State.CANCELLED: gettext_lazy("It was called off."),
    State.MERGED: gettext_lazy("It goes on together with another request."),
}


def _closed_words(leader: ServiceRequest) -> str:
    """'Done' only where the resident said so."""
    return str(_CLOSED_WORDS.get(leader.outcome) or _("It is closed, as nobody told us that it is not done."))


_CLOSED_WORDS: dict[str, Promise] = {
    Outcome.DONE: gettext_lazy("It is done and closed."),
    Outcome.HALF: gettext_lazy("Half of it is done, and it is closed."),
    Outcome.NOT_DONE: gettext_lazy("It is closed, though you told us that it is not done."),
}


def _reopened_words(leader: ServiceRequest) -> str:
    if leader.wants_the_rest:
        return _("You told us that half of it is done. We see to the rest of it.")
    if not leader.reopened:
        return _("It is open again.")
    return _("It is open again. Somebody else will look at it.")


def state_label(leader: ServiceRequest) -> str:
    """Where it is, in a word or two of everyday language; colleagues have their own."""
    return pgettext("to residents", "waiting for you") if leader.paused_at else str(_STATE_LABELS[leader.state])


_STATE_LABELS: dict[str, Promise] = {
    State.SUBMITTED: pgettext_lazy("to residents", "received"),
    State.ACCEPTED: pgettext_lazy("to residents", "choosing who comes"),
    State.ASSIGNED: pgettext_lazy("to residents", "somebody has it"),
    State.IN_PROGRESS: pgettext_lazy("to residents", "somebody is at it"),
    State.RESOLVED: pgettext_lazy("to residents", "done, is it?"),
    State.CLOSED: pgettext_lazy("to residents", "done"),
    State.REOPENED: pgettext_lazy("to residents", "open again"),
    State.REJECTED: pgettext_lazy("to residents", "we cannot take it up"),
    State.CANCELLED: pgettext_lazy("to residents", "called off"),
    State.MERGED: pgettext_lazy("to residents", "goes on with another"),
}


def item_label(item: RequestItem) -> str:
    """How one of their needs stands, in everyday language."""
    return str(_ITEM_LABELS[item.state])


_ITEM_LABELS: dict[str, Promise] = {
    ItemState.OPEN: pgettext_lazy("to residents", "still to be done"),
    ItemState.FOR_NOW: pgettext_lazy("to residents", "done for now"),
    ItemState.DONE: pgettext_lazy("to residents", "done"),
    ItemState.DROPPED: pgettext_lazy("to residents", "not possible or not needed"),
}


def clock_words(leader: ServiceRequest) -> tuple[str, datetime] | None:
    """What happens next and by when, while the clock runs."""
    if not leader.is_open or leader.paused_at:
        return None
    if leader.responded_at:
        return _("It is to be done by"), leader.resolve_by_at
    return _("Somebody will get in touch with you by"), leader.respond_by_at
