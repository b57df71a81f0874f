"""Filing a request, and what the desk and the worker say about it. The residents' side is `answers.py`,
who has it `assignments.py`, joining `twins.py`; `moves.py` is the mechanism.

A verb is one transaction: a conditional UPDATE from the state it saw, one event, the messages it causes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.crypto import blind_index, blind_indexes
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.lib.photos import CleanPhoto

from .. import campaigns
from ..models import (
    Actor,
    Assignment,
    Building,
    Category,
    Consent,
    EventKind,
    Household,
    ItemState,
    Photo,
    Region,
    RequestEvent,
    RequestItem,
    ServiceRequest,
    Source,
    State,
    Urgency,
)
from . import telling, trail
from .items import done_for_now
from .moves import calm, clock_after_pause, contact_made, deadlines, end_assignment, move, note_down
from .photos import store

PHONE_INDEX = "phone"
"""Purpose of the blind index over every phone of a resident, household or request; the same number, the same index."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """One of several needs in a request; `every_days` when it recurs."""

    category: Category
    words: str = ""
    every_days: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for, already cleaned by a form. `household` loaded `with_responsible()` and `building`."""

    key: uuid.UUID
    community: Region
    category: Category
    address: str
    urgency: Urgency = Urgency.NORMAL
    text: str = ""
    source: Source = Source.WEB
    household: Household | None = None
    building: Building | None = None
    person_name: str = ""
    phone: str = ""
    filer_name: str = ""
    filer_phone: str = ""
    consent: Consent = Consent.OWN
    items: tuple[NewItem, ...] = field(default=())
    language: str = "zh-hans"
    has_photos: bool = False  # kept already, under `key`
    photos: Sequence[CleanPhoto] = ()  # to be kept with it


def file_request(asked: Asked, *, by: User | None = None) -> tuple[ServiceRequest, bool]:
    """File what was asked; the same `key` twice gives the first request and False.

    A category that goes to the responsible worker is assigned at once when there is one who is not away.
    """
    try:
        with transaction.atomic():
            return _file(asked, by), True
    except IntegrityError:
        filed = ServiceRequest.unscoped.filter(submission_key=asked.key).first()
        if filed is None:
            raise
        return filed, False


def _file(asked: Asked, by: User | None) -> ServiceRequest:
    now = timezone.now()
    household = asked.household
    worker_id = household.responsible_id if household and asked.category.goes_to_worker else None
    due = deadlines(asked.category, asked.urgency, now)
    filed = ServiceRequest.unscoped.create(
        submission_key=asked.key,
        community=asked.community,
        grid_id=household.grid_id if household else (asked.building.grid_id if asked.building else None),
        building_id=household.building_id if household else (asked.building.pk if asked.building else None),
        household=household,
        address=household.posted_address if household else asked.address,
        category=asked.category,
        urgency=asked.urgency,
        text=asked.text,
        source=asked.source,
        state=State.ASSIGNED if worker_id else State.SUBMITTED,
        person_name=asked.person_name,
        phone=asked.phone,
        phone_index=phone_index(asked.phone),
        filer_name=asked.filer_name,
        filer_phone=asked.filer_phone,
        filer_phone_index=phone_index(asked.filer_phone),
        consent=asked.consent,
        filed_by=by,
        language=asked.language,
        worker_id=worker_id,
        created_at=now,
        updated_at=now,
        clock_started_at=now,
        respond_by_at=due.respond_by_at,
        resolve_by_at=due.resolve_by_at,
        due_at=due.respond_by_at,
        campaign_id=_campaign_of(asked),
    )
    _record_filing(filed, asked, by)
    telling.filed(filed)
    return filed


def _campaign_of(asked: Asked) -> int | None:
    wanted = [asked.category, *(item.category for item in asked.items)]
    return campaigns.join_request(asked.community.pk, wanted)


