"""One file per household (一户一档): the door, the people behind it, what became of them."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self, TypedDict

from django.apps import apps
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from resilience.accounts.models import are_away
from resilience.lib.crypto import BlindIndexField, EncryptedTextField, fits
from resilience.lib.dates import MAX_DATE, MAX_MOMENT, MIN_DATE, MIN_MOMENT, today
from resilience.lib.db import bounded
from resilience.lib.scoped import ScopedManager, ScopedQuerySet

from .places import Building, Grid, Region, dates_in_order
from .register_rows import RegisterRows

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from resilience.accounts.models import User

    from .care import NeedKind


def new_door_key() -> str:
    """The secret part of a door's QR code; 80 bits. A new one revokes the old code."""
    return secrets.token_hex(10)


class CareColour(models.TextChoices):
    """How closely staff want a household watched; `CareRule` says what a colour asks for."""

    NONE = "", pgettext_lazy("care colour", "none")
    RED = "red", _("red")
    YELLOW = "yellow", _("yellow")
    GREEN = "green", _("green")


def responsible_for(household: str) -> Subquery:
    """The active worker who answers for the household at that path of the outer row and is not away today, or NULL."""
    active = apps.get_model("households", "Responsibility").objects.active()
    available = active.filter(household=OuterRef(household), worker__is_active=True).exclude(are_away("worker__"))
    return Subquery(available.values("worker_id")[:1])


class HouseholdQuerySet(RegisterRows):  # type: ignore[override]
    def in_walking_order(self) -> Self:
        return self.order_by("building__walk_order", "building_id", "entrance", "floor", "door")

    def with_responsible(self) -> Self:
        """Annotate `responsible_id`: the active worker who answers for the household and is not away today, or None."""
        return self.annotate(responsible_id=responsible_for("pk"))

    def answered_by(self, worker: User | int) -> Self:
        """Those `worker` answers for now."""
        active = self.model._meta.apps.get_model("households", "Responsibility").objects.active()
        return self.filter(pk__any_of=active.filter(worker=worker).values("household_id"))

    def with_last_met(self) -> Self:
        """Annotate `last_met_at_door`: when somebody of it was last met in person, or None."""
        met = apps.get_model("households", "Visit").objects.met_at_door().filter(household=OuterRef("pk"))
        return self.annotate(last_met_at_door=Subquery(met.order_by("-happened_at").values("happened_at")[:1]))

    def due_by(self, day: object) -> Self:
        """Doors where some contact is due on or before that day."""
        return self.filter(next_due_date__lte=day)


