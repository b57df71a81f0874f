"""The tables a new house starts with. Written once: what staff edited or deleted stays as they left it."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction

from households import default_tables as tables
from households import reference
from households.models import (
    CareRule,
    Category,
    ClockRule,
    HouseRules,
    NeedKind,
    OpeningRule,
    RetentionRule,
    SpecialDay,
)
from resilience.lib.dates import MIN_MOMENT

from . import trail


@transaction.atomic
def install_defaults() -> dict[str, int]:
    """Write what was never there; gives how many rows of each table (by its name) were written."""
    written = {
        "categories": _install_categories(),
        "kinds of need": _install_needs(),
        "care rules": _install_care_rules(),
        "clock rules": _install_clock_rules(),
        "house rules": _once(HouseRules, {}, id=1),
        "special days": _install_special_days(),
        "limits of openings": _install_opening_rules(),
        "rules of retention": _install_retention(),
    }
    trail.tables_written("defaults", written)
    reference.forget()
    return written


def _once(model: type[models.Model], values: dict[str, Any], **key: Any) -> int:
    """Create the row unless one of that key is there, or was and staff deleted it (its history remembers)."""
    was_there = model._default_manager.filter(**key).exists() or model.history.filter(**key).exists()  # type: ignore[attr-defined]
    if not was_there:
        model._default_manager.create(**key, **values)
    return 0 if was_there else 1


def _install_categories() -> int:
    written = 0
    for at, tile in enumerate(tables.CATEGORIES, 1):
        written += _install_category(tile, at * 10, None)
        parent = Category.objects.filter(code=tile.code).first()
        if parent:
            written += sum(_install_category(kind, n * 10, parent) for n, kind in enumerate(tile.kinds, 1))
    return written


def _install_category(row: tables.CategoryRow, position: int, parent: Category | None) -> int:
    values = {
        "name_zh": row.zh, "name_en": row.en, "icon": row.icon, "position": position, "parent": parent,
        "goes_to_worker": row.to_worker, "in_working_hours": row.office_hours, "is_shared": row.is_shared,
    }  # fmt: skip
    return _once(Category, values, code=row.code)


def _install_needs() -> int:
    return sum(
        _once(NeedKind, {"name_zh": row.zh, "name_en": row.en, "icon": row.icon, "position": at * 10}, code=row.code)
        for at, row in enumerate(tables.NEEDS, 1)
    )


def _install_care_rules() -> int:
    kinds = {kind.code: kind for kind in NeedKind.objects.all()}
    for_kinds = sum(
        _once(CareRule, {"every_days": row.every_days, "means": row.means}, kind=kinds[row.code])
        for row in tables.NEEDS
        if row.every_days and row.code in kinds
    )
    return for_kinds + sum(
        _once(CareRule, {"every_days": days}, colour=colour) for colour, days in tables.COLOURS.items()
    )


def _install_clock_rules() -> int:
    categories: dict[str, Category | None] = {row.code: row for row in Category.objects.all()}
    categories[""] = None
    return sum(
        _clock_rule(categories[code], urgency, respond, resolve)
        for code, urgency, respond, resolve in tables.CLOCKS
        if code in categories
    )


def _clock_rule(category: Category | None, urgency: str, respond: int, resolve: int) -> int:
    key: dict[str, Any] = {"category": category} if category else {"category__isnull": True}
    rules = ClockRule.objects.filter(urgency=urgency, **key)
    if rules.exists() or ClockRule.history.filter(urgency=urgency, **key).exists():
        return 0
    ClockRule.objects.create(category=category, urgency=urgency, respond_minutes=respond, resolve_minutes=resolve)
    return 1


def _install_retention() -> int:
    """What a house starts with is no change of anything: it holds at once."""
    days = tables.RETENTION.items()
    return sum(_once(RetentionRule, {"keep_days": n, "written_at": MIN_MOMENT}, subject=subject) for subject, n in days)


def _install_opening_rules() -> int:
    limits = reference.OPENING_LIMITS.items()
    return sum(
        _once(OpeningRule, {"alarm_after": alarm, "stop_after": stop}, role=role) for role, (alarm, stop) in limits
    )


def _install_special_days() -> int:
    """A year with any day in it is staff's already."""
    known = {day.year for day in SpecialDay.objects.values_list("date", flat=True)}
    rows = [
        SpecialDay(date=day, is_working=is_working, name=name)
        for day, (is_working, name) in tables.SPECIAL_DAYS.items()
        if day.year not in known
    ]
    SpecialDay.objects.bulk_create(rows)
    return len(rows)
