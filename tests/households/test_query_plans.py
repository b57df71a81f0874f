"""No list and no search reads a whole table: the plan of every statement that a page sends, on both databases.

The town is the benchmark's (ten communities, 14,400 households) with some thousand requests, and analysed, so that the
planner has a choice. What is asked is what the pages really send: each is opened, each of its statements explained.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from households import reference, twin_search
from households.actions.escalation import close_due, escalate_due
from households.actions.items import reopen_due_items
from households.models import (
    Assignment,
    Building,
    Grid,
    Household,
    HouseholdPhone,
    RequestEvent,
    RequestItem,
    Resident,
    ResidentNeed,
    Responsibility,
    ServiceRequest,
    Visit,
)
from households.scope import managed_requests_for
from households.viewer import Viewer
from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.outbox.actions import send_due
from resilience.outbox.models import Message
from tests import factories as f
from tests.benchmarks import place, requests
from tests.benchmarks.tables import fill, reset_ids

# Each of these grows with the city. The rest (places, categories, rules, sessions) is small, and may be read whole.
BIG = {
    model._meta.db_table
    for model in (
        Assignment, Household, HouseholdPhone, Message, RequestEvent, RequestItem, Resident, ResidentNeed,
        Responsibility, ServiceRequest, Visit,
    )
}  # fmt: skip
REQUESTS, MESSAGES = 4_000, 3_000


def explain(statement: str, params: Any, *, by_index: bool = False) -> list[str]:
    """The tables that its plan reads from end to end, each row by an index, too, where `by_index` says so (SQLite).

    As it was sent: SQLite minds what is a parameter.
    """
    if connection.vendor == "sqlite":
        return [*_read_by_sqlite(statement, params, by_index)]
    return [*_read_by_postgres(statement, params)]


def _read_by_postgres(statement: str, params: Any) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", params)
        (plans,) = cursor.fetchone()
    nodes = [plan["Plan"] for plan in (plans if isinstance(plans, list) else json.loads(plans))]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", ())
        if node["Node Type"] == "Seq Scan":
            yield node["Relation Name"]


def _read_by_sqlite(statement: str, params: Any, by_index: bool) -> Iterator[str]:
    """By the program it runs: a table (an index) opened and read from its first row or its last."""
    with connection.cursor() as cursor:
        kinds = ("table", "index" if by_index else "table")
        cursor.execute("SELECT rootpage, tbl_name FROM sqlite_master WHERE type IN (%s, %s)", kinds)
        tables = dict(cursor.fetchall())
        connection.connection.text_factory = bytes  # a fingerprint in the program is no text
        try:
            cursor.execute(f"EXPLAIN {statement}", params)
            program = [(row[1].decode(), row[2], row[3], row[4]) for row in cursor.fetchall()]
        finally:
            connection.connection.text_factory = str
    opened = {one: tables.get(two) for opcode, one, two, three in program if opcode.startswith("Open") and three == 0}
    for opcode, one, *_ in program:
        if opcode in ("Rewind", "Last") and (table := opened.get(one)):
            yield table


@contextmanager
def statements_of() -> Iterator[list[tuple[str, Any]]]:
    """What the block sends to the database, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if re.match(r"SELECT|UPDATE|DELETE", sql):
            sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


@contextmanager
def reading_no_table_whole(what: str, *, could: bool = False) -> Iterator[None]:
    """Explain every statement of the block.

    With `could`, whether an index *could* answer: what is asked for is a good part of this small town (the doors of a
    community, its ended requests), where PostgreSQL is right to read the table; in a city it is not, and does not.
    """
    with statements_of() as sent:
        yield
    assert sent, f"{what} asked nothing"
    if could and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    read = [(table, sql) for sql, params in sent for table in explain(sql, params) if table in BIG]
    if could and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = on")
    assert not read, "\n".join(f"{what} reads {table}:\n  {sql}" for table, sql in read)


def _messages() -> Iterator[dict[str, Any]]:
    now = timezone.now()
    for number in range(1, MESSAGES + 1):
        row = {"id": number, "uid": place.uid(9, number), "key": f"key {number}", "channel": "sms", "recipient": "1"}
        state = "waiting" if number % 50 == 0 else "sent"
        moment = now - timedelta(hours=number)
        yield {
            **row,
            "body": "-",
            "state": state,
            "next_try_at": moment,
            "sent_at": None if state == "waiting" else moment,
        }


def _items() -> Iterator[dict[str, Any]]:
    for number in range(1, REQUESTS + 1):
        is_back_today = number % 100 == 0
        row = {"id": number, "service_request_id": number, "category_id": 1, "words": "米"}
        state = "for_now" if is_back_today else "done"
        yield {**row, "state": state, "next_date": today() if is_back_today else None}


