"""Arithmetic of a run: medians, paired ratios, spread. Only ratios inside one run count; see performance.md."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

TOO_WIDE = 0.25  # of the median; a figure whose rounds lie further apart says nothing


@dataclass(frozen=True, slots=True)
class Figure:
    """A median over rounds, and how far apart the rounds lay, as a part of the median."""

    value: float
    spread: float

    @property
    def is_steady(self) -> bool:
        return self.spread <= TOO_WIDE


def figure(rounds: Sequence[float]) -> Figure:
    """The figure of one value a round. Rounds must be positive, and there must be one."""
    middle = statistics.median(rounds)
    return Figure(middle, (max(rounds) - min(rounds)) / middle)


def ratio(rounds: Sequence[float], base: Sequence[float]) -> Figure:
    """How many times `base` it took: divided round by round, so that what slowed a whole round cancels out."""
    if len(rounds) != len(base):
        raise ValueError(f"{len(rounds)} rounds against {len(base)}: they were not measured side by side")
    return figure([each / floor for each, floor in zip(rounds, base, strict=True)])


def middle(samples: Sequence[float]) -> float:
    """The median of the calls of one round."""
    return statistics.median(samples)


def percentile(samples: Sequence[float], part: float) -> float:
    """The smallest sample that at least `part` (0–1) of all do not exceed."""
    if not 0 < part <= 1:
        raise ValueError(f"part must be in (0, 1], not {part}")
    ordered = sorted(samples)
    rank = -(-len(ordered) * part // 1)  # the ceiling
    return ordered[int(rank) - 1]
