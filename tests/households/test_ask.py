"""`/ask/…`: the steps of the form, sent once, with nothing lost on the way."""

from __future__ import annotations

import re
import uuid

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from households.models import Consent, Photo, RequestDraft, RequestItem, ServiceRequest, Source, Urgency
from resilience.accounts.models import RateCount
from tests import factories as f

from .ask import DETAILS, OTHER, WHAT, AskCase, door_path, photo, statements


class AskStepsTests(AskCase):
    def test_goes_from_tiles_to_a_tracking_page(self) -> None:
        assert self.client.get("/ask/").status_code == 200
        assert self.client.post("/ask/", WHAT)["Location"] == "/ask/where/"
        assert self.pick_door() == "/ask/details/"
        assert self.client.post("/ask/details/", DETAILS)["Location"] == "/ask/check/"
        page = self.client.get("/ask/check/").content.decode()
        for part in ("物资代购", "西园小区1号楼", "一袋五公斤", "王秀英", "19900000001"):
            assert part in page, part
        filed = self.send()
        assert (filed.household, filed.worker, filed.source) == (self.household, self.worker, Source.WEB)
        assert (filed.person_name, filed.phone, filed.text) == ("王秀英", "19900000001", DETAILS["text"])
        assert self.client.get(f"/track/{filed.token}/").status_code == 200

    def test_leads_from_each_answer_to_where_it_is_changed_in_the_language_of_who_reads(self) -> None:
        f.make_category("low_sugar", name_zh="低糖米", parent=self.category)
        assert self.client.post("/ask/", WHAT)["Location"] == "/ask/kind/"
        self.client.post("/ask/kind/", {"kind": ["low_sugar"]})
        self.pick_door()
        self.client.post("/ask/details/", {**OTHER, "their_phone": "19900000007", "every_days": "7", "text": "<米>"})
        page = self.client.get("/ask/check/").content.decode()
        changes = re.findall(r'href="(/ask/[a-z]*/?(?:#\w+)?)">修改<span class="hidden-text"> ([^<]+)</span>', page)
        assert [url for url, _label in changes] == [
            "/ask/", "/ask/kind/", "/ask/#id_urgency_0", "/ask/where/", "/ask/details/#id_text", "/ask/details/#photos",
            "/ask/details/#id_name", "/ask/details/#id_their_name", "/ask/details/#id_every_days",
        ]  # fmt: skip
        assert [label for _url, label in changes] == re.findall(r"<dt>([^<]+)</dt>", page)
        assert "<dd>&lt;米&gt;</dd>" in page
        page = self.client.get("/ask/check/", headers={"Accept-Language": "en"}).content.decode()
        assert '"/ask/details/#id_name">Change<span class="hidden-text"> You</span>' in page

    def test_looks_at_a_page_without_writing_anything(self) -> None:
        for path in ("/ask/", "/ask/where/", door_path(self.household)):
            self.client.get(path)
            self.client.head(path)
        assert RequestDraft.objects.count() == 0
        assert RateCount.objects.count() == 0

    def test_ticks_the_tile_that_was_tapped_on_the_home_page(self) -> None:
        page = self.client.get("/ask/?what=groceries").content.decode()
        assert 'value="groceries" id="id_what_0" checked' in page
        assert self.client.get("/ask/", {"what": '"><script>alert(1)</script>'}).status_code == 200

    def test_shows_again_what_was_typed_when_somebody_comes_back(self) -> None:
        self.fill()
        assert DETAILS["text"] in self.client.get("/ask/details/").content.decode()
        assert 'value="groceries" id="id_what_0" checked' in self.client.get("/ask/").content.decode()

    def test_returns_to_the_check_page_after_a_correction(self) -> None:
        self.fill()
        assert self.client.post("/ask/", {**WHAT, "urgency": "urgent"})["Location"] == "/ask/check/"
        assert self.send().urgency == Urgency.URGENT

    def test_asks_for_the_finer_kind_where_there_is_one_and_takes_none_for_an_answer(self) -> None:
        tile = f.make_category("repair", name_zh="维修")
        f.make_category("heating", name_zh="暖气", parent=tile)
        self.pick = self.client.post("/ask/", {"what": ["repair"], "urgency": "urgent"})
        assert self.pick["Location"] == "/ask/kind/"
        assert "暖气" in self.client.get("/ask/kind/").content.decode()
        assert self.client.post("/ask/kind/", {})["Location"] == "/ask/where/"
        self.client.post("/ask/kind/", {"kind": ["heating"]})
        self.pick_door()
        self.client.post("/ask/details/", DETAILS)
        assert self.send().category.code == "heating"

    def test_files_several_needs_as_items_and_asks_which_of_them_come_back(self) -> None:
        f.make_category("repair", name_zh="维修")
        self.client.post("/ask/", {"what": ["groceries", "repair"], "urgency": "normal"})
        self.pick_door()
        assert self.client.post("/ask/details/", {**DETAILS, "every_days": "7"})["Location"] == "/ask/often/"
        page = self.client.get("/ask/often/").content.decode()
        assert page.count('<option value="7" selected>') == 2
        assert (
            self.client.post("/ask/often/", {"often-groceries": "7", "often-repair": ""})["Location"] == "/ask/check/"
        )
        assert 'href="/ask/often/"' in self.client.get("/ask/check/").content.decode()
        items = self.send().items.all()
        assert {item.category.code: item.every_days for item in items} == {"groceries": 7, "repair": None}

    def test_asks_again_which_come_back_when_another_need_was_added(self) -> None:
        f.make_category("repair", name_zh="维修")
        f.make_category("hot_meal", name_zh="热餐")
        self.fill({**DETAILS, "every_days": "1"})
        assert self.client.get("/ask/often/")["Location"] == "/ask/check/"
        several = {"what": ["groceries", "repair"], "urgency": "normal"}
        assert self.client.post("/ask/", several)["Location"] == "/ask/often/"
        assert self.client.post("/ask/often/", {"often-groceries": "x"}).status_code == 422
        assert (
            self.client.post("/ask/often/", {"often-groceries": "1", "often-repair": "30"})["Location"] == "/ask/check/"
        )
        assert self.client.post("/ask/", {**several, "what": ["groceries", "hot_meal"]})["Location"] == "/ask/often/"
        assert self.client.post("/ask/often/", {"back": "1"})["Location"] == "/ask/details/"

    def test_files_a_plain_need_without_items(self) -> None:
        self.fill()
        self.send()
        assert RequestItem.unscoped.count() == 0

    def test_keeps_both_names_when_somebody_asks_for_another(self) -> None:
        self.fill(OTHER)
        filed = self.send()
        assert (filed.filer_name, filed.filer_phone) == ("王小明", "19900000005")
        assert (filed.person_name, filed.phone, filed.consent) == ("王秀英", "", Consent.AGREED)

    def test_wants_name_and_consent_of_the_other(self) -> None:
        self.client.post("/ask/", WHAT)
        answer = self.client.post("/ask/details/", {**OTHER, "their_name": "", "consent": ""})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert 'href="#id_their_name"' in page
        assert 'href="#id_consent_0"' in page

    def test_takes_an_address_in_words_for_a_door_that_is_not_listed(self) -> None:
        self.client.post("/ask/", WHAT)
        path = f"/ask/where/{self.home.code}/unlisted/?building={self.building.uid}"
        assert self.client.post(path, {"address": ""}).status_code == 422
        assert self.client.post(path, {"address": "9 单元 顶楼"})["Location"] == "/ask/details/"
        self.client.post("/ask/details/", DETAILS)
        filed = self.send()
        assert (filed.household, filed.building, filed.community) == (None, self.building, self.home)
        assert filed.address == "西园小区1号楼 9 单元 顶楼"
        assert filed.worker is None

    def test_remembers_the_language_it_was_asked_in(self) -> None:
        self.fill()
        answer = self.client.post("/ask/send/", headers={"accept-language": "en"})
        filed = ServiceRequest.unscoped.get(token=answer["Location"].split("/")[2])
        assert filed.language == "en"
        with translation.override("zh-hans"):  # staff read it in theirs
            assert filed.address == self.household.address

    def test_refuses_wrong_methods(self) -> None:
        assert self.client.get("/ask/send/").status_code == 405
        assert self.client.get("/ask/add/").status_code == 405
        assert self.client.delete("/ask/").status_code == 405

    def test_leads_back_to_the_beginning_without_a_draft(self) -> None:
        for path in ("/ask/details/", "/ask/check/", "/ask/kind/", "/ask/danger/"):
            assert self.client.get(path)["Location"] == "/ask/", path
        assert self.client.post("/ask/send/")["Location"] == "/ask/"

    def test_is_never_stored_by_a_browser(self) -> None:
        assert "no-store" in self.client.get("/ask/")["Cache-Control"]


