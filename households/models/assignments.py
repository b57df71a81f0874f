"""Who serves whom: the worker responsible for a household, the worker a request is with."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import bounded

from .households import Household
from .requests import ServiceRequest


class OpenEndedQuerySet(models.QuerySet):
    def active(self) -> Self:
        return self.filter(ended_at__isnull=True)


class Responsibility(models.Model):
    """一户一员包保: one worker answers for a household, one active at a time."""

    household = models.ForeignKey(
        Household, models.CASCADE, related_name="responsibilities", verbose_name=_("household")
    )
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="responsibilities", verbose_name=_("worker")
    )
    started_at = models.DateTimeField(_("from"), default=timezone.now)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("given by")
    )

    objects = OpenEndedQuerySet.as_manager()

    class Meta:
        verbose_name = _("responsibility")
        verbose_name_plural = _("responsibilities")
        indexes = [models.Index(fields=["worker"], name="responsibility_active", condition=Q(ended_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(
                fields=["household"], condition=Q(ended_at__isnull=True), name="one_responsible_worker_per_household"
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "started_at", "ended_at"), name="responsibility_times_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household_id} → {self.worker_id}"


class EndReason(models.TextChoices):
    """Why an assignment ended."""

    DECLINED = "declined", _("declined")
    HANDED_OVER = "handed_over", _("handed over")
    REASSIGNED = "reassigned", _("assigned to somebody else")
    LEFT = "left", _("worker left or is away")
    RESOLVED = "resolved", _("resolved")
    CLOSED = "closed", _("request ended")
    MERGED = "merged", _("merged into another")


class Assignment(models.Model):
    """A request with a worker; one active per request. `ServiceRequest.worker` repeats the active one's worker."""

    service_request = models.ForeignKey(
        ServiceRequest, models.CASCADE, related_name="assignments", verbose_name=_("request")
    )
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", verbose_name=_("worker")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("assigned by")
    )
    started_at = models.DateTimeField(_("assigned"), default=timezone.now)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("how it ended"), max_length=12, choices=EndReason.choices, blank=True, default="")
    note = models.CharField(_("note"), max_length=500, blank=True, default="")

    objects = OpenEndedQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        indexes = [models.Index(fields=["worker"], name="assignment_active", condition=Q(ended_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(
                fields=["service_request"], condition=Q(ended_at__isnull=True), name="one_open_assignment_per_request"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="assignment_end_has_a_reason",
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "started_at", "accepted_at", "ended_at"),
                name="assignment_times_bounded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_request_id} → {self.worker_id}"
