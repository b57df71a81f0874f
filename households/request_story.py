"""The story of a request as colleagues read it: every event, ready to print. What residents read: views/story.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.timezone import localtime

from resilience.lib.prepared import again

from . import wording
from .models import Actor, EventKind, RequestEvent, ServiceRequest

EVENT_ICONS: dict[str, str] = {
    EventKind.SUBMITTED: "send", EventKind.TAKEN_UP: "check", EventKind.ASSIGNED: "user",
    EventKind.ACCEPTED: "user-check",
    EventKind.DECLINED: "x", EventKind.HANDED_OVER: "users", EventKind.STARTED: "footprints",
    EventKind.VISITED: "door-open", EventKind.NOTE: "pencil", EventKind.REPLY: "message-square",
    EventKind.PAUSED: "pause", EventKind.RESUMED: "play", EventKind.ITEM: "list", EventKind.RESOLVED: "circle-check",
    EventKind.CONFIRMED: "star", EventKind.CLOSED: "lock", EventKind.REOPENED: "rotate-ccw",
    EventKind.REJECTED: "circle-x", EventKind.CANCELLED: "circle-x", EventKind.TAKEN_BACK: "rotate-ccw",
    EventKind.MERGED: "merge",
    EventKind.UNMERGED: "split", EventKind.TWIN: "merge", EventKind.ESCALATED: "alarm-clock",
    EventKind.EDITED: "pencil", EventKind.CALLED: "phone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One event, ready to print."""

    icon: str
    what: str
    who: str
    at: datetime
    note: str
    is_public: bool
    other: str
    photos: list[str] = field(default_factory=list)


def story_of(
    service_request: ServiceRequest, photos: Mapping[int | None, list[str]], *, only_for: int | None = None
) -> list[StoryLine]:
    """Every event, the newest first, for those who may see the request; `photos`: URLs by the event they came with.

    With `only_for`, a user's pk: what the resident reads as well, and what that user wrote or was given.
    """
    kinds = dict(EventKind.choices)
    actors = dict(Actor.choices)
    return [
        StoryLine(
            icon=EVENT_ICONS.get(kind, "info"),
            what=f"{kinds[kind]} → {to_whom}" if to_whom else str(kinds[kind]),
            who=by or str(actors[actor]),
            at=localtime(at),
            note=wording.said_of(details, note),
            is_public=is_public,
            other=other or "",
            photos=photos.get(pk, []),
        )
        for pk, at, kind, actor, note, details, is_public, by, to_whom, other, by_id, to_id in again(
            "story", _events, service_request=service_request.pk
        )
        if only_for is None or is_public or only_for in (by_id, to_id)
    ]


def _events(service_request: int) -> QuerySet[RequestEvent, tuple[Any, ...]]:
    """Of colleagues only the name: their phones are encrypted, and opening each costs more than the whole line."""
    rows = RequestEvent.objects.of_row(service_request=service_request).order_by("-at", "-id")
    return rows.values_list(
        "pk",
        "at",
        "kind",
        "actor",
        "note",
        "details",
        "is_public",
        _name_of("by"),
        _name_of("to_worker"),
        "other__code",
        "by_id",
        "to_worker_id",
    )


def _name_of(who: str) -> Coalesce:
    """As `str` of a user."""
    return Coalesce(NullIf(f"{who}__name", Value("")), f"{who}__username")
