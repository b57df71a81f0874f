"""How a leaver's households are shared out: a pure rule. Buildings stay whole; whoever has fewest gets the next."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What a receiver has before."""

    worker_id: int
    households: int
    requests: int = 0


def spread(doors: Iterable[tuple[int, int]], loads: Sequence[Load]) -> dict[int, int]:
    """(household id, building id) pairs → household id to worker id. Largest buildings first; ties by worker id."""
    by_building: dict[int, list[int]] = defaultdict(list)
    for household, building in doors:
        by_building[building].append(household)
    counts = Counter({load.worker_id: load.households for load in loads})
    given: dict[int, int] = {}
    for building in sorted(by_building, key=lambda each: (-len(by_building[each]), each)):
        worker = min(counts, key=lambda each: (counts[each], each))
        counts[worker] += len(by_building[building])
        given.update(dict.fromkeys(by_building[building], worker))
    return given
