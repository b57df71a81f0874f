"""As `access`, for what is sealed: not visible → 404, visible but not opened → 403, else the row.

Whoever works at a place or oversees it opens the files there. Who has a request opens by that what it needs: its
phones, and the note for its door. Auditors open nothing.
"""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404

from resilience.accounts.models import User

from . import access, colleagues, reference
from .models import Household, Presence, Region, Resident, ServiceRequest
from .viewer import OPENING_ROLES, OVERSEEING_ROLES, WORKING_ROLES, Viewer

Row = TypeVar("Row", bound=Model)


def household(viewer: Viewer, uid: UUID) -> Household:
    """The file of who serves the place. Who only has a request there opens nothing by the file."""
    parts = ("building", "community", "grid", "contact", "confirmed_by")
    found = _get(access.households_for(viewer).select_related(*parts), uid=uid)
    _allow(opens_at(viewer, found))
    return found


def resident(viewer: Viewer, uid: UUID) -> Resident:
    """A person, for who serves their home, or the door where they stay meanwhile; homes and stays loaded."""
    stays_here = Q(presence=Presence.AWAY) & access.seen_by_place(viewer, "stays_with")
    seen = Q(household__in=access.households_for(viewer).values("pk")) | stays_here
    homes = [f"{path}__{part}" for path in ("household", "stays_with") for part in ("building", "grid", "community")]
    found = _get(Resident.objects.filter(seen).select_related(*homes), uid=uid)
    is_host = found.stays_with is not None and opens_at(viewer, found.stays_with)
    _allow(is_host or opens_at(viewer, found.household))
    return found


def service_request(viewer: Viewer, code: str) -> ServiceRequest:
    """A request of who has it, decides about it or looks on."""
    found = _get(access.requests_for(viewer).select_related(*access.REQUEST_PARTS), code=code)
    _allow(opens_request(viewer, found))
    return found


def opens_at(viewer: Viewer, row: Household) -> bool:
    """Whether the viewer may look at what is sealed there. Needs `community` loaded; no statement of its own."""
    return viewer.covers(row, *OPENING_ROLES)


def works_at(viewer: Viewer, row: Household) -> bool:
    """As `access.works_at`, of a row whose `community` is loaded; no statement of its own."""
    return viewer.covers(row, *WORKING_ROLES)


def opens_request(viewer: Viewer, row: ServiceRequest) -> bool:
    """Whether it is with the viewer now, or they oversee it. Needs `community` loaded."""
    return access.has_request(viewer, row) or viewer.covers(row, *OVERSEEING_ROLES)


# --- looking over it ------------------------------------------------------------------------------
def person(viewer: Viewer, uid: UUID) -> User:
    """A colleague who serves where the viewer looks over who opens what."""
    return _get(colleagues.people_for(viewer), uid=uid)


def communities(viewer: Viewer) -> list[Region]:
    """Communities with a register whose openings the viewer looks over. Mostly without a statement."""
    codes = viewer.watched_codes
    return [each for each in reference.served_communities() if viewer.is_admin or each.code.startswith(codes)]


def _get(rows: QuerySet[Row], **lookup: Any) -> Row:
    row = rows.filter(**lookup).first()
    if row is None:
        raise Http404
    return row


def _allow(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied
