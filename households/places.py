"""The place tree in memory, for filters: regions, grids and buildings by the key a link names them by.

Knows no viewer: whether somebody may look at a place is asked of `scope.place_overseen`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from resilience.accounts.models import User

from . import reference
from .models import Appointment, Building, Grid, Level, Region
from .models.appointments import HELPING

GRID, BUILDING = "grid", "building"
REGION_KEY = re.compile(r"[0-9]{4}(?:[0-9]{2}(?:[0-9]{3}(?:[0-9]{3})?)?)?", re.ASCII)
GRID_KEY = re.compile(r"[0-9]{15}", re.ASCII)
LIFE = 60.0  # seconds; places are renamed once in a year


@dataclass(frozen=True)
class Place:
    """A region, grid or building. `key`: its code, or a building's uid in hex; `code`: the region or grid it is in."""

    key: str
    kind: str
    pk: int
    name: str
    code: str
    community_id: int | None = None


def find(key: str) -> Place | None:
    """The place a link names; None for anything else."""
    if GRID_KEY.fullmatch(key):
        return next((grid for grid in grids(key[:12]) if grid.key == key), None)
    if REGION_KEY.fullmatch(key):
        return regions().get(key)
    return _building(key)


def regions() -> dict[str, Place]:
    """Every region by its code, those that were abolished too: old requests lie in them."""
    return reference.keep("places", _regions, LIFE)


def _regions() -> dict[str, Place]:
    rows = Region.objects.order_by("code").values_list("code", "level", "pk", "name")
    return {
        code: Place(code, level, pk, name, code, pk if level == Level.COMMUNITY else None)
        for code, level, pk, name in rows
    }


def community_code(row: Any) -> str:
    """The code of the community that a household or request lies in: of the loaded row, or from memory."""
    if row._meta.get_field("community").is_cached(row):
        return str(row.community.code)
    return reference.keep("community codes", _codes, LIFE).get(row.community_id, "")


def _codes() -> dict[int, str]:
    return dict(Region.objects.communities().values_list("pk", "code"))


def shared(codes: Sequence[str]) -> str:
    """The code of the smallest region that all of these regions and grids lie in; '' when there is none."""
    for digits in (12, 9, 6, 4):
        starts = {code[:digits] for code in codes}
        if len(starts) == 1 and len(start := starts.pop()) == digits:
            return start
    return ""


def _by_parent() -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for place in regions().values():
        found.setdefault(parent_code(place.code), []).append(place)
    return found


def parent_code(code: str) -> str:
    """The code one level up; '' above a city."""
    return {15: code[:12], 12: code[:9], 9: code[:6], 6: code[:4]}.get(len(code), "")


def lies_in(code: str, top: str) -> bool:
    """Whether the region or grid of one code is, or lies in, that of the other."""
    return code == top if len(top) == 15 else code.startswith(top)


def grids(community_code: str) -> list[Place]:
    """The grids of a community."""
    community = regions().get(community_code)
    if community is None or community.kind != Level.COMMUNITY:
        return []
    return reference.keep(f"grids {community.pk}", lambda: _grids(community.pk), LIFE)


def _grids(community_id: int) -> list[Place]:
    rows = Grid.objects.filter(community=community_id).order_by("code").values_list("code", "pk", "name")
    return [Place(code, GRID, pk, name, code, community_id) for code, pk, name in rows]


def buildings(grid: Place) -> list[Place]:
    """The buildings of a grid, in walking order."""
    return reference.keep(f"buildings {grid.pk}", lambda: _buildings(grid), LIFE)


def _buildings(grid: Place) -> list[Place]:
    rows = Building.objects.filter(grid=grid.pk).order_by("walk_order", "name").values_list("uid", "pk", "name")
    return [Place(uid.hex, BUILDING, pk, name, grid.code, grid.community_id) for uid, pk, name in rows]


def _building(key: str) -> Place | None:
    if not re.fullmatch(r"[0-9a-f]{32}", key, re.ASCII):
        return None
    row = Building.objects.filter(uid=UUID(key)).values_list("pk", "name", "grid__code", "community_id").first()
    return Place(key, BUILDING, row[0], row[1], row[2], row[3]) if row else None


def children(place: Place) -> list[Place]:
    """One level down."""
    if place.kind == BUILDING:
        return []
    if place.kind == GRID:
        return buildings(place)
    if place.kind == Level.COMMUNITY:
        return grids(place.code)
    return reference.keep("places by parent", _by_parent, LIFE).get(place.code, [])


def path(place: Place) -> list[Place]:
    """From the top of the tree to the place itself."""
    above = [place]
    code = place.code if place.kind == BUILDING else parent_code(place.code)
    while code:
        step = find(code)
        if step is not None:
            above.append(step)
        code = parent_code(code)
    return above[::-1]


# --- who works there ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Helper:
    """A worker, lead or volunteer who serves a community, as a filter or a list names them."""

    pk: int
    uid: str
    name: str


def helpers(community_id: int) -> list[Helper]:
    """Workers, leads and volunteers of a community's grids, by name."""
    return reference.keep(f"helpers {community_id}", lambda: _helpers(community_id))


def _helpers(community_id: int) -> list[Helper]:
    serving = Appointment.objects.held().of_role(*HELPING).in_communities([community_id])
    rows = User.objects.filter(pk__in=serving.values("user_id")).order_by("name", "pk").values_list("pk", "uid", "name")
    return [Helper(pk, uid.hex, name) for pk, uid, name in rows]
