"""What was destroyed, by whose word, and how it can be checked afterwards: rows without any personal value."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import MOST_SMALL, bounded

from .campaigns import Campaign


class DestructionState(models.TextChoices):
    ASKED = "asked", _("asked for, waits for a second person")
    APPROVED = "approved", _("under way")
    DONE = "done", _("done")


class DestructionQuerySet(models.QuerySet["Destruction"]):
    def under_way(self) -> Self:
        return self.filter(state=DestructionState.APPROVED)

    def done(self) -> Self:
        return self.filter(state=DestructionState.DONE)


class Destruction(models.Model):
    """The end of a campaign's data and, once done, its certificate. A certificate is never changed or deleted.

    `counts`: table → {"destroyed": n, "anonymised": n}. `rows_hash`: SHA-256 over the sorted digests of its
    `Tombstone`s. `hash`: SHA-256 over the certificate before it, and all that this one says: see
    `households.certificates`.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    campaign = models.OneToOneField(Campaign, models.PROTECT, related_name="destruction")
    state = models.CharField(max_length=8, choices=DestructionState.choices, default=DestructionState.ASKED)
    needs_second = models.BooleanField(default=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    tool_version = models.CharField(max_length=40, blank=True, default="")
    counts: models.Field[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, blank=True)
    rows_hash = models.CharField(max_length=64, blank=True, default="")
    previous_hash = models.CharField(max_length=64, blank=True, default="")
    hash = models.CharField(max_length=64, blank=True, default="")

    objects = DestructionQuerySet.as_manager()

    class Meta:
        verbose_name = _("destruction")
        verbose_name_plural = _("destructions")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DestructionState.values), name="destruction_state_known"),
            models.CheckConstraint(
                condition=Q(needs_second=False) | Q(approved_by__isnull=True) | ~Q(approved_by=F("asked_by")),
                name="destruction_approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", approved_by__isnull=True, approved_at__isnull=True)
                | ~Q(state="asked") & Q(approved_by__isnull=False, approved_at__isnull=False),
                name="destruction_approved_before_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(state="done", finished_at__isnull=False) & ~Q(hash="") & ~Q(rows_hash="")
                | ~Q(state="done") & Q(finished_at__isnull=True, hash=""),
                name="destruction_certified_exactly_when_done",
            ),
            models.UniqueConstraint(
                fields=["previous_hash"], condition=Q(state="done"), name="certificates_are_one_chain"
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "asked_at", "approved_at", "finished_at"),
                name="destruction_times_bounded",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def is_done(self) -> bool:
        return self.state == DestructionState.DONE


class Deed(models.TextChoices):
    DESTROYED = "destroyed", _("destroyed")
    ANONYMISED = "anonymised", _("anonymised")


class TombstoneQuerySet(models.QuerySet["Tombstone"]):
    def unwritten(self) -> Self:
        """Not yet in the list outside the database."""
        return self.filter(written_at__isnull=True)


class Tombstone(models.Model):
    """That a row is gone: its table, and a keyed digest by which it is known again if a backup brings it back.

    Kept for good. `rule`: by which rule of retention, where it was no campaign. Anchors (see `tombstones.ANCHORS`) are
    also written to a file outside the database, from which `manage.py purge_again` works after a restore.
    """

    table = models.CharField(max_length=60)
    digest = models.CharField(max_length=34)
    deed = models.CharField(max_length=10, choices=Deed.choices)
    destruction = models.ForeignKey(Destruction, models.PROTECT, null=True, blank=True, related_name="tombstones")
    rule = models.CharField(max_length=10, blank=True, default="")
    at = models.DateTimeField(default=timezone.now)
    written_at = models.DateTimeField(null=True, blank=True)

    objects = TombstoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        indexes = [models.Index(fields=["at"], name="tombstone_unwritten", condition=Q(written_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(fields=["digest", "table"], name="one_tombstone_a_row"),
            models.CheckConstraint(condition=Q(deed__in=Deed.values), name="tombstone_deed_known"),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "at", "written_at"), name="tombstone_times_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.digest}"


class DoomedFile(models.Model):
    """A file whose row is gone and which is still to be unlinked. Gone itself once the file is."""

    name = models.CharField(max_length=200, unique=True)
    destruction = models.ForeignKey(Destruction, models.PROTECT, null=True, blank=True, related_name="doomed_files")
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=60, blank=True, default="")
    since_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("file to be removed")
        verbose_name_plural = _("files to be removed")
        constraints = [
            models.CheckConstraint(condition=bounded(0, MOST_SMALL, "tries"), name="doomed_file_tries_bounded"),
            models.CheckConstraint(condition=bounded(MIN_MOMENT, MAX_MOMENT, "since_at"), name="doomed_file_bounded"),
        ]

    def __str__(self) -> str:
        return self.name
