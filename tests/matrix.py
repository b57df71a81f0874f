"""Who stands where to what, in the matrix of access: the actors, the planted worlds, and what each cell must answer.

Nothing here reads the policies of the product: it is what the tests expect of them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from households.models import Appointment, Building, Campaign, Household, Photo, Region, Role, ServiceRequest
from resilience.accounts.models import Session
from resilience.lib.codes import format_code
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase, Response
from tests.canaries import Planted, nowhere, plant, plant_exports, write_export_file
from tests.surface import HAS, MANAGED, POST, SEEN, WATCHED, WORKED, Rule

# Which methods an address takes and how an answer is wrapped has nothing to do with the database: all of that is
# asked once, on the one that is quicker.
IS_WHOLE = connection.vendor == "sqlite"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS") if IS_WHOLE else ("GET", "HEAD", "POST")
AS_HTMX = (False, True) if IS_WHOLE else (False,)
ACTORS = (
    "anonymous", "inactive", "ended", "volunteer", "worker", "colleague", "lead", "clerk", "supervisor", "auditor",
    "foreign_worker", "foreign_clerk", "foreign_supervisor", "admin", "clerk_and_lead", "supervisor_and_worker",
)  # fmt: skip
# Who has one role here and another elsewhere is here what the one makes of them, and there what the other does.
BOTH = {"clerk_and_lead": ("foreign_clerk", "lead"), "supervisor_and_worker": ("supervisor", "foreign_worker")}
# `lent`, `given`: a household of the worker's grid, its request with the colleague of the other grid, or the volunteer.
# `moved`: was the worker's until its building went to the colleague's grid, a week and a day ago.
# `removed`: in the worker's grid, its file ended, its photos thrown away; the volunteer gave its request back just now.
RELATIONS = ("own", "lent", "given", "neighbour", "foreign", "moved", "removed", "nowhere")
SIGNED_OUT = ("anonymous", "inactive")
WORKING = {"worker", "colleague", "lead", "foreign_worker"}
OFFICE = {"clerk", "foreign_clerk", "admin"}
SUPERVISORS = {"supervisor", "foreign_supervisor"}
ALLOWED = {
    "worker": WORKING,
    "helper": WORKING | {"volunteer"},
    "staff": OFFICE | {"lead"},
    "office": OFFICE,
    "overseer": OFFICE | {"lead"} | SUPERVISORS,
    "counter": OFFICE | {"lead", "auditor"} | SUPERVISORS,
    "anyone_serving": WORKING | OFFICE,
    "serving_or_helper": WORKING | OFFICE | {"volunteer"},
    "reader": WORKING | OFFICE | SUPERVISORS,
    "reader_or_helper": WORKING | OFFICE | SUPERVISORS | {"volunteer"},
    "approver": OFFICE | SUPERVISORS,
    "watcher": OFFICE | SUPERVISORS,
    "auditor": {"auditor", "admin"},
    "signed_in": set(ACTORS) - set(SIGNED_OUT),
}
# What only the office of a place, or only who looks over it, ever finds.
OF_THE_OFFICE = ("data_request", "waiting_export", "campaign", "ended_campaign", "invitation", "dormant")
_ALL, _ABOVE = {SEEN, WORKED, MANAGED, WATCHED}, {SEEN, WATCHED}
_HOME = {"clerk": _ALL, "admin": _ALL, "supervisor": _ABOVE}
_IN_GRID = {**_HOME, "lead": {SEEN, WORKED, MANAGED}, "worker": {SEEN, WORKED}}
_IN_OTHER_GRID = {**_HOME, "colleague": {SEEN, WORKED}}
# What each actor is to each world's household and all that belongs to it, its request apart from `HAS`.
STANDING: dict[str, dict[str, set[str]]] = {
    "own": _IN_GRID,
    "lent": {**_IN_GRID, "colleague": {SEEN}},
    "given": _IN_GRID,
    "neighbour": _IN_OTHER_GRID,
    "foreign": {
        "foreign_worker": {SEEN, WORKED}, "foreign_clerk": _ALL, "foreign_supervisor": _ABOVE, "admin": _ALL,
    },
    "moved": _IN_OTHER_GRID,
    "removed": _IN_GRID,
    "nowhere": {},
}  # fmt: skip
# To a campaign of the whole subdistrict, which reaches into the community (that of the world `lent`).
WIDE = {"clerk": {SEEN}, "supervisor": _ABOVE, "admin": _ALL}
AUDITED = [relation for relation, held in STANDING.items() if "supervisor" in held]  # by the auditor
HOLDER = {
    "own": "worker", "lent": "colleague", "given": "volunteer", "neighbour": "colleague", "foreign": "foreign_worker",
    "moved": "colleague",
}  # fmt: skip
# Who asked for the exports of a world; elsewhere the clerk.
EXPORTER = {"foreign": "foreign_clerk"}
LOGIN, REFUSED, HIDDEN, WRONG_METHOD, ANSWERED, LET_GO = "login", 403, 404, 405, "answered", 409

Cell = tuple[str, bool, str, str]  # method, htmx, actor, relation


def standing(rule: Rule, actor: str, relation: str, me: str = "") -> set[str]:
    """What the actor is to the thing of that relation; `me`: who has the role of that actor among others."""
    me = me or actor
    is_thrown_away = relation == "removed" and (rule.about.endswith("photo") or rule.about == "door")
    if relation == "nowhere" or is_thrown_away:
        return set()
    if rule.is_secret:
        return {SEEN}  # the id is the key
    is_wide = relation == "lent" and rule.about.endswith("campaign")
    held = set((WIDE if is_wide else STANDING[relation]).get(actor, set()))
    if rule.about == "person":
        return {MANAGED, WATCHED} & held
    if rule.about.endswith("export"):
        return _to_export(rule.about, me, relation, held)
    if rule.about == "building" and relation == "lent":
        return set(STANDING["own"].get(actor, set()))
    if rule.about.startswith("request") and HOLDER.get(relation) == me:
        held |= {SEEN, HAS}
    return held


def _to_export(about: str, actor: str, relation: str, held: set[str]) -> set[str]:
    """A file is who asked for it's alone; one that waits is everybody else's who sees the place."""
    is_theirs = actor == EXPORTER.get(relation, "clerk")
    if about == "export":
        return {HAS} if is_theirs else set()
    return {MANAGED} if held and not is_theirs else set()


def expected(rule: Rule, cell: Cell) -> int | str:
    """The status of that cell, or LOGIN, or ANSWERED when the actor may."""
    method, _htmx, actor, relation = cell
    if rule.is_closed and actor in SIGNED_OUT:
        return LOGIN
    parts = BOTH.get(actor, (actor,))
    if rule.is_closed and ALLOWED[rule.policy].isdisjoint(parts):
        return REFUSED
    if not is_offered(rule, method):
        return WRONG_METHOD
    if not rule.about:
        return ANSWERED
    answers = {_by_one_role(rule, part, relation, actor) for part in parts}
    return next(answer for answer in (ANSWERED, LET_GO, REFUSED, HIDDEN) if answer in answers)


def _by_one_role(rule: Rule, actor: str, relation: str, me: str) -> int | str:
    if not rule.is_closed or actor in ALLOWED[rule.policy]:
        return _to_those_let_in(rule, actor, relation, me)
    if rule.about == "person" and relation == "moved":
        relation = "own"  # the worker, whose building it was
    return REFUSED if standing(rule, actor, relation, me) and rule.about not in OF_THE_OFFICE else HIDDEN


def _to_those_let_in(rule: Rule, actor: str, relation: str, me: str) -> int | str:
    held = standing(rule, actor, relation, me)
    if (actor, relation, rule.about, rule.methods) == ("volunteer", "removed", "request", POST):
        return LET_GO  # of a verb: they are told where it went
    if not held:
        return HIDDEN
    return ANSWERED if held & rule.needs else REFUSED


def is_offered(rule: Rule, method: str) -> bool:
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


def cells(rule: Rule) -> Iterator[Cell]:
    """Plain and as htmx. Where nothing is looked up one relation will do: of methods that are not offered; two for
    those who have to sign in first.
    """
    for method in METHODS:
        relations = RELATIONS if rule.about and is_offered(rule, method) else ("own",)
        for htmx in AS_HTMX:
            for actor in ACTORS:
                if htmx and actor in BOTH:
                    continue
                few = rule.is_closed and actor in SIGNED_OUT
                yield from ((method, htmx, actor, each) for each in relations if not few or each in ("own", "nowhere"))


class AccessTestCase(CastTestCase):
    """The cast with those beside and above it, planted worlds, and a signed-in browser for everybody."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.foreign_worker.name = "金雀丙员"
        cls.foreign_worker.save(update_fields=["name"])
        _people(cls)
        moving = f.make_building(cls.grid, "西园小区7号楼")
        cls.worlds = {
            "own": plant("金雀甲", 7, cls.building, cls.worker, "701"),
            "neighbour": plant("金雀乙", 6, cls.other_building, cls.colleague, "601"),
            "foreign": plant("金雀丙", 5, cls.foreign_building, cls.foreign_worker, "501"),
            "lent": plant("金雀丁", 4, cls.building, cls.worker, "401", to=cls.colleague),
            "given": plant("金雀戊", 3, cls.building, cls.worker, "301", to=cls.volunteer),
            "moved": plant("金雀己", 2, moving, cls.worker, "201"),
            "removed": plant("金雀庚", 1, cls.building, cls.worker, "101", to=cls.volunteer),
        }
        _widen(cls.worlds["lent"])
        for relation, world in cls.worlds.items():
            plant_exports(world, getattr(cls, EXPORTER.get(relation, "clerk")))
        _move(cls, moving)
        _remove(cls.worlds["removed"])
        cls.cookies = {}
        for actor in ACTORS:
            if actor != "anonymous":
                client = Client()
                client.force_login(getattr(cls, actor))
                cls.cookies[actor] = client.cookies["sessionid"].value
        tomorrow = timezone.now() + timedelta(days=1)  # however long a walk takes, nothing about them falls due in it
        Session.objects.update(seen_at=tomorrow, idle_until=tomorrow, expire_date=tomorrow)
        cls.inactive.is_active = False
        cls.inactive.save(update_fields=["is_active"])

    def setUp(self) -> None:
        super().setUp()
        self.client.raise_request_exception = False
        self.faults: list[str] = []
        self.hidden = {actor: self._hidden_from(actor) for actor in ACTORS}
        for world in self.worlds.values():  # each test has a place for files of its own
            write_export_file(world.export)
            for photo in (world.photo, world.visit_photo):
                photo.image.storage.save(photo.image.name, ContentFile(b"a picture"))
        logging.disable(logging.WARNING)  # of every 403 and 404 a traceback: half the time of this test
        self.addCleanup(logging.disable, logging.NOTSET)

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

    def ids(self, rule: Rule, relation: str) -> dict[str, Any]:
        if not rule.about:
            return {}
        return nowhere(rule.about) if relation == "nowhere" else self.worlds[relation].ids(rule.about)

    def _hidden_from(self, actor: str) -> set[str]:
        """Everything personal the actor may see nowhere."""
        worlds = [world for relation, world in self.worlds.items() if not _stands(actor, relation)]
        hidden = {canary for world in worlds for canary in world.canaries}
        if actor == "volunteer":  # the words and the name of the request with them, and what leads to it
            hidden -= self.worlds["given"].canaries
            hidden |= self.worlds["given"].of_file
        return hidden


