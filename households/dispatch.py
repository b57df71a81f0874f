"""Who should get a request: a pure rule over a few facts about each worker. Nothing here reads the database.

First whoever answers for the household (一户一员包保). Then whoever it costs least: what they have to do already, and
how far they have to go. After the workers the volunteers, in the same order. After them, whoever reported it as done
before it was opened again. Somebody who is away is last and cannot be chosen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

EARTH = 6_371_000  # metres
# What a way costs, counted in open requests: a worker is worth a detour, but not across the whole community.
METRES_A_REQUEST = 300
STEPS_A_REQUEST = 3  # buildings in walking order
SAME_GRID = 1.0
UNKNOWN_WAY = 3.0
LONGEST_WAY = 8.0
FEW = 8  # open requests that are never too many


@dataclass(frozen=True, slots=True)
class Position:
    """WGS-84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule looks at of one worker, for one request or several to be given together."""

    worker_id: int
    load: int  # open requests with them now
    answers_for: int = 0  # of these requests: at households they answer for
    is_in_building: bool = False  # has an open request in one of the buildings
    is_in_grid: bool = False  # serves one of the grids
    metres: int | None = None  # from the middle of their grid
    steps: int | None = None  # buildings in walking order, where positions are not known
    lacks: tuple[str, ...] = ()  # skills that are asked for and they do not have
    is_away: bool = False
    is_volunteer: bool = False  # lends a hand, where no worker can
    has_tried: bool = False  # reported it as done, and the resident had it opened again


def rank(workers: Iterable[Facts]) -> list[Facts]:
    """Best first; before who is away, whoever has tried already: a second handling is by somebody else's eyes."""
    return sorted(workers, key=_order)


def _order(each: Facts) -> tuple[bool, bool, bool, int, int, float, int]:
    last = each.is_away, each.has_tried, each.is_volunteer
    return *last, len(each.lacks), -each.answers_for, cost(each), each.worker_id


def cost(facts: Facts) -> float:
    """Open requests, and the way counted as such."""
    return facts.load + _way(facts)


def _way(facts: Facts) -> float:
    if facts.is_in_building:
        return 0.0
    if facts.metres is not None:
        way = facts.metres / METRES_A_REQUEST
    elif facts.steps is not None:
        way = facts.steps / STEPS_A_REQUEST
    else:
        way = UNKNOWN_WAY
    return min(way, SAME_GRID if facts.is_in_grid else LONGEST_WAY)


def metres_between(one: Position, other: Position) -> int:
    """As the crow flies (haversine)."""
    lat1, lon1, lat2, lon2 = map(math.radians, (one.latitude, one.longitude, other.latitude, other.longitude))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH * math.asin(math.sqrt(half)))


def is_overloaded(after: int, colleagues: Sequence[int]) -> bool:
    """Whether `after` open requests are too many: more than a few, and than twice what colleagues have."""
    return after > max(FEW, 2 * median(colleagues) if colleagues else FEW)
