"""The arithmetic that the benchmarks' verdicts rest on. What they measure is not asserted anywhere: machines differ."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resilience.lib.codes import clean_code
from tests.benchmarks.client import Answer
from tests.benchmarks.figures import TOO_WIDE, Figure, figure, middle, percentile, ratio
from tests.benchmarks.measure import Line
from tests.benchmarks.pages import PAIR, TABLE, Page
from tests.benchmarks.report import Verdict, as_json, text, verdicts
from tests.benchmarks.requests import code_of
from tests.benchmarks.stage import Stage
from tests.benchmarks.weight import Weight

pytestmark = pytest.mark.once
times = st.floats(min_value=1e-6, max_value=100, allow_nan=False)


def test_it_takes_the_median_of_the_rounds_and_says_how_far_they_lay_apart() -> None:
    assert figure([2.0, 1.0, 4.0]) == Figure(2.0, 1.5)
    assert figure([5.0]) == Figure(5.0, 0.0)


@given(st.lists(times, min_size=1, max_size=20), times)
def test_it_does_not_change_when_every_round_is_slower_by_the_same_factor(rounds: list[float], factor: float) -> None:
    slower = ratio([each * factor for each in rounds], [factor] * len(rounds))
    assert slower.value == pytest.approx(statistics.median(rounds))


def test_it_divides_round_by_round_so_that_a_slow_moment_cancels_out() -> None:
    page, floor = [2.0, 20.0, 2.0], [1.0, 10.0, 1.0]  # the second round was ten times as slow
    assert ratio(page, floor) == Figure(2.0, 0.0)
    assert not figure(page).is_steady


def test_it_refuses_rounds_that_were_not_measured_side_by_side() -> None:
    with pytest.raises(ValueError, match="side by side"):
        ratio([1.0, 2.0], [1.0])


def test_it_is_steady_up_to_a_quarter_of_the_median() -> None:
    assert figure([1.0, 1.0 + TOO_WIDE, 1.0]).is_steady
    assert not figure([1.0, 1.3, 1.0]).is_steady


def test_it_takes_the_middle_call_of_a_round() -> None:
    assert middle([3.0, 1.0, 100.0]) == 3.0


@pytest.mark.parametrize(("part", "found"), [(0.01, 1), (0.5, 5), (0.95, 10), (0.9, 9), (1, 10)])
def test_it_finds_the_percentile_among_what_was_measured(part: float, found: int) -> None:
    assert percentile(list(range(10, 0, -1)), part) == found


def test_it_refuses_a_percentile_beyond_all() -> None:
    with pytest.raises(ValueError, match="part"):
        percentile([1.0], 1.5)


@pytest.mark.parametrize(
    ("verdict", "is_met"),
    [
        (Verdict(1, "queue", 1.0, 1.0), True),
        (Verdict(1, "queue", 1.004, 1.0), True),  # as it is printed
        (Verdict(1, "queue", 1.02, 1.0), False),
        (Verdict(1, "queue", 0.5, 1.0, is_steady=False), False),  # fast, but who knows
    ],
)
def test_it_meets_a_goal_only_with_a_steady_figure_within_the_limit(verdict: Verdict, is_met: bool) -> None:
    assert verdict.is_met is is_met
    assert ("met" in str(verdict)) is is_met
    assert ("apart" in str(verdict)) is not verdict.is_steady


def line(page: Page, times_taken: tuple[float, float], statements: dict[str, list[int]], html: int = 1_000) -> Line:
    rounds = {"small": [times_taken[0]] * 5, "large": [times_taken[1]] * 5}
    return Line(page, rounds, statements, Weight(html, html // 4, (("/static/base.css", 4_000),)))


def nothing(_stage: Stage) -> list[Answer]:
    return []


FLOORS = {
    TABLE: line(Page("bare table", nothing), (1.0, 1.0), {"small": [1], "large": [1], "cold": [1]}),
    PAIR: line(Page("bare pair", nothing), (1.0, 1.0), {"small": [0, 1], "large": [0, 1], "cold": [0, 1]}),
}


def judged(measured: Line) -> dict[str, bool]:
    return {f"{each.goal} {each.what}": each.is_met for each in verdicts([*FLOORS.values(), measured], FLOORS)}


def test_it_holds_the_queue_against_goals_1_2_6_and_13() -> None:
    queue = Page("queue", nothing, TABLE, goal=1, most=1.0, growth=True)
    good = line(queue, (0.9, 0.95), {"small": [6], "large": [6], "cold": [9]}, html=2_000)
    assert judged(good) == {
        "1 queue: times its floor at 100k": True,
        "2 queue: growth from 1k to 100k": True,
        "6 queue: requests whose statements grow": True,
        "6 queue: statements": True,
        "13 queue: HTML, times the bare table's": True,
    }
    bad = line(queue, (0.9, 1.2), {"small": [6], "large": [7], "cold": [9]}, html=2_100)
    assert not any(judged(bad).values())


def test_it_holds_the_public_form_against_goals_4_and_13() -> None:
    form = Page("form", nothing, PAIR, goal=4, most=1 / 0.55, statements=5)
    good = line(form, (1.8, 1.8), {"small": [9, 5], "large": [9, 5], "cold": [9, 9]})
    assert judged(good) == {
        "4 form: times its floor at 100k": True,
        "4 form: statements on a POST": True,
        "6 form: requests whose statements grow": True,
        "13 form: bytes of the first load": True,
        "13 form: requests of the first load": True,
    }
    assert not judged(line(form, (1.9, 1.9), {"small": [1, 5], "large": [1, 5], "cold": []}))[
        "4 form: times its floor at 100k"
    ]
    assert not judged(line(form, (1.0, 1.0), {"small": [1, 6], "large": [1, 6], "cold": []}))[
        "4 form: statements on a POST"
    ]
    assert not judged(line(form, (1.0, 1.0), {"small": [1, 5], "large": [1, 5], "cold": []}, html=30_000))[
        "13 form: bytes of the first load"
    ]


def test_it_names_a_page_that_could_not_be_measured_and_judges_it_nowhere() -> None:
    lost = Line(Page("lost", nothing, TABLE), broken="large: /lost/ answered 500")
    said = text([*FLOORS.values(), lost], FLOORS, "a run")
    assert "NOT MEASURED  lost: large: /lost/ answered 500" in said
    assert not judged(lost)
    assert as_json([lost], FLOORS, {})["pages"][0]["broken"]


def test_it_gives_every_request_of_the_town_a_valid_code_of_its_own() -> None:
    codes = {code_of(number) for number in range(1, 3_000)}
    assert len(codes) == 2_999
    assert all(clean_code(code) == code for code in codes)
