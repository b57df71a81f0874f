"""A worker at a door or on the phone, with what was found."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.crypto import EncryptedTextField, fits
from resilience.lib.dates import MAX_DATE, MAX_MOMENT, MIN_DATE, MIN_MOMENT
from resilience.lib.db import bounded
from resilience.lib.scoped import ScopedManager, ScopedQuerySet

from .care import ResidentNeed
from .households import Household
from .places import Grid, Region
from .requests import ServiceRequest

NOTE_LENGTH = 2_000  # characters


class VisitMeans(models.TextChoices):
    DOOR = "door", _("at the door")
    PHONE = "phone", _("by phone")


class VisitResult(models.TextChoices):
    MET = "met", _("met")
    NOBODY = "nobody", _("nobody answered")
    REFUSED = "refused", _("did not want contact")


class Finding(models.TextChoices):
    WELL = "well", _("all well")
    FOUND = "found", _("something found")


class VisitQuerySet(ScopedQuerySet["Visit"]):
    def met_at_door(self) -> Self:
        """Somebody was met in person."""
        return self.filter(result=VisitResult.MET, means=VisitMeans.DOOR)


class Visit(models.Model):
    """One visit. `key` makes a replay harmless; `happened_at` is the worker's time, `recorded_at` the server's.

    `due_date` is what was due when it was made: a late visit stays visible as late.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    household = models.ForeignKey(Household, models.PROTECT, related_name="visits", verbose_name=_("household"))
    community = models.ForeignKey(Region, models.PROTECT, related_name="+")
    grid = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="visits", verbose_name=_("worker")
    )
    means = models.CharField(_("how"), max_length=5, choices=VisitMeans.choices, default=VisitMeans.DOOR)
    result = models.CharField(_("result"), max_length=8, choices=VisitResult.choices)
    finding = models.CharField(_("finding"), max_length=5, choices=Finding.choices, blank=True, default="")
    note = EncryptedTextField(
        aad="households.visit.note", verbose_name=_("note"), max_length=NOTE_LENGTH, blank=True, default=""
    )
    happened_at = models.DateTimeField(_("when"), default=timezone.now)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    due_date = models.DateField(_("was due"), null=True, blank=True)
    service_request = models.ForeignKey(
        ServiceRequest,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="found_on",
        verbose_name=_("became the request"),
    )

    campaign = models.ForeignKey(
        "households.Campaign",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="visits",
        db_index=False,
        editable=False,
    )

    unscoped = VisitQuerySet.as_manager()
    objects = ScopedManager.from_queryset(VisitQuerySet)()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = [
            models.Index(fields=["household", "-happened_at"], name="visit_timeline"),
            models.Index(fields=["worker", "-happened_at"], name="visit_of_worker"),
            models.Index(fields=["community", "-happened_at"], name="visit_in_community"),
            models.Index(fields=["campaign", "id"], name="visit_of_campaign", condition=Q(campaign__isnull=False)),
            models.Index(fields=["happened_at"], name="visit_oldest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(happened_at__gte=MIN_MOMENT, happened_at__lte=MAX_MOMENT), name="visit_time_bounded"
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "recorded_at"), name="visit_recorded_bounded"
            ),
            models.CheckConstraint(condition=bounded(MIN_DATE, MAX_DATE, "due_date"), name="visit_due_bounded"),
            models.CheckConstraint(condition=fits("note", NOTE_LENGTH), name="visit_note_bounded"),
            models.CheckConstraint(
                condition=Q(result="met") & ~Q(finding="") | ~Q(result="met"), name="visit_met_has_a_finding"
            ),
        ]

    def __str__(self) -> str:
        return self.get_result_display()


class VisitCheck(models.Model):
    """A need that was seen to on a visit, and when that contact had been due."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="checks")
    need = models.ForeignKey(ResidentNeed, models.CASCADE, related_name="checks")
    due_date = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("need seen to")
        verbose_name_plural = _("needs seen to")
        constraints = [
            models.UniqueConstraint(fields=["visit", "need"], name="one_check_per_need_and_visit"),
            models.CheckConstraint(condition=bounded(MIN_DATE, MAX_DATE, "due_date"), name="visit_check_due_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} · {self.need_id}"
