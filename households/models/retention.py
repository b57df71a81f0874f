"""How long what is kept: a table that administrators edit, and the list of what it is about to forget."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from resilience.lib.dates import MAX_MOMENT, MIN_DATE, MIN_MOMENT, today
from resilience.lib.db import bounded

from .places import DatedQuerySet, dates_in_order

LONGEST_KEPT = 36_600  # days
AUDIT_AT_LEAST = 1_096  # days: three years, which the law asks for
RECORDS_AT_LEAST = 90  # days: what is known of people, and done for them; nobody can take it away before it is missed
MESSAGES_AT_LEAST = 7  # days: so long somebody can ask whether one went out
NOTICE = timedelta(days=7)
"""So long before it holds, a rule that was written or changed stands where everybody in charge can see it."""
MOST_KEYS = 2**62


class Subject(models.TextChoices):
    """What a rule of retention is about."""

    REQUESTS = "requests", _("requests that have ended")
    PHOTOS = "photos", _("photos of requests that have ended")
    VISITS = "visits", _("visits")
    NEEDS = "needs", _("special needs that have ended")
    PEOPLE = "people", _("people who moved out or died")
    FILES = "files", _("household files that were closed")
    MESSAGES = "messages", _("messages that went out or were given up")
    DRAFTS = "drafts", _("forms that were not sent")
    AUDIT = "audit", _("who looked and who changed what")


_RECORDS = ("requests", "photos", "visits", "needs", "people", "files")


def _waits(now: datetime) -> Q:
    """Written too lately to hold. A form that somebody did not send is about nothing that could be missed."""
    return Q(written_at__gt=now - NOTICE) & ~Q(subject="drafts")


class RetentionRuleQuerySet(DatedQuerySet["RetentionRule"]):
    def in_force(self) -> Self:
        """Of today, and written long enough ago."""
        return self.on(today()).exclude(_waits(timezone.now()))

    def waiting(self) -> Self:
        """Those that will hold once everybody in charge could have said no."""
        return self.exclude(until_date__lt=today()).filter(_waits(timezone.now()))


class RetentionRule(models.Model):
    """How many days after its end something is kept, from–until.

    `written_at`: when somebody last wrote it, but for an earlier end. It holds `NOTICE` after that; what it was before
    is forgotten by then, so nothing goes meanwhile. Two rules of a time: the longer one holds.
    """

    subject = models.CharField(_("what"), max_length=10, choices=Subject.choices)
    keep_days = models.PositiveIntegerField(
        _("kept for (days)"),
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_KEPT)],
        help_text=_("Counted from its end: closed, made, moved out, sent. A year has 365."),
    )
    from_date = models.DateField(_("from"), default=MIN_DATE)
    until_date = models.DateField(_("until"), null=True, blank=True)
    written_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)

    history = HistoricalRecords()
    objects = RetentionRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of retention")
        verbose_name_plural = _("rules of retention")
        ordering = ["subject", "from_date"]
        constraints = [
            *dates_in_order("retention_rule"),
            models.CheckConstraint(condition=Q(subject__in=Subject.values), name="retention_subject_known"),
            models.CheckConstraint(condition=bounded(1, LONGEST_KEPT, "keep_days"), name="retention_days_bounded"),
            models.CheckConstraint(
                condition=~Q(subject="audit") | Q(keep_days__gte=AUDIT_AT_LEAST),
                name="retention_of_audit_three_years_at_least",
                violation_error_message=_("Who looked is kept for at least three years: 1096 days."),
            ),
            models.CheckConstraint(
                condition=~Q(subject__in=_RECORDS) | Q(keep_days__gte=RECORDS_AT_LEAST),
                name="retention_of_records_ninety_days_at_least",
                violation_error_message=_("This is kept for at least 90 days."),
            ),
            models.CheckConstraint(
                condition=~Q(subject="messages") | Q(keep_days__gte=MESSAGES_AT_LEAST),
                name="retention_of_messages_a_week_at_least",
                violation_error_message=_("Messages are kept for at least 7 days."),
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "written_at"), name="retention_rule_time_bounded"
            ),
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(until_date__isnull=True),
                name="one_current_retention_rule",
                violation_error_message=_("End the rule of today first: give it a last day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} / {self.keep_days}"

    @property
    def holds_from(self) -> date:
        """The first day on which something may go by it."""
        told = timezone.localdate(self.written_at + NOTICE, timezone.get_default_timezone())
        return max(told, self.from_date)

    def only_ends_earlier_than(self, before: RetentionRule) -> bool:
        """Whether it keeps more than `before`, and nothing less: that waits for nobody."""
        same = ("subject", "keep_days", "from_date")
        if self.until_date is None or any(getattr(self, name) != getattr(before, name) for name in same):
            return False
        return before.until_date is None or self.until_date <= before.until_date


class DueRowQuerySet(models.QuerySet["DueRow"]):
    def ripe(self, listed_before: datetime) -> Self:
        """Those on the list long enough for staff to have seen them."""
        return self.filter(listed_at__lte=listed_before)


class DueRow(models.Model):
    """A row that a rule is about to forget: listed by a dry run, at least a day before it is applied."""

    subject = models.CharField(max_length=10, choices=Subject.choices)
    row = models.PositiveBigIntegerField()
    listed_at = models.DateTimeField(default=timezone.now)

    objects = DueRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("row about to be forgotten")
        verbose_name_plural = _("rows about to be forgotten")
        indexes = [models.Index(fields=["subject", "listed_at"], name="due_row_ripe")]
        constraints = [
            models.UniqueConstraint(fields=["subject", "row"], name="one_listing_a_row"),
            models.CheckConstraint(condition=bounded(1, MOST_KEYS, "row"), name="due_row_bounded"),
            models.CheckConstraint(condition=bounded(MIN_MOMENT, MAX_MOMENT, "listed_at"), name="due_row_time_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.row}"
