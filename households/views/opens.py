"""What the viewer of a page may open on it, and whether the page itself says why."""

from __future__ import annotations

from collections.abc import Iterable

from resilience.lib.dates import today
from resilience.lib.policies import Relation

from .. import access
from ..forms.deeds import Standing
from ..models import Household, OpeningReason, ServiceRequest
from ..seals import ABOUT, Opens
from ..viewer import Viewer
from .door_requests import RequestLine


def of_household(
    viewer: Viewer, household: Household, *, has_need_notes: bool, asked: Iterable[RequestLine] = ()
) -> Opens:
    """Plain is a visit that is due to a door the viewer works at, or a request of it that is with them.

    Who only has such a request opens by it the note for the door, and its own phones on its page.
    """
    mine = next((line.service_request for line in asked if line.is_mine), None)
    if not access.may(viewer, "household-open", household):
        return Opens(may=False, by=mine if viewer.sees_places else None)
    reason = f"{OpeningReason.REQUEST}{ABOUT}{mine.code}" if mine else ""
    is_due = household.next_due_date is not None and household.next_due_date <= today()
    if is_due and Relation.WORKED in access.relations(viewer, household):
        reason = OpeningReason.VISIT.value
    return Opens(may=True, reason=reason, has_need_notes=has_need_notes)


def of_request(viewer: Viewer, service_request: ServiceRequest, standing: Standing) -> Opens:
    """Plain for whoever works on it, while it is open: what else would they call about."""
    works = standing.has_it or standing.manages
    is_plain = works and service_request.is_open
    may = access.may(viewer, "request-open", service_request)
    return Opens(may, reason=OpeningReason.REQUEST.value if is_plain else "", hides_notes=not viewer.sees_places)
