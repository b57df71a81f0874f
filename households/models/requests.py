"""What residents ask for (民生诉求): the request, its needs, its events. Its moves: `request_states.py`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CharField, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.codes import format_code, new_code, new_token
from resilience.lib.crypto import BlindIndexField, EncryptedTextField
from resilience.lib.dates import MAX_DATE, MAX_MOMENT, MIN_DATE, MIN_MOMENT
from resilience.lib.db import MOST, MOST_SMALL, JsonRows, bounded
from resilience.lib.scoped import ScopedManager, ScopedQuerySet

from .categories import Category
from .households import Household
from .places import Building, Grid, Region
from .request_states import (
    ARE_OPEN,
    IS_OPEN,
    OPEN_STATES,
    TRANSITIONS,
    UNASSIGNED_STATES,
    WITH_WORKER_STATES,
    Consent,
    Outcome,
    Rating,
    Source,
    State,
    Urgency,
)

TEXT_LENGTH = 10_000  # characters; the longest real message we have is 3,145
EVENT_LENGTH = TEXT_LENGTH * 2  # an event may say more than the words in it: what for, which needs
_TIMES = (
    "created_at", "updated_at", "clock_started_at", "respond_by_at", "resolve_by_at", "due_at", "paused_at",
    "responded_at", "resolved_at", "closed_at", "anonymised_at",
)  # fmt: skip


def are_overdue(now: datetime | None = None) -> Q:
    """Of open requests: not waiting for the resident, and past the clock that runs."""
    return Q(due_at__lt=now or timezone.now(), paused_at__isnull=True)


def with_phones(phones: Iterable[bytes]) -> Q:
    """Of a request: one of those fingerprints is of the phone of who needs it, or of who asks."""
    found = list(phones)
    return Q(phone_index__in=found) | Q(filer_phone_index__in=found)


class RequestQuerySet(ScopedQuerySet["ServiceRequest"]):
    def open(self) -> Self:
        return self.filter(ARE_OPEN)

    def ended(self) -> Self:
        return self.filter(~ARE_OPEN)

    def identified(self) -> Self:
        """Those that still say who asked, and what."""
        return self.filter(anonymised_at__isnull=True)

    def unassigned(self) -> Self:
        return self.open().filter(state__in=UNASSIGNED_STATES)

    def overdue(self, now: datetime | None = None) -> Self:
        return self.open().filter(are_overdue(now))

    def of(self, worker: object) -> Self:
        """With that worker now."""
        return self.open().filter(worker=worker, state__in=WITH_WORKER_STATES)

    def about(self, household: object, phones: Sequence[bytes]) -> Self:
        """Of that household, if any, or with one of those phones, of who needs it or of who asks."""
        found = with_phones(phones)
        return self.filter(found | Q(household=household) if household else found)

    def of_phones(self, phones: Iterable[bytes]) -> Self:
        """Of who needs it or who asks, by the fingerprints of their phones."""
        return self.filter(with_phones(phones))

    def with_accepted_at(self) -> Self:
        """Annotate when the active assignment was accepted, or None."""
        active = self.model._meta.apps.get_model("households", "Assignment").objects.active()
        return self.annotate(
            accepted_at=Subquery(active.filter(service_request=OuterRef("pk")).values("accepted_at")[:1])
        )

    def with_page_parts(self) -> Self:
        """Annotate `photo_rows`, `item_rows` (lists of objects, or None) and the active assignment's `accepted_at`."""
        model = self.model._meta.apps.get_model
        mine = OuterRef("pk")
        photos = model("households", "Photo").objects.filter(service_request=mine).values("service_request")
        items = model("households", "RequestItem").objects.filter(service_request=mine).order_by()
        return self.annotate(
            photo_rows=Subquery(
                photos.values(rows=JsonRows(id="id", uid=Cast("uid", CharField()), event="event_id")).values("rows")
            ),
            item_rows=Subquery(
                items.values("service_request").values(
                    rows=JsonRows(
                        id="id", category="category_id", words="words", state="state", every="every_days",
                        next=Cast("next_date", CharField()),
                    )
                ).values("rows")
            ),
        ).with_accepted_at()  # fmt: skip

    def due_first(self) -> Self:
        return self.order_by("due_at", "id")

    def in_region(self, code: str) -> Self:
        """In the communities below a district or subdistrict."""
        return self.filter(community__in=Region.objects.under(code).communities().values("pk"))

    # What follows a row in an order; written so that both databases seek in the index.
    def after_in_due_first(self, moment: datetime, pk: int) -> Self:
        return self.filter(Q(due_at__gt=moment) | Q(pk__gt=pk), due_at__gte=moment)

    def after_in_due_last(self, moment: datetime, pk: int) -> Self:
        return self.filter(Q(due_at__lt=moment) | Q(pk__lt=pk), due_at__lte=moment)

    def after_in_newest_first(self, moment: datetime, pk: int) -> Self:
        return self.filter(Q(created_at__lt=moment) | Q(pk__lt=pk), created_at__lte=moment)

    def due_last(self) -> Self:
        """For requests that have ended: their old clocks, latest first."""
        return self.order_by("-due_at", "-id")

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")


