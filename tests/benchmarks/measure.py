"""Runs the pages: floors and pages take turns, call by call, in rounds, on the small database and the large one."""

from __future__ import annotations

import cProfile
import gc
import io
import pstats
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.urls import NoReverseMatch

from .client import Answer
from .figures import Figure, figure, middle, ratio
from .pages import FLOORS, Page, PageBroken
from .stage import Stage
from .weight import Weight, weigh


@dataclass(slots=True)
class Line:
    """What was measured of one page. Times are seconds a request, one for each round."""

    page: Page
    rounds: dict[str, list[float]] = field(default_factory=lambda: {"small": [], "large": []})
    statements: dict[str, list[int]] = field(default_factory=dict)  # small, large, cold: one number a request
    weight: Weight | None = None
    broken: str = ""

    def time(self, size: str) -> Figure:
        return figure(self.rounds[size])

    def ratio(self, size: str, floors: Mapping[str, Line]) -> Figure | None:
        return ratio(self.rounds[size], floors[self.page.floor].rounds[size]) if self.page.floor else None

    @property
    def growth(self) -> Figure:
        """From the small database to the large one."""
        return ratio(self.rounds["large"], self.rounds["small"])


def look(lines: list[Line], stages: Mapping[str, Stage]) -> None:
    """Once through every page: does it answer, how many statements, how many bytes. A page that fails is left out."""
    for size, stage in stages.items():
        with stage.on():
            stage.note(True)
            for line in lines:
                _look_at(line, stage, size)
            stage.note(False)


def _look_at(line: Line, stage: Stage, size: str) -> None:
    stage.forget()
    try:
        cold, warm = line.page.ask(stage), line.page.ask(stage)
    except (PageBroken, NoReverseMatch) as fault:
        line.broken = f"{size}: {fault}"[:200]
        return
    line.statements[size] = [len(answer.statements) for answer in warm]
    line.statements["cold"] = [len(answer.statements) for answer in cold]
    if size == "large":
        line.weight = _weight(line.page, stage, warm[0])


def _weight(page: Page, stage: Stage, answer: Answer) -> Weight:
    stage.note(False)
    weight = weigh(stage.people["visitor"], answer, "/")
    stage.note(True)
    return weight


def run(
    lines: list[Line], stages: Mapping[str, Stage], *, rounds: int, calls: int, tell: Callable[[str], None]
) -> None:
    """Time every page in every round; the two databases begin a round in turn."""
    whole = [line for line in lines if not line.broken]
    for number in range(rounds):
        order = list(stages.items()) if number % 2 == 0 else list(stages.items())[::-1]
        for size, stage in order:
            with stage.on():
                _round(whole, stage, size, calls)
        tell(f"round {number + 1} of {rounds}")


def _round(lines: list[Line], stage: Stage, size: str, calls: int) -> None:
    for line in lines:
        line.page.ask(stage)  # what is remembered for some seconds is remembered again
    gc.collect()
    samples: dict[str, list[float]] = {line.page.name: [] for line in lines}
    for _ in range(calls):
        for line in lines:
            answers = line.page.ask(stage)
            samples[line.page.name].append(sum(answer.seconds for answer in answers) / len(answers))
    for line in lines:
        line.rounds[size].append(middle(samples[line.page.name]))


def profile(lines: list[Line], stage: Stage, *, calls: int) -> str:
    """Where the time of each page goes: functions by their own time, with what they call."""
    out = io.StringIO()
    with stage.on():
        for line in lines:
            if line.broken or not line.page.floor:
                continue
            line.page.ask(stage)
            profiler = cProfile.Profile()
            profiler.enable()
            for _ in range(calls):
                line.page.ask(stage)
            profiler.disable()
            out.write(f"\n{line.page.name}, {calls} calls\n")
            statistics = pstats.Stats(profiler, stream=out)
            statistics.sort_stats("cumulative").print_stats(60)
            statistics.sort_stats("tottime").print_stats(25)
    return out.getvalue()


def floors_of(lines: list[Line]) -> dict[str, Line]:
    """The floor's lines by the name that pages call them by."""
    by_page = {line.page.name: line for line in lines}
    return {key: by_page[page.name] for key, page in FLOORS.items()}
