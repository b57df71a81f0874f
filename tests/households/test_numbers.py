"""/desk/numbers/ and the three rates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from households.actions.answers import confirm
from households.actions.requests import reject, resolve
from households.models import Actor, Outcome, Rating, ServiceRequest
from households.numbers import numbers
from households.rates import Case, rates
from households.scope import managed_requests_for
from households.viewer import Viewer
from tests import factories as f
from tests.base import CastTestCase

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
NOW = START + timedelta(days=5)


def case(**more: Any) -> Case:
    usual: dict[str, Any] = {
        "clock_started_at": START, "respond_by_at": START + timedelta(hours=24), "responded_at": None,
        "resolved_at": None, "paused_seconds": 0, "outcome": "", "rating": "", "is_excluded": False,
    }  # fmt: skip
    return Case(**{**usual, **more})


def test_nothing_asked_gives_no_rate_and_no_median() -> None:
    found = rates([], NOW)
    assert (found.response.percent, found.resolve_seconds) == (None, None)


def test_response_counts_contact_within_the_limit_and_leaves_out_whose_time_is_not_over() -> None:
    early = case(responded_at=START + timedelta(hours=1))
    late = case(responded_at=START + timedelta(hours=30))
    running = case(respond_by_at=NOW + timedelta(hours=1))
    missed = case()
    assert (
        rates([early, late, running, missed], NOW).response.hits,
        rates([early, late, running, missed], NOW).response.of,
    ) == (1, 3)


def test_half_done_is_an_answer_and_not_a_yes() -> None:
    found = rates([case(outcome="done"), case(outcome="half"), case()], NOW)
    assert found.resolution.percent == 50


def test_left_out_cases_count_apart() -> None:
    found = rates([case(is_excluded=True, rating="not"), case(rating="mostly")], NOW)
    assert (found.excluded, found.satisfaction.percent) == (1, 100)


def test_waiting_for_the_resident_is_no_working_time() -> None:
    found = rates([case(resolved_at=START + timedelta(hours=5), paused_seconds=3 * 3600)], NOW)
    assert found.resolve_seconds == 2 * 3600


some_moments = st.integers(-40 * 24, 40 * 24).map(lambda hours: START + timedelta(hours=hours))
case_lists = st.lists(
    st.builds(
        Case,
        clock_started_at=st.just(START),
        respond_by_at=some_moments,
        responded_at=st.none() | some_moments,
        resolved_at=st.none() | some_moments,
        paused_seconds=st.integers(0, 10**7),
        outcome=st.sampled_from(["", *Outcome.values]),
        rating=st.sampled_from(["", *Rating.values]),
        is_excluded=st.booleans(),
    ),
    max_size=30,
)


@given(case_lists)
def test_every_rate_lies_between_0_and_100(cases: list[Case]) -> None:
    found = rates(cases, NOW)
    for rate in (found.response, found.resolution, found.satisfaction):
        assert 0 <= rate.hits <= rate.of <= len(cases)
        assert rate.percent is None or 0 <= rate.percent <= 100
    assert found.resolve_seconds is None or found.resolve_seconds >= 0


class NumbersTests(CastTestCase):
    def test_counts_what_the_requests_went_through(self) -> None:
        happy, other, overdue = (f.make_request(self.household) for _ in range(3))
        resolve(happy, by=self.worker, actor=Actor.WORKER, what_was_done="米已送到")
        confirm(self.again(happy), outcome=Outcome.DONE, rating=Rating.SATISFIED, words="")
        reject(other, by=self.clerk, reason="不归社区管", is_excluded=True)
        ServiceRequest.unscoped.filter(pk=overdue.pk).update(due_at=START)
        f.make_request(self.foreign_household)
        found = numbers(managed_requests_for(Viewer(self.clerk)))
        assert (found.open, found.overdue, found.unassigned, found.resolved_today) == (1, 1, 0, 1)
        assert (found.rates.resolution.percent, found.rates.satisfaction.percent, found.rates.excluded) == (100, 100, 1)

    def test_the_page_says_how_they_are_counted(self) -> None:
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(reverse("desk-numbers")), 'id="how"')

    def test_htmx_gets_the_strip_alone(self) -> None:
        self.sign_in(self.clerk)
        response = self.client.get(reverse("desk-numbers"), headers={"HX-Request": "true"})
        self.assertContains(response, 'id="numbers"')
        self.assertNotContains(response, "<html")

    def test_takes_six_statements_and_then_three(self) -> None:
        self.sign_in(self.clerk)
        for _ in range(3):
            f.make_request(self.household)
        with self.assertNumQueries(6):
            self.client.get(reverse("desk-numbers"))
        with self.assertNumQueries(3):
            self.client.get(reverse("desk-numbers"))

    def test_is_the_desks_alone(self) -> None:
        self.sign_in(self.worker)
        assert self.client.get(reverse("desk-numbers")).status_code == 403
        self.sign_in(self.clerk)
        assert self.client.post(reverse("desk-numbers")).status_code == 405
