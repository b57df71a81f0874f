"""Many at once: one wins, nobody's work is lost, nothing happens twice. On whichever database the run uses."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import TransactionTestCase

from households import reference
from households.actions import assignments, requests
from households.actions.visits import Found, Seen, log_visit
from households.models import (
    Actor,
    Assignment,
    EventKind,
    Household,
    ServiceRequest,
    State,
    Visit,
    VisitMeans,
    VisitResult,
)
from resilience.accounts.models import User
from resilience.lib.errors import Refused
from tests import factories as f

AT_ONCE = 20


class RaceTestCase(TransactionTestCase):
    def setUp(self) -> None:
        reference.forget()
        self.home = f.make_community()
        grid = f.make_grid(self.home)
        self.household = f.make_household(f.make_building(grid))
        self.workers = [f.make_worker(f"worker{n}", grid) for n in range(AT_ONCE)]
        self.clerk = f.make_staff("clerk", self.home)

    def race(self, run: Callable[[int], object]) -> list[str]:
        """`run` in 20 threads that start together; what each came to: ok or refused. Anything else fails."""
        gate = Barrier(AT_ONCE)

        def runner(number: int) -> str:
            try:
                gate.wait(timeout=60)
                run(number)
            except Refused:
                return "refused"
            finally:
                connection.close()
            return "ok"

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(runner, range(AT_ONCE)))

    def fresh(self, filed: ServiceRequest) -> ServiceRequest:
        return ServiceRequest.unscoped.select_related("category__parent", "worker", "community").get(pk=filed.pk)

    def check(self, filed: ServiceRequest) -> None:
        row = self.fresh(filed)
        active = list(Assignment.objects.active().filter(service_request=row).values_list("worker_id", flat=True))
        assert active == ([row.worker_id] if row.worker_id else [])
        state = ""
        for event in row.events.exclude(to_state="").order_by("id"):
            assert event.from_state == state
            state = event.to_state
        assert state == row.state


class AssignRaceTests(RaceTestCase):
    def test_twenty_who_assign_the_same_request_make_one_assignment(self) -> None:
        filed = f.make_request(self.household)
        seen = [self.fresh(filed) for _n in range(AT_ONCE)]
        came_to = self.race(lambda n: assignments.assign(seen[n], worker=self.workers[n], by=self.clerk))
        assert came_to.count("ok") == 1
        assert filed.events.filter(kind=EventKind.ASSIGNED).count() == 1
        self.check(filed)

    def test_twenty_who_assign_one_after_another_each_see_the_one_before(self) -> None:
        filed = f.make_request(self.household)
        came_to = self.race(lambda n: assignments.assign(self.fresh(filed), worker=self.workers[n], by=self.clerk))
        assert came_to.count("ok") == filed.events.filter(kind=EventKind.ASSIGNED).count() >= 1
        assert Assignment.objects.filter(service_request=filed).count() == came_to.count("ok")
        self.check(filed)

    def test_a_worker_who_taps_accept_twenty_times_accepts_once(self) -> None:
        filed = f.make_request(self.household)
        assignments.assign(filed, worker=self.workers[0], by=self.clerk)
        self.race(lambda _n: assignments.accept(self.fresh(filed), by=self.workers[0]))
        assert filed.events.filter(kind=EventKind.ACCEPTED).count() == 1

    def test_taking_it_away_and_finishing_it_at_once_end_in_one_of_the_two(self) -> None:
        filed = f.make_request(self.household)
        assignments.assign(filed, worker=self.workers[0], by=self.clerk)
        seen = [self.fresh(filed) for _n in range(AT_ONCE)]

        def run(number: int) -> None:
            if number % 2:
                requests.resolve(seen[number], by=self.workers[0], actor=Actor.WORKER, what_was_done="办了")
            else:
                assignments.assign(seen[number], worker=self.workers[number + 1], by=self.clerk)

        assert self.race(run).count("ok") == 1
        assert self.fresh(filed).state in (State.RESOLVED, State.ASSIGNED)
        self.check(filed)


class VisitRaceTests(RaceTestCase):
    def log(self, key: uuid.UUID, by: User, found: Found | None = None) -> None:
        household = Household.unscoped.select_related("building", "community", "contact").get(pk=self.household.pk)
        finding = "found" if found else "well"
        log_visit(household, Seen(key, VisitMeans.DOOR, VisitResult.MET, finding, found=found), by=by)

    def test_one_visit_sent_twenty_times_is_one_visit_and_one_request(self) -> None:
        key, found = uuid.uuid4(), Found(f.make_category(), "灶台漏气")
        assert set(self.race(lambda _n: self.log(key, self.workers[0], found))) == {"ok"}
        assert (Visit.unscoped.count(), ServiceRequest.unscoped.count()) == (1, 1)

    def test_twenty_visits_to_one_door_are_all_kept(self) -> None:
        filed = f.make_request(self.household)
        assignments.assign(filed, worker=self.workers[0], by=self.clerk)
        assert set(self.race(lambda n: self.log(uuid.uuid4(), self.workers[0]))) == {"ok"}
        assert Visit.unscoped.count() == AT_ONCE
        assert filed.events.filter(kind=EventKind.VISITED).count() == 1


class FileRaceTests(RaceTestCase):
    def test_one_form_sent_twenty_times_is_one_request(self) -> None:
        key = uuid.uuid4()
        category = f.make_category()
        assert set(self.race(lambda _n: f.make_request(self.household, key=key, category=category))) == {"ok"}
        assert ServiceRequest.unscoped.count() == 1


pytestmark = pytest.mark.slow
