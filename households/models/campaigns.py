"""An emergency's reason to collect data, and its end: what is filed meanwhile belongs to it and goes with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import MAX_DATE, MAX_MOMENT, MIN_DATE, MIN_MOMENT, today
from resilience.lib.db import bounded

from .care import NeedKind
from .categories import Category
from .places import Region

if TYPE_CHECKING:
    from .destruction import Destruction


class CampaignState(models.TextChoices):
    RUNNING = "running", _("running")
    CLOSING = "closing", _("closed, data still there")
    ENDED = "ended", _("ended, data destroyed")


# The only moves there are; `actions.campaigns` and `actions.destruction` make them.
CAMPAIGN_TRANSITIONS: dict[CampaignState, frozenset[CampaignState]] = {
    CampaignState.RUNNING: frozenset({CampaignState.CLOSING}),
    CampaignState.CLOSING: frozenset({CampaignState.ENDED}),
    CampaignState.ENDED: frozenset(),
}


class LegalBasis(models.TextChoices):
    """What of article 13 of the Personal Information Protection Law allows to collect."""

    EMERGENCY = "emergency", _("public health or other emergency (PIPL art. 13 no. 4)")
    DUTY = "duty", _("a duty set by law (PIPL art. 13 no. 3)")
    CONSENT = "consent", _("consent (PIPL art. 13 no. 1)")


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def running(self) -> Self:
        return self.filter(state=CampaignState.RUNNING)

    def held(self, day: date | None = None) -> Self:
        """Under a legal hold: nothing of them is destroyed."""
        return self.filter(hold_until_date__gte=day or today())

    def reaching(self, codes: Iterable[str]) -> Self:
        """Those of one of these regions, of any below it, and of those it lies in."""
        found = Q(pk__in=[])
        for code in codes:
            above = [code[:digits] for digits in (4, 6, 9) if digits < len(code)]
            found |= Q(region__code__gte=code, region__code__lt=code + ":") | Q(region__code__in=above)
        return self.filter(found)

    def newest_first(self) -> Self:
        return self.order_by("-from_date", "-pk")


class Campaign(models.Model):
    """Why data is collected in a region for a while, on what legal basis, and until when.

    What is filed there under its categories or kinds of need while it runs belongs to it (see `households.campaigns`),
    and is destroyed or anonymised when it ends. A hold stops that, with a reason and a last day.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("where"))
    purpose = models.CharField(_("what for"), max_length=500)
    legal_basis = models.CharField(
        _("legal basis"), max_length=10, choices=LegalBasis.choices, default=LegalBasis.EMERGENCY
    )
    legal_reference = models.CharField(_("order or notice it rests on"), max_length=200, blank=True, default="")
    categories = models.ManyToManyField(
        Category, blank=True, related_name="+", verbose_name=_("kinds of request it collects")
    )
    need_kinds = models.ManyToManyField(
        NeedKind, blank=True, related_name="+", verbose_name=_("kinds of need it collects")
    )
    takes_visits = models.BooleanField(_("visits made meanwhile belong to it"), default=False)
    from_date = models.DateField(_("from"), default=today)
    planned_end_date = models.DateField(_("planned end"))
    state = models.CharField(
        _("state"), max_length=8, choices=CampaignState.choices, default=CampaignState.RUNNING, editable=False
    )
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)
    hold_why = models.CharField(_("why it is kept"), max_length=500, blank=True, default="", editable=False)
    hold_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    hold_until_date = models.DateField(_("kept until"), null=True, blank=True, editable=False)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                name="one_campaign_of_a_name",
                violation_error_message=_("There is a campaign of this name already."),
            ),
            models.CheckConstraint(condition=Q(state__in=CampaignState.values), name="campaign_state_known"),
            models.CheckConstraint(condition=Q(legal_basis__in=LegalBasis.values), name="campaign_legal_basis_known"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(purpose=""), name="campaign_has_name_and_purpose"),
            models.CheckConstraint(
                condition=Q(
                    from_date__gte=MIN_DATE, planned_end_date__lte=MAX_DATE, planned_end_date__gte=F("from_date")
                ),
                name="campaign_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(state="running", closed_at__isnull=True, closed_by__isnull=True)
                | ~Q(state="running") & Q(closed_at__isnull=False, closed_by__isnull=False),
                name="campaign_closed_exactly_when_not_running",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | ~Q(state="ended") & Q(ended_at__isnull=True),
                name="campaign_ended_exactly_when_destroyed",
            ),
            models.CheckConstraint(
                condition=Q(hold_why="", hold_by__isnull=True, hold_until_date__isnull=True)
                | ~Q(hold_why="") & Q(hold_by__isnull=False, hold_until_date__isnull=False),
                name="campaign_hold_says_why_who_and_until",
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | Q(hold_until_date__isnull=True), name="campaign_held_is_not_ended"
            ),
            models.CheckConstraint(
                condition=bounded(MIN_DATE, MAX_DATE, "from_date", "planned_end_date", "hold_until_date"),
                name="campaign_dates_bounded",
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "opened_at", "closed_at", "ended_at"),
                name="campaign_times_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def can_become(self, state: CampaignState) -> bool:
        return state in CAMPAIGN_TRANSITIONS[CampaignState(self.state)]

    @property
    def is_running(self) -> bool:
        return self.state == CampaignState.RUNNING

    @property
    def is_ended(self) -> bool:
        return self.state == CampaignState.ENDED

    @property
    def is_held(self) -> bool:
        """Under a legal hold today."""
        return self.hold_until_date is not None and self.hold_until_date >= today()

    @property
    def ending(self) -> Destruction | None:
        """What has been asked for or done to its data; None while nothing has. Wants `destruction` loaded."""
        return getattr(self, "destruction", None)

    @property
    def is_over_due(self) -> bool:
        """Still collecting after the day it was to end."""
        return self.is_running and self.planned_end_date < today()
