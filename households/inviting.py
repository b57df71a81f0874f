"""Who may ask whom to serve, as what and where: never as more than one is oneself, never outside one's own place."""

from __future__ import annotations

from . import places
from .models import Role
from .places import Place
from .viewer import Viewer

_BELOW_STAFF = (Role.VOLUNTEER, Role.WORKER, Role.LEAD)


def roles_to_give(viewer: Viewer) -> tuple[Role, ...]:
    """An administrator gives every role; staff those below theirs; nobody else any. Administrators are made by hand."""
    if viewer.is_admin:
        return tuple(Role)
    return _BELOW_STAFF if viewer.has(Role.STAFF) else ()


def places_to_give(viewer: Viewer) -> list[Place]:
    """For who has a place of their own: it and all in it. Empty for an administrator, who has them all: see `find`."""
    if viewer.is_admin:
        return []
    tops = [place for code in _codes(viewer) if (place := places.find(code))]
    return [place for top in tops for place in (top, *_grids_and_communities(top))]


def _codes(viewer: Viewer) -> list[str]:
    return sorted({one.region_code or one.grid_code or "" for one in viewer.appointments if one.role == Role.STAFF})


def _grids_and_communities(top: Place) -> list[Place]:
    below = [] if top.kind == places.GRID else places.children(top)
    return [place for each in below for place in (each, *_grids_and_communities(each))]


def place_to_give(viewer: Viewer, key: str) -> Place | None:
    """The place of that code, if the viewer may send somebody there."""
    place = places.find(key)
    if place is None or place.kind == places.BUILDING:
        return None
    return place if _is_theirs(viewer, place.code) else None


def may_give(viewer: Viewer, role: str, code: str) -> bool:
    """Whether the viewer may send somebody as that to the region or grid of that code."""
    return role in roles_to_give(viewer) and _is_theirs(viewer, code)


def _is_theirs(viewer: Viewer, code: str) -> bool:
    return viewer.is_admin or any(places.lies_in(code, top) for top in _codes(viewer))
