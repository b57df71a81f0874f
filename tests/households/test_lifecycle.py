"""Any verbs in any order, by anybody, on fresh and on stale copies: what must hold of a request always holds.

A hypothesis state machine over a request's life. Residents come by their link, workers, leads, staff and
administrators through `access` and the right that each page asks for (`tests.surface`); strangers try all of it and
must get nothing. CI takes 12,000 steps, half on each database; `manage.py test --long` 100,000 on each.
"""

from __future__ import annotations

import copy
import os
import re
import uuid
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from households import access, by_secret, rates, scope
from households.actions import answers, assignments, calls, escalation, items, people, requests, tracking, twins
from households.actions.requests import NewItem
from households.actions.visits import Seen, log_visit
from households.forms.deeds import Standing
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
from households.search import search_requests
from households.viewer import Viewer
from households.views.request_page import BY_SLUG, actor_of
from resilience.accounts.models import User
from resilience.gate.processes import in_ci
from resilience.lib.codes import new_token
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.lib.prepared import again
from tests import factories as f
from tests.base import CastTestCase
from tests.proof import tried
from tests.surface import HAS, MANAGED, SEEN, TABLE

STEPS = int(os.environ.get("STEPS") or (6_000 if in_ci() else 2_000))
PARTS = 4 if STEPS >= 8_000 else 1
AN_EXAMPLE = 50  # steps of one life
LOOK_CLOSER = 10  # every so many steps also at the queue, the search and the rates

Row = ServiceRequest
# By the slug of its page: the row as somebody saw it, who acts as what, another colleague, a number to choose by.
Deed = Callable[["Life", Row, User, Actor, User, int], object]
DEEDS: dict[str, Deed] = {
    "accept": lambda _t, row, me, _as, _to, _n: assignments.accept(row, by=me),
    "start": lambda _t, row, me, _as, _to, _n: assignments.start(row, by=me),
    "decline": lambda _t, row, me, _as, _to, _n: assignments.decline(row, by=me, reason="忙"),
    "hand-over": lambda _t, row, me, _as, to, _n: assignments.hand_over(row, to=to, by=me, why="忙"),
    "assign": lambda _t, row, me, _as, to, _n: assignments.assign(row, worker=to, by=me),
    "take-up": lambda _t, row, me, _as, _to, _n: requests.take_up(row, by=me),
    "reject": lambda _t, row, me, _as, _to, n: requests.reject(row, by=me, reason="不归我们", is_excluded=n % 2 == 0),
    "edit": lambda _t, row, me, _as, _to, n: requests.edit(
        row, by=me, category=row.category, urgency=list(Urgency)[n % 4], why="改"
    ),
    "pause": lambda _t, row, me, role, _to, _n: requests.pause(row, by=me, actor=role, question="几楼？"),
    "resume": lambda _t, row, me, role, _to, _n: requests.resume(row, by=me, actor=role),
    "reply": lambda _t, row, me, role, _to, _n: requests.reply(row, by=me, actor=role, text="好"),
    "note": lambda _t, row, me, role, _to, _n: requests.remark(row, by=me, actor=role, text="记"),
    "resolve": lambda _t, row, me, role, _to, n: requests.resolve(
        row, by=me, actor=role, what_was_done="办了", for_good=n % 2 == 0
    ),
    "item": lambda _t, row, me, role, _to, n: _report_item(row, me, role, n),
    "cancel": lambda _t, row, me, _as, _to, _n: answers.cancel(row, why="不要了", by=me),
    "take-back": lambda _t, row, me, _as, _to, _n: answers.take_back(row, by=me),
    "reopen": lambda _t, row, me, _as, _to, _n: answers.reopen(row, by=me, words="再办"),
    "unmerge": lambda _t, row, me, _as, _to, _n: twins.unmerge(row, by=me),
}
# What pages of other addresses do to a request, with what they need of it.
OTHER_DEEDS: dict[str, tuple[str, Deed]] = {
    "merge": (MANAGED, lambda t, row, me, _as, _to, _n: twins.merge(row, into=t.case.again(t.case.other), by=me)),
    "call": (
        MANAGED,
        lambda _t, row, me, _as, _to, n: calls.record_call(
            row, answer=("still", "not", "done", "nobody")[n % 4], words="", by=me
        ),
    ),
}
# By the link; the guard is the page's.
BY_LINK: dict[str, tuple[Callable[[Row], bool], Callable[[Row, int], object]]] = {
    "add words": (tracking.can_add, lambda row, _n: answers.add_words(row, text="还要一袋面")),
    "call off": (lambda row: row.can_become(State.CANCELLED), lambda row, _n: answers.cancel(row, why="不要了")),
    "confirm": (
        tracking.can_confirm,
        lambda row, n: answers.confirm(row, outcome=list(Outcome)[n % 3], rating=[*Rating, ""][n % 4], words="嗯"),
    ),
    "reopen": (tracking.can_reopen, lambda row, _n: answers.reopen(row, words="再办")),
}
# What the house does by itself.
BY_ITSELF: dict[str, Callable[[Row], object]] = {
    "release": lambda _row: people.release_inactive(),
    "items come back": lambda row: items.reopen_due_items(row.due_at),
    "close unanswered": lambda _row: escalation.close_due(),
    "escalate": lambda _row: escalation.escalate_due(),
}
STAFF = ("worker", "colleague", "lead", "clerk", "admin", "foreign_worker", "foreign_clerk")
MANAGING = {"lead", "clerk", "admin"}
SEEING = {"worker", *MANAGING}  # whoever serves the place of the request
NEEDS = {slug: TABLE[f"request-{slug}"].needs for slug in DEEDS} | {n: {need} for n, (need, _do) in OTHER_DEEDS.items()}


