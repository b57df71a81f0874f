"""Who somebody is and how they sign in. Knows no place: what a user may do where is an `Appointment` in the core."""

from __future__ import annotations

import unicodedata
import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.crypto import BlindIndexField, EncryptedTextField, blind_index, blind_indexes
from resilience.lib.dates import MAX_DATE, MAX_MOMENT, MIN_DATE, MIN_MOMENT, today
from resilience.lib.db import bounded
from resilience.lib.inputs import clean_phone

PHONE_INDEX = "user.phone"
LONGEST_NAME = 150  # characters of a user name
MOST_DATA = 100_000  # characters of a session


def are_away(path: str = "") -> Q:
    """On a row that has a user at `path` ('worker__'): ill or on leave today. `User.is_away` says it of one."""
    return Q(**{f"{path}away_until_date__gte": today()})


def phone_index(phone: str) -> bytes | None:
    """What a colleague's phone (cleaned) is found by."""
    return blind_index(PHONE_INDEX, phone) if phone else None


def have_phone(phone: str) -> Q:
    """Who signs in with that number (cleaned)."""
    return Q(phone_index__in=blind_indexes(PHONE_INDEX, phone))


def as_typed(typed: str) -> str:
    """What tries with it are counted by: one for all spellings of a phone number, or of a user name.

    Without a look at who has it: or whoever tries one spelling after another could tell who has an account.
    """
    return _as_phone(typed) or _as_name(typed).casefold()


def _as_name(typed: str) -> str:
    """The user name somebody typed to sign in."""
    return unicodedata.normalize("NFKC", typed[:LONGEST_NAME]).strip().replace("\x00", "")


def _as_phone(typed: str) -> str:
    """The phone number somebody typed to sign in, in any width and spelling; '' when it is none."""
    try:
        return clean_phone(typed)
    except ValidationError:
        return ""


class UserManager(BaseUserManager["User"]):
    def by_login(self, typed: str) -> User | None:
        """Whose phone number or user name that is. One statement, whether or not there is somebody."""
        phone, name = _as_phone(typed), _as_name(typed)
        wanted = Q(username=name) | have_phone(phone) if phone else Q(username=name)
        found = sorted(self.filter(wanted), key=lambda user: not phone or user.phone != phone)
        return found[0] if found else None

    def active(self) -> models.QuerySet[User]:
        return self.filter(is_active=True)

    def dormant(self) -> models.QuerySet[User]:
        """Closed only because nobody used them."""
        return self.filter(is_active=False, dormant_since__isnull=False)

    def away(self) -> models.QuerySet[User]:
        """Who may still sign in and is ill or on leave today."""
        return self.active().filter(are_away())


class User(AbstractUser):
    """A worker, lead, staff member or administrator. Residents have no account."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60, help_text=_("As residents and colleagues read it."))
    username = models.CharField(
        _("user name"),
        max_length=LONGEST_NAME,
        unique=True,
        validators=[
            UnicodeUsernameValidator(),
            # Else somebody could take a colleague's number for a name.
            RegexValidator(r"\D", _("A user name has a letter in it.")),
        ],
        error_messages={"unique": _("Somebody has this user name already.")},
        help_text=_("Letters, digits and @ . + - _"),
    )
    phone = EncryptedTextField(aad="accounts.user.phone", verbose_name=_("phone"), blank=True, default="")
    phone_index = BlindIndexField(of="phone", purpose=PHONE_INDEX, null=True, blank=True, editable=False)
    away_until_date = models.DateField(
        _("away until"),
        null=True,
        blank=True,
        help_text=_("Ill or on leave: gets no new work up to and including this day."),
    )

    # An account that nobody uses: told, closed, opened again. See `actions.dormant`.
    dormant_notice_at = models.DateTimeField(null=True, blank=True, editable=False)
    dormant_since = models.DateTimeField(null=True, blank=True, editable=False)
    woken_at = models.DateTimeField(null=True, blank=True, editable=False)

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                fields=["phone_index"],
                name="user_phone_once",
                violation_error_message=_("Somebody else signs in with this phone number."),
            ),
            models.CheckConstraint(condition=bounded(MIN_DATE, MAX_DATE, "away_until_date"), name="user_away_bounded"),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "last_login", "date_joined"), name="user_times_bounded"
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "dormant_notice_at", "dormant_since", "woken_at"),
                name="user_dormant_bounded",
            ),
            models.CheckConstraint(
                condition=Q(dormant_since__isnull=True) | Q(is_active=False), name="user_dormant_is_closed"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_away(self) -> bool:
        """Ill or on leave today."""
        return self.away_until_date is not None and self.away_until_date >= today()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class RateCount(models.Model):
    """When one somebody (hashed) has all tries of a limit free again. Counted by one statement: see `limits.count`."""

    key = models.BinaryField(max_length=16, primary_key=True)
    free_at = models.BigIntegerField()  # microseconds since the epoch

    class Meta:
        indexes = [models.Index(fields=["free_at"], name="rate_count_free")]
        constraints = [
            models.CheckConstraint(
                condition=bounded(0, int(MAX_MOMENT.timestamp()) * 1_000_000, "free_at"), name="rate_count_bounded"
            )
        ]

    def __str__(self) -> str:
        return str(self.free_at)


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self, now: datetime | None = None) -> SessionQuerySet:
        """Neither too old nor left alone for too long."""
        now = now or timezone.now()
        return self.filter(expire_date__gt=now, idle_until__gt=now)

    def of(self, user: User) -> SessionQuerySet:
        return self.live().filter(user=user)


class Session(AbstractBaseSession):
    """Django's session, and whose it is, on what, since when and until when. Deleted, it has ended.

    `expire_date` is the end come what may, `idle_until` the end if nothing is done. `address` is kept shortened.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, editable=False, related_name="sessions"
    )
    started_at = models.DateTimeField(_("since"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    idle_until = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True, default="")
    device = models.CharField(max_length=40, blank=True, default="")

    objects: ClassVar = BaseSessionManager.from_queryset(SessionQuerySet)()

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "started_at", "seen_at", "idle_until", "expire_date"),
                name="session_times_bounded",
            ),
            models.CheckConstraint(condition=Q(session_data__length__lte=MOST_DATA), name="session_data_bounded"),
        ]
