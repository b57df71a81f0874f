"""Who should get a request: the rule."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from households import dispatch
from households.actions import answers, assignments, requests
from households.candidates import candidates, who_could
from households.dispatch import Facts, Position
from households.models import Actor, Building, Outcome, Rating
from resilience.accounts.models import User
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase


def order(*workers: Facts) -> list[int]:
    return [each.worker_id for each in dispatch.rank(workers)]


def test_whoever_answers_for_the_household_comes_first_however_busy() -> None:
    assert order(Facts(1, load=0, is_in_grid=True), Facts(2, load=30, answers_for=1)) == [2, 1]


def test_then_whoever_has_least_to_do_and_the_shortest_way() -> None:
    assert order(Facts(1, load=5, metres=0), Facts(2, load=2, metres=300)) == [2, 1]
    assert order(Facts(1, load=2, metres=2_000), Facts(2, load=3, is_in_building=True)) == [2, 1]
    assert order(Facts(1, load=2, steps=9), Facts(2, load=2, steps=1)) == [2, 1]


def test_who_is_away_comes_last_whatever_speaks_for_them() -> None:
    assert order(Facts(1, load=0, answers_for=3, is_away=True), Facts(2, load=99)) == [2, 1]


def test_who_has_tried_already_comes_after_everybody_else_who_is_there() -> None:
    tried = Facts(1, load=0, answers_for=1, has_tried=True)
    assert order(tried, Facts(2, load=99), Facts(3, load=0, is_away=True)) == [2, 1, 3]


def test_who_lacks_a_skill_comes_after_who_has_it() -> None:
    assert order(Facts(1, load=0, lacks=("dialysis",)), Facts(2, load=9)) == [2, 1]


def test_nobody_s_way_costs_more_than_the_longest() -> None:
    assert dispatch.cost(Facts(1, load=1, metres=10**7)) == 1 + dispatch.LONGEST_WAY
    assert dispatch.cost(Facts(1, load=1, metres=10**7, is_in_grid=True)) == 1 + dispatch.SAME_GRID


_FACTS = st.builds(
    Facts,
    worker_id=st.integers(1, 50),
    load=st.integers(0, 99),
    metres=st.none() | st.integers(0, 10**6),
    answers_for=st.integers(0, 3),
    is_away=st.booleans(),
)


@given(st.lists(_FACTS, max_size=12))
def test_more_to_do_never_moves_somebody_up(workers: list[Facts]) -> None:
    for facts in workers:
        busier = Facts(facts.worker_id, facts.load + 1, facts.answers_for, metres=facts.metres, is_away=facts.is_away)
        assert dispatch.rank([facts, busier])[0] == facts


def test_metres_are_those_of_the_map() -> None:
    zhongshan_bridge, railway_station = Position(36.0669, 103.8130), Position(36.0327, 103.8550)
    assert dispatch.metres_between(zhongshan_bridge, railway_station) == pytest.approx(5_370, rel=0.01)
    assert dispatch.metres_between(railway_station, railway_station) == 0


def test_too_much_is_more_than_a_few_and_than_twice_the_colleagues() -> None:
    assert not dispatch.is_overloaded(8, [0, 0])
    assert dispatch.is_overloaded(9, [0, 0])
    assert not dispatch.is_overloaded(20, [10, 12])
    assert dispatch.is_overloaded(9, [])


class CandidateTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.request = f.make_request(self.household)

    def test_names_who_serves_the_community_in_order_and_not_who_has_it(self) -> None:
        found = candidates(self.request)
        assert [each.worker for each in found] == [self.lead, self.colleague]
        assert next(each.worker for each in who_could([self.request])) == self.worker

    def test_knows_load_responsibility_grid_and_building(self) -> None:
        f.make_request(self.household)
        facts = {each.worker: each.facts for each in who_could([self.request])}
        mine, other = facts[self.worker], facts[self.colleague]
        assert (mine.load, mine.answers_for, mine.is_in_grid, mine.is_in_building) == (2, 1, True, True)
        assert (other.load, other.answers_for, other.is_in_grid, other.is_in_building) == (0, 0, False, False)

    def test_measures_the_way_from_the_middle_of_their_grid(self) -> None:
        at = {"latitude": Decimal("36.06"), "longitude": Decimal("103.81")}
        Building.objects.filter(pk=self.building.pk).update(**at)
        Building.objects.filter(pk=self.other_building.pk).update(
            latitude=Decimal("36.07"), longitude=Decimal("103.81")
        )
        self.request.refresh_from_db()
        facts = {each.worker: each.facts for each in who_could([self.request])}
        assert facts[self.worker].metres == 0
        assert facts[self.colleague].metres == pytest.approx(1_112, abs=2)
        assert "1110" in next(each.words for each in candidates(self.request) if each.worker == self.colleague)

    def test_says_of_each_all_that_speaks_for_them_and_how_far_it_is(self) -> None:
        Building.objects.update(latitude=Decimal("36.06"), longitude=Decimal("103.81"))
        beside = f.make_building(self.grid, "西园小区3号楼", latitude=Decimal("36.061"), longitude=Decimal("103.81"))
        filed = f.make_request(f.make_household(beside, 1, "101"))
        with override("en"):
            words = {each.worker: each.words for each in who_could([filed])}
        assert words[self.worker] == "serves this grid, about 60 m away, 1 open request"
        assert words[self.colleague] == "about 110 m away, 0 open requests"

    def test_counts_buildings_where_positions_are_not_known(self) -> None:
        facts = {each.worker: each.facts for each in who_could([self.request])}
        assert facts[self.worker].steps == 0
        assert facts[self.colleague].steps == abs(self.building.walk_order - self.other_building.walk_order)

    def test_shows_the_absent_last_and_offers_them_to_nobody(self) -> None:
        self.worker.away_until_date = today() + timedelta(days=1)
        self.worker.save(update_fields=["away_until_date"])
        assert [each.worker for each in who_could([self.request])][-1] == self.worker
        self.colleague.is_active = False
        self.colleague.save(update_fields=["is_active"])
        assert [each.worker for each in candidates(self.request)] == [self.lead]

    def reopened(self, outcome: Outcome, rating: Rating | str = "") -> list[User]:
        requests.resolve(self.again(self.request), by=self.worker, actor=Actor.WORKER, what_was_done="好了")
        answers.confirm(self.again(self.request), outcome=outcome, rating=rating, words="")
        self.request = self.again(self.request)
        return [each.worker for each in candidates(self.request)]

    def test_offers_a_reopened_request_last_to_who_reported_it_as_done_and_says_why(self) -> None:
        assert self.reopened(Outcome.NOT_DONE) == [self.lead, self.colleague, self.worker]
        assert "居民不满意" in candidates(self.request)[-1].words

    def test_lets_who_did_half_of_it_do_the_rest_unless_the_resident_minds(self) -> None:
        assert self.reopened(Outcome.HALF)[0] == self.worker
        assignments.assign(self.request, worker=self.worker, by=self.clerk)
        assert self.reopened(Outcome.HALF, Rating.DISSATISFIED)[-1] == self.worker

    def test_takes_one_statement_for_one_request_and_for_many(self) -> None:
        rows = [self.request, f.make_request(self.other_household)]
        for row in rows:
            _ = row.building
        for chosen in (rows[:1], rows):
            with self.assertNumQueries(1):
                who_could(chosen)