class ServiceRequest(models.Model):
    """Something a resident asks for. Its state moves only through the verbs of `actions/`.

    `code` is short and read out on the phone: it opens nothing without the phone's last four digits.
    `token` is long and secret: whoever has the link has the request.
    `due_at` is the clock that runs now: respond-by until the first real contact, then resolve-by.
    """

    code = models.CharField(_("code"), max_length=9, unique=True, default=new_code, editable=False)
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    submission_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    community = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("community"))
    grid = models.ForeignKey(Grid, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("grid"))
    building = models.ForeignKey(
        Building, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("building")
    )
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="service_requests", verbose_name=_("household")
    )
    address = models.CharField(_("where"), max_length=200)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("category"))
    urgency = models.CharField(_("urgency"), max_length=8, choices=Urgency.choices, default=Urgency.NORMAL)
    text = models.TextField(_("in their words"), max_length=TEXT_LENGTH, blank=True, default="")
    source = models.CharField(_("came by"), max_length=8, choices=Source.choices, default=Source.WEB)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SUBMITTED)

    person_name = models.CharField(_("who needs it"), max_length=60, blank=True, default="")
    phone = EncryptedTextField(
        aad="households.servicerequest.phone", verbose_name=_("their phone"), blank=True, default=""
    )
    phone_index = BlindIndexField(of="phone", purpose="phone", null=True, blank=True)
    filer_name = models.CharField(_("who asks for them"), max_length=60, blank=True, default="")
    filer_phone = EncryptedTextField(
        aad="households.servicerequest.filer_phone", verbose_name=_("phone of who asks"), blank=True, default=""
    )
    filer_phone_index = BlindIndexField(of="filer_phone", purpose="phone", null=True, blank=True)
    consent = models.CharField(_("consent"), max_length=8, choices=Consent.choices, default=Consent.OWN)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    language = models.CharField(max_length=10, default="zh-hans", editable=False)

    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="service_requests",
        verbose_name=_("worker"),
        editable=False,
    )
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last change"), default=timezone.now, editable=False)
    clock_started_at = models.DateTimeField(_("clock started"), default=timezone.now, editable=False)
    paused_seconds = models.PositiveIntegerField(_("time waited for the resident (s)"), default=0, editable=False)
    respond_by_at = models.DateTimeField(_("respond by"), editable=False)
    resolve_by_at = models.DateTimeField(_("resolve by"), editable=False)
    due_at = models.DateTimeField(_("due"), editable=False)
    paused_at = models.DateTimeField(_("waiting for the resident since"), null=True, blank=True, editable=False)
    responded_at = models.DateTimeField(_("first contact"), null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    escalation = models.PositiveSmallIntegerField(_("escalated"), default=0, editable=False)
    reopened = models.PositiveSmallIntegerField(_("times reopened"), default=0, editable=False)
    outcome = models.CharField(_("their answer"), max_length=8, choices=Outcome.choices, blank=True, default="")
    rating = models.CharField(_("rating"), max_length=10, choices=Rating.choices, blank=True, default="")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="twins", verbose_name=_("joined to"), editable=False
    )
    is_excluded = models.BooleanField(
        _("left out of the three rates"),
        default=False,
        help_text=_("Not lawful or not ours; with a reason in the events."),
    )
    campaign = models.ForeignKey(
        "households.Campaign",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="service_requests",
        verbose_name=_("campaign"),
        db_index=False,
        editable=False,
    )
    anonymised_at = models.DateTimeField(_("anonymised"), null=True, blank=True, editable=False)

    # What `with_page_parts` annotates: lists of objects, or None where there are none.
    photo_rows: list[dict[str, Any]] | None
    item_rows: list[dict[str, Any]] | None
    accepted_at: datetime | None
    event_key: uuid.UUID | None = None  # for the event that is written next; see actions/once.py

    unscoped = RequestQuerySet.as_manager()
    objects = ScopedManager.from_queryset(RequestQuerySet)()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        indexes = [
            models.Index(fields=["community", "due_at", "id"], name="request_queue", condition=IS_OPEN),
            models.Index(fields=["due_at", "id"], name="request_queue_anywhere", condition=IS_OPEN),
            models.Index(fields=["grid", "due_at", "id"], name="request_queue_of_grid", condition=IS_OPEN),
            models.Index(fields=["state", "due_at", "id"], name="request_ended_anywhere", condition=~IS_OPEN),
            models.Index(fields=["-created_at", "-id"], name="request_newest_anywhere"),
            models.Index(fields=["updated_at"], name="request_changed_anywhere"),
            models.Index(fields=["worker", "due_at"], name="request_of_worker", condition=IS_OPEN),
            models.Index(fields=["community", "state", "due_at", "id"], name="request_by_state"),
            models.Index(fields=["community", "-created_at", "-id"], name="request_newest"),
            models.Index(fields=["community", "updated_at"], name="request_changed"),
            models.Index(fields=["household", "-created_at"], name="request_of_household"),
            models.Index(fields=["building"], name="request_open_in_building", condition=IS_OPEN),
            models.Index(fields=["community", "resolved_at"], name="request_resolved"),
            models.Index(fields=["state", "resolved_at"], name="request_to_close", condition=Q(state="resolved")),
            models.Index(fields=["campaign", "id"], name="request_of_campaign", condition=Q(campaign__isnull=False)),
            models.Index(
                fields=["updated_at"], name="request_to_anonymise", condition=~IS_OPEN & Q(anonymised_at__isnull=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="request_state_known"),
            models.CheckConstraint(
                condition=Q(worker__isnull=False, state__in=["assigned", "progress"])
                | Q(worker__isnull=True) & ~Q(state__in=["assigned", "progress"]),
                name="request_has_worker_exactly_while_assigned",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=False, state="merged")
                | Q(merged_into__isnull=True) & ~Q(state="merged"),
                name="request_merged_exactly_into_another",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | IS_OPEN, name="request_pauses_only_while_open"
            ),
            models.CheckConstraint(
                condition=Q(respond_by_at__gte=MIN_MOMENT, resolve_by_at__lte=MAX_MOMENT), name="request_clock_bounded"
            ),
            models.CheckConstraint(condition=Q(escalation__lte=3), name="request_escalation_bounded"),
            models.CheckConstraint(
                condition=Q(anonymised_at__isnull=True)
                | ~IS_OPEN
                & Q(text="", address="", person_name="", filer_name="", household__isnull=True, building__isnull=True)
                & Q(phone_index__isnull=True, filer_phone_index__isnull=True),
                name="request_anonymised_names_nobody",
            ),
            models.CheckConstraint(condition=bounded(MIN_MOMENT, MAX_MOMENT, *_TIMES), name="request_times_bounded"),
            models.CheckConstraint(
                condition=bounded(0, MOST, "paused_seconds") & bounded(0, MOST_SMALL, "reopened"),
                name="request_counts_bounded",
            ),
            models.CheckConstraint(condition=Q(text__length__lte=TEXT_LENGTH), name="request_text_bounded"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code_label(self) -> str:
        """The code as it is printed and read out: ABC-DEF-GHJ."""
        return format_code(self.code)

    @property
    def asker_phone(self) -> str:
        """Where messages go: to who asked for somebody else, else to the person. Only what somebody typed; that they
        read messages there is `phone_proof`'s to say."""
        return self.filer_phone or self.phone

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_anonymised(self) -> bool:
        """Only what statistics count is left of it."""
        return self.anonymised_at is not None

    def can_become(self, state: State) -> bool:
        return not self.is_anonymised and state in TRANSITIONS[State(self.state)]

    def is_overdue(self, now: datetime | None = None) -> bool:
        return self.is_open and self.paused_at is None and self.due_at < (now or timezone.now())

    @property
    def wants_the_rest(self) -> bool:
        """Open again because the resident said 'half done', and had nothing against how it was done."""
        return self.outcome == Outcome.HALF and self.rating != Rating.DISSATISFIED

    @property
    def running_clock(self) -> datetime:
        """The clock that runs: respond-by until somebody made contact, then resolve-by."""
        return self.resolve_by_at if self.responded_at else self.respond_by_at


class ItemState(models.TextChoices):
    OPEN = "open", _("open")
    FOR_NOW = "for_now", _("fulfilled for now")
    DONE = "done", _("done")
    DROPPED = "dropped", _("not possible or not needed")


class RequestItem(models.Model):
    """One need inside a request that names several, or that recurs. A plain request has none.

    'Fulfilled for now' sets `next_date`; on that day the item opens again (`manage.py work`).
    """

    service_request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="items")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("category"))
    words = models.CharField(_("what exactly"), max_length=200, blank=True, default="")
    state = models.CharField(_("state"), max_length=8, choices=ItemState.choices, default=ItemState.OPEN)
    every_days = models.PositiveSmallIntegerField(
        _("again every … days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    next_date = models.DateField(_("next time"), null=True, blank=True)

    unscoped = ScopedQuerySet["RequestItem"].as_manager()
    objects = ScopedManager.from_queryset(ScopedQuerySet)()

    class Meta:
        verbose_name = _("need in a request")
        verbose_name_plural = _("needs in requests")
        ordering = ["id"]
        indexes = [models.Index(fields=["next_date"], name="item_comes_back", condition=Q(state="for_now"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_date__isnull=False, state="for_now") | Q(next_date__isnull=True) & ~Q(state="for_now"),
                name="item_fulfilled_for_now_until_a_day",
            ),
            models.CheckConstraint(
                condition=Q(every_days__isnull=True) | Q(every_days__gte=1, every_days__lte=366),
                name="item_days_bounded",
            ),
            models.CheckConstraint(
                condition=Q(next_date__isnull=True) | Q(next_date__gte=MIN_DATE, next_date__lte=MAX_DATE),
                name="item_next_date_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.words or str(self.category_id)

    def next_time(self, day: date) -> date | None:
        """Once it is fulfilled on `day`: when it is needed again, None when it is not."""
        if self.next_date and self.next_date > day:
            return self.next_date
        return min(day + timedelta(days=self.every_days), MAX_DATE) if self.every_days else None
