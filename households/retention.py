"""Which rows a rule of retention is about to forget, and whose eyes may see which of them.

A row is due when its end lies further back than the rule of today keeps it, and nothing holds it back: a campaign under
a legal hold keeps all that belongs to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from resilience.accounts.models import User
from resilience.lib.db import RowCount
from resilience.outbox.models import Message, MessageState

from . import reference
from .models import (
    ARE_OPEN_OR_RESOLVED,
    Campaign,
    DueRow,
    FileChange,
    Household,
    HouseholdPhone,
    LifeEvent,
    LifeKind,
    Photo,
    Presence,
    Resident,
    ResidentNeed,
    Role,
    ServiceRequest,
    Subject,
    Visit,
)
from .viewer import Viewer

LISTED_FOR = timedelta(days=1)
"""How long staff can see what is about to go, before it goes."""


@dataclass(frozen=True, slots=True)
class About:
    """A subject of retention: when a row of it ended, and which of those rows can go at all."""

    rows: Callable[[], QuerySet]
    ended: str  # a moment or a day of the row, or an annotation of `rows`
    campaign: str = ""  # path to the campaign it belongs to


def _requests() -> QuerySet[ServiceRequest]:
    return ServiceRequest.unscoped.identified().exclude(ARE_OPEN_OR_RESOLVED)


def _photos() -> QuerySet[Photo]:
    return Photo.unscoped.filter(service_request__in=_requests().values("pk"))


def _needs() -> QuerySet[ResidentNeed]:
    return ResidentNeed.unscoped.filter(until_date__isnull=False)


def _people() -> QuerySet[Resident]:
    """Ended when it was reported that they left, which is later than when they did."""
    left = LifeEvent.unscoped.filter(resident=OuterRef("pk"), kind__in=[LifeKind.MOVED_OUT, LifeKind.DIED])
    told = left.order_by().values("resident").annotate(last=Max("reported_at")).values("last")
    held = ResidentNeed.unscoped.filter(resident=OuterRef("pk"), campaign__in=Campaign.objects.held().values("pk"))
    gone = Resident.unscoped.filter(presence__in=[Presence.MOVED_OUT, Presence.DIED]).exclude(Exists(held))
    return gone.annotate(ended_at=Coalesce(told, F("created_at")))


def _files() -> QuerySet[Household]:
    """Closed, nobody of it left in the register, and something to forget."""
    something = [Exists(model._default_manager.filter(household=OuterRef("pk"))) for model in _OF_A_FILE]
    says = ~Q(door_note="") | ~Q(care_colour="") | something[0] | something[1] | something[2]
    somebody = Exists(Resident.unscoped.filter(household=OuterRef("pk")))
    return Household.unscoped.filter(says, ~somebody, until_date__isnull=False)


_OF_A_FILE = (HouseholdPhone, FileChange, LifeEvent)


def _messages() -> QuerySet[Message]:
    return Message.objects.exclude(state=MessageState.WAITING)


# What is listed before it goes. Unfinished forms live for a day and name no row to staff; who looked and changed is
# never shortened: both have their days in the same table. Counts of tries go by themselves once they are free again.
ABOUT: dict[Subject, About] = {
    Subject.PEOPLE: About(_people, "ended_at"),
    Subject.NEEDS: About(_needs, "until_date", "campaign"),
    Subject.VISITS: About(Visit.unscoped.all, "happened_at", "campaign"),
    Subject.PHOTOS: About(_photos, "service_request__updated_at", "service_request__campaign"),
    Subject.REQUESTS: About(_requests, "updated_at", "campaign"),
    Subject.FILES: About(_files, "until_date"),
    Subject.MESSAGES: About(_messages, "created_at"),
}
_OF_DAYS = (Subject.NEEDS, Subject.FILES)


def due(subject: Subject, ahead: timedelta = timedelta(0)) -> QuerySet:
    """The rows whose time is over now, or will be in so long; none where no rule is in force."""
    about, keep_days = ABOUT[subject], reference.retention().get(subject)
    rows = about.rows()
    if keep_days is None:
        return rows.none()
    rows = rows.filter(**{f"{about.ended}__lt": _cutoff(subject, keep_days, ahead)})
    if about.campaign:
        held = Q(**{f"{about.campaign}__in": Campaign.objects.held().values("pk")})
        rows = rows.filter(Q(**{f"{about.campaign}__isnull": True}) | ~held)
    return rows


def _cutoff(subject: Subject, keep_days: int, ahead: timedelta) -> datetime | object:
    moment = timezone.now() + ahead - timedelta(days=keep_days)
    return timezone.localdate(moment, timezone.get_default_timezone()) if subject in _OF_DAYS else moment


def days(subject: Subject, otherwise: int) -> int:
    """How long that is kept, by the rule of today."""
    return reference.retention().get(subject, otherwise)


# --- for whose eyes -------------------------------------------------------------------------------------
_WHERE: dict[Subject, str] = {
    Subject.PHOTOS: "service_request__", Subject.NEEDS: "resident__household__", Subject.PEOPLE: "household__",
}  # fmt: skip


_LOOKING = (Role.STAFF, Role.SUPERVISOR)


def due_for(viewer: Viewer, subject: Subject, ahead: timedelta = timedelta(0)) -> QuerySet:
    """`due`, in the places whose office the viewer works in."""
    rows = due(subject, ahead)
    if subject == Subject.MESSAGES:
        ours = ServiceRequest.objects.seen_by(viewer).filter(viewer.within(*_LOOKING)).values("code")
        return rows if viewer.is_admin else rows.filter(about__in=ours)
    path = _WHERE.get(subject, "")
    return rows.filter(viewer.within(*_LOOKING, community=f"{path}community", grid=f"{path}grid"))


@dataclass(frozen=True, slots=True)
class Coming:
    """Of one subject: how many rows are listed, the first one's moment, and how many more come in the days ahead."""

    listed: int
    first_at: datetime | None
    more: int


def coming(viewer: Viewer, ahead: timedelta) -> dict[Subject, Coming]:
    """What ends next, of all subjects that are listed, in one statement."""
    columns: list[Any] = []
    for subject in ABOUT:
        rows = due_for(viewer, subject).order_by().values("pk")
        listed = DueRow.objects.filter(subject=subject, row__in=rows).order_by()
        first = listed.values("subject").annotate(at=Min("listed_at")).values("at")
        later = due_for(viewer, subject, ahead).order_by().values("pk")
        columns += [RowCount(listed.values("pk")), Subquery(first), RowCount(later)]
    row = User.objects.filter(pk=viewer.pk).values_list(*columns).get()  # any table that has exactly one row for it
    return {
        subject: Coming(row[at], row[at + 1], max(0, row[at + 2] - row[at]))
        for at, subject in zip(range(0, len(row), 3), ABOUT, strict=True)
    }
