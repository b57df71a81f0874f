"""`/h/<token>/`: the code on a door opens the form for that door, and tells nothing of who lives behind it."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext

from households.actions.doors import renew_door_code
from households.by_secret import DOOR
from households.models import FileChange, RequestDraft, ServiceRequest, Source
from resilience.accounts import limits
from resilience.lib.codes import sign_token
from tests import factories as f
from tests.base import CastTestCase

from .ask import DETAILS, WHAT, door_path, photo, spend, statements


class DoorTests(CastTestCase):
    def test_asks_on_one_page_and_checks_on_the_next(self) -> None:
        path = door_path(self.household)
        assert self.client.get(path).status_code == 200
        answer = self.client.post(path, {**WHAT, **DETAILS, "photos": photo()})
        assert (answer.status_code, answer["Location"]) == (303, "/ask/check/")
        assert "/ask/photos/" in self.client.get("/ask/check/").content.decode()
        self.client.post("/ask/send/")
        filed = ServiceRequest.unscoped.get()
        assert (filed.household, filed.worker, filed.source) == (self.household, self.worker, Source.DOOR)
        assert filed.photos.count() == 1

    def test_shows_the_address_and_nothing_of_the_household(self) -> None:
        f.make_request(self.household, text="不可见的诉求")
        self.household.door_note = "耳背，重敲门"
        self.household.save(update_fields=["door_note"])
        page = self.client.get(door_path(self.household)).content.decode()
        assert "西园小区1号楼" in page
        for secret in ("王秀英", "19900000001", "不可见", "耳背", str(self.household.uid), self.household.file_number,
                       self.worker.name):  # fmt: skip
            assert secret not in page, secret

    def test_says_the_same_to_forged_revoked_unknown_and_ended_codes(self) -> None:
        revoked = door_path(self.household)
        renew_door_code(self.household, by=self.clerk, why="标签被撕")
        ended = door_path(self.other_household)
        self.other_household.until_date = date(2026, 1, 1)
        self.other_household.save(update_fields=["until_date"])
        unknown = f"/h/{sign_token('0' * 20, DOOR)}/"
        forged = f"/h/{self.household.door_key}{'0' * 12}/"
        bodies = set()
        for path in (revoked, ended, unknown, forged, "/h/x/", "/h/" + "é" * 40 + "/", "/h/" + "a" * 900 + "/"):
            answer = self.client.get(path)
            assert answer.status_code == 404, path
            body = answer.content.decode().replace(path, "")
            bodies.add(body[body.index("<main") : body.index("</main>")])
            assert self.client.post(path, {**WHAT, **DETAILS}).status_code == 404
        assert len(bodies) == 1
        assert 'href="/ask/"' in bodies.pop()
        assert RequestDraft.objects.count() == 0

    def test_asks_the_database_nothing_for_a_forged_code(self) -> None:
        with self.assertNumQueries(0):
            self.client.get("/h/0000000000000000000000000000000000/")

    def test_costs_one_statement_to_open(self) -> None:
        self.client.get(door_path(self.household))
        with CaptureQueriesContext(connection) as asked:
            self.client.get(door_path(self.household))
        assert len(statements(asked.captured_queries)) == 1

    def test_takes_a_repeat_request_with_the_door_of_the_last_scan(self) -> None:
        self.client.post(door_path(self.household), {**WHAT, **DETAILS})
        self.client.post(door_path(self.other_household), {**WHAT, **DETAILS})
        self.client.post("/ask/send/")
        assert ServiceRequest.unscoped.get().household == self.other_household

    def test_asks_which_kind_and_how_often_as_the_other_form_does(self) -> None:
        f.make_category("low_sugar", name_zh="低糖米", parent=self.category)
        repair = f.make_category("repair", name_zh="维修")
        answers = {**WHAT, **DETAILS, "what": [self.category.code, repair.code], "every_days": "7"}
        path = door_path(self.household)
        assert self.client.post(path, answers)["Location"] == "/ask/kind/"
        assert self.client.post("/ask/kind/", {"kind": ["low_sugar"]})["Location"] == "/ask/often/"
        assert self.client.post(path, answers)["Location"] == "/ask/often/"
        often = {"often-low_sugar": "7", "often-repair": ""}
        assert self.client.post("/ask/often/", often)["Location"] == "/ask/check/"
        assert self.client.post(path, answers)["Location"] == "/ask/check/"

    def test_asks_to_call_when_one_door_asks_too_often(self) -> None:
        spend(limits.ASK_DOOR, self.household.door_key)
        answer = self.client.post(door_path(self.household), {**WHAT, **DETAILS})
        assert answer.status_code == 429
        assert DETAILS["text"] in answer.content.decode()
        assert self.client.post(door_path(self.other_household), {**WHAT, **DETAILS}).status_code == 303

    def test_refuses_other_methods(self) -> None:
        assert self.client.put(door_path(self.household)).status_code == 405


class RenewDoorCodeTests(CastTestCase):
    def path(self) -> str:
        return f"/households/{self.household.uid}/door-code/"

    def test_gives_the_door_a_new_code_and_writes_who_and_why_but_neither_code(self) -> None:
        self.sign_in(self.clerk)
        old = self.household.door_key
        assert self.client.get(self.path()).status_code == 200
        assert self.client.post(self.path(), {"why": "标签被拍照外传"}).status_code == 303
        self.household.refresh_from_db()
        assert self.household.door_key != old
        change = FileChange.unscoped.get(action="door_key")
        assert (change.by, change.why, change.changes) == (self.clerk, "标签被拍照外传", [])

    def test_wants_a_reason(self) -> None:
        self.sign_in(self.clerk)
        answer = self.client.post(self.path(), {"why": " "})
        assert answer.status_code == 422
        assert not FileChange.unscoped.filter(action="door_key").exists()

    def test_is_for_who_manages_the_place(self) -> None:
        assert self.client.get(self.path()).status_code == 302
        for user, status in ((self.worker, 403), (self.foreign_clerk, 404), (self.lead, 200), (self.admin, 200)):
            self.sign_in(user)
            assert self.client.get(self.path()).status_code == status, user