def _record_filing(filed: ServiceRequest, asked: Asked, by: User | None) -> None:
    actor = Actor.RESIDENT if by is None else (Actor.WORKER if asked.source == Source.VISIT else Actor.DESK)
    first_state = State.SUBMITTED
    events = [
        RequestEvent(
            service_request=filed,
            at=filed.created_at,
            kind=EventKind.SUBMITTED,
            actor=actor,
            by=by,
            to_state=first_state,
            is_public=True,
        )
    ]
    if filed.worker_id:
        Assignment.objects.create(service_request=filed, worker_id=filed.worker_id, started_at=filed.created_at)
        events.append(
            RequestEvent(
                service_request=filed,
                at=filed.created_at,
                kind=EventKind.ASSIGNED,
                actor=Actor.SYSTEM,
                from_state=first_state,
                to_state=State.ASSIGNED,
                to_worker_id=filed.worker_id,
                is_public=True,
            )
        )
    RequestEvent.unscoped.bulk_create(events)
    trail.requests_moved(events, trail.filled(filed))
    if asked.items:
        RequestItem.unscoped.bulk_create(
            RequestItem(service_request=filed, category=item.category, words=item.words, every_days=item.every_days)
            for item in asked.items
        )
    if asked.has_photos:
        Photo.unscoped.filter(draft_key=asked.key).update(service_request=filed)
    if asked.photos:
        store(asked.photos, service_request=filed, by=by)


def phone_index(phone: str) -> bytes | None:
    """The fingerprint that is stored with a cleaned phone number."""
    return blind_index(PHONE_INDEX, phone) if phone else None


def phone_indexes(phone: str) -> tuple[bytes, ...]:
    """All fingerprints to look for a cleaned phone number by; none for none."""
    return blind_indexes(PHONE_INDEX, phone) if phone else ()


# --- the desk -----------------------------------------------------------------------------------
@transaction.atomic
def take_up(service_request: ServiceRequest, *, by: User) -> None:
    """The desk says: this is ours."""
    if service_request.state not in (State.SUBMITTED, State.REOPENED):
        raise Refused(_("This request has been taken up already."))
    move(service_request, State.ACCEPTED, kind=EventKind.TAKEN_UP, by=by, actor=Actor.DESK)


@transaction.atomic
def reject(service_request: ServiceRequest, *, by: User, reason: str, is_excluded: bool = False) -> None:
    """Not taken up, with a reason the resident reads. `is_excluded`: counts in no rate (not lawful, not ours)."""
    if not reason:
        raise Refused(_("Say why: the resident reads this."), field="reason")
    end_assignment(service_request, "closed")
    now = timezone.now()
    move(
        service_request,
        State.REJECTED,
        kind=EventKind.REJECTED,
        by=by,
        actor=Actor.DESK,
        note=reason,
        worker=None,
        closed_at=now,
        paused_at=None,
        is_excluded=is_excluded,
    )
    telling.resident(service_request, EventKind.REJECTED)


@transaction.atomic
def edit(
    service_request: ServiceRequest,
    *,
    by: User,
    category: Category,
    urgency: Urgency,
    why: str,
    actor: Actor = Actor.DESK,
) -> None:
    """Correct category or urgency; the clocks are counted anew from when they started, pauses taken off."""
    due = deadlines(category, urgency, service_request.clock_started_at, service_request.paused_seconds)
    running = due.resolve_by_at if service_request.responded_at else due.respond_by_at
    is_new_danger = urgency == Urgency.LIFE and service_request.urgency != Urgency.LIFE
    note_down(
        service_request,
        kind=EventKind.EDITED,
        by=by,
        actor=actor,
        note=why,
        event={
            "details": {
                "category": [service_request.category_id, category.pk],
                "urgency": [str(service_request.urgency), str(urgency)],
            }
        },
        category=category,
        urgency=urgency,
        respond_by_at=due.respond_by_at,
        resolve_by_at=due.resolve_by_at,
        due_at=running,
        campaign_id=service_request.campaign_id or _joins(service_request, category),
        **calm(running),
    )
    if is_new_danger:
        telling.danger(service_request)


