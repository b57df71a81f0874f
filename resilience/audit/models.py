"""Who did what, when, from where and why: rows that are only ever added, each tied to the one before.

`Entry` is written by `actions.record`, `Link` by the database itself (`triggers`), `Anchor` by `anchors`. Nothing
here is changed or removed, and no value of a personal field ever gets in: who was meant is a code or a uid.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import bounded

from .fields import MomentField, to_number

MOST_BIG = 2**62


class Actor(models.TextChoices):
    USER = "user", _("user")
    RESIDENT = "resident", _("somebody without an account")
    SYSTEM = "system", _("by itself")


class EntryQuerySet(models.QuerySet["Entry"]):
    def newest_first(self) -> EntryQuerySet:
        """In the order of time: ids begin with it."""
        return self.order_by("-id")


class Entry(models.Model):
    """One thing somebody did. Its id is time-ordered (UUID version 7), so the order of ids is that of time.

    `fields` names what changed, apart by commas; `details` is JSON of codes and counts. Both are texts so that what is
    digested is what is stored, on both databases.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    at = MomentField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("who")
    )
    actor = models.CharField(_("who"), max_length=8, choices=Actor.choices)
    action = models.CharField(_("what"), max_length=60)
    subject_kind = models.CharField(_("kind"), max_length=30)
    subject_key = models.CharField(_("about"), max_length=64)
    place = models.CharField(_("place"), max_length=15, blank=True)
    fields = models.CharField(_("fields"), max_length=500, blank=True)
    why = models.CharField(_("why"), max_length=200, blank=True)
    address = models.CharField(_("from"), max_length=45, blank=True)
    session = models.CharField(_("session"), max_length=16, blank=True)
    page = models.CharField(_("page"), max_length=80, blank=True)
    details = models.CharField(_("details"), max_length=500, default="{}")
    key_id = models.PositiveSmallIntegerField(_("key"))
    digest = models.CharField(_("digest"), max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit row")
        verbose_name_plural = _("audit rows")
        indexes = [
            models.Index(fields=["subject_key", "-id"], name="audit_story"),
            models.Index(fields=["by", "-id"], name="audit_person", condition=Q(by__isnull=False)),
            models.Index(fields=["action", "-id"], name="audit_action"),
            models.Index(fields=["place", "-id"], name="audit_place"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=bounded(to_number(MIN_MOMENT), to_number(MAX_MOMENT), "at") & bounded(0, 255, "key_id"),
                name="audit_entry_bounded",
            ),
            models.CheckConstraint(
                condition=Q(actor="user", by__isnull=False) | Q(actor__in=["resident", "system"], by__isnull=True),
                name="audit_user_has_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind}"

    @property
    def facts(self) -> dict[str, Any]:
        """`details`, read."""
        found: dict[str, Any] = json.loads(self.details)
        return found


class Link(models.Model):
    """The place of an entry in the chain: 1, 2, 3 … without a gap, in the order in which transactions were committed.

    `hash` is SHA-256 over the hash before and the entry's digest, both in hex. Written by a trigger.
    """

    seq = models.BigAutoField(primary_key=True)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="link")
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("link of the audit chain")
        verbose_name_plural = _("links of the audit chain")

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:8]}"


class Anchor(models.Model):
    """The head of the chain at a moment, sealed with a key: what is carried out of the house, and compared with later.

    The seal covers the seal of the anchor before, so that none in between can be taken away.
    """

    at = MomentField(_("when"))
    seq = models.BigIntegerField(_("rows"))
    hash = models.CharField(_("hash"), max_length=64)
    key_id = models.PositiveSmallIntegerField(_("key"))
    seal = models.CharField(_("seal"), max_length=64)

    class Meta:
        verbose_name = _("anchor of the audit")
        verbose_name_plural = _("anchors of the audit")
        constraints = [
            models.CheckConstraint(
                condition=bounded(to_number(MIN_MOMENT), to_number(MAX_MOMENT), "at")
                & bounded(0, 255, "key_id")
                & Q(seq__gte=0, seq__lte=MOST_BIG),
                name="audit_anchor_bounded",
            )
        ]

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def new_id(at: datetime) -> uuid.UUID:
    """UUID version 7: the milliseconds, 12 bits of the rest of the moment, 62 random bits."""
    milliseconds, rest = divmod(to_number(at), 1_000)
    bits = uuid.uuid4().int & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | (rest * 4096 // 1000) << 64 | 2 << 62 | bits)


def first_id(at: datetime) -> uuid.UUID:
    """The lowest id an entry of that moment or later can have: for a range of days. Ids begin with the year 1970."""
    milliseconds, rest = divmod(max(to_number(at), 0), 1_000)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | (rest * 4096 // 1000) << 64)


def now() -> datetime:
    """The server's clock."""
    return timezone.now()