class AskSentTests(AskCase):
    def test_says_that_it_has_arrived_with_code_next_step_and_whom_to_call(self) -> None:
        self.fill()
        answer = self.client.post("/ask/send/")
        page = self.client.get(answer["Location"]).content.decode()
        filed = ServiceRequest.unscoped.get()
        head = page[page.index("<main") :]
        for part in ("发送成功", filed.code_label, "接下来", "马晓兰", "tel:", "data-print"):
            assert part in head, part
        assert head.count(filed.code_label) == 1
        later = self.client.get(f"/track/{filed.token}/").content.decode()
        assert "发送成功" not in later

    def test_does_not_promise_a_phone_that_was_not_given(self) -> None:
        self.client.post("/ask/", {**WHAT, "urgency": "life"})
        self.pick_door()
        page = self.client.get(self.client.post("/ask/danger/", {"phone": ""})["Location"]).content.decode()
        assert "您没有留电话" in page


class AskOnceTests(AskCase):
    def test_files_once_for_two_taps_and_a_replay(self) -> None:
        self.fill()
        before = self.client.cookies["draft"].value
        first = self.send()
        assert self.send() == first
        self.client.cookies["draft"] = before  # the answer never arrived: the browser has the old cookie
        assert self.send() == first
        assert ServiceRequest.unscoped.count() == 1

    def test_leads_from_the_check_page_to_what_was_sent(self) -> None:
        self.fill()
        filed = self.send()
        assert self.client.get("/ask/check/")["Location"] == f"/track/{filed.token}/"

    def test_begins_afresh_after_sending(self) -> None:
        self.fill()
        self.send()
        assert DETAILS["text"] not in self.client.get("/ask/details/", follow=True).content.decode()
        self.fill()
        self.send()
        assert ServiceRequest.unscoped.count() == 2

    def test_takes_at_most_six_statements(self) -> None:
        """One of them writes the rows of the audit."""
        f.make_request(self.other_household)  # the tables of clocks are in memory, as they are on a running server
        self.fill()
        with CaptureQueriesContext(connection) as asked:
            self.client.post("/ask/send/")
        assert len(statements(asked.captured_queries)) <= 6, statements(asked.captured_queries)
        assert ServiceRequest.unscoped.newest_first()[0].worker == self.worker

    def test_throws_everything_away_when_told_to(self) -> None:
        self.fill({**DETAILS, "photos": photo()})
        name = str(Photo.unscoped.get().image.name)
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post("/ask/clear/")
        assert (RequestDraft.objects.count(), Photo.unscoped.count()) == (0, 0)
        assert not Photo.image.field.storage.exists(str(name))


