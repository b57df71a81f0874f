"""How alike two requests are: a pure rule that proposes; a person decides.

The same household counts most, then the stair, the kind of thing, the words, nearness in time. Neighbours who ask for
the same kind of thing mostly mean two things: a bag of rice each. Only of what a whole stair has in common, like its
heating, does the kind speak for one; of all else the words must.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(days=14)
LIKELY = 58
_COMPARED = 400  # characters of each text that are compared


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule looks at of a request."""

    household_id: int | None
    building_id: int | None
    tile_id: int
    created_at: datetime
    text: str
    entrance: int | None = None
    kind_id: int | None = None  # the finer kind of the tile, where one was said
    is_shared: bool = False  # what one has, the whole stair may have
    phones: frozenset[str] = frozenset()  # of who needs it, and of who asks


def score(one: Facts, other: Facts) -> int:
    """How likely the two ask for the same thing."""
    apart = abs(one.created_at - other.created_at)
    if apart > WINDOW:
        return 0
    points = round(40 * likeness(one.text, other.text)) + round(10 * (1 - apart / WINDOW))
    if same_household(one, other):
        return points + 40 + _kind(one, other)
    if same_phone(one, other):
        return points + 30 + _kind(one, other)
    if not same_building(one, other):
        return points
    points += 30 if same_stair(one, other) else 24
    return points + (_kind(one, other) if one.is_shared and other.is_shared else 0)


def same_household(one: Facts, other: Facts) -> bool:
    return one.household_id is not None and one.household_id == other.household_id


def same_phone(one: Facts, other: Facts) -> bool:
    return bool(one.phones & other.phones)


def same_building(one: Facts, other: Facts) -> bool:
    return one.building_id is not None and one.building_id == other.building_id


def same_stair(one: Facts, other: Facts) -> bool:
    return same_building(one, other) and one.entrance is not None and one.entrance == other.entrance


def _kind(one: Facts, other: Facts) -> int:
    """Of one tile; the same finer kind of it; or perhaps the same, because one of them did not say."""
    if one.tile_id != other.tile_id:
        return 0
    if one.kind_id and other.kind_id:
        return 25 if one.kind_id == other.kind_id else 10
    return 18


def likeness(one: str, other: str) -> float:
    """Shared pairs of characters (Dice), 0–1; works for Chinese, which has no word breaks. Two empty texts: 0."""
    pairs, others = _pairs(one), _pairs(other)
    if not pairs or not others:
        return 0.0
    return 2 * len(pairs & others) / (len(pairs) + len(others))


def _pairs(text: str) -> frozenset[str]:
    bare = re.sub(r"\W+", "", text[:_COMPARED]).casefold()
    return frozenset(bare[at : at + 2] for at in range(len(bare) - 1))
