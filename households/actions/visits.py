"""Logging a visit: one step that records it, moves what was due, stops first clocks and files what was found."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.errors import Refused
from resilience.lib.photos import CleanPhoto

from .. import campaigns, care, reference
from ..models import (
    Actor,
    Category,
    EventKind,
    Finding,
    Household,
    Means,
    ResidentNeed,
    ServiceRequest,
    Source,
    Urgency,
    Visit,
    VisitCheck,
    VisitMeans,
    VisitResult,
)
from . import trail
from .assignments import accept, assign
from .care import refresh_due
from .leave import ask_leave
from .moves import contact_made, note_down
from .photos import store
from .requests import Asked, file_request

OLDEST = timedelta(days=30)
CLOCKS_DIFFER = timedelta(minutes=10)  # a phone may run ahead by so much; then it counts as now


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, to become a request. `is_mine`: the worker takes care of it, else the desk decides."""

    category: Category
    words: str
    urgency: Urgency = Urgency.NORMAL
    is_mine: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit as the worker tells it, already cleaned by a form. `needs`: ids of those that were seen to.

    `key` is made where the visit is written down; the same key twice is the same visit.
    """

    key: uuid.UUID
    means: VisitMeans
    result: VisitResult
    finding: Finding | str = ""
    note: str = ""
    happened_at: datetime | None = None
    needs: tuple[int, ...] = ()
    photos: tuple[CleanPhoto, ...] = field(default=())
    found: Found | None = None


def log_visit(household: Household, seen: Seen, *, by: User) -> tuple[Visit, bool]:
    """Record a visit, or give the one this key already made and False. `household` with `building` and `community`.

    What is due moves only when somebody was met by the means its rule asks for; a missed contact stays due.
    """
    if household.until_date:
        raise Refused(_("This file is closed."))
    happened_at = _bounded(seen.happened_at)
    if seen.photos:
        ask_leave("photos", household=household, field="photos")
    try:
        with transaction.atomic():
            return _log(household, seen, happened_at, by), True
    except IntegrityError:
        before = Visit.unscoped.filter(key=seen.key).select_related("service_request").first()
        if before is None:
            raise
        if before.worker_id != by.pk or before.household_id != household.pk:
            raise Refused(_("This form is damaged. Open the page again.")) from None
        return before, False


def _bounded(happened_at: datetime | None) -> datetime:
    now = timezone.now()
    if happened_at is None or now < happened_at <= now + CLOCKS_DIFFER:
        return now
    if happened_at > now:
        raise Refused(_("A visit cannot lie in the future."), field="happened_at")
    if happened_at < now - OLDEST:
        raise Refused(_("A visit can be recorded for at most 30 days back."), field="happened_at")
    return happened_at


def _log(household: Household, seen: Seen, happened_at: datetime, by: User) -> Visit:
    is_met = seen.result == VisitResult.MET
    visit = Visit.unscoped.create(
        key=seen.key,
        household=household,
        community_id=household.community_id,
        grid_id=household.grid_id,
        worker=by,
        means=seen.means,
        result=seen.result,
        finding=(seen.finding or Finding.WELL) if is_met else "",
        note=seen.note,
        happened_at=happened_at,
        # Read under the lock, not from the page: what was due when it was recorded.
        due_date=Household.unscoped.select_for_update().get(pk=household.pk).next_due_date,
        campaign_id=campaigns.join_visit(household.community_id),
    )
    trail.visited(visit)
    store(seen.photos, visit=visit, by=by, is_public=False)
    if is_met:
        _check_off(visit, seen.needs)
        _touch(household, happened_at)
    if is_met and seen.found:
        visit.service_request = _file_what_was_found(household, visit, seen.found, by)
        visit.save(update_fields=["service_request"])
    if is_met:
        _stop_first_clocks(household, by)
    return visit


def _check_off(visit: Visit, needs: Iterable[int]) -> None:
    """Record which needs were seen to; those this contact counts for are met as of that day."""
    rules = reference.care_by_kind()
    day = timezone.localdate(visit.happened_at, timezone.get_default_timezone())
    rows = ResidentNeed.unscoped.at_door(visit.household_id).filter(pk__in=list(needs)).select_for_update(of=["self"])
    checks, met = [], []
    for need in rows:
        means = rules.get(need.kind_id, (0, Means.ANY))[1]
        if not care.counts_as_contact(means, visit.means, visit.result):
            continue
        checks.append(VisitCheck(visit=visit, need=need, due_date=need.next_due_date))
        if need.last_met_date is None or need.last_met_date < day:
            need.last_met_date = day
            met.append(need)
    VisitCheck.objects.bulk_create(checks)
    ResidentNeed.unscoped.bulk_update(met, ["last_met_date"])


def _touch(household: Household, happened_at: datetime) -> None:
    """The household's own last contact, if this one is later, and what is due from now on."""
    later = Household.unscoped.filter(pk=household.pk).exclude(last_contact_at__gte=happened_at)
    if later.update(last_contact_at=happened_at):
        household.last_contact_at = happened_at
    refresh_due(household)


def _file_what_was_found(household: Household, visit: Visit, found: Found, by: User) -> ServiceRequest:
    contact = household.contact
    household.responsible_id = by.pk if found.is_mine else None
    filed, _created = file_request(
        Asked(
            key=uuid.uuid5(visit.key, "found"),
            community=household.community,
            category=found.category,
            address=household.address,
            urgency=found.urgency,
            text=found.words,
            source=Source.VISIT,
            household=household,
            building=household.building,
            person_name=contact.name if contact else "",
            phone=contact.phone if contact else "",
        ),
        by=by,
    )
    if found.is_mine and filed.worker_id is None:  # its kind goes to the desk first, but who found it takes it
        assign(filed, worker=by, by=by, actor=Actor.WORKER)
    if found.is_mine:  # to say so was to accept it
        accept(filed, by=by)
    return filed


def _stop_first_clocks(household: Household, by: User) -> None:
    """To have met them is the first contact with whoever asked: of each open request here that is with this worker."""
    waiting = ServiceRequest.unscoped.of(by).filter(household=household, responded_at__isnull=True)
    for service_request in waiting.select_for_update(of=["self"]).order_by("pk"):
        note_down(
            service_request,
            kind=EventKind.VISITED,
            by=by,
            actor=Actor.WORKER,
            is_public=True,
            **contact_made(service_request),
        )
