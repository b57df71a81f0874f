"""The call-down: asking those who wait whether they still need it, one answer a call."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from resilience.accounts.models import User

from ..models import Actor, EventKind, RequestEvent, ServiceRequest
from ..models.requests import RequestQuerySet, are_overdue
from .answers import cancel
from .moves import contact_made, note_down
from .requests import resolve

NOT_AGAIN_FOR = timedelta(hours=20)
WAITED = timedelta(hours=24)


def to_call(within: RequestQuerySet) -> RequestQuerySet:
    """Open, with a phone, overdue or asked a day ago, and not called since yesterday. Longest wait first."""
    now = timezone.now()
    events = RequestEvent.unscoped.filter(service_request=OuterRef("pk"), at__gte=now - NOT_AGAIN_FOR)
    taken_back = RequestEvent.unscoped.filter(
        service_request=OuterRef("service_request"), kind=EventKind.TAKEN_BACK, id__gt=OuterRef("id")
    )
    called = events.filter(~Exists(taken_back), kind=EventKind.CALLED)  # a slip of the finger is no call
    asked_long_ago = Q(created_at__lt=now - WAITED, paused_at__isnull=True)
    waiting = within.open().filter(are_overdue(now) | asked_long_ago)
    with_phone = waiting.filter(Q(phone_index__isnull=False) | Q(filer_phone_index__isnull=False))
    return with_phone.filter(~Exists(called)).order_by("created_at", "id")


@transaction.atomic
def record_call(service_request: ServiceRequest, *, answer: str, words: str, by: User) -> None:
    """`still`, `not` (cancels), `done` (resolves) or `nobody`; whoever answered has been contacted."""
    details = {"answer": answer}
    reached = contact_made(service_request) if answer != "nobody" else {}
    note_down(
        service_request,
        kind=EventKind.CALLED,
        by=by,
        actor=Actor.DESK,
        note=words,
        is_public=answer != "nobody",
        event={"details": details},
        **reached,
    )
    if answer == "not":
        cancel(service_request, why=words, by=by, details={**details, "was_first_contact": bool(reached)})
    elif answer == "done":
        resolve(service_request, by=by, actor=Actor.DESK, what_was_done=words, details=details)
