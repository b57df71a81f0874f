"""The open requests of one door as lines with their quick buttons."""

from __future__ import annotations

from dataclasses import dataclass

from .. import access, reference, scope
from ..forms.assignments import AcceptForm, StartForm
from ..forms.deeds import Deed, seen_of
from ..models import Household, ServiceRequest
from ..viewer import Viewer
from .clock_words import ClockWords, clock_words

QUICK: tuple[type[Deed], ...] = (AcceptForm, StartForm)


@dataclass(frozen=True, slots=True)
class RequestLine:
    service_request: ServiceRequest
    name: str
    icon: str
    clock: ClockWords | None
    is_mine: bool
    seen: str
    buttons: list[type[Deed]]


def lines_for(viewer: Viewer, household: Household) -> list[RequestLine]:
    """Open requests of that door which the viewer may see, by what is due first. One statement."""
    rows = scope.requests_for(viewer).filter(household=household).open().due_first()
    return [_line(viewer, row) for row in rows.select_related("worker").with_accepted_at()]


def _line(viewer: Viewer, row: ServiceRequest) -> RequestLine:
    category = reference.categories()[row.category_id]
    is_mine = access.has_request(viewer, row)
    return RequestLine(
        service_request=row,
        name=category.name,
        icon=category.icon,
        clock=clock_words(row),
        is_mine=is_mine,
        seen=seen_of(row),
        buttons=[deed for deed in QUICK if is_mine and deed.fits(row)],
    )
