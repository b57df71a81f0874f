"""Somebody leaves or is ill: everything of theirs goes to others in one step, history kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.errors import Refused

from ..handovers import Load, spread
from ..models import (
    Actor,
    Appointment,
    EndReason,
    EventKind,
    FileChange,
    Household,
    Responsibility,
    ServiceRequest,
    State,
)
from ..models.assignments import OpenEndedQuerySet
from . import telling
from .assignments import assign, refuse_absent
from .moves import end_assignment, move


@dataclass(frozen=True, slots=True)
class Handover:
    """What would go to whom: household id → user id, request id → user id."""

    households: Mapping[int, int] = field(default_factory=dict)
    requests: Mapping[int, int] = field(default_factory=dict)


def plan_handover(person: User, receivers: list[User]) -> Handover:
    """Households building by building to whoever has fewest; a request goes with its household or to who has least."""
    if not receivers:
        raise Refused(_("Choose at least one colleague to take over."), field="receivers")
    for receiver in receivers:
        refuse_absent(receiver)
    theirs = Household.objects.filter(responsibilities__worker=person, responsibilities__ended_at__isnull=True)
    doors = list(theirs.in_walking_order().values_list("pk", "building_id"))
    loads = [Load(user.pk, _households_of(user), _requests_of(user)) for user in receivers]
    households = spread(doors, loads)
    open_requests = list(ServiceRequest.objects.of(person).due_first().values_list("pk", "household_id"))
    counts = {load.worker_id: load.requests for load in loads}
    requests: dict[int, int] = {}
    for pk, household_id in open_requests:
        to = households.get(household_id) or min(counts, key=lambda worker_id: (counts[worker_id], worker_id))
        counts[to] += 1
        requests[pk] = to
    return Handover(households, requests)


def _households_of(user: User) -> int:
    return Responsibility.objects.active().filter(worker=user).count()


def _requests_of(user: User) -> int:
    return ServiceRequest.objects.of(user).count()


@transaction.atomic
def hand_over_everything(
    person: User, *, receivers: list[User], by: User, why: str, away_until: date | None = None
) -> Handover:
    """Carry out the plan as it is now. Without `away_until` the person leaves for good and can no longer sign in."""
    if by.pk == person.pk:
        raise Refused(_("Somebody else has to do this for you."))
    handover = plan_handover(person, [receiver for receiver in receivers if receiver.pk != person.pk])
    people = {user.pk: user for user in receivers}
    _close_door(person, away_until)
    _move_households(person, handover, people, by, why)
    for service_request in ServiceRequest.objects.of(person).select_related("category", "worker").due_first():
        assign(
            service_request,
            worker=people[handover.requests.get(service_request.pk, receivers[0].pk)],
            by=by,
            note=why,
            reason=EndReason.LEFT,
        )
    return handover


def lent_doors(person: User) -> OpenEndedQuerySet:
    """Doors that went from `person` to colleagues when everything was handed over last, and are still with them."""
    theirs = Responsibility.objects.filter(
        worker=person, household=OuterRef("household"), ended_at=OuterRef("started_at")
    )
    taken_over = Responsibility.objects.active().filter(Exists(theirs))
    last = taken_over.order_by("-started_at").values("started_at")[:1]
    return taken_over.filter(started_at=Subquery(last)).exclude(worker=person)


@transaction.atomic
def take_back(person: User, *, by: User) -> int:
    """`person` is here again: their doors come back to them; how many. Open requests stay with whoever has them."""
    if person.away_until_date is None:
        raise Refused(_("%(name)s is not away.") % {"name": person})
    now = timezone.now()
    lent = list(lent_doors(person).select_related("worker"))
    still = Responsibility.objects.active().filter(pk__in=[row.pk for row in lent])
    if still.update(ended_at=now) != len(lent):
        raise Refused(_("Somebody else changed this a moment ago. Look at it again."))
    Responsibility.objects.bulk_create(
        Responsibility(household_id=row.household_id, worker=person, by=by, started_at=now) for row in lent
    )
    with override(settings.LANGUAGE_CODE):
        why = _("%(name)s is back.") % {"name": person}
    FileChange.objects.bulk_create(_change(row.household_id, row.worker, person, by, why, now) for row in lent)
    person.away_until_date = None
    person.save(update_fields=["away_until_date"])
    return len(lent)


def _change(household_id: int, old: User, new: User, by: User, why: str, at: datetime) -> FileChange:
    return FileChange(
        household_id=household_id,
        by=by,
        at=at,
        action="responsible",
        why=why,
        changes=[{"field": "worker", "old": str(old), "new": str(new)}],
    )


def _close_door(person: User, away_until: date | None) -> None:
    if away_until:
        person.away_until_date = away_until
        person.save(update_fields=["away_until_date"])
        return
    person.is_active = False
    person.save(update_fields=["is_active"])
    Appointment.objects.current().filter(user=person, from_date__lte=today()).update(until_date=today())
    Appointment.objects.current().filter(user=person).delete()  # one that had not begun


def _move_households(person: User, handover: Handover, people: Mapping[int, User], by: User, why: str) -> None:
    now = timezone.now()
    active = Responsibility.objects.active().filter(worker=person, household__in=handover.households)
    active.update(ended_at=now)
    Responsibility.objects.bulk_create(
        Responsibility(household_id=household, worker_id=worker, by=by, started_at=now)
        for household, worker in handover.households.items()
    )
    FileChange.objects.bulk_create(
        _change(household, person, people[worker], by, why, now) for household, worker in handover.households.items()
    )


def release_inactive() -> int:
    """Requests of people switched off elsewhere go back to the desk; gives how many. For `manage.py work`."""
    stranded = ServiceRequest.objects.open().filter(worker__is_active=False).select_related("category", "worker")
    released = 0
    for service_request in stranded[:200]:
        with transaction.atomic():
            released += _release(service_request)
    return released


def _release(service_request: ServiceRequest) -> int:
    end_assignment(service_request, EndReason.LEFT)
    try:
        move(
            service_request,
            State.ACCEPTED,
            kind=EventKind.HANDED_OVER,
            by=None,
            actor=Actor.SYSTEM,
            is_public=False,
            note=_("The worker has left; the desk gives it to somebody else."),
            worker=None,
        )
    except Refused:
        transaction.set_rollback(True)
        return 0
    telling.desk(service_request, EventKind.HANDED_OVER)
    return 1
