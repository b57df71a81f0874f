"""Counting tries: never more than the limit, whoever tries at once; nothing lost to who is refused or right."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.test import TestCase, TransactionTestCase
from hypothesis import given
from hypothesis import strategies as st

from resilience.accounts import limits
from resilience.accounts.limits import Limit
from resilience.accounts.models import RateCount

TEN = Limit("test.ten", 10, timedelta(hours=1))
ONE = Limit("test.one", 1, timedelta(hours=1))
AT_ONCE, EACH = 16, 12


def tries(limit: Limit, who: str, times: int) -> int:
    """How many of that many tries are let through."""
    return sum(limits.count((limit, who)) is None for _ in range(times))


class CountTests(TestCase):
    def setUp(self) -> None:
        # No try comes back while it is not wanted.
        self.clock = self.enterContext(time_machine.travel("2026-11-23T08:59:59.9Z", tick=False))

    def test_lets_as_many_through_as_the_limit_says_and_names_it_then(self) -> None:
        assert tries(TEN, "a", 30) == 10
        assert limits.count((TEN, "a")) is TEN
        assert tries(TEN, "b", 1) == 1

    def test_lets_no_second_lot_through_when_a_new_hour_begins(self) -> None:
        assert tries(TEN, "a", 20) == 10
        self.clock.shift(timedelta(seconds=1))
        assert tries(TEN, "a", 20) == 0

    def test_gives_one_try_back_at_a_time(self) -> None:
        assert tries(TEN, "a", 20) == 10
        self.clock.shift(timedelta(seconds=TEN.wait))
        assert tries(TEN, "a", 20) == 1
        self.clock.shift(timedelta(seconds=3 * TEN.wait))
        assert tries(TEN, "a", 20) == 3

    def test_gives_all_of_them_back_in_the_time_of_the_limit_and_no_more(self) -> None:
        assert tries(TEN, "a", 20) == 10
        self.clock.shift(TEN.per * 3)
        assert tries(TEN, "a", 20) == 10

    def test_counts_nothing_that_is_refused_so_that_a_flood_ends_when_it_ends(self) -> None:
        assert tries(TEN, "a", 10 + 500) == 10
        self.clock.shift(TEN.per)
        assert tries(TEN, "a", 20) == 10

    def test_counts_none_of_several_when_one_is_spent(self) -> None:
        assert limits.count((ONE, "door"), (TEN, "a")) is None
        assert limits.count((ONE, "door"), (TEN, "a")) is ONE
        assert tries(TEN, "a", 20) == 9

    def test_names_the_one_that_takes_longest_when_two_are_spent(self) -> None:
        tries(TEN, "a", 10)
        tries(ONE, "a", 1)
        assert limits.count((TEN, "a"), (ONE, "a")) is ONE

    def test_takes_back_what_was_right(self) -> None:
        assert tries(TEN, "a", 10) == 10
        limits.give_back((TEN, "a"), (ONE, "never tried"))
        assert tries(TEN, "a", 5) == 1

    def test_gives_nobody_more_than_all_their_tries(self) -> None:
        for _ in range(5):
            limits.give_back((TEN, "a"))
            limits.count((TEN, "a"))
            limits.give_back((TEN, "a"))
            limits.give_back((TEN, "a"))
        assert tries(TEN, "a", 30) <= 11

    def test_costs_one_statement_and_two_to_be_refused_by_one_of_several(self) -> None:
        with self.assertNumQueries(1):
            limits.count((ONE, "a"), (TEN, "a"))
        with self.assertNumQueries(1):
            limits.count((ONE, "a"))
        with self.assertNumQueries(2):
            limits.count((ONE, "a"), (TEN, "a"))

    def test_forgets_who_has_all_tries_again(self) -> None:
        tries(TEN, "a", 1)
        tries(TEN, "b", 3)
        self.clock.shift(timedelta(seconds=2 * TEN.wait))
        assert limits.forget_old() == 1
        assert RateCount.objects.count() == 1

    def test_stores_nobody_by_name(self) -> None:
        tries(TEN, "19900000001", 1)
        assert b"19900000001" not in bytes(RateCount.objects.get().key)


@pytest.mark.once
def test_every_limit_has_a_name_of_its_own() -> None:
    names = [each.name for each in vars(limits).values() if isinstance(each, Limit)]
    assert len(names) == len(set(names)) > 15


@pytest.mark.once
@given(most=st.integers(1, 100_000), seconds=st.integers(1, 200_000))
def test_no_limit_rounds_its_way_to_one_try_more(most: int, seconds: int) -> None:
    """As many as `most` fit into the time at once, and one more does not; `wait` is long enough for one."""
    limit = Limit("any", most, timedelta(seconds=seconds))
    assert limit._cost * most <= seconds * 1_000_000
    assert limit.wait * 1_000_000 >= limit._cost


class RaceTests(TransactionTestCase):
    """On whichever database the run uses. A day is so long that no try comes back while they race."""

    def test_it_never_lets_more_through_than_the_limit_however_many_try_at_once(self) -> None:
        all_day, of_all = Limit("test.day", 50, timedelta(days=40)), Limit("test.all", 70, timedelta(days=40))
        gate = Barrier(AT_ONCE)

        def run(number: int) -> int:
            try:
                gate.wait(timeout=60)
                # Named in either order: the rows are always locked in the same one.
                mine, everybodys = (all_day, f"address {number % 2}"), (of_all, "")
                pairs = [(mine, everybodys), (everybodys, mine)]
                return sum(limits.count(*pairs[each % 2]) is None for each in range(EACH))
            finally:
                connection.close()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            passed = list(pool.map(run, range(AT_ONCE)))
        assert sum(passed) == 70
        assert sum(passed[::2]) <= 50 >= sum(passed[1::2])

    def test_it_loses_nothing_of_what_is_given_back_at_once(self) -> None:
        limit = Limit("test.back", 100, timedelta(days=40))

        def run(_number: int) -> None:
            try:
                for _ in range(EACH):
                    if limits.count((limit, "a")) is None:
                        limits.give_back((limit, "a"))
            finally:
                connection.close()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(run, range(AT_ONCE)))
        assert tries(limit, "a", 200) == 100