def _joins(service_request: ServiceRequest, category: Category) -> int | None:
    return campaigns.join_request(service_request.community_id, [category])


@transaction.atomic
def pause(service_request: ServiceRequest, *, by: User, actor: Actor, question: str) -> None:
    """Ask the resident something; the clocks stand still until they answer or somebody resumes."""
    if not service_request.is_open:
        raise Refused(_("Only an open request can wait for the resident."))
    if service_request.paused_at:
        raise Refused(_("This request is waiting for the resident already."))
    note_down(
        service_request,
        kind=EventKind.PAUSED,
        by=by,
        actor=actor,
        note=question,
        is_public=True,
        paused_at=timezone.now(),
        **contact_made(service_request),
    )
    telling.resident(service_request, EventKind.PAUSED)


@transaction.atomic
def resume(service_request: ServiceRequest, *, by: User | None, actor: Actor, note: str = "") -> None:
    """Let the clocks run again, later by as long as they stood."""
    if not service_request.paused_at:
        raise Refused(_("This request is not waiting."))
    note_down(
        service_request,
        kind=EventKind.RESUMED,
        by=by,
        actor=actor,
        note=note,
        is_public=True,
        **clock_after_pause(service_request),
    )


@transaction.atomic
def reply(service_request: ServiceRequest, *, by: User, actor: Actor, text: str) -> RequestEvent:
    """Say something the resident reads; a first contact when there was none."""
    event = note_down(
        service_request,
        kind=EventKind.REPLY,
        by=by,
        actor=actor,
        note=text,
        is_public=True,
        **contact_made(service_request) if service_request.is_open else {},
    )
    telling.resident(service_request, EventKind.REPLY)
    return event


@transaction.atomic
def remark(service_request: ServiceRequest, *, by: User, actor: Actor, text: str) -> RequestEvent:
    """A note among colleagues; the resident does not see it."""
    return note_down(service_request, kind=EventKind.NOTE, by=by, actor=actor, note=text)


@transaction.atomic
def resolve(
    service_request: ServiceRequest,
    *,
    by: User,
    actor: Actor,
    what_was_done: str,
    photos: Iterable[CleanPhoto] = (),
    for_good: bool = False,
    details: dict[str, Any] | None = None,
) -> RequestEvent:
    """Done, in the worker's or the desk's words; the resident is asked whether it is. Every need of it is done, too.

    When one of them comes back, only this time is done and the request rests until that day, unless it is `for_good`.
    `details` of the event may stand for the words.
    """
    if not what_was_done and not details:
        raise Refused(_("Say what was done: the resident reads this."), field="what_was_done")
    needs = list(service_request.items.select_for_update().filter(state__in=[ItemState.OPEN, ItemState.FOR_NOW]))
    if not for_good and any(need.next_time(today()) for need in needs):
        event = done_for_now(service_request, needs, by=by, actor=actor, note=what_was_done, details=details)
    else:
        event = _resolve(service_request, needs, by=by, actor=actor, note=what_was_done, details=details or {})
    store(photos, service_request=service_request, event=event, by=by)
    telling.resident(service_request, EventKind(event.kind))
    return event


def _resolve(
    service_request: ServiceRequest,
    needs: list[RequestItem],
    *,
    by: User,
    actor: Actor,
    note: str,
    details: dict[str, Any],
) -> RequestEvent:
    """For good. The event remembers which needs this closed, so that reopening can open them again."""
    end_assignment(service_request, "resolved")
    closed = [[need.pk, str(need.state), need.next_date.isoformat() if need.next_date else ""] for need in needs]
    service_request.items.filter(pk__in=[need.pk for need in needs]).update(state=ItemState.DONE, next_date=None)
    now = timezone.now()
    return move(
        service_request,
        State.RESOLVED,
        kind=EventKind.RESOLVED,
        by=by,
        actor=actor,
        note=note,
        event={"details": {**details, "closed": closed} if closed else details},
        worker=None,
        resolved_at=now,
        paused_at=None,
        responded_at=service_request.responded_at or now,
    )
