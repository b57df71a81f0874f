"""Who may do what where: a user holds a role for a part of the place tree, from–until."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import combinations
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import MAX_DATE, today

from .places import DatedQuerySet, Grid, Level, Region, dates_in_order


class Role(models.TextChoices):
    """What a user is somewhere. What each may do is told in `households.policies`."""

    VOLUNTEER = "volunteer", _("volunteer")
    WORKER = "worker", _("grid worker")
    LEAD = "lead", _("grid lead")
    STAFF = "staff", _("community staff")
    SUPERVISOR = "supervisor", _("supervisor")
    AUDITOR = "auditor", _("auditor")


ANSWERING = (Role.WORKER, Role.LEAD)
"""May answer for a household."""
HELPING = (*ANSWERING, Role.VOLUNTEER)
"""May be given a request."""
FOR_REGIONS = (Role.SUPERVISOR, Role.AUDITOR)
"""Held for a region only: nobody oversees or audits one grid."""
MIXED = _("An auditor looks at what others do and so has no other role, at no time that overlaps.")


class AppointmentQuerySet(DatedQuerySet["Appointment"]):
    def held(self, day: date | None = None) -> Self:
        """Appointments that hold on that day (today), of users who may still sign in."""
        return self.on(day or today()).filter(user__is_active=True)

    def of_role(self, *roles: Role) -> Self:
        return self.filter(role__in=roles)

    def during(self, first: date, last: date | None) -> Self:
        """Appointments that hold on any day from `first` until `last`, for good without it."""
        return self.filter(Q(until_date__isnull=True) | Q(until_date__gte=first), from_date__lte=last or MAX_DATE)

    def mixed_with_audit(self) -> Self:
        """Of auditors who have another role at the same time, or are administrators: what no constraint can say."""
        same = self.model.objects.filter(user=OuterRef("user")).exclude(role=Role.AUDITOR)
        until = Coalesce(OuterRef("until_date"), Value(MAX_DATE))
        other = same.filter(Q(until_date__isnull=True) | Q(until_date__gte=OuterRef("from_date")), from_date__lte=until)
        return self.of_role(Role.AUDITOR).filter(Exists(other) | Q(user__is_superuser=True))

    def reaching(self, codes: Iterable[str]) -> Self:
        """For a place in one of the regions of those codes, or for one that it lies in."""
        found = Q(pk__in=[])
        for code in codes:
            around = [code[:digits] for digits in (4, 6, 9) if digits < len(code)]
            found |= Q(region__code__startswith=code) | Q(region__code__in=around) | Q(grid__code__startswith=code)
        return self.filter(found)

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
            models.CheckConstraint(condition=Q(role__in=Role.values), name="appointment_role_known"),
            models.CheckConstraint(
                condition=Q(grid__isnull=True) | ~Q(role__in=FOR_REGIONS),
                name="appointment_above_grids_for_region",
                violation_error_message=_("A supervisor or an auditor is appointed for a region, not for a grid."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"

    def clean(self) -> None:
        """What the constraints cannot say: it takes other rows."""
        super().clean()
        if self.role == Role.VOLUNTEER and self.region and self.region.level != Level.COMMUNITY:
            raise ValidationError({"region": _("A volunteer helps in a grid or a community, not in a larger region.")})
        if self.user_id and ((self.role == Role.AUDITOR and self.user.is_superuser) or self._is_mixed_with_others()):
            raise ValidationError({"role": MIXED})

    def _is_mixed_with_others(self) -> bool:
        others = Appointment.objects.filter(user=self.user_id).exclude(pk=self.pk)
        others = others.during(self.from_date, self.until_date)
        is_auditor = self.role == Role.AUDITOR
        return (others.exclude(role=Role.AUDITOR) if is_auditor else others.of_role(Role.AUDITOR)).exists()

    def overlaps(self, other: Appointment) -> bool:
        """Whether both hold on some day."""
        return self.from_date <= (other.until_date or MAX_DATE) and other.from_date <= (self.until_date or MAX_DATE)


def are_mixed_with_audit(appointments: Iterable[Appointment]) -> bool:
    """Whether of these, all one person's, an auditor's overlaps another."""
    return any(
        (one.role == Role.AUDITOR) != (other.role == Role.AUDITOR) and one.overlaps(other)
        for one, other in combinations(appointments, 2)
    )
