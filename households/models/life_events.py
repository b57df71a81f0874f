"""What happened in a household: life events, dated twice, and changes of its file."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.crypto import EncryptedJSONField, EncryptedTextField, fits
from resilience.lib.dates import MAX_DATE, MAX_MOMENT, MIN_DATE, MIN_MOMENT
from resilience.lib.db import bounded
from resilience.lib.scoped import ScopedManager, ScopedQuerySet

from .care import ResidentNeed
from .households import Household, Resident

CHANGES_LENGTH = 20_000  # characters of what a change of a file says, as JSON


class LifeKind(models.TextChoices):
    MOVED_IN = "moved_in", _("moved in")
    MOVED_OUT = "moved_out", _("moved out")
    BORN = "born", _("was born")
    DIED = "died", _("died")
    SPLIT_OFF = "split_off", _("split off")
    NEW_HEAD = "new_head", _("became contact person")
    WENT_AWAY = "went_away", _("stays elsewhere for a while")
    CAME_BACK = "came_back", _("came back")
    RESTORED = "restored", _("lives: the death was recorded by mistake")


class LifeEvent(models.Model):
    """Something that happened to a person of a file, dated twice: when it happened and when it was reported."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="life_events", verbose_name=_("household"))
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="life_events", verbose_name=_("resident"))
    kind = models.CharField(_("what"), max_length=12, choices=LifeKind.choices)
    happened_date = models.DateField(_("happened"))
    reported_at = models.DateTimeField(_("reported"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    other_household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from or to")
    )
    elsewhere = EncryptedTextField(
        aad="households.lifeevent.elsewhere",
        verbose_name=_("place outside the register"),
        max_length=120,
        blank=True,
        default="",
    )
    note = EncryptedTextField(
        aad="households.lifeevent.note", verbose_name=_("note"), max_length=500, blank=True, default=""
    )

    unscoped = ScopedQuerySet["LifeEvent"].as_manager()
    objects = ScopedManager.from_queryset(ScopedQuerySet)()

    class Meta:
        verbose_name = _("life event")
        verbose_name_plural = _("life events")
        ordering = ["-happened_date", "-id"]
        indexes = [models.Index(fields=["household", "-reported_at"], name="life_event_timeline")]
        constraints = [
            models.CheckConstraint(
                condition=Q(happened_date__gte=MIN_DATE, happened_date__lte=MAX_DATE), name="life_event_date_bounded"
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "reported_at"), name="life_event_reported_bounded"
            ),
            models.CheckConstraint(
                condition=fits("elsewhere", 120) & fits("note", 500), name="life_event_words_bounded"
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class FileChange(models.Model):
    """One change to a household's file: who, when, what, from what to what, why. Written by the verb, never changed.

    `changes` is a list of {"field": label key, "old": text, "new": text}; sensitive values are masked before. What it
    says of a `need` goes with the need.
    """

    household = models.ForeignKey(Household, models.CASCADE, related_name="changes", verbose_name=_("household"))
    resident = models.ForeignKey(Resident, models.SET_NULL, null=True, blank=True, related_name="+")
    need = models.ForeignKey(
        ResidentNeed, models.CASCADE, null=True, blank=True, related_name="changes", db_index=False
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    action = models.CharField(_("what"), max_length=30)
    changes: models.Field[list[dict[str, str]], list[dict[str, str]]] = EncryptedJSONField(
        aad="households.filechange.changes", verbose_name=_("from – to"), default=list, blank=True
    )
    why = EncryptedTextField(
        aad="households.filechange.why", verbose_name=_("why"), max_length=500, blank=True, default=""
    )

    unscoped = ScopedQuerySet["FileChange"].as_manager()
    objects = ScopedManager.from_queryset(ScopedQuerySet)()

    class Meta:
        verbose_name = _("change to a file")
        verbose_name_plural = _("changes to files")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["household", "-at"], name="file_change_timeline"),
            models.Index(fields=["need"], name="file_change_of_need", condition=Q(need__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=bounded(MIN_MOMENT, MAX_MOMENT, "at"), name="file_change_time_bounded"),
            models.CheckConstraint(
                condition=fits("why", 500) & fits("changes", CHANGES_LENGTH), name="file_change_words_bounded"
            ),
        ]

    def __str__(self) -> str:
        return self.action
