"""Where doors are: the official tree, the grids of its communities, the buildings."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self, TypeVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from resilience.lib.dates import MAX_DATE, MIN_DATE
from resilience.lib.db import bounded

if TYPE_CHECKING:
    from datetime import date

Row = TypeVar("Row", bound=models.Model)


def dates_in_order(prefix: str) -> list[models.CheckConstraint]:
    """Constraints of a row that holds from–until: bounded, and the end not before the beginning."""
    return [
        models.CheckConstraint(
            condition=Q(from_date__gte=MIN_DATE, from_date__lte=MAX_DATE), name=f"{prefix}_from_date_bounded"
        ),
        models.CheckConstraint(
            condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date"), until_date__lte=MAX_DATE),
            name=f"{prefix}_until_date_after_from",
        ),
    ]


class DatedQuerySet(models.QuerySet[Row]):
    """Each dated table has a QuerySet of its own, if only to say what its rows are."""

    def on(self, day: date) -> Self:
        """Rows that hold on that day."""
        return self.filter(Q(until_date__isnull=True) | Q(until_date__gte=day), from_date__lte=day)

    def current(self) -> Self:
        """Rows nobody has ended."""
        return self.filter(until_date__isnull=True)


class Level(models.TextChoices):
    CITY = "city", _("city")
    DISTRICT = "district", _("district")
    SUBDISTRICT = "subdistrict", _("subdistrict")
    COMMUNITY = "community", _("community")


class RegionQuerySet(DatedQuerySet["Region"]):
    def under(self, code: str) -> Self:
        """The region of that code and all below it: official codes nest by their first 4, 6 or 9 digits.

        A half-open range instead of LIKE: both databases answer it from the code's index.
        """
        return self.filter(code__gte=code, code__lt=code + ":")

    def communities(self) -> Self:
        return self.filter(level=Level.COMMUNITY)


class Region(models.Model):
    """A node of the official tree: city (4 digits), district (6), subdistrict (9), community (12)."""

    code = models.CharField(
        _("code"),
        max_length=12,
        unique=True,
        validators=[RegexValidator(r"\A[0-9]{4}([0-9]{2}([0-9]{3}([0-9]{3})?)?)?\Z")],
    )
    level = models.CharField(_("level"), max_length=12, choices=Level.choices)
    name = models.CharField(_("name"), max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    from_date = models.DateField(_("from"), default=MIN_DATE)
    until_date = models.DateField(_("until"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name=_("successor")
    )
    duty_phone = models.CharField(_("duty phone"), max_length=20, blank=True, default="")

    history = HistoricalRecords()
    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["code"]
        indexes = [models.Index(fields=["parent", "code"], name="region_parent_code")]
        constraints = [*dates_in_order("region")]

    def __str__(self) -> str:
        return self.name

    @property
    def phone_to_call(self) -> str:
        """Its own duty phone, else that of the whole place."""
        return self.duty_phone or settings.DUTY_PHONE


class GridQuerySet(DatedQuerySet["Grid"]):
    pass


class Grid(models.Model):
    """Part of a community that one worker serves; 300–500 households. Code: the community's 12 digits + 3."""

    code = models.CharField(_("code"), max_length=15, unique=True, validators=[RegexValidator(r"\A[0-9]{15}\Z")])
    name = models.CharField(_("name"), max_length=60)
    community = models.ForeignKey(Region, models.PROTECT, related_name="grids", verbose_name=_("community"))
    from_date = models.DateField(_("from"), default=MIN_DATE)
    until_date = models.DateField(_("until"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name=_("successor")
    )

    history = HistoricalRecords()
    objects = GridQuerySet.as_manager()

    class Meta:
        verbose_name = _("grid")
        verbose_name_plural = _("grids")
        ordering = ["code"]
        constraints = [*dates_in_order("grid")]

    def __str__(self) -> str:
        return self.name


class Compound(models.TextChoices):
    OLD = "old", _("old compound")
    NEW = "new", _("new compound")


class BuildingQuerySet(DatedQuerySet["Building"]):
    pass


class Building(models.Model):
    """A building of a grid. `walk_order` is the order in which a worker passes the buildings of a community."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    community = models.ForeignKey(Region, models.PROTECT, related_name="buildings", verbose_name=_("community"))
    grid = models.ForeignKey(Grid, models.PROTECT, related_name="buildings", verbose_name=_("grid"))
    name = models.CharField(_("name"), max_length=60, help_text=_("For example 西园小区 3 号楼"))
    address = models.CharField(_("street address"), max_length=120, blank=True, default="")
    storeys = models.PositiveSmallIntegerField(_("storeys"), validators=[MinValueValidator(1), MaxValueValidator(120)])
    entrances = models.PositiveSmallIntegerField(
        _("entrances"), validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    has_lift = models.BooleanField(_("has a lift"), default=False)
    built_year = models.PositiveSmallIntegerField(
        _("year built"), null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2100)]
    )
    compound = models.CharField(_("compound"), max_length=4, choices=Compound.choices, default=Compound.NEW)
    latitude = models.DecimalField(
        _("latitude (WGS-84)"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude (WGS-84)"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    walk_order = models.PositiveIntegerField(_("walking order"), default=0, validators=[MaxValueValidator(1_000_000)])
    from_date = models.DateField(_("from"), default=MIN_DATE)
    until_date = models.DateField(_("until"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name=_("successor")
    )

    history = HistoricalRecords()
    objects = BuildingQuerySet.as_manager()

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        ordering = ["walk_order", "name"]
        indexes = [models.Index(fields=["community", "walk_order"], name="building_walk")]
        constraints = [
            *dates_in_order("building"),
            models.UniqueConstraint(
                fields=["community", "name"], condition=Q(until_date__isnull=True), name="one_building_of_a_name"
            ),
            models.CheckConstraint(condition=Q(storeys__gte=1, storeys__lte=120), name="building_storeys_bounded"),
            models.CheckConstraint(condition=Q(entrances__gte=1, entrances__lte=60), name="building_entrances_bounded"),
            models.CheckConstraint(condition=bounded(1900, 2100, "built_year"), name="building_year_bounded"),
            models.CheckConstraint(condition=bounded(0, 1_000_000, "walk_order"), name="building_walk_bounded"),
            models.CheckConstraint(
                condition=bounded(-90, 90, "latitude") & bounded(-180, 180, "longitude"), name="building_on_the_globe"
            ),
        ]

    def __str__(self) -> str:
        return self.name
