"""Buildings: the list with what each needs, and the elevation with every door in its state."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from resilience.lib.http import AuthedRequest
from resilience.lib.inputs import decode_cursor

from .. import access, elevation, scope
from ..building_rows import counted, doors_of, page_of


@require_safe
def buildings(request: AuthedRequest) -> HttpResponse:
    """In walking order; `?q=` by name, `?after=` the next page."""
    text = request.GET.get("q", "")[:60].strip()
    after = decode_cursor(request.GET.get("after", ""), _number, _number, _number)
    rows, next_cursor = page_of(scope.buildings_for(request.viewer), text=text, after=after)
    counted(rows, scope.households_for(request.viewer))
    context = {"buildings": rows, "text": text, "next_cursor": next_cursor, "is_first_page": after is None}
    return render(request, "households/buildings/list.html", context)


@require_safe
def page(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """The elevation; `?view=table` is the same as a table."""
    building = access.building(request, uid)
    doors = doors_of(building, scope.served_here(request.viewer))
    drawing = elevation.draw(doors, storeys=building.storeys, entrances=building.entrances)
    context = {
        "building": building,
        "drawing": drawing,
        "is_table": request.GET.get("view") == "table",
    }
    return render(request, "households/buildings/page.html", context)


def _number(value: Any) -> int:
    """A number of a cursor, small enough for any column."""
    if not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise ValueError
    return value
