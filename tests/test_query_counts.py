"""How often each page asks the database: one number a page, the same for one row and for forty of what it lists.

Warm: the second time that somebody opens it, reference data in memory (`households.reference`). Whose session it is,
who that is and where they serve are among the statements. What POSTs cost is with the tests of each form.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from unittest import mock

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from households import reference
from tests import factories as f
from tests.base import CastTestCase, Response, open_message
from tests.canaries import plant, plant_exports
from tests.crowd import gather
from tests.households.ask import DETAILS, statements
from tests.pages import paths
from tests.surface import POST, TABLE, endpoints

MOST = 6  # statements of a page for staff
MANY = 40
BYTES_A_ROW = 20  # at least; a page that lists the crowd is longer by that much

# --- the pages ------------------------------------------------------------------------------------
# Of whoever comes, and of whoever has begun the form, which is one row read by its key. None: led elsewhere.
VISITORS: dict[str, tuple[int | None, int | None]] = {
    "home": (0, 0),
    "ask": (0, 1),
    "ask-kind": (None, 1),
    "ask-danger": (None, 1),
    "ask-where": (0, 0),
    "ask-where-doors": (2, 2),  # the building, its doors
    "ask-where-community": (1, 1),  # its buildings
    "ask-where-unlisted": (None, 1),
    "ask-details": (None, 1),
    "ask-often": (None, 1),
    "ask-check": (None, 1),
    "ask-added": (0, 0),
    "door": (1, 2),  # the household
    "track-find": (0, 0),
    "track": (4, 4),
    "track-looked": (2, 2),  # the request, the openings
    "track-message": (1, 1),  # the request
    "track-cancel": (1, 1),  # the request
    "track-data": (1, 1),  # the request
    "invited": (1, 1),  # the invitation
    "privacy": (0, 0),
    "accounts:login": (0, 0),
    "accounts:logged_out": (0, 0),
}
# The most that any of those needs who may open it.
STAFF: dict[str, int] = {
    "round": 5,
    "round-households": 4,
    "household-door": 6,
    "desk": 6,
    "desk-new": 6,
    "desk-numbers": 3,
    "desk-search": 3,
    "bulk-assign": 5,
    "twins": 6,
    "calls": 4,
    "openings": 6,
    "people": 5,
    "person-back": 5,
    "person-leave": 6,
    "person-sessions": 6,
    "invitations": 4,
    "people-dormant": 4,
    "campaigns": 4,
    "campaign-new": 3,
    "ends-next": 4,
    "campaign": 5,
    "campaign-close": 4,
    "campaign-hold": 4,
    "campaign-preview": 6,
    "campaign-destroy": 5,
    "campaign-approve": 5,
    "campaign-certificate": 4,
    "request": 6,
    "request-open": 4,
    "door-codes": 5,
    "door-code": 4,
    "households": 6,
    "special-needs-list": 6,
    "not-visited-list": 5,
    "household": 6,
    "household-open": 6,
    "household-amend": 4,
    "household-phone-add": 4,
    "household-phone-remove": 5,
    "household-responsible": 5,
    "household-close": 4,
    "resident-add": 4,
    "household-event": 5,
    "resident": 5,
    "resident-open": 5,
    "resident-amend": 4,
    "need-add": 5,
    "need-end": 5,
    "resident-event": 6,
    "resident-data": 6,
    "consent-say": 5,
    "data-request-new": 4,
    "data-requests": 4,
    "data-request": 4,
    "data-request-answer": 4,
    "audit": 6,
    "exports": 5,
    "export-new": 3,
    "export": 4,
    "exports-waiting": 4,
    "export-decide": 4,
    "exports-made": 4,
    "buildings": 5,
    "building": 5,
    "building-open-door": 4,
    "accounts:signed_in": 3,
    "accounts:confirm": 4,
    "accounts:factors": 4,
    "accounts:password": 3,
}
# Answer a GET, but with no page: a picture, a word for a machine, or a redirect whoever asks.
NO_PAGE = {
    "invitation-new", "accounts:second_factor", "accounts:add_app", "accounts:add_passkey", "accounts:recovery_codes",
    "accounts:sessions",  # its page: tests/accounts/test_sessions.py
    "ask-photo", "track-photo", "request-photo", "visit-photo", "start", "set_language", "health", "robots", "favicon",
    "track-by-message",
    "data-request-do",  # but for corrections and deletions: tests/privacy/test_carrying_out.py
}  # fmt: skip
# Show the crowd, so that the second number means something.
LISTS = {name for name, rule in TABLE.items() if rule.is_list} | {
    "ask-where-doors", "track", "track-looked", "household-door", "bulk-assign", "twins", "person-leave", "request",
    "household", "household-phone-remove", "household-responsible", "resident", "need-add", "need-end",
    "resident-event", "building", "resident-data",
}  # fmt: skip

COMING, BEGUN = ("visitor",), ("asker", "in_danger")
SERVING = ("worker", "lead", "clerk", "admin")
VARYING = (*COMING, *BEGUN, "worker", "clerk")  # who opens all of a page's addresses; the others the first one


@dataclass(frozen=True)
class Cost:
    """Of one page at one of its addresses (`at`, its place among them) for one actor."""

    name: str
    at: int
    actor: str
    asked: tuple[str, ...]
    size: int  # bytes

    @property
    def kind(self) -> tuple[str, ...]:
        """Of which kind of people the actor is."""
        return next(kind for kind in (COMING, BEGUN, SERVING) if self.actor in kind)

    @property
    def where(self) -> tuple[str, int, str]:
        return self.name, self.at, self.actor


class TestTheTable:
    def test_it_has_a_row_for_every_address_that_can_be_opened(self) -> None:
        names = {endpoint.name for endpoint in endpoints() if not endpoint.is_admin}
        opened = {name for name in names if name not in TABLE or TABLE[name].methods != POST}
        known = set(VISITORS) | set(STAFF) | NO_PAGE
        assert known == opened, f"no row: {sorted(opened - known)}; gone: {sorted(known - opened)}"
        assert not set(STAFF) & set(VISITORS)

    def test_it_puts_pages_behind_the_login_among_those_of_staff(self) -> None:
        assert {name for name in {*STAFF, *VISITORS} if TABLE[name].is_closed} == set(STAFF)

    def test_it_gives_a_reason_for_every_page_over_the_most(self) -> None:
        assert max(STAFF.values()) <= MOST


class QueryCountTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        # Once a minute it is noted that a session is in use; how long the test takes must not matter.
        self.enterContext(mock.patch("resilience.accounts.sessions.TOUCHED_EVERY", timedelta(days=1)))
        logging.disable(logging.WARNING)  # of every 403 and 404 a line
        self.addCleanup(logging.disable, logging.NOTSET)
        self.planted = plant("金雀甲", 7, self.building, self.worker, "701")
        plant_exports(self.planted, self.clerk)
        gather(self.planted, self.clerk, range(1))
        f.make_category("heating", name_zh="暖气", parent=f.make_category("repair", name_zh="维修"))
        reference.forget()
        self.browsers = {"visitor": Client(), "asker": self.asking("normal"), "in_danger": self.asking("life")}
        for browser in self.browsers.values():
            open_message(browser, self.planted.request)
        for actor in SERVING:
            self.browsers[actor] = Client()
            self.browsers[actor].force_login(getattr(self, actor))

    def asking(self, urgency: str) -> Client:
        """Somebody who has answered all that is asked, and not sent it."""
        client, household = Client(), self.planted.household
        client.post(reverse("ask"), {"what": ["groceries", "repair"], "urgency": urgency})
        client.post(reverse("ask-kind"), {"kind": ["heating"]})
        doors = reverse("ask-where-doors", args=[household.building.uid])
        client.post(doors, {"door": f"{household.entrance}/{household.door}"})
        client.post(reverse("ask-details"), {**DETAILS, "every_days": "7"})
        client.post(reverse("ask-often"), {"often-groceries": "7", "often-heating": ""})
        return client

    # --- measuring
    def cost(self, name: str, at: int, actor: str, path: str) -> Cost | None:
        """Of the page when that actor opens it for the second time; None where they are shown no page."""
        client = self.browsers[actor]
        if not _is_page(client.get(path)):
            return None
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path)
        return Cost(name, at, actor, tuple(statements(captured.captured_queries)), len(response.content))

    def costs(self) -> list[Cost]:
        """Of every page, for everybody who may open it."""
        found = []
        for name in sorted({*VISITORS, *STAFF, *NO_PAGE}):
            actors = SERVING if TABLE[name].is_closed else COMING + BEGUN
            for at, path in enumerate(paths(name, self.planted)):
                # What is kept for seconds is read at the first opening, so that none of it ends before the second.
                reference.forget()
                cache.clear()
                found += [self.cost(name, at, actor, path) for actor in actors if at == 0 or actor in VARYING]
        return [cost for cost in found if cost]

    def test_it_asks_as_often_for_forty_rows_as_for_one_and_as_the_table_says(self) -> None:
        few = {cost.where: cost for cost in self.costs()}
        gather(self.planted, self.clerk, range(1, MANY + 1))
        many = {cost.where: cost for cost in self.costs()}
        more = [where for where, cost in many.items() if where not in few or len(cost.asked) != len(few[where].asked)]
        assert not more, _told(each[where] for where in more for each in (few, many) if where in each)
        expected = _expected()
        found = _most(many.values())
        wrong = {key for key in {*expected, *found} if expected.get(key) != found.get(key)}
        dear = [cost for cost in many.values() if len(cost.asked) > expected.get((cost.name, cost.kind), -1)]
        assert not wrong, f"{[(key, found.get(key), expected.get(key)) for key in wrong]}\n{_told(dear)}"
        grown = {where[0] for where, cost in many.items() if cost.size - few[where].size >= MANY * BYTES_A_ROW}
        assert grown >= LISTS, f"do not show the crowd: {sorted(LISTS - grown)}"


def _is_page(response: Response) -> bool:
    return response.status_code == 200 and response["Content-Type"].startswith("text/html")


def _expected() -> dict[tuple[str, tuple[str, ...]], int]:
    """The two tables in one: what a page costs each kind of people."""
    expected: dict[tuple[str, tuple[str, ...]], int] = {(name, SERVING): number for name, number in STAFF.items()}
    for name, numbers in VISITORS.items():
        expected |= {
            (name, kind): number for kind, number in zip((COMING, BEGUN), numbers, strict=True) if number is not None
        }
    return expected


def _most(costs: Iterable[Cost]) -> dict[tuple[str, tuple[str, ...]], int]:
    """The most statements of each page for each kind of people."""
    most: dict[tuple[str, tuple[str, ...]], int] = {}
    for cost in costs:
        key = cost.name, cost.kind
        most[key] = max(most.get(key, 0), len(cost.asked))
    return most


def _told(costs: Iterable[Cost]) -> str:
    """For whoever reads the failure: each page with its statements."""
    return "\n".join(
        "\n    ".join([f"{cost.where}: {len(cost.asked)}", *(each[:300] for each in cost.asked)]) for cost in costs
    )
