"""How long what is kept: a table that staff edit, and the list of what it is about to forget."""

from __future__ import annotations

from datetime import datetime
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


class RetentionRuleQuerySet(DatedQuerySet["RetentionRule"]):
    def in_force(self) -> Self:
        return self.on(today())


class RetentionRule(models.Model):
    """How many days after its end something is kept, from–until."""

    subject = models.CharField(_("what"), max_length=10, choices=Subject.choices)
    keep_days = models.PositiveIntegerField(
        _("kept for (days)"),
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_KEPT)],
        help_text=_("Counted from its end: closed, made, moved out, sent. A year has 365."),
    )
    from_date = models.DateField(_("from"), default=MIN_DATE)
    until_date = models.DateField(_("until"), null=True, blank=True)

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
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(until_date__isnull=True),
                name="one_current_retention_rule",
                violation_error_message=_("End the rule of today first: give it a last day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} / {self.keep_days}"


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
