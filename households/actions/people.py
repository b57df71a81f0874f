"""Somebody leaves or is ill: everything of theirs goes to others in one step, history kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from resilience.accounts.actions.sessions import end_all
from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.lib.rows import NEVER, Stop, one_by_one

from ..colleagues import appointments_in_hand, is_in_hand
from ..handovers import Load, spread
from ..models import (
    Actor,
    Appointment,
    EndReason,
    EventKind,
    FileChange,
    Household,
    Responsibility,
    Role,
    ServiceRequest,
    State,
)
from ..models.assignments import OpenEndedQuerySet
from ..viewer import Viewer
from . import telling, trail
from .assignments import assign, refuse_absent
from .history import keep
from .moves import end_assignment, move

AT_ONCE = 2_000  # rows a pass; the rest wait for the next


@dataclass(frozen=True, slots=True)
class Handover:
    """What would go to whom: household id → user id, request id → user id."""

    households: Mapping[int, int] = field(default_factory=dict)
    requests: Mapping[int, int] = field(default_factory=dict)


def plan_handover(person: User, receivers: list[User], *, by: User) -> Handover:
    """Households building by building to whoever has fewest; a request goes with its household or to who has least.

    Of somebody who is more than `by`'s office decides about, what lies in its places.
    """
    viewer = Viewer(by)
    return _plan(person, receivers, _here(viewer, is_in_hand(viewer, person)))


def _here(viewer: Viewer, is_whole: bool) -> Q:
    """On households and requests: which of somebody's the viewer hands over."""
    return Q() if is_whole else viewer.within(Role.STAFF)


def _plan(person: User, receivers: list[User], here: Q) -> Handover:
    if not receivers:
        raise Refused(_("Choose at least one colleague to take over."), field="receivers")
    for receiver in receivers:
        refuse_absent(receiver)
    answered = {"responsibilities__worker": person, "responsibilities__ended_at__isnull": True}
    theirs = Household.unscoped.filter(here, **answered)
    doors = list(theirs.in_walking_order().values_list("pk", "building_id"))
    loads = [Load(user.pk, _households_of(user), _requests_of(user)) for user in receivers]
    households = spread(doors, loads)
    open_requests = list(ServiceRequest.unscoped.of(person).filter(here).due_first().values_list("pk", "household_id"))
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
    return ServiceRequest.unscoped.of(user).count()


@transaction.atomic
def hand_over_everything(
    person: User, *, receivers: list[User], by: User, why: str, away_until: date | None = None
) -> Handover:
    """Carry out the plan as it is now. Without `away_until` the person leaves for good and can no longer sign in.

    An administrator, a supervisor, an auditor and who serves elsewhere, too, only end to serve in the places of `by`'s
    office: they can sign in as before.
    """
    if by.pk == person.pk:
        raise Refused(_("Somebody else has to do this for you."))
    viewer = Viewer(by)
    is_whole = is_in_hand(viewer, person)
    here = _here(viewer, is_whole)
    handover = _plan(person, [receiver for receiver in receivers if receiver.pk != person.pk], here)
    people = {user.pk: user for user in receivers}
    if is_whole:
        _close_door(person, away_until)
    else:
        _end_here(person, viewer, away_until)
    handed = {"households": len(handover.households), "requests": len(handover.requests)}
    left = "left" if is_whole else "left_here"
    trail.person_changed("away" if away_until else left, person, by=by, details={**handed})
    _move_households(person, handover, people, by, why)
    theirs = ServiceRequest.unscoped.of(person).filter(here)
    for service_request in theirs.select_related("category", "worker").due_first():
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
    if not is_in_hand(Viewer(by), person):
        raise Refused(_not_in_hand(person))
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
    doors = _doors(row.household_id for row in lent)
    keep([_change(doors[row.household_id], row.worker, person, by, why, now) for row in lent])
    person.away_until_date = None
    person.save(update_fields=["away_until_date"])
    trail.person_changed("back", person, by=by, details={"households": len(lent)})
    return len(lent)


def _doors(households: Iterable[int]) -> dict[int, Household]:
    """As much of each as its audit row needs."""
    return Household.unscoped.only("uid", "community").in_bulk(list(households))


def _change(household: Household, old: User, new: User, by: User, why: str, at: datetime) -> FileChange:
    return FileChange(
        household=household,
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
    end_all(person)
    Appointment.objects.current().filter(user=person, from_date__lte=today()).update(until_date=today())
    Appointment.objects.current().filter(user=person).delete()  # one that had not begun


def _end_here(person: User, viewer: Viewer, away_until: date | None) -> None:
    if away_until:
        raise Refused(_not_in_hand(person), field="away_until")
    ends = appointments_in_hand(viewer).filter(user=person)
    if not ends.exists():
        raise Refused(_not_in_hand(person))
    begun = list(ends.filter(from_date__lte=today()).values_list("pk", flat=True))
    ends.exclude(pk__in=begun).delete()
    Appointment.objects.filter(pk__in=begun).update(until_date=today())


def _not_in_hand(person: User) -> str:
    words = _(
        "%(name)s also serves elsewhere, looks on, or is an administrator. Only an administrator can do this; you can "
        "end their work in your own places."
    )
    return words % {"name": person}


def _move_households(person: User, handover: Handover, people: Mapping[int, User], by: User, why: str) -> None:
    now = timezone.now()
    active = Responsibility.objects.active().filter(worker=person, household__in=handover.households)
    active.update(ended_at=now)
    Responsibility.objects.bulk_create(
        Responsibility(household_id=household, worker_id=worker, by=by, started_at=now)
        for household, worker in handover.households.items()
    )
    doors = _doors(handover.households)
    keep([_change(doors[pk], person, people[worker], by, why, now) for pk, worker in handover.households.items()])


# --- what nobody handed over ----------------------------------------------------------------------
def release_inactive(stop: Stop = NEVER) -> int:
    """Requests of whoever is not there for them go back to the desk; gives how many. For `manage.py work`.

    That is who can no longer sign in or serves nowhere any more, and who is away: of theirs, what is due before
    they are back. The rest waits for them.
    """
    stranded = ServiceRequest.unscoped.open().filter(Q(worker__in=_gone()) | _due_while_away())
    keys = list(stranded.order_by("due_at").values_list("pk", flat=True)[:AT_ONCE])
    return one_by_one("release", keys, _release, stop)


def _gone() -> QuerySet[User]:
    """Cannot sign in, or holds no appointment today; an administrator needs none."""
    serving = Appointment.objects.held().filter(user=OuterRef("pk"))
    return User.objects.filter(Q(is_active=False) | Q(is_superuser=False) & ~Exists(serving))


def _due_while_away() -> Q:
    """The running clock ends before the day after their last day away begins."""
    wanted = Q(pk__in=[])
    for user in User.objects.away().only("pk", "away_until_date"):
        until = datetime.combine(user.away_until_date or today(), time.max, timezone.get_default_timezone())
        wanted |= Q(worker=user.pk, due_at__lte=until)
    return wanted


@transaction.atomic
def _release(key: int) -> bool:
    service_request = ServiceRequest.unscoped.select_related("category", "worker").get(pk=key)
    worker = service_request.worker
    if worker is None or not service_request.is_open:
        return False
    end_assignment(service_request, EndReason.LEFT)
    move(
        service_request,
        State.ACCEPTED,
        kind=EventKind.HANDED_OVER,
        by=None,
        actor=Actor.SYSTEM,
        is_public=False,
        event={"details": {"because": "away" if worker.is_active and worker.is_away else "left"}},
        worker=None,
    )
    telling.desk(service_request, EventKind.HANDED_OVER)
    return True
