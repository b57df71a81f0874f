"""The tables behind the clocks: limits, office hours, days off, escalation. Staff edit all of them."""

from __future__ import annotations

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from resilience.lib.dates import MAX_DATE, MIN_DATE
from resilience.lib.db import bounded

from .categories import Category
from .places import DatedQuerySet, dates_in_order
from .request_states import Urgency


class ClockRuleQuerySet(DatedQuerySet["ClockRule"]):
    pass


class ClockRule(models.Model):
    """Respond-by and resolve-by of a category (or of all, when empty) at an urgency, from–until."""

    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="clock_rules",
        verbose_name=_("category"),
        help_text=_("Empty: every category without a rule of its own."),
    )
    urgency = models.CharField(_("urgency"), max_length=8, choices=Urgency.choices)
    respond_minutes = models.PositiveIntegerField(
        _("respond within (minutes)"),
        validators=[MinValueValidator(1), MaxValueValidator(525_600)],
        help_text=_(
            "A day has 1440 minutes. Where the category’s clock runs in office hours only, count those:"
            " from 8:30 to 18:00 a day has 570, a week 2850."
        ),
    )
    resolve_minutes = models.PositiveIntegerField(
        _("resolve within (minutes)"), validators=[MinValueValidator(1), MaxValueValidator(525_600)]
    )
    from_date = models.DateField(_("from"), default=MIN_DATE)
    until_date = models.DateField(_("until"), null=True, blank=True)

    history = HistoricalRecords()
    objects = ClockRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock rule")
        verbose_name_plural = _("clock rules")
        ordering = ["category", "urgency"]
        constraints = [
            *dates_in_order("clock_rule"),
            models.CheckConstraint(
                condition=Q(
                    respond_minutes__gte=1, resolve_minutes__gte=F("respond_minutes"), resolve_minutes__lte=525_600
                ),
                name="clock_rule_minutes_in_order",
                violation_error_message=_(
                    "The time to resolve must be at least the time to respond, and at most a year."
                ),
            ),
            models.UniqueConstraint(
                fields=["category", "urgency"],
                condition=Q(until_date__isnull=True),
                name="one_current_clock_rule",
            ),
            models.UniqueConstraint(
                fields=["urgency"],
                condition=Q(until_date__isnull=True, category__isnull=True),
                name="one_current_default_clock_rule",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category or '*'} / {self.get_urgency_display()}"


class SpecialDay(models.Model):
    """A day that is not what its weekday says: a holiday, or a weekend that is worked (调休)."""

    date = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(_("working day"), default=False)
    name = models.CharField(_("name"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["-date"]
        constraints = [
            models.CheckConstraint(condition=Q(date__gte=MIN_DATE, date__lte=MAX_DATE), name="special_day_bounded")
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class EscalationLevel(models.IntegerChoices):
    NONE = 0, _("not escalated")
    WORKER = 1, _("worker reminded")
    LEAD = 2, _("grid lead told")
    DESK = 3, _("desk told")


class HouseRules(models.Model):
    """The few numbers staff set for the whole house; always the one row with id 1."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    stale_after_days = models.PositiveSmallIntegerField(
        _("a file is stale after (days)"), default=180, validators=[MinValueValidator(1), MaxValueValidator(3660)]
    )
    close_after_days = models.PositiveSmallIntegerField(
        _("a resolved request closes without an answer after (days)"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )
    reopen_within_days = models.PositiveSmallIntegerField(
        _("a closed request can be reopened for (days)"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
    )
    opens_at = models.TimeField(_("office opens"), default=time(8, 30))
    closes_at = models.TimeField(_("office closes"), default=time(18, 0))
    lead_after_minutes = models.PositiveIntegerField(
        _("tell the grid lead when overdue by (minutes)"), default=60, validators=[MaxValueValidator(43_200)]
    )
    desk_after_minutes = models.PositiveIntegerField(
        _("tell the desk when overdue by (minutes)"), default=240, validators=[MaxValueValidator(43_200)]
    )
    urgent_lead_after_minutes = models.PositiveIntegerField(
        _("urgent: tell the grid lead when overdue by (minutes)"),
        default=15,
        validators=[MaxValueValidator(43_200)],
    )
    urgent_desk_after_minutes = models.PositiveIntegerField(
        _("urgent: tell the desk when overdue by (minutes)"),
        default=60,
        validators=[MaxValueValidator(43_200)],
    )
    life_lead_after_minutes = models.PositiveIntegerField(
        _("life in danger: tell the grid lead again when overdue by (minutes)"),
        default=0,
        validators=[MaxValueValidator(43_200)],
    )
    life_desk_after_minutes = models.PositiveIntegerField(
        _("life in danger: tell the desk again when overdue by (minutes)"),
        default=5,
        validators=[MaxValueValidator(43_200)],
        help_text=_("All three are told at once when it is filed; this is for when nobody takes it."),
    )

    destruction_needs_second = models.BooleanField(
        _("a second person approves what a campaign’s end destroys"), default=True
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("house rules")
        verbose_name_plural = _("house rules")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="house_rules_are_one_row"),
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="office_opens_before_it_closes"),
            models.CheckConstraint(
                condition=Q(desk_after_minutes__gte=F("lead_after_minutes")), name="desk_is_told_after_the_lead"
            ),
            models.CheckConstraint(
                condition=bounded(1, 3_660, "stale_after_days")
                & bounded(1, 90, "close_after_days")
                & bounded(1, 366, "reopen_within_days")
                & bounded(0, 43_200, "lead_after_minutes", "desk_after_minutes")
                & bounded(0, 43_200, "urgent_lead_after_minutes", "urgent_desk_after_minutes")
                & bounded(0, 43_200, "life_lead_after_minutes", "life_desk_after_minutes"),
                name="house_rules_bounded",
            ),
            models.CheckConstraint(
                condition=Q(urgent_desk_after_minutes__gte=F("urgent_lead_after_minutes")),
                name="urgent_desk_is_told_after_the_lead",
            ),
            models.CheckConstraint(
                condition=Q(life_desk_after_minutes__gte=F("life_lead_after_minutes")),
                name="life_desk_is_told_after_the_lead",
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def delays(self, urgency: str) -> tuple[int, int]:
        """Minutes overdue until the lead, and until the desk, is told."""
        if urgency == Urgency.LIFE:
            return self.life_lead_after_minutes, self.life_desk_after_minutes
        if urgency == Urgency.URGENT:
            return self.urgent_lead_after_minutes, self.urgent_desk_after_minutes
        return self.lead_after_minutes, self.desk_after_minutes