class AskNothingLostTests(AskCase):
    def test_keeps_every_answer_and_photo_over_a_wrong_field(self) -> None:
        self.client.post("/ask/", WHAT)
        self.pick_door()
        answer = self.client.post("/ask/details/", {**DETAILS, "phone": "abc", "photos": [photo(), photo("2.jpg")]})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert DETAILS["text"] in page
        assert 'value="abc"' in page
        assert page.count("/ask/photos/") == 2
        again = self.client.get("/ask/details/").content.decode()
        assert DETAILS["text"] in again
        assert 'value="abc"' in again
        self.client.post("/ask/details/", DETAILS)
        filed = self.send()
        assert filed.photos.count() == 2

    def test_keeps_the_good_photos_beside_a_bad_one(self) -> None:
        self.client.post("/ask/", WHAT)
        bad = SimpleUploadedFile("x.jpg", b"no picture", "image/jpeg")
        answer = self.client.post("/ask/details/", {**DETAILS, "photos": [photo(), bad]})
        assert answer.status_code == 422
        assert "JPEG" in answer.content.decode()
        assert Photo.unscoped.count() == 1

    def test_keeps_four_photos_of_nine(self) -> None:
        self.client.post("/ask/", WHAT)
        answer = self.client.post("/ask/details/", {**DETAILS, "photos": [photo(f"{n}.jpg") for n in range(9)]})
        assert answer.status_code == 422
        assert Photo.unscoped.count() == 4

    def test_removes_one_photo_and_nobody_elses(self) -> None:
        self.client.post("/ask/", WHAT)
        self.client.post("/ask/details/", {**DETAILS, "photos": photo()})
        other = Client()
        other.post("/ask/", WHAT)
        mine = Photo.unscoped.get()
        other.post("/ask/details/", {**DETAILS, "remove": str(mine.uid)})
        assert Photo.unscoped.count() == 1
        self.client.post("/ask/details/", {**DETAILS, "remove": "no uid"})
        assert self.client.post("/ask/details/", {**DETAILS, "remove": str(mine.uid)}).status_code == 303
        assert Photo.unscoped.count() == 0
        assert DETAILS["text"] in self.client.get("/ask/details/").content.decode()

    def test_is_kept_while_somebody_types(self) -> None:
        self.client.post("/ask/", WHAT)
        answer = self.client.post("/ask/details/", {"text": "半句", "keep": "1", "photos": photo()})
        assert answer.status_code == 200
        assert "/ask/photos/" in answer.content.decode()
        assert "半句" in self.client.get("/ask/details/").content.decode()
        assert self.client.post("/ask/", {**WHAT, "keep": "1"}).status_code == 204

    def test_keeps_what_was_typed_on_the_way_back(self) -> None:
        self.client.post("/ask/", WHAT)
        said = {**DETAILS, "phone": "半截", "photos": photo(), "back": "1"}
        assert self.client.post("/ask/details/", said)["Location"] == "/ask/where/"
        page = self.client.get("/ask/details/").content.decode()
        assert DETAILS["text"] in page
        assert 'value="半截"' in page
        assert Photo.unscoped.count() == 1
        assert self.client.post("/ask/kind/", {"back": "1"})["Location"] == "/ask/"
        assert self.client.post("/ask/", {"urgency": "low", "back": "1"})["Location"] == "/"
        assert 'value="low" id="id_urgency_3" checked' in self.client.get("/ask/").content.decode()

    def test_begins_nothing_when_somebody_goes_back_from_a_blank_page(self) -> None:
        assert self.client.post("/ask/", {"back": "1"})["Location"] == "/"
        assert RequestDraft.objects.count() == 0