def _report_item(row: Row, me: User, role: Actor, number: int) -> None:
    chosen = list(row.items.all())[number % 2]
    state = list(ItemState)[number % 4]
    day = today() + timedelta(days=365) if state == ItemState.FOR_NOW and number < 8 else None
    items.report_item(row, item=chosen.pk, by=me, actor=role, state=state, next_date=day)


def _active(pk: int) -> Any:
    return Assignment.objects.active().filter(service_request=pk)


def _events(pk: int, last: int) -> Any:
    return RequestEvent.unscoped.filter(service_request=pk, pk__gt=last).order_by("pk")


class Life(RuleBasedStateMachine):
    """One request from the moment it was filed; all that happens is undone at its end."""

    case: LifecycleTests  # set by the test that runs it

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(timezone.now(), tick=False)
        self.time = self.clock.start()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.pk = self.case.filed.pk
        self.last_event, self.state, self.steps = 0, "", 0
        self.stale = self.fresh()
        self.seen = self.look()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)
        self.clock.stop()
        self.case.steps += self.steps

    # --- what everybody tries
    def fresh(self) -> Row:
        """As `tests.base` reads it again, by a statement that is made once."""
        return by_secret.request_of_link(self.case.filed.token)

    def step(self, what: str, number: int, do: Callable[[], object]) -> None:
        """Do it; whoever is refused has changed nothing. Then all that must hold is looked at."""
        self.steps += 1
        before = self.seen
        try:
            do()
            is_done = True
        except (Refused, Http404, PermissionDenied):
            is_done = False
        self.seen = self.look()
        assert is_done or self.seen == before, f"{what} was refused but changed it"
        if number % 3 == 0:
            self.stale = self.fresh()
        if self.steps % LOOK_CLOSER == 0:
            self.look_closer(what)

    def by_page(self, slug: str, who: str, to: str, number: int, is_stale: bool, deed: Deed) -> None:
        me, viewer = getattr(self.case, who), self.case.viewers[who]
        held = {SEEN} if who in SEEING else set()
        held |= {HAS, SEEN} if self.row.worker_id == me.pk and self.row.state in WITH_WORKER_STATES else set()
        held |= {MANAGED} if who in MANAGING else set()
        try:
            shown = access.request_on_page(viewer, self.case.filed.code)
        except Http404:
            assert not held, f"{who} does not see what is theirs"
            raise
        assert held, f"{who} sees what is not theirs"
        standing = Standing(viewer, shown)
        assert (standing.has_it, standing.manages) == (HAS in held, MANAGED in held), f"{who}: {standing}"
        may = BY_SLUG[slug].may(standing) if slug in BY_SLUG else MANAGED in held
        assert may == bool(held & NEEDS[slug]), f"{who} may {slug}: {may}"
        if not may:
            raise PermissionDenied
        seen = copy.copy(self.stale) if is_stale else shown
        deed(self, seen, me, actor_of(viewer, shown), getattr(self.case, to), number)

    def by_link(self, token: str, name: str, number: int, is_stale: bool) -> None:
        found = by_secret.request_of_link(token)
        fits, do = BY_LINK[name]
        row = copy.copy(self.stale) if is_stale else found
        if not fits(row):
            raise Refused("its page offers no such form")
        do(row, number)

    # --- what must hold
    def look(self) -> tuple[Any, ...]:
        row = self.row = self.fresh()
        active = [each.worker_id for each in again("active of one", _active, pk=self.pk)]
        assert active == ([row.worker_id] if row.worker_id else [])
        assert (row.worker_id is not None) == (row.state in WITH_WORKER_STATES)
        assert (row.merged_into_id is not None) == (row.state == State.MERGED)
        assert row.paused_at is None or row.state in OPEN_STATES
        assert 0 <= row.escalation <= 3
        assert row.clock_started_at <= row.respond_by_at
        assert row.clock_started_at <= row.resolve_by_at
        if row.state in OPEN_STATES:
            assert row.due_at == row.running_clock
            assert not row.is_excluded
            assert row.closed_at is None
        if row.state in (State.CLOSED, State.REJECTED, State.CANCELLED):
            assert row.closed_at is not None
        if row.state in (State.RESOLVED, State.CLOSED):
            assert row.resolved_at is not None
            assert row.responded_at is not None
        self.read_story(row)
        return (row.state, row.updated_at, row.worker_id, row.due_at, row.paused_at, self.last_event)

    def read_story(self, row: Row) -> None:
        """Its events alone tell every state it ever had, each reached by an allowed move, by somebody who may."""
        for event in again("events after one", _events, pk=self.pk, last=self.last_event):
            self.last_event = event.pk
            assert event.by_id in self.case.insiders, f"{event.kind} by a stranger"
            assert event.at <= timezone.now()
            if not event.to_state:
                continue
            assert event.from_state == self.state
            assert not self.state or event.to_state in TRANSITIONS[State(self.state)]
            self.state = event.to_state
        assert self.state == row.state

    def look_closer(self, after: str) -> None:
        """The desk's queue, the search and the three rates say of it what the row says."""
        row, now = self.fresh(), timezone.now()
        mine = scope.queue_for(self.case.viewers["clerk"], is_open=True).open().filter(pk=self.pk)
        assert mine.exists() == row.is_open, after
        assert not scope.managed_requests_for(self.case.viewers["foreign_clerk"]).filter(pk=self.pk).exists()
        found = search_requests(ServiceRequest.unscoped.filter(pk=self.pk), "米")
        assert [each.pk for each in found] == [self.pk], after
        numbers = rates.rates([rates.Case(*(getattr(row, name) for name in _COUNTED))], now)
        assert numbers.excluded == row.is_excluded, after
        assert (numbers.resolution.of, numbers.satisfaction.of) == (bool(row.outcome), bool(row.rating)), after
        assert (
            numbers.response.of
            >= numbers.response.hits
            == (row.responded_at is not None and row.responded_at <= row.respond_by_at) * (not row.is_excluded)
        ), after


