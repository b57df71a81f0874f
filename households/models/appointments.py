"""Who may do what where: a user holds a role for a part of the place tree, from–until."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import today

from .places import DatedQuerySet, Grid, Region, dates_in_order


class Role(models.TextChoices):
    """What a user is somewhere. Issue 3 adds volunteer, supervisors and auditor."""

    WORKER = "worker", _("grid worker")
    LEAD = "lead", _("grid lead")
    STAFF = "staff", _("community staff")


class AppointmentQuerySet(DatedQuerySet["Appointment"]):
    def held(self, day: date | None = None) -> Self:
        """Appointments that hold on that day (today), of users who may still sign in."""
        return self.on(day or today()).filter(user__is_active=True)

    def of_role(self, *roles: Role) -> Self:
        return self.filter(role__in=roles)

    def in_communities(self, communities: Iterable[int]) -> Self:
        """For one of the communities as a whole, or for one of their grids."""
        wanted = list(communities)
        return self.filter(Q(region__in=wanted) | Q(grid__community__in=wanted))


class Appointment(models.Model):
    """One user, one role, one place: a region with all below it, or one grid."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("region")
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("grid")
    )
    from_date = models.DateField(_("from"), default=today)
    until_date = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day it holds."))

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["user", "from_date"]
        constraints = [
            *dates_in_order("appointment"),
            models.CheckConstraint(
                condition=Q(region__isnull=True, grid__isnull=False) | Q(region__isnull=False, grid__isnull=True),
                name="appointment_for_region_or_grid",
                violation_error_message=_("Choose either a region or a grid."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