class TestQueryPlans(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        now = timezone.now().replace(microsecond=0)
        place.build(now)
        requests.build(REQUESTS, now)
        fill(Message, _messages())
        fill(RequestItem, _items())
        reset_ids(*apps.get_models())
        cls.grid, cls.clerk = Grid.objects.get(pk=1), User.objects.get(pk=place.DESK)
        cls.official, cls.worker = User.objects.get(pk=place.DISTRICT), User.objects.get(pk=place.WALKER)
        cls.admin, cls.lead = User.objects.get(pk=place.ADMIN), f.make_lead("lead", cls.grid)
        cls.household = Household.unscoped.get(pk=place.LONG_STORY)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def setUp(self) -> None:
        reference.forget()
        cache.clear()

    def sign_in(self, who: User) -> None:
        self.client.force_login(who)

    def look(self, who: User, path: str, *, could: bool = False, **query: str) -> None:
        self.sign_in(who)
        with reading_no_table_whole(f"{path} {query}", could=could):
            assert self.client.get(path, query).status_code == 200

    def test_the_queue(self) -> None:
        filters: list[dict[str, str]] = [
            {}, {"overdue": "1"}, {"worker": "none"}, {"worker": "me"}, {"state": "all"}, {"state": "resolved"},
            {"state": "reopened"}, {"state": "closed"}, {"state": "progress"}, {"category": "groceries"},
            {"urgency": "urgent"}, {"source": "phone"}, {"place": self.grid.code}, {"place": self.grid.code[:12]},
            {"worker": str(self.worker.uid)},
        ]  # fmt: skip
        for who in (self.clerk, self.lead, self.official, self.admin):
            for query in filters:
                with self.subTest(who=who.username, query=query):
                    self.look(who, reverse("desk"), could=query.get("state") in ("all", "closed"), **query)

    def test_the_search_of_requests(self) -> None:
        some = ServiceRequest.unscoped.filter(community=self.grid.community_id).order_by("-pk")[0]
        for who in (self.clerk, self.lead, self.official, self.admin):
            self.sign_in(who)
            for asked in (some.code, place.phone_of(9), "漏水", "漏水 厨房", "1-502", "502", "号楼", "秀英", "龘"):
                with self.subTest(who=who.username, asked=asked), reading_no_table_whole(f"search {asked}"):
                    assert self.client.post(reverse("desk-search"), {"q": asked}).status_code in (200, 303)

    def test_the_register_and_its_search(self) -> None:
        file_number = self.household.file_number
        asked = ("王秀英", "龘", "1-502", "1单元502", "502", place.phone_of(9), "0009", file_number, "园小区3号楼")
        for who in (self.worker, self.clerk, self.admin):
            self.look(who, reverse("households"), could=True)
            for text in asked:
                with self.subTest(who=who.username, asked=text), reading_no_table_whole(f"the register, {text}"):
                    assert self.client.post(reverse("households"), {"q": text}).status_code == 200
        for flag in ("stale", "incomplete", "overdue", "unassigned", "requests"):
            with self.subTest(flag=flag):
                self.look(self.clerk, reverse("households"), could=True, **{flag: "1"})
        for page in ("special-needs-list", "not-visited-list", "buildings"):
            with self.subTest(page=page):
                self.look(self.worker, reverse(page), could=True)

    def test_the_search_for_a_door_to_file_for(self) -> None:
        self.sign_in(self.clerk)
        for text in ("1-502", place.phone_of(9), "王秀英"):
            with self.subTest(asked=text), reading_no_table_whole(f"filing, {text}"):
                answer = self.client.post(reverse("desk-new"), {"step": "search", "q": text})
            assert answer.status_code == 200

    def test_the_round(self) -> None:
        self.look(self.worker, reverse("round"))
        self.look(self.worker, reverse("round-households"))
        with reading_no_table_whole("search of one's households"):
            self.client.post(reverse("round-households"), {"q": "1-502"})

    def test_people_and_calls(self) -> None:
        for who in (self.clerk, self.lead):
            self.look(who, reverse("people"))
            self.look(who, reverse("calls"), could=True)

    def test_twins(self) -> None:
        self.sign_in(self.clerk)
        one = ServiceRequest.unscoped.open().filter(community=self.grid.community_id).select_related("category").first()
        assert one
        rows = managed_requests_for(Viewer(self.clerk))
        with reading_no_table_whole("twins"):
            twin_search.likely_twins(one, rows)
        self.look(self.clerk, reverse("request", args=[one.code]))

    def test_who_could_take_a_request(self) -> None:
        """The middle of a worker's grid was once found by reading every building there is, for every worker."""
        some = ServiceRequest.unscoped.open().filter(community=self.grid.community_id).first()
        assert some
        self.sign_in(self.clerk)
        for url in (reverse("request", args=[some.code]) + "?do=assign", reverse("bulk-assign") + f"?code={some.code}"):
            with self.subTest(url=url), statements_of() as sent:
                assert self.client.get(url).status_code == 200
            read = [table for sql, params in sent for table in explain(sql, params, by_index=True)]
            assert Building._meta.db_table not in read, url

    def test_a_household_and_a_door(self) -> None:
        self.look(self.worker, reverse("household-door", args=[self.household.uid]))
        self.look(self.worker, reverse("household", args=[self.household.uid]), could=True)  # the needs are few here

    def test_following_a_request(self) -> None:
        some = f.make_request(self.household)
        with reading_no_table_whole("track"):
            self.client.post(reverse("track-find"), {"code": some.code, "tail": "0001"})
            assert self.client.get(reverse("track", args=[some.token])).status_code == 200

    def test_what_the_worker_process_picks(self) -> None:
        pickers: tuple[Callable[[], int], ...] = (escalate_due, close_due, send_due, reopen_due_items)
        # Only what picks: each then goes on row by row.
        for picker in pickers:
            with self.subTest(picker=picker.__name__), reading_no_table_whole(picker.__name__):
                picker()
