"""Who somebody is and how they sign in. Knows no place: what a user may do where is an `Appointment` in the core."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from resilience.lib.crypto import EncryptedTextField
from resilience.lib.dates import MAX_DATE, MAX_MOMENT, MIN_DATE, MIN_MOMENT, today
from resilience.lib.db import bounded


def are_away(path: str = "") -> Q:
    """On a row that has a user at `path` ('worker__'): ill or on leave today. `User.is_away` says it of one."""
    return Q(**{f"{path}away_until_date__gte": today()})


class UserManager(BaseUserManager["User"]):
    def active(self) -> models.QuerySet[User]:
        return self.filter(is_active=True)

    def away(self) -> models.QuerySet[User]:
        """Who may still sign in and is ill or on leave today."""
        return self.active().filter(are_away())


class User(AbstractUser):
    """A worker, lead, staff member or administrator. Residents have no account."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=40, help_text=_("As residents and colleagues read it."))
    phone = EncryptedTextField(aad="accounts.user.phone", verbose_name=_("phone"), blank=True, default="")
    away_until_date = models.DateField(
        _("away until"),
        null=True,
        blank=True,
        help_text=_("Ill or on leave: gets no new work up to and including this day."),
    )

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(condition=bounded(MIN_DATE, MAX_DATE, "away_until_date"), name="user_away_bounded"),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "last_login", "date_joined"), name="user_times_bounded"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_away(self) -> bool:
        """Ill or on leave today."""
        return self.away_until_date is not None and self.away_until_date >= today()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class RateCount(models.Model):
    """When one somebody (hashed) has all tries of a limit free again. Counted by one statement: see `limits.count`."""

    key = models.BinaryField(max_length=16, primary_key=True)
    free_at = models.BigIntegerField()  # microseconds since the epoch

    class Meta:
        indexes = [models.Index(fields=["free_at"], name="rate_count_free")]
        constraints = [
            models.CheckConstraint(
                condition=bounded(0, int(MAX_MOMENT.timestamp()) * 1_000_000, "free_at"), name="rate_count_bounded"
            )
        ]

    def __str__(self) -> str:
        return str(self.free_at)
