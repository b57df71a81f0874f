"""Special needs, and the table that says how often each wants contact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from resilience.lib.crypto import EncryptedTextField
from resilience.lib.dates import MAX_DATE, MIN_DATE, today
from resilience.lib.db import bounded
from resilience.lib.scoped import ScopedManager, ScopedQuerySet

from .households import CareColour, Household, Presence, Resident
from .places import DatedQuerySet, dates_in_order

LAST_POSITION = 9_999  # in a list that staff put in order


class TwoNames(models.Model):
    """A row that staff name in both languages."""

    name_zh = models.CharField(_("name in Chinese"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=60)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class NeedKind(TwoNames):
    """A special group (特殊群体) somebody can belong to. Staff add kinds."""

    code = models.SlugField(_("code"), max_length=30, unique=True)
    icon = models.CharField(_("icon"), max_length=30, default="heart-pulse")
    position = models.PositiveSmallIntegerField(
        _("position"), default=100, validators=[MaxValueValidator(LAST_POSITION)]
    )
    is_active = models.BooleanField(_("in use"), default=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("kind of need")
        verbose_name_plural = _("kinds of need")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(condition=bounded(0, LAST_POSITION, "position"), name="need_kind_position_bounded")
        ]


class NeedQuerySet(ScopedQuerySet["ResidentNeed"]):
    def active(self) -> Self:
        return self.filter(until_date__isnull=True)

    def at_doors(self, households: Iterable[Household | int]) -> Self:
        """Active needs of those behind these doors today, each with its `door_id`: who lives there and is not away, and
        who stays there for a while. Who is away outside the register is behind no door. For whoever has the doors.
        """
        # Not by OR across two tables, for which SQLite reads every need there is.
        people = Resident.objects.order_by().values_list("pk")
        lives = people.filter(household__in=households, presence=Presence.HERE)
        stays = people.filter(stays_with__in=households, presence=Presence.AWAY)
        stays_with = When(resident__presence=Presence.AWAY, then=F("resident__stays_with_id"))
        door = Case(stays_with, default=F("resident__household_id"))
        rows = self._with(True).active()
        return rows.filter(resident__pk__any_of=lives.union(stays, all=True)).annotate(door_id=door)

    def at_door(self, household: Household | int) -> Self:
        return self.at_doors([household])


class ResidentNeed(models.Model):
    """A need of a resident, since–until, and when contact because of it was last made and is next due."""

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="needs", verbose_name=_("resident"))
    kind = models.ForeignKey(NeedKind, models.PROTECT, related_name="+", verbose_name=_("need"))
    note = EncryptedTextField(aad="households.residentneed.note", verbose_name=_("note"), blank=True, default="")
    since_date = models.DateField(_("since"), default=today)
    until_date = models.DateField(_("until"), null=True, blank=True)
    last_met_date = models.DateField(_("last contact"), null=True, blank=True, editable=False)
    next_due_date = models.DateField(_("next contact due"), null=True, blank=True, editable=False)
    campaign = models.ForeignKey(
        "households.Campaign",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="needs",
        db_index=False,
        editable=False,
    )

    door_id: int  # from `at_doors`

    unscoped = NeedQuerySet.as_manager()
    objects = ScopedManager.from_queryset(NeedQuerySet)()

    class Meta:
        verbose_name = _("resident's need")
        verbose_name_plural = _("residents' needs")
        ordering = ["kind__position", "id"]
        indexes = [
            models.Index(fields=["resident"], name="need_active", condition=Q(until_date__isnull=True)),
            models.Index(fields=["campaign", "id"], name="need_of_campaign", condition=Q(campaign__isnull=False)),
            models.Index(fields=["until_date"], name="need_ended", condition=Q(until_date__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "kind"],
                condition=Q(until_date__isnull=True),
                name="one_active_need_of_a_kind",
                violation_error_message=_("This need is on the file already."),
            ),
            models.CheckConstraint(
                condition=Q(since_date__gte=MIN_DATE, since_date__lte=MAX_DATE), name="need_since_bounded"
            ),
            models.CheckConstraint(
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("since_date"), until_date__lte=MAX_DATE),
                name="need_until_after_since",
            ),
            models.CheckConstraint(
                condition=bounded(MIN_DATE, MAX_DATE, "last_met_date", "next_due_date"), name="need_contact_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}"


class Means(models.TextChoices):
    """What counts as contact."""

    DOOR = "door", _("at the door")
    ANY = "any", _("at the door or by phone")


class CareRuleQuerySet(DatedQuerySet["CareRule"]):
    def in_force(self) -> Self:
        return self.on(today())


class CareRule(models.Model):
    """Who wants contact how often and by which means: for a kind of need or for a care colour, from–until."""

    kind = models.ForeignKey(
        NeedKind, models.CASCADE, null=True, blank=True, related_name="rules", verbose_name=_("need")
    )
    colour = models.CharField(_("care colour"), max_length=6, choices=CareColour.choices, blank=True, default="")
    every_days = models.PositiveSmallIntegerField(
        _("every … days"), validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    means = models.CharField(_("means"), max_length=5, choices=Means.choices, default=Means.ANY)
    from_date = models.DateField(_("from"), default=MIN_DATE)
    until_date = models.DateField(_("until"), null=True, blank=True)

    history = HistoricalRecords()
    objects = CareRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("care rule")
        verbose_name_plural = _("care rules")
        ordering = ["every_days", "id"]
        constraints = [
            *dates_in_order("care_rule"),
            models.CheckConstraint(
                condition=(Q(kind__isnull=False, colour="") | (Q(kind__isnull=True) & ~Q(colour=""))),
                name="care_rule_for_kind_or_colour",
                violation_error_message=_("Choose either a need or a colour."),
            ),
            models.CheckConstraint(condition=Q(every_days__gte=1, every_days__lte=366), name="care_rule_days_bounded"),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(until_date__isnull=True, kind__isnull=False),
                name="one_current_rule_per_kind",
            ),
            models.UniqueConstraint(
                fields=["colour"],
                condition=Q(until_date__isnull=True) & ~Q(colour=""),
                name="one_current_rule_per_colour",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind or self.get_colour_display()} / {self.every_days}"