class Household(models.Model):
    """A door and the file behind it. `community` and `grid` repeat the building's for scope and speed."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    community = models.ForeignKey(Region, models.PROTECT, related_name="households", verbose_name=_("community"))
    grid = models.ForeignKey(Grid, models.PROTECT, related_name="households", verbose_name=_("grid"))
    building = models.ForeignKey(Building, models.PROTECT, related_name="households", verbose_name=_("building"))
    entrance = models.PositiveSmallIntegerField(_("entrance"), validators=[MinValueValidator(1), MaxValueValidator(60)])
    floor = models.SmallIntegerField(_("floor"), validators=[MinValueValidator(-5), MaxValueValidator(120)])
    door = models.CharField(_("door"), max_length=10)
    file_number = models.CharField(
        _("file number"), max_length=24, unique=True, validators=[RegexValidator(r"\A[0-9A-Z-]{4,24}\Z")]
    )
    contact = models.ForeignKey(
        "Resident", models.SET_NULL, null=True, blank=True, related_name="contact_of", verbose_name=_("contact person")
    )
    door_note = EncryptedTextField(
        aad="households.household.door_note",
        verbose_name=_("note for whoever comes to the door"),
        blank=True,
        default="",
    )
    care_colour = models.CharField(
        _("care colour"), max_length=6, choices=CareColour.choices, blank=True, default=CareColour.NONE
    )
    door_key = models.CharField(max_length=20, unique=True, default=new_door_key, editable=False)
    confirmed_at = models.DateTimeField(_("file confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    # Kept by actions/care.py and actions/visits.py:
    last_contact_at = models.DateTimeField(_("last contact"), null=True, blank=True, editable=False)
    next_due_date = models.DateField(_("next contact due"), null=True, blank=True, editable=False)
    from_date = models.DateField(_("from"), default=MIN_DATE)
    until_date = models.DateField(_("until"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name=_("successor")
    )

    # What a loader puts on the row; without it there is no such attribute.
    responsible_id: int | None  # `with_responsible`, `actions.drafts.load`, `actions.visits`
    last_met_at_door: datetime | None  # `with_last_met`
    phone_list: list[tuple[int, str, str]]  # `access.household_file`
    may_amend: bool  # `access.household_file`
    may_manage: bool  # `access.household_file`
    need_kinds: list[NeedKind]  # `register_list.add_needs`

    unscoped = HouseholdQuerySet.as_manager()
    objects = ScopedManager.from_queryset(HouseholdQuerySet)()

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        indexes = [
            models.Index(fields=["building", "entrance", "floor"], name="household_elevation"),
            models.Index(fields=["grid", "next_due_date"], name="household_grid_due"),
            models.Index(fields=["community", "next_due_date"], name="household_community_due"),
            models.Index(fields=["door", "entrance"], name="household_by_door"),
        ]
        constraints = [
            *dates_in_order("household"),
            models.UniqueConstraint(
                fields=["building", "entrance", "door"],
                condition=Q(until_date__isnull=True),
                name="one_household_per_door",
                violation_error_message=_("There is a file for this door already."),
            ),
            models.CheckConstraint(condition=bounded(1, 60, "entrance"), name="household_entrance_bounded"),
            models.CheckConstraint(condition=Q(floor__gte=-5, floor__lte=120), name="household_floor_bounded"),
            models.CheckConstraint(
                condition=Q(next_due_date__isnull=True) | Q(next_due_date__gte=MIN_DATE, next_due_date__lte=MAX_DATE),
                name="household_due_bounded",
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "confirmed_at", "last_contact_at"),
                name="household_times_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.file_number

    @property
    def door_label(self) -> str:
        """The door as it is spoken of in its building: '2 单元 502'."""
        return gettext("Entrance %(entrance)s, %(door)s") % {"entrance": self.entrance, "door": self.door}

    @property
    def address(self) -> str:
        """Building and door. Needs `building` loaded."""
        return f"{self.building.name} {self.door_label}"

    @property
    def door_code(self) -> str:
        """Building and door as history keeps them, without words of a language; `wording` reads it."""
        return f"{self.building.name}#{self.entrance}#{self.door}"

    @property
    def posted_address(self) -> str:
        """The address in the house's own language, whoever writes it down: what is stored with a request."""
        with override(settings.LANGUAGE_CODE):
            return self.address

    def is_stale(self, after_days: int, now: datetime | None = None) -> bool:
        """Whether nobody confirmed the file for longer than staff allow."""
        now = now or timezone.now()
        return self.confirmed_at is None or self.confirmed_at < now - timedelta(days=after_days)

    def days_overdue(self) -> int:
        """Days since the contact was due; 0 when it is not overdue."""
        return max(0, (today() - self.next_due_date).days) if self.next_due_date else 0


if TYPE_CHECKING:

    class _FileColumns(TypedDict):
        responsible: str  # the worker's name, or ''
        phone_id: int | None  # a row for each of its phones
        phone_number: str
        phone_label: str

    FileHousehold = WithAnnotations[Household, _FileColumns]  # from `access.household_file`


class HouseholdPhone(models.Model):
    """One of a household's phones, with whose it is."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="phones", verbose_name=_("household"))
    number = EncryptedTextField(aad="households.householdphone.number", verbose_name=_("phone"))
    number_index = BlindIndexField(of="number", purpose="phone")
    tail_index = BlindIndexField(of="number", purpose="phone_tail", tail=4)
    label = models.CharField(_("whose"), max_length=40, blank=True, default="")

    unscoped = ScopedQuerySet["HouseholdPhone"].as_manager()
    objects = ScopedManager.from_queryset(ScopedQuerySet)()

    class Meta:
        verbose_name = _("household phone")
        verbose_name_plural = _("household phones")
        constraints = [
            models.UniqueConstraint(fields=["household", "number_index"], name="one_row_per_household_phone")
        ]

    def __str__(self) -> str:
        return self.label or str(self.pk)


class Sex(models.TextChoices):
    UNKNOWN = "", pgettext_lazy("sex", "not recorded")
    FEMALE = "f", _("female")
    MALE = "m", _("male")


class Relation(models.TextChoices):
    """To the household's contact person."""

    CONTACT = "contact", _("contact person")
    SPOUSE = "spouse", _("spouse")
    CHILD = "child", _("child")
    PARENT = "parent", _("parent")
    GRANDCHILD = "grandchild", _("grandchild")
    GRANDPARENT = "grandparent", _("grandparent")
    SIBLING = "sibling", _("sibling")
    OTHER_KIN = "kin", _("other relative")
    TENANT = "tenant", _("tenant")
    CARER = "carer", _("live-in carer")
    OTHER = "other", pgettext_lazy("relation", "other")


