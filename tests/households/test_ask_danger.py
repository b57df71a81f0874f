"""`/ask/danger/`: a life is in danger. Whom to call comes first, and as little as is known is filed at once."""

from __future__ import annotations

from django.test import Client

from households import reference
from households.models import Consent, ServiceRequest, Urgency
from resilience.accounts import limits
from tests import factories as f

from .ask import DETAILS, OTHER, WHAT, AskCase, door_path, photo, spend

LIFE = {**WHAT, "urgency": "life"}


class DangerCase(AskCase):
    def setUp(self) -> None:
        super().setUp()
        self.only_one_community()

    def only_one_community(self) -> None:
        """The neighbouring community is served from somewhere else."""
        reference.keep("served", lambda: [self.home])

    def send_now(self, **said: str) -> ServiceRequest:
        answer = self.client.post("/ask/danger/", said)
        assert answer.status_code == 303, answer.content.decode()
        return ServiceRequest.unscoped.get(token=answer["Location"].split("/")[2])


class DangerTests(DangerCase):
    def test_shows_the_numbers_first(self) -> None:
        assert self.client.post("/ask/", LIFE)["Location"] == "/ask/danger/"
        page = self.client.get("/ask/danger/").content.decode()
        for number in ("tel:120", "tel:110", "tel:119"):
            assert page.index(number) < page.index('name="address"')

    def test_is_filed_with_a_place_in_words_and_nothing_else(self) -> None:
        self.client.post("/ask/", LIFE)
        filed = self.send_now(address="3号楼2单元楼下", phone="")
        assert (filed.urgency, filed.address, filed.community) == (Urgency.LIFE, "3号楼2单元楼下", self.home)
        assert (filed.phone, filed.person_name) == ("", "")
        assert self.client.get(f"/track/{filed.token}/").status_code == 200

    def test_is_filed_with_a_phone_and_nothing_else(self) -> None:
        self.client.post("/ask/", LIFE)
        filed = self.send_now(address="", phone="199 0000 0001")
        assert (filed.urgency, filed.phone) == (Urgency.LIFE, "19900000001")
        assert filed.address

    def test_wants_one_of_them(self) -> None:
        self.client.post("/ask/", LIFE)
        answer = self.client.post("/ask/danger/", {"address": "", "phone": ""})
        assert answer.status_code == 422
        assert 'href="#id_address"' in answer.content.decode()
        assert ServiceRequest.unscoped.count() == 0

    def test_asks_for_no_finer_kind(self) -> None:
        tile = f.make_category("repair", name_zh="维修")
        f.make_category("heating", name_zh="暖气", parent=tile)
        reference.forget()
        self.only_one_community()
        assert self.client.post("/ask/", {"what": ["repair"], "urgency": "life"})["Location"] == "/ask/danger/"
        assert self.send_now(address="楼下").category == tile

    def test_does_not_insist_on_what_is_needed(self) -> None:
        assert self.client.post("/ask/", {"urgency": "life"})["Location"] == "/ask/danger/"
        assert self.send_now(address="楼下").category == self.category

    def test_is_one_tap_for_a_door_that_was_scanned(self) -> None:
        answer = self.client.post(door_path(self.household), {"urgency": "life"})
        assert answer["Location"] == "/ask/danger/"
        page = self.client.get("/ask/danger/").content.decode()
        assert "西园小区1号楼" in page
        assert 'name="address"' not in page
        filed = self.send_now(phone="")
        assert (filed.household, filed.worker) == (self.household, self.worker)

    def test_takes_along_all_that_was_written(self) -> None:
        self.client.post(door_path(self.household), {**LIFE, **OTHER, "photos": photo()})
        assert 'name="phone"' not in self.client.get("/ask/danger/").content.decode()
        filed = self.send_now()
        assert (filed.text, filed.person_name, filed.filer_phone) == (OTHER["text"], "王秀英", "19900000005")
        assert (filed.consent, filed.photos.count()) == (Consent.AGREED, 1)

    def test_keeps_a_phone_with_a_digit_too_few_as_it_was_typed(self) -> None:
        self.client.post(door_path(self.household), {**LIFE, **DETAILS, "phone": "1990000"})
        assert 'value="1990000"' in self.client.get("/ask/danger/").content.decode()
        filed = self.send_now(phone="1990000")
        assert filed.phone == ""
        assert "1990000" in filed.text

    def test_takes_the_door_from_the_list_too(self) -> None:
        self.client.post("/ask/", LIFE)
        assert self.pick_door() == "/ask/danger/"
        assert self.send_now(phone="").household == self.household

    def test_asks_which_community_where_there_are_several(self) -> None:
        reference.forget()
        self.client.post("/ask/", LIFE)
        assert self.client.post("/ask/danger/", {"address": "楼下", "community": ""}).status_code == 422
        assert self.client.post("/ask/danger/", {"address": "楼下", "community": "9"}).status_code == 422
        assert self.send_now(address="楼下", community=self.away.code).community == self.away

    def test_keeps_what_is_typed_and_files_nothing_yet(self) -> None:
        self.client.post("/ask/", LIFE)
        assert self.client.post("/ask/danger/", {"address": "楼", "phone": "", "keep": "1"}).status_code == 204
        assert 'name="address" value="楼"' in self.client.get("/ask/danger/").content.decode()
        assert ServiceRequest.unscoped.count() == 0

    def test_is_filed_once_for_two_taps(self) -> None:
        self.client.post("/ask/", LIFE)
        cookie = self.client.cookies["draft"].value
        first = self.send_now(address="楼下")
        self.client.cookies["draft"] = cookie
        assert self.send_now(address="楼下") == first
        assert ServiceRequest.unscoped.count() == 1

    def test_adds_what_was_put_right_when_the_first_answer_got_lost(self) -> None:
        self.client.post("/ask/", LIFE)
        cookie = self.client.cookies["draft"].value
        first = self.send_now(address="楼下")
        self.client.cookies["draft"] = cookie
        assert self.send_now(address="3号楼楼下") == first
        assert [event.note for event in first.events.filter(kind="note")] == ["3号楼楼下"]

    def test_can_be_taken_back(self) -> None:
        self.client.post("/ask/", LIFE)
        self.client.post("/ask/", WHAT)
        assert self.client.get("/ask/danger/")["Location"] == "/ask/where/"
        assert self.client.post("/ask/danger/")["Location"] == "/ask/where/"

    def test_leads_to_the_beginning_without_a_draft(self) -> None:
        assert Client().get("/ask/danger/")["Location"] == "/ask/"
        assert Client().post("/ask/danger/")["Location"] == "/ask/"

    def test_counts_no_forms_of_a_phone(self) -> None:
        spend(limits.ASK_PHONE, "19900000001")
        self.client.post("/ask/", LIFE)
        assert self.send_now(address="", phone="19900000001").phone == "19900000001"
