"""What happens by itself when nobody does anything: overdue requests escalate, unanswered ones close."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from households import clocks, reference
from households.models import Actor, EventKind, RequestEvent, ServiceRequest, State, Urgency
from households.models.clocks import EscalationLevel
from resilience.lib.rows import NEVER, Stop, one_by_one

from . import telling, trail
from .answers import close_unanswered

AT_ONCE = 2_000  # rows a pass; the rest wait for the next


def escalate_due(stop: Stop = NEVER) -> int:
    """Every overdue request one or more steps up, as far as its delay asks; gives how many moved."""
    now = timezone.now()
    wanted = Q(escalation=EscalationLevel.NONE)
    for urgency in Urgency:
        lead, desk = (now - timedelta(minutes=minutes) for minutes in reference.rules().delays(urgency))
        wanted |= Q(urgency=urgency, escalation=EscalationLevel.WORKER, due_at__lt=lead)
        wanted |= Q(urgency=urgency, escalation=EscalationLevel.LEAD, due_at__lt=desk)
    late = ServiceRequest.unscoped.overdue(now).filter(wanted)
    keys = list(late.order_by("due_at").values_list("pk", flat=True)[:AT_ONCE])
    return one_by_one("escalate", keys, lambda key: escalate(key, now), stop)


@transaction.atomic
def escalate(key: int, now: datetime) -> bool:
    """Take one request up, step by step; each step is told and written down once, whoever else is at it."""
    service_request = ServiceRequest.unscoped.select_related("category").get(pk=key)
    wanted = level_due(service_request, now)
    has_moved = False
    while service_request.escalation < wanted and _step_up(service_request, now):
        has_moved = True
    return has_moved


def level_due(service_request: ServiceRequest, now: datetime) -> EscalationLevel:
    """How far the delay asks to go. A clock of working hours is late by working hours."""
    if not service_request.is_overdue(now):
        return EscalationLevel.NONE
    category = service_request.category
    lead_after, desk_after = reference.rules().delays(service_request.urgency)
    in_working_hours = category.in_working_hours and service_request.urgency != Urgency.LIFE
    late = clocks.between(service_request.due_at, now, in_working_hours=in_working_hours, calendar=reference.calendar())
    if late >= desk_after * 60:
        return EscalationLevel.DESK
    return EscalationLevel.LEAD if late >= lead_after * 60 else EscalationLevel.WORKER


def _step_up(service_request: ServiceRequest, now: datetime) -> bool:
    """One step, if nobody took it and the clock is still the one that ran out."""
    level = EscalationLevel(service_request.escalation + 1)
    as_seen = ServiceRequest.unscoped.overdue(now).filter(
        pk=service_request.pk, escalation=service_request.escalation, due_at=service_request.due_at
    )
    if not as_seen.update(escalation=level, updated_at=now):
        return False
    service_request.escalation, service_request.updated_at = level, now
    event = RequestEvent.unscoped.create(
        service_request=service_request, at=now, kind=EventKind.ESCALATED, actor=Actor.SYSTEM,
        to_worker_id=service_request.worker_id if level == EscalationLevel.WORKER else None,
        details={"level": int(level)},
    )  # fmt: skip
    trail.request_moved(event, ["escalation"])
    telling.escalated(service_request, level)
    return True


def close_due(stop: Stop = NEVER) -> int:
    """Close what was resolved and not answered in the days that staff set; gives how many."""
    before = timezone.now() - timedelta(days=reference.rules().close_after_days)
    silent = ServiceRequest.unscoped.filter(state=State.RESOLVED, resolved_at__lt=before)
    keys = list(silent.order_by("resolved_at").values_list("pk", flat=True)[:AT_ONCE])
    return one_by_one("close", keys, lambda key: _close(key, before), stop)


def _close(key: int, before: datetime) -> bool:
    silent = ServiceRequest.unscoped.filter(pk=key, state=State.RESOLVED, resolved_at__lt=before).first()
    if silent is None:
        return False
    close_unanswered(silent)
    return True