def _stands(actor: str, relation: str) -> bool:
    return any(STANDING[relation].get(part) for part in BOTH.get(actor, (actor,)))


def _people(cls: Any) -> None:
    """Beside and above the cast: who lends a hand, looks on here and elsewhere, audits, and may not any more."""
    above, foreign = (Region.objects.get(code=place.code[:9]) for place in (cls.home, cls.away))
    cls.volunteer = f.make_volunteer("volunteer", cls.home, "林晓燕")
    cls.supervisor = f.make_supervisor("supervisor", above, "丁志远")
    cls.foreign_supervisor = f.make_supervisor("foreign_supervisor", foreign, "外督导")
    cls.auditor = f.make_auditor("auditor", above, "秦岚")
    cls.clerk_and_lead = f.make_lead("clerk_and_lead", cls.grid, "双岗")
    Appointment.objects.create(user=cls.clerk_and_lead, role=Role.STAFF, region=cls.away, from_date=today())
    cls.supervisor_and_worker = f.make_supervisor("supervisor_and_worker", above, "双职")
    foreign_grid = cls.foreign_building.grid
    Appointment.objects.create(user=cls.supervisor_and_worker, role=Role.WORKER, grid=foreign_grid, from_date=today())
    cls.inactive = f.make_worker("inactive", cls.grid)
    cls.ended = f.make_worker("ended", cls.grid)
    Appointment.objects.filter(user=cls.ended).update(until_date=today() - timedelta(days=1))
    # One that has not begun gives nothing; nor tomorrow, should midnight pass.
    Appointment.objects.create(user=cls.ended, role=Role.STAFF, region=cls.home, from_date=today() + timedelta(days=2))


