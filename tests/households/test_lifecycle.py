"""Any verbs in any order, by anybody, on fresh and on stale copies: what must hold of a request always holds."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from households import reference
from households.actions import answers, assignments, calls, items, people, requests, twins
from households.actions.requests import NewItem
from households.actions.visits import Seen, log_visit
from households.models import (
    OPEN_STATES,
    TRANSITIONS,
    WITH_WORKER_STATES,
    Actor,
    Assignment,
    Household,
    ItemState,
    Outcome,
    Rating,
    RequestEvent,
    ServiceRequest,
    State,
    Urgency,
    VisitMeans,
    VisitResult,
)
from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from tests import factories as f
from tests.base import CastTestCase

Row = ServiceRequest
# Every verb there is: the request as somebody saw it, who acts, another colleague, and a number to choose by.
Verb = Callable[["LifecycleTests", Row, User, User, int], object]
VERBS: dict[str, Verb] = {
    "accept": lambda _t, row, me, _to, _n: assignments.accept(row, by=me),
    "start": lambda _t, row, me, _to, _n: assignments.start(row, by=me),
    "decline": lambda _t, row, me, _to, _n: assignments.decline(row, by=me, reason="忙"),
    "hand over": lambda _t, row, me, to, _n: assignments.hand_over(row, to=to, by=me, why="忙"),
    "assign": lambda _t, row, me, to, _n: assignments.assign(row, worker=to, by=me),
    "take up": lambda _t, row, me, _to, _n: requests.take_up(row, by=me),
    "reject": lambda _t, row, me, _to, n: requests.reject(row, by=me, reason="不归我们", is_excluded=n % 2 == 0),
    "edit": lambda _t, row, me, _to, n: requests.edit(
        row, by=me, category=row.category, urgency=list(Urgency)[n % 4], why="改"
    ),
    "pause": lambda _t, row, me, _to, _n: requests.pause(row, by=me, actor=Actor.WORKER, question="几楼？"),
    "resume": lambda _t, row, me, _to, _n: requests.resume(row, by=me, actor=Actor.WORKER),
    "reply": lambda _t, row, me, _to, _n: requests.reply(row, by=me, actor=Actor.DESK, text="好"),
    "remark": lambda _t, row, me, _to, _n: requests.remark(row, by=me, actor=Actor.DESK, text="记"),
    "resolve": lambda _t, row, me, _to, n: requests.resolve(
        row, by=me, actor=Actor.WORKER, what_was_done="办了", for_good=n % 2 == 0
    ),
    "item": lambda t, row, me, _to, n: t.report_item(row, me, n),
    "items come back": lambda _t, row, _me, _to, _n: items.reopen_due_items(row.due_at),
    "visit": lambda t, row, me, _to, n: t.visit(row, me, n),
    "add words": lambda _t, row, _me, _to, _n: answers.add_words(row, text="还要一袋面"),
    "cancel": lambda _t, row, _me, _to, _n: answers.cancel(row, why="不要了"),
    "take back": lambda _t, row, me, _to, _n: answers.take_back(row, by=me),
    "confirm": lambda _t, row, _me, _to, n: answers.confirm(
        row, outcome=list(Outcome)[n % 3], rating=[*Rating, ""][n % 4], words="嗯"
    ),
    "reopen": lambda _t, row, me, _to, _n: answers.reopen(row, by=me, words="再办"),
    "close": lambda _t, row, _me, _to, _n: answers.close_unanswered(row),
    "merge": lambda t, row, me, _to, _n: twins.merge(row, into=t.again(t.other), by=me),
    "unmerge": lambda _t, row, me, _to, _n: twins.unmerge(row, by=me),
    "call": lambda _t, row, me, _to, n: calls.record_call(
        row, answer=("still", "not", "done", "nobody")[n % 4], words="", by=me
    ),
    "release": lambda _t, _row, _me, _to, _n: people.release_inactive(),
}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, 2), st.integers(0, 2), st.integers(0, 11), st.booleans()),
    min_size=1,
    max_size=25,
)


class LifecycleTests(CastTestCase, HypothesisTestCase):
    other: ServiceRequest

    @given(steps=STEPS)
    def test_it_never_breaks_a_request(self, steps: list[tuple[str, int, int, int, bool]]) -> None:
        reference.forget()
        needs = (NewItem(self.category, "降压药", 30), NewItem(self.category, "大米"))
        filed = f.make_request(self.household, items=needs)
        self.other = f.make_request(self.household)
        actors = [self.worker, self.colleague, self.clerk]
        stale = self.again(filed)
        for name, me, to, number, is_stale in steps:
            fresh = self.again(filed)
            seen = copy.copy(stale if is_stale else fresh)
            before = (fresh.state, fresh.updated_at, filed.events.count())
            try:
                VERBS[name](self, seen, actors[me], actors[to], number)
            except Refused:
                now = self.again(filed)
                assert (now.state, now.updated_at, filed.events.count()) == before, f"{name} was refused but changed it"
            if number % 3:
                stale = fresh
            self.check(filed, name)

    def check(self, filed: ServiceRequest, after: str) -> None:
        row = self.again(filed)
        assert (row.worker_id is not None) == (row.state in WITH_WORKER_STATES), after
        active = list(Assignment.objects.active().filter(service_request=row).values_list("worker_id", flat=True))
        assert active == ([row.worker_id] if row.worker_id else []), after
        assert (row.merged_into_id is not None) == (row.state == State.MERGED), after
        assert row.paused_at is None or row.state in OPEN_STATES, after
        if row.state in OPEN_STATES:
            assert row.due_at == row.running_clock, after
            assert not row.is_excluded, after
            assert row.closed_at is None, after
        self.check_story(row, after)

    def check_story(self, row: ServiceRequest, after: str) -> None:
        """Its events alone tell every state it ever had, each reached by an allowed move."""
        state = ""
        for event in RequestEvent.objects.filter(service_request=row).exclude(to_state="").order_by("id"):
            assert event.from_state == state, after
            assert not state or event.to_state in TRANSITIONS[State(state)], f"{after}: {state} → {event.to_state}"
            state = event.to_state
        assert state == row.state, after

    def report_item(self, row: ServiceRequest, me: User, number: int) -> None:
        chosen = list(row.items.all())[number % 2]
        state = list(ItemState)[number % 4]
        day = today().replace(year=today().year + 1) if state == ItemState.FOR_NOW and number < 8 else None
        items.report_item(row, item=chosen.pk, by=me, actor=Actor.WORKER, state=state, next_date=day)

    def visit(self, _row: ServiceRequest, me: User, number: int) -> None:
        household = Household.objects.select_related("building", "community", "contact").get(pk=self.household.pk)
        log_visit(household, Seen(uuid.uuid4(), VisitMeans.DOOR, list(VisitResult)[number % 3]), by=me)


def test_it_tries_every_verb_there_is() -> None:
    modules: list[Any] = [answers, assignments, requests, twins]
    theirs = {
        "file_request",
        "assign_many",
        "merge_all",
        "make_responsible",
        "phone_index",
        "refuse_absent",
        "can_take",
    }
    verbs = {
        name
        for module in modules
        for name, each in vars(module).items()
        if callable(each) and getattr(each, "__module__", "") == module.__name__ and name.islower() and name[0] != "_"
    }
    tried = {name.replace(" ", "_") for name in VERBS}
    assert verbs - theirs - {"close_unanswered"} <= tried
