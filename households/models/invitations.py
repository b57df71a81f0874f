"""Whom somebody has asked to serve: a link that opens once, and the appointment that begins with it."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.crypto import EncryptedTextField
from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT, today
from resilience.lib.db import bounded

from .appointments import FOR_REGIONS, Role
from .places import Grid, Region, dates_in_order

HOLDS_FOR = timedelta(hours=72)


def digest_of(token: str) -> bytes:
    """What a link's token (256 random bits) is found by: the database holds nothing that opens one."""
    return hashlib.sha256(token.encode()).digest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        """Whose link still opens."""
        return self.filter(accepted_at__isnull=True, cancelled_at__isnull=True, expires_at__gt=timezone.now())


class Invitation(models.Model):
    """A person by name and phone, the role they are to have and where, from–until. The link's token is kept hashed."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token_digest = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=60)
    phone = EncryptedTextField(aad="households.invitation.phone", verbose_name=_("phone"), blank=True, default="")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    grid = models.ForeignKey(Grid, models.PROTECT, null=True, blank=True, related_name="+")
    from_date = models.DateField(_("from"), default=today)
    until_date = models.DateField(_("until"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("user")
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            *dates_in_order("invitation"),
            models.CheckConstraint(
                condition=Q(region__isnull=True, grid__isnull=False) | Q(region__isnull=False, grid__isnull=True),
                name="invitation_for_region_or_grid",
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values) & (Q(grid__isnull=True) | ~Q(role__in=FOR_REGIONS)),
                name="invitation_role_fits_place",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(cancelled_at__isnull=True), name="invitation_ends_once"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=False) | Q(user__isnull=True), name="invitation_user_accepted"
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "created_at", "expires_at", "accepted_at", "cancelled_at"),
                name="invitation_times_bounded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.get_role_display()}"

    @property
    def place(self) -> Region | Grid:
        place = self.grid or self.region
        assert place is not None
        return place
