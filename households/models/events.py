"""What happened to a request: its history, one row a thing. Nothing changes or deletes them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import bounded
from resilience.lib.scoped import ScopedManager, ScopedQuerySet

from .request_states import State
from .requests import EVENT_LENGTH, TEXT_LENGTH, ServiceRequest


class EventKind(models.TextChoices):
    """What happened to a request. A move of state is one of these too."""

    SUBMITTED = "submitted", pgettext_lazy("event", "asked")
    TAKEN_UP = "taken_up", _("taken up by the desk")
    ASSIGNED = "assigned", _("given to a worker")
    ACCEPTED = "accepted", _("accepted by the worker")
    DECLINED = "declined", _("declined by the worker")
    HANDED_OVER = "handed_over", _("handed over")
    STARTED = "started", _("started")
    VISITED = "visited", _("visited")
    NOTE = "note", _("note")
    REPLY = "reply", _("reply to the resident")
    PAUSED = "paused", _("waiting for the resident")
    RESUMED = "resumed", _("clock runs again")
    ITEM = "item", _("one need answered")
    RESOLVED = "resolved", _("resolved")
    CONFIRMED = "confirmed", _("answered by the resident")
    CLOSED = "closed", _("closed")
    REOPENED = "reopened", _("reopened")
    REJECTED = "rejected", _("not taken up")
    CANCELLED = "cancelled", _("cancelled")
    TAKEN_BACK = "taken_back", _("cancellation taken back")
    MERGED = "merged", _("joined to another request")
    UNMERGED = "unmerged", _("separated again")
    TWIN = "twin", _("another request was joined")
    ESCALATED = "escalated", _("escalated")
    EDITED = "edited", _("corrected")
    CALLED = "called", _("called to ask whether it is still needed")


class Actor(models.TextChoices):
    RESIDENT = "resident", _("resident")
    WORKER = "worker", _("worker")
    DESK = "desk", _("desk")
    SYSTEM = "system", _("by itself")


class RequestEvent(models.Model):
    """One thing that happened to a request: who, when, why, from which state to which. Never changed or deleted.

    `note` is what somebody wrote. What the house itself says stands in `details` as codes, ids and days, and gets its
    words when it is read, in the reader's language: see `wording.said`, which knows the keys.
    """

    service_request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="events")
    at = models.DateTimeField(_("when"), default=timezone.now)
    kind = models.CharField(_("what"), max_length=12, choices=EventKind.choices)
    actor = models.CharField(_("who"), max_length=8, choices=Actor.choices, default=Actor.SYSTEM)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    from_state = models.CharField(max_length=10, choices=State.choices, blank=True, default="")
    to_state = models.CharField(max_length=10, choices=State.choices, blank=True, default="")
    to_worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to")
    )
    other = models.ForeignKey(ServiceRequest, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(_("words"), max_length=TEXT_LENGTH, blank=True, default="")
    details = models.JSONField(_("details"), default=dict, blank=True)
    is_public = models.BooleanField(_("the resident reads it"), default=False)
    key = models.UUIDField(null=True, blank=True, editable=False)  # of the form that was sent; see actions/once.py

    unscoped = ScopedQuerySet["RequestEvent"].as_manager()
    objects = ScopedManager.from_queryset(ScopedQuerySet)()

    class Meta:
        verbose_name = _("event of a request")
        verbose_name_plural = _("events of requests")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["service_request", "at", "id"], name="event_story")]
        constraints = [
            models.CheckConstraint(condition=bounded(MIN_MOMENT, MAX_MOMENT, "at"), name="event_time_bounded"),
            models.CheckConstraint(condition=Q(note__length__lte=EVENT_LENGTH), name="event_note_bounded"),
            models.UniqueConstraint(fields=["key"], condition=Q(key__isnull=False), name="event_once_per_form_sent"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