_COUNTED = [each.name for each in fields(rates.Case)]


def _deed(slug: str, deed: Deed) -> Any:
    @rule(
        who=st.sampled_from(STAFF), to=st.sampled_from(("worker", "colleague", "lead")), number=st.integers(0, 11),
        is_stale=st.booleans(),
    )  # fmt: skip
    def by_page(self: Life, who: str, to: str, number: int, is_stale: bool) -> None:
        self.step(slug, number, lambda: self.by_page(slug, who, to, number, is_stale, deed))

    return by_page


def _word(name: str) -> Any:
    @rule(is_stranger=st.booleans(), number=st.integers(0, 11), is_stale=st.booleans())
    def by_link(self: Life, is_stranger: bool, number: int, is_stale: bool) -> None:
        token = new_token() if is_stranger else self.case.filed.token
        before = self.seen
        self.step(name, number, lambda: self.by_link(token, name, number, is_stale))
        assert not is_stranger or self.seen == before, "a stranger did something"

    return by_link


def _chore(name: str, chore: Callable[[Row], object]) -> Any:
    @rule(hours=st.sampled_from((0, 1, 30, 24 * 9)), number=st.integers(0, 11))
    def by_itself(self: Life, hours: int, number: int) -> None:
        self.time.shift(timedelta(hours=hours))
        self.step(name, number, lambda: chore(self.fresh()))

    return by_itself


