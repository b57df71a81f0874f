"""Sealed values that were opened: who looked at what of whom, when, why; how many an hour are nothing special."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from resilience.lib.crypto import EncryptedTextField
from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import MOST_SMALL, bounded

from .appointments import Role
from .households import Household, Resident
from .places import Grid, Region
from .requests import ServiceRequest

WORDS_LENGTH = 200  # characters of a reason somebody writes
MOST_AN_HOUR = 1_000
DAY = timedelta(days=1)
STANDS_OUT = Q(is_over=True) | Q(is_elsewhere=True) | Q(is_at_night=True) | Q(is_namesake=True)


class Sealed(models.TextChoices):
    """What is masked on every page until it is opened. In the order it is shown."""

    PHONE = "phone", _("phone number")
    FILER_PHONE = "filer_phone", _("phone number of who asked")
    DOOR_NOTE = "door_note", _("note for the door")
    NEED_NOTE = "need_note", _("notes on special needs")
    ID_NUMBER = "id_number", _("ID number")


class OpeningReason(models.TextChoices):
    VISIT = "visit", _("a visit or call that is due")
    REQUEST = "request", _("about their request")
    ASKED = "asked", _("they asked to be called")
    EMERGENCY = "emergency", _("emergency")
    FILE = "file", _("putting the file right")
    OTHER = "other", pgettext_lazy("reason", "another reason")


class OpeningQuerySet(models.QuerySet["Opening"]):
    def since(self, moment: datetime) -> Self:
        return self.filter(opened_at__gte=moment)

    def of_day(self, day: date) -> Self:
        """Of that day of the place's calendar."""
        zone = timezone.get_default_timezone()
        start, end = (timezone.make_aware(datetime.combine(each, time.min), zone) for each in (day, day + DAY))
        return self.filter(opened_at__gte=start, opened_at__lt=end)

    def looks(self) -> Self:
        """Each look once: without what stands in the files of guests who were shown along."""
        return self.filter(part_of__isnull=True)

    def standing_out(self) -> Self:
        """Those that may want a second look."""
        return self.filter(STANDS_OUT)

    def of(self, subject: Household | Resident | ServiceRequest) -> Self:
        """Those of this file, this person, or this request, and of nothing that belongs to it."""
        if isinstance(subject, ServiceRequest):
            return self.filter(service_request=subject)
        if isinstance(subject, Resident):
            return self.filter(resident=subject)
        return self.filter(household=subject, resident__isnull=True, service_request__isnull=True)

    def newest_first(self) -> Self:
        return self.order_by("-opened_at", "-id")


