"""Every address × method × actor × relation, from one table (`tests/surface.py`), bodies read for canaries.

Three things hold in every cell: the status is the table's; what is foreign looks byte for byte like what does not
exist; and nothing personal of anybody out of the actor's sight stands anywhere in the answer, headers included.
ACCESS=full walks every method as htmx, too.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from households.models import Appointment, Role
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase, Response
from tests.canaries import NOT_PERSONAL, WORDLESS, Planted, nowhere, personal_models, plant, unplanted
from tests.surface import HAS, MANAGED, SEEN, TABLE, WORKED, Rule, address, endpoints

IS_FULL = os.environ.get("ACCESS") == "full"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
ACTORS = (
    "anonymous", "inactive", "ended", "worker", "colleague", "lead", "clerk", "foreign_worker", "foreign_clerk",
    "admin",
)  # fmt: skip
# `lent`: a household of the worker's grid, its request with the colleague of the other grid.
RELATIONS = ("own", "lent", "neighbour", "foreign", "nowhere")
SIGNED_OUT = ("anonymous", "inactive")
WORKING = {"worker", "colleague", "lead", "foreign_worker"}
OFFICE = {"clerk", "foreign_clerk", "admin"}
ALLOWED = {
    "worker": WORKING,
    "staff": OFFICE | {"lead"},
    "office": OFFICE,
    "anyone_serving": WORKING | OFFICE,
    "helper": WORKING,
    "approver": OFFICE,
    "overseer": OFFICE | {"lead"},
    "counter": OFFICE | {"lead"},
    "reader": WORKING | OFFICE,
    "reader_or_helper": WORKING | OFFICE,
    "serving_or_helper": WORKING | OFFICE,
    "auditor": {"admin"},
    "watcher": OFFICE,
    "signed_in": set(ACTORS) - set(SIGNED_OUT),
}
_HERE = {"lead": {SEEN, WORKED, MANAGED}, "clerk": {SEEN, WORKED, MANAGED}, "admin": {SEEN, WORKED, MANAGED}}
# What each actor is to each world's household and all that belongs to it, its request apart from `HAS`.
STANDING: dict[str, dict[str, set[str]]] = {
    "own": {**_HERE, "worker": {SEEN, WORKED}},
    "lent": {**_HERE, "worker": {SEEN, WORKED}, "colleague": {SEEN}},
    "neighbour": {"colleague": {SEEN, WORKED}, "clerk": _HERE["clerk"], "admin": _HERE["admin"]},
    "foreign": {"foreign_worker": {SEEN, WORKED}, "foreign_clerk": _HERE["clerk"], "admin": _HERE["admin"]},
    "nowhere": {},
}
HOLDER = {"own": "worker", "lent": "colleague", "neighbour": "colleague", "foreign": "foreign_worker"}
LOGIN, REFUSED, HIDDEN, WRONG_METHOD, ANSWERED = "login", 403, 404, 405, "answered"

Cell = tuple[str, bool, str, str]  # method, htmx, actor, relation


def standing(rule: Rule, actor: str, relation: str) -> set[str]:
    """What the actor is to the thing of that relation."""
    if relation == "nowhere":
        return set()
    if rule.is_secret:
        return {SEEN}  # the id is the key
    if rule.about in ("person", "invitation"):
        return {MANAGED} & STANDING[relation].get(actor, set())
    if rule.about == "building" and relation == "lent":
        return STANDING["own"].get(actor, set())
    held = set(STANDING[relation].get(actor, set()))
    if rule.about.startswith("request"):
        held |= {HAS} if HOLDER[relation] == actor else set()
    return held


def expected(rule: Rule, cell: Cell) -> int | str:
    """The status of that cell, or LOGIN, or ANSWERED when the actor may."""
    method, _htmx, actor, relation = cell
    if rule.is_closed and actor in SIGNED_OUT:
        return LOGIN
    if not _is_offered(rule, method):
        return WRONG_METHOD
    if rule.is_closed and actor not in ALLOWED[rule.policy]:
        return REFUSED
    if not rule.about:
        return ANSWERED
    held = standing(rule, actor, relation)
    if not held:
        return HIDDEN
    return ANSWERED if held & rule.needs else REFUSED


def _is_offered(rule: Rule, method: str) -> bool:
    return rule.methods == "ANY" or ("GET" if method == "HEAD" else method) in rule.methods.split()


def fits(rule: Rule, cell: Cell, response: Response) -> bool:
    """Whether the answer is what the table says."""
    method, htmx, _actor, _relation = cell
    wanted = expected(rule, cell)
    goes_on = response.has_header("HX-Redirect")
    if wanted == LOGIN and htmx and method == "POST":
        return response.status_code == 401  # the page stays, with a notice and all that was typed
    if wanted == LOGIN:
        path = response.get("HX-Redirect", "") if htmx else response.get("Location", "")
        return response.status_code == (200 if htmx else 302) and path.startswith(reverse("accounts:login"))
    if wanted != ANSWERED:
        return response.status_code == wanted
    statuses = rule.sent if method not in ("GET", "HEAD") else rule.page
    return response.status_code in statuses or (htmx and goes_on and bool({302, 303} & set(statuses)))


class AccessTestCase(CastTestCase):
    """The cast, four planted worlds, and a signed-in browser for everybody."""

    clients: dict[str, Client]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.foreign_worker.name = "金雀丙员"
        cls.foreign_worker.save(update_fields=["name"])
        cls.inactive = f.make_worker("inactive", cls.grid)
        cls.ended = f.make_worker("ended", cls.grid)
        Appointment.objects.filter(user=cls.ended).update(until_date=today() - timedelta(days=1))
        # One that begins tomorrow gives nothing today.
        Appointment.objects.create(
            user=cls.ended, role=Role.STAFF, region=cls.home, from_date=today() + timedelta(days=1)
        )
        cls.worlds = {
            "own": plant("金雀甲", 7, cls.building, cls.worker, "701"),
            "neighbour": plant("金雀乙", 6, cls.other_building, cls.colleague, "601"),
            "foreign": plant("金雀丙", 5, cls.foreign_building, cls.foreign_worker, "501"),
            "lent": plant("金雀丁", 4, cls.building, cls.worker, "401", to=cls.colleague),
        }
        cls.cookies = {}
        for actor in ACTORS:
            if actor != "anonymous":
                client = Client()
                client.force_login(getattr(cls, actor))
                cls.cookies[actor] = client.cookies["sessionid"].value
        cls.inactive.is_active = False
        cls.inactive.save(update_fields=["is_active"])

    def setUp(self) -> None:
        super().setUp()
        self.client.raise_request_exception = False
        self.faults: list[str] = []
        for world in self.worlds.values():  # each test has a place for files of its own
            for photo in (world.photo, world.visit_photo):
                photo.image.storage.save(photo.image.name, ContentFile(b"a picture"))
        logging.disable(logging.WARNING)  # of every 403 and 404 a traceback: half the time of this test
        self.addCleanup(logging.disable, logging.NOTSET)

    # --- asking
    def ask(self, cell: Cell, path: str, data: dict[str, Any] | None = None) -> Response:
        """One request as that actor, undone afterwards."""
        method, htmx, actor, _relation = cell
        self.client.cookies.clear()
        if actor != "anonymous":
            self.client.cookies["sessionid"] = self.cookies[actor]
        headers = {"HX-Request": "true"} if htmx else {}
        with transaction.atomic():
            send: Any = self.client.generic if data is None else getattr(self.client, method.lower())
            response = send(method, path, headers=headers) if data is None else send(path, data, headers=headers)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            transaction.set_rollback(True)
        response.body = body.decode("utf-8", "replace")
        return response

    def hidden_from(self, actor: str) -> set[str]:
        """Everything personal the actor may see nowhere."""
        worlds = [world for relation, world in self.worlds.items() if not STANDING[relation].get(actor)]
        return {canary for world in worlds for canary in world.canaries}

    def leaks(self, rule: Rule, cell: Cell, response: Response, ids: dict[str, Any]) -> list[str]:
        """Canaries in the answer that the actor may not see. What was asked for may be repeated.

        What is sealed nobody may, whoever they are: no cell opens it, as none gives a reason.
        """
        _method, _htmx, actor, relation = cell
        text = masked(response, ids)
        hidden = self.hidden_from(actor)
        if rule.is_secret and relation in self.worlds and rule.about:
            hidden -= shown_by_secret(rule, self.worlds[relation])
        sealed = {value for world in self.worlds.values() for value in world.sealed}
        return sorted(canary for canary in hidden | sealed if canary in text)

    # --- walking
    def walk(self, name: str) -> int:
        """Every cell of one address; how many."""
        rule, count = TABLE[name], 0
        answers: dict[Cell, tuple[str, str]] = {}
        for cell in cells(rule):
            relation = cell[3]
            ids = self.ids(rule, relation)
            response = self.ask(cell, address(name, ids))
            count += 1
            where = f"{name} {' '.join(str(part) for part in cell)}"
            if not fits(rule, cell, response):
                self.faults.append(f"{where}: {response.status_code} instead of {expected(rule, cell)}")
            self.faults += [f"{where}: shows {canary}" for canary in self.leaks(rule, cell, response, ids)]
            if expected(rule, cell) == HIDDEN:
                answers[cell] = (where, masked(response, ids))
        self.compare(answers)
        return count

    def ids(self, rule: Rule, relation: str) -> dict[str, Any]:
        if not rule.about:
            return {}
        return nowhere(rule.about) if relation == "nowhere" else self.worlds[relation].ids(rule.about)

    def compare(self, answers: dict[Cell, tuple[str, str]]) -> None:
        """What is hidden looks like what is nowhere."""
        for (method, htmx, actor, _relation), (where, text) in answers.items():
            unknown = answers.get((method, htmx, actor, "nowhere"))
            if unknown and unknown[1] != text:
                self.faults.append(f"{where}: differs from what does not exist")


def cells(rule: Rule) -> Iterator[Cell]:
    """Of methods that are not offered one relation will do: nothing is looked up before they are refused."""
    for method in METHODS:
        is_offered = _is_offered(rule, method)
        relations = (RELATIONS if is_offered else ("own",)) if rule.about else ("own",)
        for htmx in (False, True):
            if htmx and not IS_FULL and (not is_offered or method == "HEAD"):
                continue
            for actor in ACTORS:
                yield from ((method, htmx, actor, relation) for relation in relations)


_TOKENS = re.compile(r'(csrfmiddlewaretoken" value="|csrftoken=)[A-Za-z0-9]+')


def masked(response: Response, ids: dict[str, Any]) -> str:
    """Headers, cookies and body in one text, without the ids that were asked for and the tokens of forms."""
    cookies = "\n".join(morsel.OutputString() for morsel in response.cookies.values())
    headers = "\n".join(f"{key}: {value}" for key, value in sorted(response.items()))
    text = f"{response.status_code}\n{headers}\n{cookies}\n{response.body}"
    for value in ids.values():
        text = text.replace(str(value), "<asked for>")
    return re.sub(r"expires=[^;]+", "", _TOKENS.sub(r"\1", text))


def shown_by_secret(rule: Rule, world: Planted) -> set[str]:
    """What the holder of a link reads: their own words and who helps them. Of a door's code: nothing at all."""
    if rule.about in ("link", "link_photo", "invitation_link"):
        return {world.mark, *world.secrets}
    return set()


