"""What is remembered of the keys: by which value each is known again, never a key."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import bounded


class KnownKeyQuerySet(models.QuerySet["KnownKey"]):
    def needed(self) -> KnownKeyQuerySet:
        """Something may be sealed with it, or found by it."""
        return self.filter(retired_at__isnull=True)


class KnownKey(models.Model):
    """A key this database was written with. `retired_at`: since then nothing needs it (`rotate_keys` says so)."""

    ring = models.CharField(_("setting"), max_length=20)
    key_id = models.PositiveSmallIntegerField(_("key"))
    check_value = models.BinaryField(_("check value"), max_length=16)
    registered_at = models.DateTimeField(_("first used"), default=timezone.now)
    retired_at = models.DateTimeField(_("not needed since"), null=True, blank=True)

    objects = KnownKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("key")
        verbose_name_plural = _("keys")
        ordering = ["ring", "key_id"]
        constraints = [
            models.UniqueConstraint(fields=["ring", "key_id"], name="one_key_of_an_id"),
            models.CheckConstraint(condition=bounded(0, 255, "key_id"), name="key_id_bounded"),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "registered_at", "retired_at"), name="key_times_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ring} {self.key_id}"