class Opening(models.Model):
    """One look at sealed values of a household, of a resident (then `household` is theirs) or of a request.

    The audit has a row of each, too, which nobody can change; this one is what pages and limits are made of.
    `times`: how often the same person had the same shown again within `REPEATED_WITHIN`. `part_of`: a guest's notes
    were shown along with that look at the household they stay with; it has no words, which are about the household.
    """

    REPEATED_WITHIN = timedelta(minutes=10)

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    role = models.CharField(_("as"), max_length=16)
    community = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("community"))
    grid = models.ForeignKey(Grid, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("grid"))
    household = models.ForeignKey(
        Household, models.CASCADE, null=True, blank=True, related_name="openings", verbose_name=_("household")
    )
    resident = models.ForeignKey(
        Resident, models.CASCADE, null=True, blank=True, related_name="openings", verbose_name=_("resident")
    )
    service_request = models.ForeignKey(
        ServiceRequest, models.CASCADE, null=True, blank=True, related_name="openings", verbose_name=_("request")
    )
    fields = models.CharField(_("what"), max_length=60, help_text=_("Names of `Sealed`, separated by spaces."))
    reason = models.CharField(_("why"), max_length=10, choices=OpeningReason.choices)
    about = models.ForeignKey(
        ServiceRequest, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("about the request")
    )
    part_of = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="parts", verbose_name=_("shown along with")
    )
    words = EncryptedTextField(
        aad="households.opening.words", verbose_name=_("reason in words"), blank=True, default=""
    )
    opened_at = models.DateTimeField(_("when"), default=timezone.now)
    last_at = models.DateTimeField(_("last shown"), default=timezone.now)
    times = models.PositiveSmallIntegerField(_("times shown"), default=1)
    # What may want a second look, judged when it happened:
    is_over = models.BooleanField(_("more than usual within an hour"), default=False)
    is_elsewhere = models.BooleanField(_("not one of their doors"), default=False)
    is_at_night = models.BooleanField(_("at night"), default=False)
    is_namesake = models.BooleanField(_("own name or phone"), default=False)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening of sealed details")
        verbose_name_plural = _("openings of sealed details")
        indexes = [
            models.Index(fields=["by", "-opened_at"], name="opening_of_person"),
            models.Index(fields=["community", "-opened_at", "-id"], name="opening_of_place"),
            models.Index(fields=["household", "-opened_at"], name="opening_of_household"),
            models.Index(fields=["service_request", "-opened_at"], name="opening_of_request"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(household__isnull=False) | Q(resident__isnull=True, service_request__isnull=False),
                name="opening_has_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(resident__isnull=True) | Q(service_request__isnull=True), name="opening_has_one_subject"
            ),
            models.CheckConstraint(condition=~Q(fields=""), name="opening_names_what"),
            models.CheckConstraint(condition=Q(reason__in=OpeningReason.values), name="opening_reason_known"),
            models.CheckConstraint(
                condition=~Q(reason="other") | ~Q(words="") | Q(part_of__isnull=False),
                name="opening_says_which_other_reason",
            ),
            models.CheckConstraint(
                condition=Q(part_of__isnull=True) | Q(resident__isnull=False, words=""),
                name="opening_of_guest_has_no_words",
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "opened_at", "last_at") & Q(last_at__gte=F("opened_at")),
                name="opening_times_bounded",
            ),
            models.CheckConstraint(condition=bounded(1, MOST_SMALL, "times"), name="opening_count_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} · {self.fields}"

    @property
    def what(self) -> list[Sealed]:
        """In the order of `Sealed`; names of another release are left out."""
        return [each for each in Sealed if each.value in self.fields.split()]

    @staticmethod
    def spelt(fields: Iterable[str]) -> str:
        """`fields` as the column holds them: always in the same order."""
        wanted = set(fields)
        return " ".join(each.value for each in Sealed if each.value in wanted)


class OpeningRule(models.Model):
    """For a role: from how many openings an hour those in charge are told, and from how many they must allow more."""

    role = models.CharField(_("role"), max_length=10, choices=Role.choices, unique=True)
    alarm_after = models.PositiveSmallIntegerField(
        _("those in charge are told after (an hour)"),
        validators=[MinValueValidator(1), MaxValueValidator(MOST_AN_HOUR)],
        help_text=_("Nobody is stopped: it may be an emergency. Those in charge get a message."),
    )
    stop_after = models.PositiveSmallIntegerField(
        _("somebody in charge must allow more after (an hour)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_AN_HOUR)],
        help_text=_("Empty: nobody is ever stopped."),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("limit of openings")
        verbose_name_plural = _("limits of openings")
        ordering = ["role"]
        constraints = [
            models.CheckConstraint(
                condition=bounded(1, MOST_AN_HOUR, "alarm_after", "stop_after"), name="opening_rule_bounded"
            ),
            models.CheckConstraint(
                condition=Q(stop_after__isnull=True) | Q(stop_after__gt=F("alarm_after")),
                name="opening_rule_alarms_before_it_stops",
                violation_error_message=_("The second number must be larger than the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.alarm_after}"


class OpeningAllowance(models.Model):
    """Somebody in charge of a community let a person open more there than their role may within an hour; until when.

    One of before communities were kept names none, and is over.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("who"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("allowed by"))
    community = models.ForeignKey(
        Region, models.PROTECT, null=True, related_name="+", verbose_name=_("community"), editable=False
    )
    until_at = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("allowance of openings")
        verbose_name_plural = _("allowances of openings")
        indexes = [models.Index(fields=["user", "-until_at"], name="opening_allowance_of_person")]
        constraints = [
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "until_at"), name="opening_allowance_bounded"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.until_at}"