class Presence(models.TextChoices):
    """What became of a resident, as of their last life event."""

    HERE = "here", _("lives here")
    AWAY = "away", _("stays elsewhere for a while")
    MOVED_OUT = "moved_out", _("moved out")
    DIED = "died", _("died")


class ResidentQuerySet(ScopedQuerySet["Resident"]):
    def living(self) -> Self:
        """Those the file answers for today: here, or elsewhere for a while."""
        return self.filter(presence__in=[Presence.HERE, Presence.AWAY])


class Resident(models.Model):
    """A person of a file. `household` is where they live; `registered_household` where their 户籍 is.

    Who lives behind a door and who is registered there are two things; either may be empty of the other.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, related_name="residents", verbose_name=_("lives at"))
    registered_household = models.ForeignKey(
        Household, models.SET_NULL, null=True, blank=True, related_name="registered", verbose_name=_("registered at")
    )
    registered_elsewhere = EncryptedTextField(
        aad="households.resident.registered_elsewhere",
        verbose_name=_("registered elsewhere"),
        max_length=120,
        blank=True,
        default="",
    )
    stays_with = models.ForeignKey(
        Household, models.SET_NULL, null=True, blank=True, related_name="guests", verbose_name=_("stays at")
    )
    away_until_date = models.DateField(_("away until"), null=True, blank=True)
    presence = models.CharField(_("presence"), max_length=10, choices=Presence.choices, default=Presence.HERE)
    name = models.CharField(_("name"), max_length=60)
    birth_year = models.PositiveSmallIntegerField(
        _("birth year"), null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2100)]
    )
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, blank=True, default=Sex.UNKNOWN)
    phone = EncryptedTextField(aad="households.resident.phone", verbose_name=_("phone"), blank=True, default="")
    phone_index = BlindIndexField(of="phone", purpose="phone", null=True, blank=True)
    phone_tail_index = BlindIndexField(of="phone", purpose="phone_tail", tail=4, null=True, blank=True)
    id_number = EncryptedTextField(
        aad="households.resident.id_number", verbose_name=_("ID number"), blank=True, default=""
    )
    id_number_index = BlindIndexField(of="id_number", purpose="id_number", null=True, blank=True)
    relation = models.CharField(
        _("relation to the contact"), max_length=12, choices=Relation.choices, default=Relation.OTHER
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    unscoped = ResidentQuerySet.as_manager()
    objects = ScopedManager.from_queryset(ResidentQuerySet)()

    class Meta:
        verbose_name = _("resident")
        verbose_name_plural = _("residents")
        indexes = [
            models.Index(fields=["name"], name="resident_name"),
            # Hardly anybody stays elsewhere: an index full of NULLs looks useless to SQLite, and it reads everybody.
            models.Index(fields=["stays_with"], name="resident_guest", condition=Q(stays_with__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(birth_year__isnull=True) | Q(birth_year__gte=1900, birth_year__lte=2100),
                name="resident_birth_year_bounded",
            ),
            models.CheckConstraint(
                condition=Q(birth_date__isnull=True) | Q(birth_date__gte=MIN_DATE, birth_date__lte=MAX_DATE),
                name="resident_birth_date_bounded",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="resident_has_a_name"),
            models.CheckConstraint(
                condition=fits("registered_elsewhere", 120), name="resident_registered_elsewhere_bounded"
            ),
            models.CheckConstraint(
                condition=Q(away_until_date__isnull=True)
                | Q(away_until_date__gte=MIN_DATE, away_until_date__lte=MAX_DATE),
                name="resident_away_bounded",
            ),
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "created_at"), name="resident_time_bounded"
            ),
            models.CheckConstraint(
                condition=Q(presence="away") | Q(stays_with__isnull=True, away_until_date__isnull=True),
                name="resident_stays_elsewhere_only_while_away",
            ),
            models.UniqueConstraint(
                fields=["id_number_index"],
                condition=Q(id_number_index__isnull=False),
                name="one_resident_per_id_number",
                violation_error_message=_("Somebody with this ID number is in the register already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def age(self) -> int | None:
        """Whole years today; counted from January 1st where only the year is known."""
        now = today()
        if self.birth_date:
            had_birthday = (now.month, now.day) >= (self.birth_date.month, self.birth_date.day)
            return now.year - self.birth_date.year - (0 if had_birthday else 1)
        return now.year - self.birth_year if self.birth_year else None