BAD_TEXTS = [
    "😀" * 300,
    "好" * 10_000,
    "<script>alert(1)</script>",
    "a\x00b",
    "\u200b\ufeff\u202e",
    "１２３",
    "\r\n\r\n",
    "𠮷野家·龘",
]


class AskBadInputTests(AskCase):
    def test_takes_any_words(self) -> None:
        for text in BAD_TEXTS:
            client = Client()
            answer = client.post(door_path(self.household), {**WHAT, **DETAILS, "text": text})
            assert answer.status_code in (303, 422), text[:20]
            page = client.get("/ask/check/")
            assert page.status_code == 200, text[:20]
            assert "<script>alert" not in page.content.decode()

    def test_refuses_ten_thousand_and_one_characters_and_keeps_them(self) -> None:
        answer = self.client.post(door_path(self.household), {**WHAT, **DETAILS, "text": "好" * 10_001})
        assert answer.status_code == 422
        assert "好" * 10_001 in self.client.get("/ask/details/").content.decode()

    def test_takes_full_width_digits(self) -> None:
        self.fill({**DETAILS, "phone": "１９９ ００００ ０００１"})
        assert self.send().phone == "19900000001"

    def test_says_what_is_wrong_at_the_top_and_beside_the_field(self) -> None:
        answer = self.client.post(door_path(self.household), {})
        assert answer.status_code == 422
        page = answer.content.decode()
        for target in ("id_what_0", "id_urgency_0", "id_name", "id_phone", "id_is_for_0"):
            assert f'href="#{target}"' in page, target
            assert f'id="{target}"' in page, target

    def test_shrugs_off_damaged_cookies_and_unknown_places(self) -> None:
        for cookie in ("", "x", "draft:1:2:3", "😀".encode().decode("latin-1"), "draft:" + "f" * 5000):
            self.client.cookies["draft"] = cookie
            assert self.client.get("/ask/").status_code == 200
            assert self.client.get("/ask/check/").status_code == 302
        assert self.client.get(f"/ask/where/building/{uuid.uuid4()}/").status_code == 404
        assert self.client.get("/ask/where/999/").status_code == 404
        assert self.client.get("/ask/where/999/unlisted/").status_code == 404
        self.client.cookies.clear()
        self.client.post("/ask/", WHAT)
        for door in ("", "1/", "x", "1/502\x00", "9" * 500):
            answer = self.client.post(f"/ask/where/building/{self.building.uid}/", {"door": door})
            assert answer.status_code == 303
        assert RequestDraft.objects.get().household is None

    def test_refuses_what_is_not_offered(self) -> None:
        for what in (["nonsense"], ["groceries", "x" * 5000], ["😀"] * 80):
            assert self.client.post("/ask/", {"what": what, "urgency": "normal"}).status_code == 422
        assert self.client.post("/ask/", {**WHAT, "urgency": "x"}).status_code == 422

    def test_refuses_a_huge_body_without_a_fault(self) -> None:
        answer = self.client.post("/ask/", {**WHAT, "text": "x" * 3_000_000})
        assert answer.status_code == 400

    def test_survives_a_household_whose_answers_are_odd_types(self) -> None:
        self.client.post("/ask/", WHAT)
        RequestDraft.objects.update(answers={"what": "groceries", "urgency": ["normal"], "text": None})
        assert self.client.get("/ask/check/").status_code in (200, 302)
