"""What can be asked for: two levels of categories that staff edit."""

from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from resilience.lib.db import bounded

from .care import LAST_POSITION, TwoNames


class CategoryQuerySet(models.QuerySet["Category"]):
    def offered(self) -> Self:
        return self.filter(is_active=True)

    def tops(self) -> Self:
        return self.filter(parent__isnull=True)


class Category(TwoNames):
    """A tile (no parent) or one of its finer kinds."""

    code = models.SlugField(_("code"), max_length=30, unique=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
        limit_choices_to={"parent__isnull": True},
    )
    icon = models.CharField(_("icon"), max_length=30, default="ellipsis")
    position = models.PositiveSmallIntegerField(
        _("position"), default=100, validators=[MaxValueValidator(LAST_POSITION)]
    )
    is_active = models.BooleanField(_("offered"), default=True)
    in_working_hours = models.BooleanField(
        _("clock runs in working hours only"), default=False, help_text=_("Otherwise it runs day and night.")
    )
    goes_to_worker = models.BooleanField(
        _("goes to the responsible worker at once"), default=True, help_text=_("Otherwise the desk decides first.")
    )
    is_shared = models.BooleanField(
        _("what one has, the whole stair may have"),
        default=False,
        help_text=_("Like heating or the lift: neighbours who ask for it within days probably mean the same."),
    )

    history = HistoricalRecords()
    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(condition=bounded(0, LAST_POSITION, "position"), name="category_position_bounded")
        ]

    @property
    def full_name(self) -> str:
        """'Repair · Heating'; a tile alone by its own name. Needs `parent` loaded."""
        return f"{self.parent.name} · {self.name}" if self.parent else self.name
