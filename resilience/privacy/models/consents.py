"""What people agreed to, or said no to: for which purpose, to which words, who said so for whom, how and when."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from households.models import Resident
from resilience.lib.crypto import EncryptedTextField, fits
from resilience.lib.dates import MAX_DATE, MAX_MOMENT, MIN_DATE, MIN_MOMENT, today
from resilience.lib.db import bounded

from .data_requests import NAME_LENGTH

CHILD_UNTIL = 14
"""Whose data of under that age only a guardian can agree to (PIPL, Article 31)."""
TEXT_LENGTH, MOST_VERSIONS = 2_000, 999


class Purpose(models.TextChoices):
    """What rests on consent alone: said no to or taken back, the software stops doing it."""

    CARE = "care", _("keeping special needs on file, so that somebody comes or calls")
    SMS = "sms", _("text messages about requests")
    PHOTOS = "photos", _("photos on visits at home")


class Given(models.TextChoices):
    SELF = "self", _("the person")
    GUARDIAN = "guardian", _("their guardian")


class Guardian(models.TextChoices):
    """What the guardian is to the person."""

    PARENT = "parent", _("parent")
    GRANDPARENT = "grand", _("grandparent")
    SPOUSE = "spouse", _("spouse")
    CHILD = "child", _("grown-up child")
    NAMED = "named", _("named by a court, a committee or an authority")


class How(models.TextChoices):
    PAPER = "paper", _("on paper")
    DOOR = "door", _("at the door")
    PHONE = "phone", _("by phone")
    FORM = "form", _("on the page of their request")


class Answer(models.TextChoices):
    YES = "yes", pgettext_lazy("consent", "agreed")
    NO = "no", pgettext_lazy("consent", "said no")


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def current(self) -> Self:
        """Of each purpose the newest that holds today."""
        newer = self.filter(purpose=OuterRef("purpose"), from_date__lte=today()).order_by("-version")
        return self.filter(pk=models.Subquery(newer.values("pk")[:1]))


class ConsentText(models.Model):
    """The words that people agree to, of one version. What somebody agreed to never changes: new words, new row."""

    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    version = models.PositiveSmallIntegerField(
        _("version"), validators=[MinValueValidator(1), MaxValueValidator(MOST_VERSIONS)]
    )
    words_zh = models.TextField(_("words in Chinese"), max_length=TEXT_LENGTH)
    words_en = models.TextField(_("words in English"), max_length=TEXT_LENGTH)
    from_date = models.DateField(_("from"), default=today)

    history = HistoricalRecords()
    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("words of a consent")
        verbose_name_plural = _("words of consents")
        ordering = ["purpose", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "version"],
                name="one_consent_text_per_version",
                violation_error_message=_("There is this version already."),
            ),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="consent_text_purpose_known"),
            models.CheckConstraint(condition=bounded(1, MOST_VERSIONS, "version"), name="consent_text_version_bounded"),
            models.CheckConstraint(condition=bounded(MIN_DATE, MAX_DATE, "from_date"), name="consent_text_day_bounded"),
            models.CheckConstraint(
                condition=Q(words_zh__length__lte=TEXT_LENGTH, words_en__length__lte=TEXT_LENGTH)
                & ~Q(words_zh="")
                & ~Q(words_en=""),
                name="consent_text_words_bounded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} · {self.version}"

    @property
    def words(self) -> str:
        """In the reader's language."""
        return self.words_zh if (get_language() or "").startswith("zh") else self.words_en


class ConsentQuerySet(models.QuerySet["Consent"]):
    def latest_of_each(self) -> Self:
        """Of each person and purpose the last word."""
        later = self.model._default_manager.filter(resident=OuterRef("resident"), purpose=OuterRef("purpose"))
        return self.filter(pk=models.Subquery(later.order_by("-pk").values("pk")[:1]))

    def objecting(self) -> Self:
        """Whose last word is a no, or a yes that was taken back."""
        return self.latest_of_each().filter(Q(answer=Answer.NO) | Q(ended_at__isnull=False))


class Consent(models.Model):
    """One word of one person on one purpose. `ended_at`: it was taken back, or another took its place."""

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="consents", verbose_name=_("resident"))
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="+", verbose_name=_("words"))
    answer = models.CharField(_("answer"), max_length=3, choices=Answer.choices)
    is_child = models.BooleanField(_("under 14 then"), default=False)
    given_by = models.CharField(_("said by"), max_length=10, choices=Given.choices, default=Given.SELF)
    guardian = models.ForeignKey(
        Resident, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("guardian in the register")
    )
    guardian_name = EncryptedTextField(
        aad="privacy.consent.guardian_name", verbose_name=_("guardian"), max_length=NAME_LENGTH, blank=True, default=""
    )
    guardian_is = models.CharField(
        _("what the guardian is to them"), max_length=10, choices=Guardian.choices, blank=True, default=""
    )
    how = models.CharField(_("how"), max_length=10, choices=How.choices)
    given_at = models.DateTimeField(_("said"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    ended_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    ended_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("taking back recorded by"),
    )  # fmt: skip

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "purpose"],
                condition=Q(ended_at__isnull=True),
                name="one_standing_word_per_person_and_purpose",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values, answer__in=Answer.values, how__in=How.values),
                name="consent_codes_known",
            ),
            models.CheckConstraint(
                condition=Q(is_child=False) | Q(given_by="guardian"), name="consent_of_a_child_by_a_guardian"
            ),
            models.CheckConstraint(
                condition=Q(given_by="self", guardian_is="", guardian__isnull=True)
                | Q(given_by="guardian", guardian_is__in=Guardian.values),
                name="consent_says_what_the_guardian_is",
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "given_at", "ended_at")
                & (Q(ended_at__isnull=True) | Q(ended_at__gte=F("given_at"))),
                name="consent_times_bounded",
            ),
            models.CheckConstraint(condition=fits("guardian_name", NAME_LENGTH), name="consent_guardian_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.get_answer_display()}"

    @property
    def holds(self) -> bool:
        """Whether it is a yes that nobody took back."""
        return self.answer == Answer.YES and self.ended_at is None


def is_child(resident: Resident) -> bool:
    """Whether they are under 14, or may be: where only the year is known, until its end."""
    if resident.age is None:
        return False
    return resident.age < CHILD_UNTIL + (resident.birth_date is None)
