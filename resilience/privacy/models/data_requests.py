"""What a person asks of us about their own data, and by when it must be answered."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from households.models import Grid, Region, Resident, ServiceRequest
from resilience.lib.crypto import EncryptedJSONField, EncryptedTextField, fits
from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import bounded

ANSWERED_WITHIN = timedelta(days=30)
NEAR = timedelta(days=7)
"""So long before its end the clock is told of."""
FETCHED_WITHIN = timedelta(hours=72)
COPIED_WITHIN = timedelta(days=7)
"""So long after it was answered the desk may hand out the copy: printed again, or the other shape."""
NAME_LENGTH, WORDS_LENGTH, AUTHORITY_LENGTH = 60, 1_000, 200


class Kind(models.TextChoices):
    COPY = "copy", _("a copy of their data")
    CORRECT = "correct", _("to put something right")
    DELETE = "delete", _("to delete their data")
    RESTRICT = "restrict", _("not to use it for something, or only for some things")
    END_CARE = "end_care", _("to keep no special needs of them any more")


OWN_WORDS: dict[str, Promise] = {
    Kind.COPY: _("A copy of my data"),
    Kind.CORRECT: _("Put something right"),
    Kind.DELETE: _("Delete my data"),
    Kind.RESTRICT: _("Do not use it for something"),
    Kind.END_CARE: _("Keep none of my special needs any more"),
}
"""As the person says it."""
BY_WISH = [kind for kind in Kind if kind != Kind.END_CARE]
"""What somebody asks for in so many words; the last follows from a consent taken back (`actions.consents`)."""
CARRIED_OUT = (Kind.CORRECT, Kind.DELETE, Kind.END_CARE)
"""What a verb of ours does: answering alone does not."""


class Asker(models.TextChoices):
    """Who asks; anybody but the person shows what lets them."""

    SELF = "self", _("the person")
    GUARDIAN = "guardian", _("their guardian")
    RELATIVE = "relative", _("a relative with authority")


class Identity(models.TextChoices):
    """How we know that it is them."""

    CARD = "card", _("an identity card was shown")
    KNOWN = "known", _("known in person to whoever writes this down")
    PROOF = "proof", _("the link of their request, and what only they know")


class RequestState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("data request", "asked")
    IN_HAND = "in_hand", pgettext_lazy("data request", "in hand")
    DONE = "done", pgettext_lazy("data request", "done")
    REFUSED = "refused", pgettext_lazy("data request", "refused")


TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    RequestState.ASKED: frozenset({RequestState.IN_HAND, RequestState.DONE, RequestState.REFUSED}),
    RequestState.IN_HAND: frozenset({RequestState.DONE, RequestState.REFUSED}),
    RequestState.DONE: frozenset(),
    RequestState.REFUSED: frozenset(),
}
_OPEN = [state.value for state, following in TRANSITIONS.items() if following]
IS_OPEN = Q(state__in=_OPEN)


class Refusal(models.TextChoices):
    """Why something asked for is not done, as the person reads it."""

    NOT_SURE_WHO = "who", _("we could not make sure who asks")
    NO_AUTHORITY = "authority", _("who asks did not show that they may ask for this person")
    OTHERS = "others", _("it is about other people, too, and cannot be told apart")
    DUTY = "duty", _("a law obliges us to keep it")
    NOT_HELD = "not_held", _("we do not hold it")
    IS_RIGHT = "is_right", _("what is on file was checked, and is right")
    NEEDED = "needed", _("without it the help they get cannot go on, and they want that")
    OTHER = "other", pgettext_lazy("reason", "another reason")


class Warned(models.IntegerChoices):
    """How far those in charge have been told that the clock runs out."""

    NO = 0, _("not yet")
    NEAR = 1, _("that it is near")
    OVER = 2, _("that it is over")


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def open(self) -> Self:
        return self.filter(state__in=_OPEN)

    def ended(self) -> Self:
        return self.exclude(state__in=_OPEN)

    def to_end_care_of(self, resident: Resident) -> Self:
        """Open: they took care back, and it goes on until somebody has called them."""
        return self.open().filter(resident=resident, kind=Kind.END_CARE)

    def due_first(self) -> Self:
        return self.order_by("due_at", "id")

    def to_warn_of(self, now: datetime) -> Self:
        """Open ones whose clock is nearer to its end, or further past it, than those in charge were told."""
        is_over = Q(due_at__lte=now, warned__lt=Warned.OVER)
        return self.open().filter(is_over | Q(due_at__lte=now + NEAR, warned=Warned.NO))


class DataRequest(models.Model):
    """Somebody asks for what a law gives them over their own data (PIPL, Articles 44 to 50).

    The office of where they live answers. `resident` is NULL once they are deleted: the row says then that somebody
    asked, when, and what was answered, and nothing of who; `community` and `grid` are where they lived when they asked.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    resident = models.ForeignKey(
        Resident, models.SET_NULL, null=True, blank=True, related_name="data_requests", verbose_name=_("about")
    )
    community = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("community"))
    grid = models.ForeignKey(Grid, models.PROTECT, related_name="+", verbose_name=_("grid"))
    kind = models.CharField(_("what they ask for"), max_length=10, choices=Kind.choices)
    asker = models.CharField(_("who asks"), max_length=10, choices=Asker.choices, default=Asker.SELF)
    asker_name = EncryptedTextField(
        aad="privacy.datarequest.asker_name", verbose_name=_("name of who asks for them"), max_length=NAME_LENGTH,
        blank=True, default="",
    )  # fmt: skip
    authority = EncryptedTextField(
        aad="privacy.datarequest.authority", verbose_name=_("what lets them ask"), max_length=AUTHORITY_LENGTH,
        blank=True, default="",
    )  # fmt: skip
    identity = models.CharField(_("how we know it is them"), max_length=10, choices=Identity.choices)
    words = EncryptedTextField(
        aad="privacy.datarequest.words", verbose_name=_("in their words"), max_length=WORDS_LENGTH, blank=True,
        default="",
    )  # fmt: skip
    proposed: models.Field[dict[str, str], dict[str, str]] = EncryptedJSONField(
        aad="privacy.datarequest.proposed", verbose_name=_("what should stand there"), default=dict, blank=True
    )
    service_request = models.ForeignKey(
        ServiceRequest, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked on the page of")
    )
    state = models.CharField(_("state"), max_length=10, choices=RequestState.choices, default=RequestState.ASKED)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    due_at = models.DateTimeField(_("to be answered by"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("in hand of")
    )
    closed_at = models.DateTimeField(_("answered"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    refusal = models.CharField(_("why not"), max_length=10, choices=Refusal.choices, blank=True, default="")
    answer = EncryptedTextField(
        aad="privacy.datarequest.answer", verbose_name=_("answer"), max_length=WORDS_LENGTH, blank=True, default=""
    )
    kept: models.Field[list[str], list[str]] = models.JSONField(_("what stays, and why"), default=list, blank=True)
    warned = models.PositiveSmallIntegerField(
        _("those in charge were told"), choices=Warned.choices, default=Warned.NO, editable=False
    )
    fetch_until_at = models.DateTimeField(_("may be fetched until"), null=True, blank=True, editable=False)
    fetched_at = models.DateTimeField(_("fetched"), null=True, blank=True, editable=False)

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about one's own data")
        verbose_name_plural = _("requests about one's own data")
        indexes = [
            models.Index(fields=["due_at", "id"], name="data_request_due", condition=IS_OPEN),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "kind"],
                condition=IS_OPEN & Q(resident__isnull=False),
                name="one_open_data_request_of_a_kind",
                violation_error_message=_("They have asked for this already, and it is not answered yet."),
            ),
            models.CheckConstraint(
                condition=Q(asker="self") | Q(resident__isnull=True) | (~Q(asker_name="") & ~Q(authority="")),
                name="data_request_says_who_may_ask",
            ),
            models.CheckConstraint(
                condition=(IS_OPEN & Q(closed_at__isnull=True)) | (~IS_OPEN & Q(closed_at__isnull=False)),
                name="data_request_closed_when_answered",
            ),
            models.CheckConstraint(
                condition=Q(state="refused", refusal__in=Refusal.values) | (~Q(state="refused") & Q(refusal="")),
                name="data_request_refused_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(kind="delete", state="done")
                | Q(recorded_by__isnull=True)
                | Q(closed_by__isnull=True)
                | ~Q(closed_by=F("recorded_by")),
                name="data_request_deleted_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=bounded(
                    MIN_MOMENT, MAX_MOMENT, "asked_at", "due_at", "closed_at", "fetch_until_at", "fetched_at"
                )
                & Q(due_at__gt=F("asked_at")),
                name="data_request_times_bounded",
            ),
            models.CheckConstraint(condition=bounded(0, 2, "warned"), name="data_request_warned_bounded"),
            models.CheckConstraint(
                condition=fits("asker_name", NAME_LENGTH)
                & fits("authority", AUTHORITY_LENGTH)
                & fits("words", WORDS_LENGTH)
                & fits("answer", WORDS_LENGTH)
                & fits("proposed", 400),
                name="data_request_words_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_open(self) -> bool:
        return self.state in _OPEN

    def can_become(self, state: RequestState) -> bool:
        return state in TRANSITIONS[RequestState(self.state)]

    def needs_somebody_else_than(self, user: int) -> bool:
        """What is gone nobody can look up again: who wrote down that somebody wants it deleted does not delete it."""
        return self.kind == Kind.DELETE and self.recorded_by_id == user

    @property
    def may_be_copied(self) -> bool:
        """Whether the desk may hand out the copy now. One that was refused, never."""
        if self.kind != Kind.COPY or self.resident_id is None:
            return False
        is_fresh = self.closed_at is not None and self.closed_at > timezone.now() - COPIED_WITHIN
        return self.is_open or (self.state == RequestState.DONE and is_fresh)

    @property
    def office(self) -> Region:
        """The community that answers. Needs `community` and the resident's household's loaded."""
        return self.resident.household.community if self.resident else self.community

    @property
    def own_words(self) -> str:
        return str(OWN_WORDS[self.kind])

    @property
    def days_left(self) -> int:
        """Whole days until its clock ends; negative when it is over."""
        return (self.due_at - timezone.now()).days

    @property
    def look(self) -> str:
        """The state as a chip shows it: an open one that is near its end, or past it, stands out."""
        if not self.is_open:
            return "closed" if self.state == RequestState.DONE else "rejected"
        if self.days_left < 0:
            return "overdue"
        return "waiting" if self.days_left < NEAR.days else "submitted"

    @property
    def waits_to_be_fetched(self) -> bool:
        return self.fetch_until_at is not None and self.fetched_at is None and self.fetch_until_at > timezone.now()