def _widen(lent: Planted) -> None:
    """Its campaigns are those of the subdistrict."""
    above = Region.objects.get(code=lent.household.community.code[:9])
    Campaign.objects.filter(pk__in=[lent.campaign.pk, lent.ended_campaign.pk]).update(region=above)


def _move(cls: Any, building: Building) -> None:
    """The building goes to the colleague's grid, and with it what the worker had there."""
    moved, when = cls.worlds["moved"], timezone.now() - timedelta(days=8)
    Building.objects.filter(pk=building.pk).update(grid=cls.other_grid)
    Household.unscoped.filter(pk=moved.household.pk).update(grid=cls.other_grid)
    ServiceRequest.unscoped.filter(pk=moved.request.pk).update(grid=cls.other_grid, worker=cls.colleague)
    moved.household.responsibilities.update(started_at=when, ended_at=when)
    moved.household.refresh_from_db()
    f.make_responsible(moved.household, cls.colleague)
    moved.request.assignments.update(started_at=when, ended_at=when, end_reason="left")
    moved.request.assignments.create(worker=cls.colleague, note=f"{moved.mark}派")


def _remove(removed: Planted) -> None:
    """The file ends, the photos go, the request is given back."""
    removed.household.responsibilities.update(ended_at=timezone.now())
    Household.unscoped.filter(pk=removed.household.pk).update(until_date=today())
    removed.request.assignments.update(ended_at=timezone.now(), end_reason="declined")
    ServiceRequest.unscoped.filter(pk=removed.request.pk).update(state="accepted", worker=None)
    Photo.unscoped.filter(pk__in=[removed.photo.pk, removed.visit_photo.pk]).delete()


