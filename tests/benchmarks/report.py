"""What a run says: the table for people, the same as JSON, and which goals of performance.md are met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .figures import Figure
from .measure import Line
from .pages import PAIR, TABLE

GROWTH = 1.15
FIRST_LOAD, FIRST_REQUESTS = 30_000, 5
QUEUE_BYTES = 2.0
_HEADINGS = ("page", "floor", "ms 1k", "ms 100k", "× 1k", "× 100k", "±", "growth", "SQL", "cold", "HTML", "br", "load")
_WIDTHS = (34, 6, 8, 8, 7, 7, 6, 7, 9, 9, 8, 7, 12)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One goal held against one page. `goal` 0 is the rule for pages without a goal of their own."""

    goal: int
    what: str
    found: float
    most: float
    is_steady: bool = True

    @property
    def is_met(self) -> bool:
        """A figure whose rounds lie too far apart is a miss, however good it looks."""
        return self.is_steady and round(self.found, 2) <= round(self.most, 2)

    def __str__(self) -> str:
        word = "met   " if self.is_met else "MISSED"
        goal = f"goal {self.goal}" if self.goal else "rule"
        wide = "" if self.is_steady else "  (rounds too far apart)"
        return f"  {word}  {goal:<8} {self.what:<62} {self.found:>9.2f}  ≤ {self.most:.2f}{wide}"


def verdicts(lines: list[Line], floors: Mapping[str, Line]) -> list[Verdict]:
    """Every goal that these lines can answer, in the order of the goals."""
    found: list[Verdict] = []
    for line in lines:
        if line.broken or not line.page.floor:
            continue
        found += _of_time(line, floors)
        found += _of_statements(line)
        found += _of_bytes(line, floors)
    return sorted(found, key=lambda verdict: (verdict.goal or 99, verdict.what))


def _of_time(line: Line, floors: Mapping[str, Line]) -> list[Verdict]:
    page, name = line.page, line.page.name
    times = line.ratio("large", floors)
    assert times is not None
    found = [_verdict(page.goal, f"{name}: times its floor at 100k", times, page.most)]
    if page.growth:
        found.append(_verdict(2, f"{name}: growth from 1k to 100k", line.growth, GROWTH))
    return found


def _verdict(goal: int, what: str, figure: Figure, most: float) -> Verdict:
    return Verdict(goal, what, figure.value, most, figure.is_steady)


def _of_statements(line: Line) -> list[Verdict]:
    """The most that one request takes, POSTs by themselves where a page sends a form; the same in both sizes."""
    page, large = line.page, line.statements["large"]
    differ = sum(a != b for a, b in zip(line.statements["small"], large, strict=True))
    found = [Verdict(6, f"{page.name}: requests whose statements grow", differ, 0)]
    if page.floor == PAIR:
        found.append(Verdict(page.goal, f"{page.name}: statements on a POST", max(large[1::2]), page.statements))
    else:
        found.append(Verdict(6, f"{page.name}: statements", max(large), page.statements))
    return found


def _of_bytes(line: Line, floors: Mapping[str, Line]) -> list[Verdict]:
    weight, table = line.weight, floors[TABLE].weight
    if weight is None or table is None:
        return []
    if line.page.floor == PAIR:
        return [
            Verdict(13, f"{line.page.name}: bytes of the first load", weight.first_load, FIRST_LOAD),
            Verdict(13, f"{line.page.name}: requests of the first load", weight.requests, FIRST_REQUESTS),
        ]
    if line.page.goal == 1:
        return [Verdict(13, f"{line.page.name}: HTML, times the bare table's", weight.html / table.html, QUEUE_BYTES)]
    return []


def text(lines: list[Line], floors: Mapping[str, Line], heading: str) -> str:
    """The table, what was left out, and the goals."""
    rows = [_row(line, floors) for line in lines if not line.broken]
    out = [heading, "", _format(_HEADINGS), *map(_format, rows), ""]
    out += [
        "Times are medians of a request's; × is measured against the floor in the same round; ± is how far the rounds'",
        "ratios lie apart. SQL: statements a request, warm (with what a process keeps for seconds) and cold.",
        "HTML: bytes sent; br: the same through brotli; load: bytes and requests of a first load, files as sent.",
        "",
    ]
    out += [f"  NOT MEASURED  {line.page.name}: {line.broken}" for line in lines if line.broken]
    out += [str(verdict) for verdict in verdicts(lines, floors)]
    return "\n".join(out)


def _row(line: Line, floors: Mapping[str, Line]) -> tuple[str, ...]:
    small, large = line.ratio("small", floors), line.ratio("large", floors)
    weight = line.weight
    return (
        line.page.name,
        line.page.floor,
        f"{line.time('small').value * 1000:.2f}",
        f"{line.time('large').value * 1000:.2f}",
        f"{small.value:.2f}" if small else "",
        f"{large.value:.2f}" if large else "",
        _spread(large or line.time("large")),
        f"{line.growth.value:.2f}",
        _numbers(line.statements["large"]),
        _numbers(line.statements["cold"]),
        f"{weight.html:,}" if weight else "",
        f"{weight.html_br:,}" if weight else "",
        f"{weight.first_load:,} / {weight.requests}" if weight else "",
    )


def _spread(figure: Figure) -> str:
    return f"{figure.spread:.0%}{'' if figure.is_steady else ' !'}"


def _numbers(numbers: list[int]) -> str:
    return "+".join(map(str, numbers))


def _format(row: tuple[str, ...]) -> str:
    first, *rest = zip(row, _WIDTHS, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)])


def as_json(lines: list[Line], floors: Mapping[str, Line], about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **about,
        "pages": [_json_of(line, floors) for line in lines],
        "goals": [{**asdict(verdict), "is_met": verdict.is_met} for verdict in verdicts(lines, floors)],
    }


def _json_of(line: Line, floors: Mapping[str, Line]) -> dict[str, Any]:
    said: dict[str, Any] = {"page": line.page.name, "floor": line.page.floor, "broken": line.broken}
    if line.broken:
        return said
    ratios = {size: asdict(found) for size in line.rounds if (found := line.ratio(size, floors))}
    return {
        **said,
        "rounds_ms": {size: [round(each * 1000, 4) for each in times] for size, times in line.rounds.items()},
        "times_floor": ratios,
        "growth": asdict(line.growth),
        "statements": line.statements,
        "weight": asdict(line.weight) if line.weight else None,
    }