class TestTheTable(CastTestCase):
    """The table is whole."""

    def test_it_has_a_row_for_every_address_of_the_resolver(self) -> None:
        known = {endpoint.name for endpoint in endpoints() if not endpoint.is_admin}
        assert known == set(TABLE), f"no row: {known - set(TABLE)}; gone: {set(TABLE) - known}"

    def test_it_agrees_with_what_each_view_wears(self) -> None:
        worn = {endpoint.name: getattr(endpoint.callback, "policy", None) for endpoint in endpoints()}
        wrong = [name for name, rule in TABLE.items() if worn[name] not in (None, rule.policy)]
        assert not wrong

    def test_it_plants_a_canary_in_every_personal_field(self) -> None:
        for relation, world in {"own": plant("金雀甲", 7, self.building, self.worker, "701")}.items():
            assert unplanted(world) == [], relation

    def test_it_knows_every_model_that_hangs_on_a_person(self) -> None:
        assert personal_models() - set(NOT_PERSONAL) - WORDLESS == set()


class TestAccess(AccessTestCase):
    """One test an address, made below."""


def _test_of(name: str) -> Callable[[TestAccess], None]:
    def test(self: TestAccess) -> None:
        count = self.walk(name)
        assert count >= len(ACTORS) * len(METHODS)
        assert not self.faults, f"{len(self.faults)} of {count} cells:\n" + "\n".join(self.faults[:40])

    return test


for _name in TABLE:
    _made = re.sub(r"\W", "_", _name)
    setattr(TestAccess, f"test_it_guards_{_made}", _test_of(_name))
