"""Exports of lists: who asked for what and why, whose second word it had, and a file that ends by itself."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from resilience.lib.codes import format_code, new_code
from resilience.lib.crypto import EncryptedJSONField, EncryptedTextField, fits
from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import MOST, MOST_SMALL, bounded
from resilience.lib.sheets import CSV, XLSX

WORDS_LENGTH = 300  # characters of a purpose or a reason


class Which(models.TextChoices):
    """The lists there are."""

    QUEUE = "queue", _("Requests")
    HOUSEHOLDS = "households", _("Households")
    NEEDS = "needs", _("People with special needs")
    NOT_VISITED = "not_visited", _("Doors not visited")
    VISITS = "visits", _("Visits of a period")
    NUMBERS = "numbers", _("Numbers of today")


class Purpose(models.TextChoices):
    VISITS = "visits", _("visits and calls")
    RELIEF = "relief", _("handing out goods")
    REPORT = "report", _("a report that somebody may ask of us")
    CHECK = "check", _("putting the register right")
    OTHER = "other", pgettext_lazy("purpose", "something else")


class Form(models.TextChoices):
    XLSX = XLSX, _("Excel (XLSX)")
    CSV = CSV, _("plain table (CSV)")


class State(models.TextChoices):
    WAITING = "waiting", _("waits for a second person")
    APPROVED = "approved", _("being made")
    READY = "ready", _("ready")
    REFUSED = "refused", pgettext_lazy("export", "refused")
    ENDED = "ended", pgettext_lazy("export", "ended")


# The only moves there are; `actions` makes them.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.APPROVED, State.REFUSED, State.ENDED}),
    State.APPROVED: frozenset({State.READY, State.ENDED}),
    State.READY: frozenset({State.ENDED}),
    State.REFUSED: frozenset(),
    State.ENDED: frozenset(),
}


class End(models.TextChoices):
    EXPIRED = "expired", _("its time was over")
    USED_UP = "used_up", _("fetched as often as allowed")
    GIVEN_UP = "given_up", _("destroyed by who asked")
    PURGED = "purged", _("something in it was destroyed or made anonymous")
    OUT_OF_REACH = "out_of_reach", _("who asked does not see all of it any more")
    GREW = "grew", _("the list had grown; ask again")


class ExportQuerySet(models.QuerySet["Export"]):
    def waiting(self) -> Self:
        return self.filter(state=State.WAITING)

    def to_make(self) -> Self:
        return self.filter(state=State.APPROVED)

    def open(self) -> Self:
        """There is, or may still be, a file."""
        return self.filter(state__in=[State.WAITING, State.APPROVED, State.READY])

    def fetchable(self, now: datetime | None = None) -> Self:
        now = now or timezone.now()
        return self.filter(state=State.READY, expires_at__gt=now, downloads__lt=F("most_downloads"))

    def over(self, now: datetime | None = None) -> Self:
        """Open, and at an end all the same: too late, or fetched as often as allowed."""
        used_up = Q(state=State.READY, downloads__gte=F("most_downloads"))
        return self.open().filter(Q(expires_at__lte=now or timezone.now()) | used_up)

    def of_place(self, codes: tuple[str, ...]) -> Self:
        """Those all of which lies in one of these regions."""
        found = Q(pk__in=[])
        for code in codes:
            found |= Q(place__gte=code, place__lt=f"{code}:")
        return self.filter(found)

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class Export(models.Model):
    """One file asked for. `code` stands in each of its rows; `place`: the region all of it lies in, '' above cities.

    `columns`, `unmasked`: names, apart by blanks. `why`: the reason for each unmasked one. `rows`: how many were
    counted when it was asked for, then how many the file has. Until it is made `expires_at` is when the asking lapses.
    `restarts` counts what was destroyed elsewhere while it waited to be made: what was read before is thrown away.
    `file_key` opens the file (`resilience.lib.sealed_files`) and is forgotten when it ends: no backup can be read then.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=9, unique=True, default=new_code, editable=False)
    which = models.CharField(_("list"), max_length=12, choices=Which.choices)
    form = models.CharField(_("kind of file"), max_length=4, choices=Form.choices, default=Form.XLSX)
    language = models.CharField(max_length=10)
    purpose = models.CharField(_("what for"), max_length=8, choices=Purpose.choices)
    words = EncryptedTextField(
        aad="exports.export.words", verbose_name=_("what for, in words"), max_length=WORDS_LENGTH
    )
    filters = EncryptedJSONField(aad="exports.export.filters", default=dict, blank=True)
    columns = models.CharField(_("columns"), max_length=400)
    unmasked = models.CharField(_("columns not masked"), max_length=200, blank=True, default="")
    why = EncryptedJSONField(aad="exports.export.why", default=dict, blank=True)
    place = models.CharField(max_length=12, blank=True, default="")
    scope = models.CharField(max_length=40, blank=True, default="")
    rows = models.PositiveIntegerField(_("rows"), default=0)
    needs_second = models.BooleanField(default=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who asked")
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("second person"),
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = EncryptedTextField(
        aad="exports.export.decision", verbose_name=_("their reason"), max_length=WORDS_LENGTH, blank=True, default=""
    )
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    expires_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=12, choices=End.choices, blank=True, default="")
    downloads = models.PositiveSmallIntegerField(_("fetched"), default=0)
    most_downloads = models.PositiveSmallIntegerField(default=1)
    size = models.PositiveIntegerField(default=0)
    restarts = models.PositiveSmallIntegerField(default=0)
    file = models.CharField(max_length=80, blank=True, default="")
    file_key = EncryptedTextField(aad="exports.export.file_key", max_length=60, blank=True, default="")

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["asked_by", "-id"], name="export_of_person"),
            models.Index(fields=["place", "-id"], name="export_of_place"),
            models.Index(
                fields=["expires_at"], name="export_open", condition=Q(state__in=["waiting", "approved", "ready"])
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="export_state_known"),
            models.CheckConstraint(
                condition=Q(which__in=Which.values, form__in=Form.values, purpose__in=Purpose.values),
                name="export_words_known",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="export_decided_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(needs_second=False) | Q(state__in=["waiting", "ended"]) | Q(decided_by__isnull=False),
                name="export_made_after_the_second_word",
            ),
            models.CheckConstraint(
                condition=Q(needs_second=True) | Q(unmasked=""), name="export_unmasked_needs_a_second"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="export_decided_by_somebody_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="ready", made_at__isnull=False) & ~Q(file="") & Q(file_key__length__gt=0)
                | ~Q(state="ready") & Q(file="", file_key__length__lte=0),
                name="export_has_a_file_exactly_when_ready",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False, end__in=End.values)
                | ~Q(state="ended") & Q(ended_at__isnull=True, end=""),
                name="export_ended_at_a_time_for_a_reason",
            ),
            models.CheckConstraint(
                condition=bounded(0, MOST_SMALL, "downloads", "most_downloads", "restarts")
                & Q(downloads__lte=F("most_downloads")),
                name="export_fetched_as_often_as_allowed",
            ),
            models.CheckConstraint(condition=bounded(0, MOST, "rows", "size"), name="export_counts_bounded"),
            models.CheckConstraint(
                condition=bounded(
                    MIN_MOMENT, MAX_MOMENT, "asked_at", "decided_at", "made_at", "expires_at", "ended_at"
                ),
                name="export_times_bounded",
            ),
            models.CheckConstraint(
                condition=fits("words", WORDS_LENGTH) & fits("decision", WORDS_LENGTH) & fits("file_key", 60),
                name="export_words_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.code_label

    @property
    def code_label(self) -> str:
        return format_code(self.code)

    @property
    def column_names(self) -> list[str]:
        return self.columns.split()

    @property
    def unmasked_names(self) -> list[str]:
        return self.unmasked.split()

    @property
    def is_open(self) -> bool:
        return self.state in (State.WAITING, State.APPROVED, State.READY)

    @property
    def downloads_left(self) -> int:
        return max(0, self.most_downloads - self.downloads) if self.state == State.READY else 0

    def can_become(self, state: State) -> bool:
        return state in TRANSITIONS[State(self.state)]

    def may_be_fetched(self, now: datetime | None = None) -> bool:
        return self.downloads_left > 0 and self.expires_at > (now or timezone.now())


class ExportRow(models.Model):
    """That a file holds something of this household, request or visit (which of them: `Export.which`).

    While it waits to be made, after a second person's word: that it may. No foreign key: it is how a file is found
    when such a row is destroyed, and goes with the file.
    """

    export = models.ForeignKey(Export, models.CASCADE, related_name="+")
    row = models.PositiveBigIntegerField()

    objects: models.Manager[Any] = models.Manager()

    class Meta:
        verbose_name = _("row of an export")
        verbose_name_plural = _("rows of exports")
        indexes = [models.Index(fields=["row"], name="export_row_of")]
        constraints = [
            models.UniqueConstraint(fields=["export", "row"], name="one_export_row_once"),
            models.CheckConstraint(condition=bounded(0, MOST, "row"), name="export_row_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.export_id} · {self.row}"
