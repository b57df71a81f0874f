"""Who has a request, who answers for a household: giving, taking, declining, handing over, and a leaver's work."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.errors import Refused

from ..models import (
    Actor,
    Appointment,
    Assignment,
    EndReason,
    EventKind,
    Household,
    Responsibility,
    Role,
    ServiceRequest,
    State,
)
from ..models.appointments import ANSWERING
from . import telling
from .history import Change, write
from .moves import contact_made, end_assignment, move, note_down


def can_take(worker: User) -> bool:
    return worker.is_active and not worker.is_away


def refuse_absent(worker: User) -> None:
    """A request never stays with somebody inactive, so it is never given to them either."""
    if not can_take(worker):
        raise Refused(_("%(name)s is away or has left. Choose somebody else.") % {"name": worker}, field="worker")


@transaction.atomic
def assign(
    service_request: ServiceRequest,
    *,
    worker: User,
    by: User | None,
    note: str = "",
    actor: Actor = Actor.DESK,
    reason: EndReason = EndReason.REASSIGNED,
    kind: EventKind = EventKind.ASSIGNED,
) -> None:
    """Give the request to `worker`, ending whoever had it. Giving it to who has it already changes nothing."""
    refuse_absent(worker)
    if service_request.worker_id == worker.pk:
        return
    end_assignment(service_request, reason, note=note)
    move(
        service_request,
        State.ASSIGNED,
        kind=kind,
        by=by,
        actor=actor,
        note=note,
        event={"to_worker": worker},
        worker=worker,
    )
    Assignment.objects.create(service_request=service_request, worker=worker, by=by)
    telling.workers(service_request, EventKind.ASSIGNED)


@transaction.atomic
def assign_many(service_requests: Iterable[ServiceRequest], *, worker: User, by: User, note: str = "") -> int:
    """All or none; gives how many changed hands."""
    changed = [each for each in service_requests if each.worker_id != worker.pk]
    for service_request in changed:
        assign(service_request, worker=worker, by=by, note=note)
    return len(changed)


@transaction.atomic
def accept(service_request: ServiceRequest, *, by: User) -> None:
    """The worker says: I have it. No contact yet, so the first clock runs on."""
    mine = Assignment.objects.active().filter(service_request=service_request, worker=by)
    if not mine.filter(accepted_at__isnull=True).update(accepted_at=timezone.now()):
        if mine.exists():
            return
        raise Refused(_("This request is not with you any more."))
    note_down(service_request, kind=EventKind.ACCEPTED, by=by, actor=Actor.WORKER, is_public=True)


@transaction.atomic
def decline(service_request: ServiceRequest, *, by: User, reason: str) -> None:
    """Back to the desk, with a reason the desk reads."""
    if not reason:
        raise Refused(_("Say why, so that the desk can find somebody else."), field="reason")
    _refuse_others(service_request, by)
    end_assignment(service_request, EndReason.DECLINED, note=reason)
    move(
        service_request,
        State.ACCEPTED,
        kind=EventKind.DECLINED,
        by=by,
        actor=Actor.WORKER,
        note=reason,
        is_public=False,
        worker=None,
    )
    telling.desk(service_request, EventKind.DECLINED)


def hand_over(service_request: ServiceRequest, *, to: User, by: User, why: str) -> None:
    """To a colleague, with a reason. The clock runs on (首接负责)."""
    if not why:
        raise Refused(_("Say why you hand it over."), field="why")
    _refuse_others(service_request, by)
    if to.pk == service_request.worker_id:
        raise Refused(_("%(name)s has it already.") % {"name": to}, field="worker")
    assign(
        service_request,
        worker=to,
        by=by,
        note=why,
        actor=Actor.WORKER,
        reason=EndReason.HANDED_OVER,
        kind=EventKind.HANDED_OVER,
    )


@transaction.atomic
def start(service_request: ServiceRequest, *, by: User) -> None:
    """On the way or on the phone: the first real contact. Starting twice changes nothing."""
    _refuse_others(service_request, by)
    if service_request.state == State.IN_PROGRESS:
        return
    Assignment.objects.active().filter(service_request=service_request, accepted_at__isnull=True).update(
        accepted_at=timezone.now()
    )
    move(
        service_request,
        State.IN_PROGRESS,
        kind=EventKind.STARTED,
        by=by,
        actor=Actor.WORKER,
        **contact_made(service_request),
    )


def _refuse_volunteer(worker: User) -> None:
    """A volunteer lends a hand with a request; a household is answered for by who serves its grid."""
    held = set(Appointment.objects.held().filter(user=worker).values_list("role", flat=True))
    if Role.VOLUNTEER in held and not held & set(ANSWERING):
        raise Refused(
            _("%(name)s is a volunteer and cannot answer for a household.") % {"name": worker}, field="worker"
        )


def _refuse_others(service_request: ServiceRequest, by: User) -> None:
    if service_request.worker_id != by.pk:
        raise Refused(_("This request is not with you any more."))


# --- households ---------------------------------------------------------------------------------
@transaction.atomic
def make_responsible(household: Household, *, worker: User, by: User | None, why: str = "") -> None:
    """From now on `worker` answers for the household; whoever did before, no longer."""
    refuse_absent(worker)
    _refuse_volunteer(worker)
    now = timezone.now()
    active = Responsibility.objects.active().filter(household=household)
    before = active.select_related("worker").first()
    if before and before.worker_id == worker.pk:
        return
    active.update(ended_at=now)
    Responsibility.objects.create(household=household, worker=worker, by=by, started_at=now)
    change = Change("worker", str(before.worker) if before else "", str(worker))
    write(household, "responsible", by=by, why=why, changes=[change])
