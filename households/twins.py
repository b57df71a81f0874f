"""How alike two requests are: a pure rule that proposes; a person decides.

Score 0–100: the same household counts most, then the building, the category, the words, nearness in time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(days=14)
LIKELY = 55
_COMPARED = 400  # characters of each text that are compared


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule looks at of a request."""

    household_id: int | None
    building_id: int | None
    tile_id: int
    created_at: datetime
    text: str
    phone_index: bytes | None = None


def score(one: Facts, other: Facts) -> int:
    """How likely the two ask for the same thing."""
    apart = abs(one.created_at - other.created_at)
    if apart > WINDOW:
        return 0
    points = 0
    if one.household_id and one.household_id == other.household_id:
        points += 40
    elif one.phone_index and one.phone_index == other.phone_index:
        points += 25
    elif one.building_id and one.building_id == other.building_id:
        points += 20
    points += 15 if one.tile_id == other.tile_id else 0
    points += round(40 * likeness(one.text, other.text))
    points += round(10 * (1 - apart / WINDOW))
    return points


def likeness(one: str, other: str) -> float:
    """Shared pairs of characters (Dice), 0–1; works for Chinese, which has no word breaks. Two empty texts: 0."""
    pairs, others = _pairs(one), _pairs(other)
    if not pairs or not others:
        return 0.0
    return 2 * len(pairs & others) / (len(pairs) + len(others))


def _pairs(text: str) -> frozenset[str]:
    bare = re.sub(r"\W+", "", text[:_COMPARED]).casefold()
    return frozenset(bare[at : at + 2] for at in range(len(bare) - 1))