def _visit(self: Life, number: int) -> None:
    """At the door by the worker: an open request of it has been looked at."""
    doors = Household.unscoped.select_related("building", "community", "contact")
    seen = Seen(uuid.uuid4(), VisitMeans.DOOR, list(VisitResult)[number % 3])
    self.step("visit", number, lambda: log_visit(doors.get(pk=self.case.household.pk), seen, by=self.case.worker))


_STEPS: dict[str, Any] = {
    **{f"page {slug}": _deed(slug, deed) for slug, deed in DEEDS.items()},
    **{f"page {name}": _deed(name, deed) for name, (_needs, deed) in OTHER_DEEDS.items()},
    **{f"link {name}": _word(name) for name in BY_LINK},
    **{f"house {name}": _chore(name, chore) for name, chore in BY_ITSELF.items()},
    "visit": rule(number=st.integers(0, 11))(_visit),
}
Machine: Any = type("Machine", (Life,), {re.sub(r"\W", "_", name): each for name, each in _STEPS.items()})


class LifecycleTests(CastTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        needs = (NewItem(cls.category, "降压药", 30), NewItem(cls.category, "大米"))
        cls.filed = f.make_request(cls.household, items=needs)
        cls.other = f.make_request(cls.household)
        cls.viewers = {who: Viewer(getattr(cls, who)) for who in STAFF}
        cls.insiders = {None, *(getattr(cls, who).pk for who in STAFF if not who.startswith("foreign"))}

    def live(self) -> None:
        self.steps = 0
        Life.case = self
        while self.steps < STEPS // PARTS:
            lives = max(1, (STEPS // PARTS - self.steps) // AN_EXAMPLE)
            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=lives, stateful_step_count=AN_EXAMPLE, deadline=None, database=None, print_blob=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )  # fmt: skip
        tried("steps of a request's life", self.steps)


def _part(_number: int) -> Callable[[LifecycleTests], None]:
    return lambda case: case.live()


for _number in range(PARTS):
    setattr(LifecycleTests, f"test_it_never_breaks_a_request_{_number + 1}_of_{PARTS}", _part(_number))


@pytest.mark.once
def test_it_tries_every_verb_there_is() -> None:
    modules: list[Any] = [answers, assignments, requests, twins]
    elsewhere = {  # in bulk, of households, or not a verb
        "file_request", "assign_many", "merge_all", "make_responsible", "phone_index", "refuse_absent", "can_take",
        "phone_indexes",
    }  # fmt: skip
    verbs = {
        name
        for module in modules
        for name, each in vars(module).items()
        if callable(each) and getattr(each, "__module__", "") == module.__name__ and name.islower() and name[0] != "_"
    }
    named = {"remark": "note", "close_unanswered": "close unanswered"}
    known = {name.replace("-", "_") for name in (*DEEDS, *OTHER_DEEDS)} | set(BY_ITSELF) | {"confirm", "add_words"}
    assert {named.get(name, name) for name in verbs - elsewhere} <= known


@pytest.mark.once
def test_it_tries_every_form_of_the_page_of_a_request() -> None:
    assert set(BY_SLUG) <= set(DEEDS)
