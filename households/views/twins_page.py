"""What the page of likely twins shows of each request, side by side."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from .. import reference, twins
from ..models import ItemState, ServiceRequest
from ..twin_search import facts
from .clock_words import ClockWords, clock_words


@dataclass(frozen=True, slots=True)
class Column:
    """One request, ready to print."""

    row: ServiceRequest
    kind: str
    icon: str
    clock: ClockWords | None
    needs: list[str]
    photos: list[str]  # URLs
    alike: str
    """What it has in common with the first, in words; '' for nothing, and for the first itself."""

    @property
    def label(self) -> str:
        """For choosing among them: 'ABC-DEF-GHJ · Repair · Heating · 3-502'."""
        return f"{self.row.code_label} · {self.kind} · {self.row.address}"


def columns(rows: Iterable[ServiceRequest]) -> list[Column]:
    """One statement for the needs and photos of all. The rows need what `access.REQUEST_PARTS` names."""
    rows = list(rows)
    parts = ServiceRequest.objects.reached_from(*rows).filter(pk__in=[row.pk for row in rows]).with_page_parts()
    found = {row.pk: (row.item_rows, row.photo_rows) for row in parts.only("pk")}
    return [_column(row, *found.get(row.pk, (None, None)), first=rows[0]) for row in rows]


def _column(
    row: ServiceRequest,
    items: list[dict[str, Any]] | None,
    photos: list[dict[str, Any]] | None,
    first: ServiceRequest,
) -> Column:
    category = reference.categories()[row.category_id]
    return Column(
        row=row,
        kind=category.full_name,
        icon=category.icon,
        clock=clock_words(row),
        needs=[_need(item) for item in sorted(items or [], key=lambda item: item["id"])],
        photos=[
            reverse("request-photo", args=[row.code, uuid.UUID(photo["uid"])])
            for photo in sorted(photos or [], key=lambda photo: photo["id"])
            if photo["event"] is None
        ],
        alike="" if row is first else alike(first, row),
    )


def _need(item: dict[str, Any]) -> str:
    """'Medicine · blood pressure pills', and what became of it unless it is still to be done."""
    words = [reference.categories()[item["category"]].full_name, item["words"]]
    state = ItemState(item["state"])
    return " · ".join(filter(None, [*words, str(state.label) if state != ItemState.OPEN else ""]))


def alike(first: ServiceRequest, other: ServiceRequest) -> str:
    """'same stair': the nearest thing that two requests have in common of place and person."""
    one, two = facts(first), facts(other)
    if twins.same_household(one, two):
        return _("same household")
    if twins.same_phone(one, two):
        return _("same phone")
    if twins.same_stair(one, two):
        return _("same entrance")
    return _("same building") if twins.same_building(one, two) else ""
