"""What somebody is writing and has not sent: kept so that nothing typed is lost, purged soon after."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.crypto import EncryptedJSONField
from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import bounded

from .households import Household, responsible_for

DRAFT_LIFE = timedelta(hours=24)


HOUSEHOLD_COLUMNS = (
    "door_key", "entrance", "door", "grid", "building__name", "community__name", "community__code",
    "community__duty_phone",
)  # fmt: skip
"""What a resident's pages and the filing of a request want to know of a door."""


class DraftQuerySet(models.QuerySet["RequestDraft"]):
    def alive(self, since: datetime | None = None) -> Self:
        """Those begun after `since`: DRAFT_LIFE ago."""
        return self.filter(created_at__gte=since or timezone.now() - DRAFT_LIFE)

    def with_place(self) -> Self:
        """With the household, its building and community, and `responsible_id`: all that sending needs, in one row."""
        columns = ("answers", "created_at", *(f"household__{name}" for name in HOUSEHOLD_COLUMNS))
        places = self.select_related("household__building", "household__community").only(*columns)
        return places.annotate(responsible_id=responsible_for("household_id"))

    def expired(self, now: datetime | None = None) -> Self:
        return self.filter(created_at__lt=(now or timezone.now()) - DRAFT_LIFE)


class RequestDraft(models.Model):
    """A form on its way. `key` lives in a signed cookie and becomes the request's `submission_key`."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    household = models.ForeignKey(Household, models.CASCADE, null=True, blank=True, related_name="+")
    answers: models.Field[dict[str, Any], dict[str, Any]] = EncryptedJSONField(
        aad="households.requestdraft.answers", default=dict
    )
    created_at = models.DateTimeField(default=timezone.now)

    responsible_id: int | None  # from `with_place`

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("unfinished request")
        verbose_name_plural = _("unfinished requests")
        indexes = [models.Index(fields=["created_at"], name="draft_age")]
        constraints = [
            models.CheckConstraint(condition=bounded(MIN_MOMENT, MAX_MOMENT, "created_at"), name="draft_time_bounded")
        ]

    def __str__(self) -> str:
        return str(self.key)
