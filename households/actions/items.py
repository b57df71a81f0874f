"""Several needs in one request: each answered on its own, some only for now."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.errors import Refused

from .. import reference
from ..models import Actor, EventKind, ItemState, RequestEvent, RequestItem, ServiceRequest, State
from .moves import contact_made, move, note_down

BATCH = 500  # needs a run looks at before it looks again


@transaction.atomic
def report_item(
    service_request: ServiceRequest,
    *,
    item: int,
    by: User,
    actor: Actor,
    state: ItemState,
    next_date: date | None = None,
    note: str = "",
) -> None:
    """Say what became of the need with id `item`. `next_date` (later than today) exactly for 'fulfilled for now'.

    When nothing is open any more but something comes back, the request rests until that day: its clock moves there.
    """
    if (state == ItemState.FOR_NOW) != (next_date is not None) or (next_date and next_date <= today()):
        raise Refused(_("Say on which day it is needed again."), field="next_date")
    rows = list(service_request.items.select_for_update())
    row = next((each for each in rows if each.pk == item), None)
    if row is None:
        raise Refused(_("This need does not belong to this request. Open the page again."))
    RequestItem.unscoped.filter(pk=row.pk).update(state=state, next_date=next_date)
    row.state, row.next_date = state, next_date
    changes = {**contact_made(service_request), **_rest(service_request, rows)}
    event: dict[str, Any] = {
        "kind": EventKind.ITEM, "by": by, "actor": actor, "note": note, "is_public": True,
        "event": {"details": {"needs": [_as_it_is(row)]}},
    }  # fmt: skip
    if service_request.state == State.ASSIGNED:
        move(service_request, State.IN_PROGRESS, **event, **changes)
    else:
        note_down(service_request, **event, **changes)


def done_for_now(
    service_request: ServiceRequest,
    rows: list[RequestItem],
    *,
    by: User,
    actor: Actor,
    note: str,
    details: dict[str, Any] | None = None,
) -> RequestEvent:
    """This time is done: of `rows`, its open needs, what comes back rests until its day, the rest is done for good.

    Whoever has the request keeps it. Call inside `transaction.atomic()`.
    """
    if not service_request.is_open:
        raise Refused(_("This request has ended. Open it again first."))
    for row in rows:
        row.next_date = row.next_time(today())
        row.state = ItemState.FOR_NOW if row.next_date else ItemState.DONE
    RequestItem.unscoped.bulk_update(rows, ["state", "next_date"])
    changes = {"paused_at": None, **contact_made(service_request), **_rest(service_request, rows)}
    event: dict[str, Any] = {
        "kind": EventKind.ITEM, "by": by, "actor": actor, "note": note, "is_public": True,
        "event": {"details": {**(details or {}), "needs": [_as_it_is(row) for row in rows]}},
    }  # fmt: skip
    if service_request.state == State.ASSIGNED:
        return move(service_request, State.IN_PROGRESS, **event, **changes)
    return note_down(service_request, **event, **changes)


def _as_it_is(row: RequestItem) -> dict[str, Any]:
    """What an event says of a need: what it is, and how it stands now."""
    day = row.next_date.isoformat() if row.next_date else ""
    return {"id": row.pk, "category": row.category_id, "words": row.words, "state": str(row.state), "next": day}


def _rest(service_request: ServiceRequest, rows: list[RequestItem]) -> dict[str, Any]:
    """The clock of a request of which nothing is open but something comes back: due at the end of that day."""
    days = [row.next_date for row in rows if row.next_date]
    if not days or any(row.state == ItemState.OPEN for row in rows):
        return {}
    opens, closes = _office(min(days))
    # Counted from that day on, so that a pause or a correction until then cannot make it overdue.
    return {
        "clock_started_at": opens, "paused_seconds": 0, "respond_by_at": closes, "resolve_by_at": closes,
        "due_at": closes, "escalation": 0,
    }  # fmt: skip


def _office(day: date) -> tuple[datetime, datetime]:
    return reference.calendar().office(day)


def reopen_due_items(now: datetime | None = None) -> int:
    """Open every need whose day has come; gives how many. For `manage.py work`, as often as it likes.

    Needs of requests that have ended meanwhile stay as they are.
    """
    day = timezone.localdate(now, timezone.get_default_timezone()) if now else today()
    due = RequestItem.unscoped.filter(state=ItemState.FOR_NOW, next_date__lte=day)
    in_open = due.filter(service_request__in=ServiceRequest.unscoped.open().values("pk"))
    return sum(_reopen(pk) for pk in in_open.order_by("next_date", "pk").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _reopen(pk: int) -> int:
    row = RequestItem.unscoped.select_related("service_request__category").get(pk=pk)
    came_back = RequestItem.unscoped.filter(pk=pk, state=ItemState.FOR_NOW, next_date=row.next_date)
    if not came_back.update(state=ItemState.OPEN, next_date=None):
        return 0
    row.state, row.next_date = ItemState.OPEN, None
    details = {"needs": [_as_it_is(row)], "because": "again"}
    try:
        note_down(
            row.service_request, kind=EventKind.ITEM, by=None, actor=Actor.SYSTEM, is_public=True,
            event={"details": details},
        )  # fmt: skip
    except Refused:  # somebody moved the request this moment: the next run finds the need again
        transaction.set_rollback(True)
        return 0
    return 1
