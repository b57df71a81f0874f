"""The states of a request, the one table of its moves, and the other words a request is described by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Urgency(models.TextChoices):
    LIFE = "life", _("life in danger")
    URGENT = "urgent", _("today")
    NORMAL = "normal", _("this week")
    LOW = "low", _("when you can")


class State(models.TextChoices):
    SUBMITTED = "submitted", _("received")
    ACCEPTED = "accepted", _("taken up")
    ASSIGNED = "assigned", _("with a worker")
    IN_PROGRESS = "progress", _("in progress")
    RESOLVED = "resolved", _("done, waiting for their answer")
    CLOSED = "closed", _("closed")
    REOPENED = "reopened", _("reopened")
    REJECTED = "rejected", _("not taken up")
    CANCELLED = "cancelled", _("cancelled")
    MERGED = "merged", _("joined to another request")


S = State
# The only moves there are. Written nowhere else; `actions/requests.move` refuses the rest.
TRANSITIONS: dict[State, frozenset[State]] = {
    S.SUBMITTED: frozenset({S.ACCEPTED, S.ASSIGNED, S.RESOLVED, S.REJECTED, S.CANCELLED, S.MERGED}),
    S.ACCEPTED: frozenset({S.ASSIGNED, S.RESOLVED, S.REJECTED, S.CANCELLED, S.MERGED}),
    # To itself: to another worker.
    S.ASSIGNED: frozenset({S.ACCEPTED, S.ASSIGNED, S.IN_PROGRESS, S.RESOLVED, S.REJECTED, S.CANCELLED, S.MERGED}),
    S.IN_PROGRESS: frozenset({S.ACCEPTED, S.ASSIGNED, S.RESOLVED, S.REJECTED, S.CANCELLED, S.MERGED}),
    S.RESOLVED: frozenset({S.CLOSED, S.REOPENED}),
    # To itself: the answer came after it had closed by itself.
    S.CLOSED: frozenset({S.CLOSED, S.REOPENED}),
    S.REOPENED: frozenset({S.ACCEPTED, S.ASSIGNED, S.RESOLVED, S.REJECTED, S.CANCELLED, S.MERGED}),
    S.REJECTED: frozenset({S.REOPENED}),
    S.CANCELLED: frozenset({S.REOPENED}),  # taken back by staff
    S.MERGED: frozenset({S.ACCEPTED}),
}
OPEN_STATES = (S.SUBMITTED, S.ACCEPTED, S.ASSIGNED, S.IN_PROGRESS, S.REOPENED)
WITH_WORKER_STATES = (S.ASSIGNED, S.IN_PROGRESS)
UNASSIGNED_STATES = (S.SUBMITTED, S.ACCEPTED, S.REOPENED)
_OPEN_VALUES = [str(state) for state in OPEN_STATES]
IS_OPEN = Q(state__in=_OPEN_VALUES)  # for indexes and constraints
ARE_OPEN_OR_RESOLVED = Q(state__in=[*_OPEN_VALUES, str(S.RESOLVED)])
"""Somebody still works on them, or waits for the resident's answer."""
ARE_OPEN = Q(state__among=_OPEN_VALUES)  # for queries: SQLite finds the indexes of the above only by this


class Source(models.TextChoices):
    DOOR = "door", _("door code")
    WEB = "web", _("web page")
    DESK = "desk", _("desk")
    HOTLINE = "hotline", _("hotline")
    VISIT = "visit", _("found on a visit")


class Consent(models.TextChoices):
    """Whether the person concerned knows that somebody files for them."""

    OWN = "own", _("files for themselves")
    AGREED = "agreed", _("knows and agrees")
    CANNOT = "cannot", _("cannot be asked just now")


class Outcome(models.TextChoices):
    """What the resident says became of it."""

    DONE = "done", _("done")
    HALF = "half", _("half done")
    NOT_DONE = "not_done", _("not done")


class Rating(models.TextChoices):
    SATISFIED = "satisfied", _("satisfied")
    MOSTLY = "mostly", _("mostly satisfied")
    DISSATISFIED = "not", _("not satisfied")