_TOKENS = re.compile(r'(csrfmiddlewaretoken" value="|csrftoken=)[A-Za-z0-9]+')
_ON_PAPER = re.compile(r" · \d{4}-\d\d-\d\d \d\d:\d\d · ")  # who printed it, and in which minute


def masked(response: Response, ids: dict[str, Any]) -> str:
    """Headers, cookies and body in one text, without the ids that were asked for, the tokens of forms and the clock."""
    cookies = "\n".join(morsel.OutputString() for morsel in response.cookies.values())
    headers = "\n".join(f"{key}: {value}" for key, value in sorted(response.items()))
    text = f"{response.status_code}\n{headers}\n{cookies}\n{response.body}"
    for name, value in ids.items():
        text = text.replace(str(value), "<asked for>")
        text = text.replace(format_code(value), "<asked for>") if name == "code" else text
    return re.sub(r"expires=[^;]+", "", _ON_PAPER.sub("", _TOKENS.sub(r"\1", text)))


def shapes(statements: list[dict[str, str]]) -> list[str]:
    """What the database was asked, without the values: what takes as long whatever they are."""
    noise = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
    asked = [each["sql"] for each in statements if not each["sql"].startswith(noise)]
    return [re.sub(r"'[^']*'|\b\d+\b|%s|\?", "·", sql) for sql in asked]
