"""`/desk/search/`: finding a request by what somebody says on the phone."""

from __future__ import annotations

import re
from unittest import mock

from django.urls import reverse

from households import queue
from households.actions import requests as verbs
from households.models import ServiceRequest
from tests import factories as f
from tests.base import CastTestCase

URL = reverse("desk-search")


class DeskSearchTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.mine = f.make_request(self.household, text="厨房漏水", person_name="欧阳娜娜")
        self.foreign = f.make_request(self.foreign_household, text="厨房漏水", person_name="张不可见")
        self.sign_in(self.clerk)
        self.client.cookies["django_language"] = "en"

    def codes(self, text: str, **more: str) -> list[str]:
        answer = self.client.post(URL, {"q": text, **more})
        assert answer.status_code == 200, text
        return re.findall(r"name=code value=(\w+)>", answer.content.decode())

    def test_finds_by_name_word_address_and_phone_within_the_viewer_s_places(self) -> None:
        for text in ("欧阳", "漏水", "1号楼", "1-502", "199 0000 0001"):
            assert self.codes(text) == [self.mine.code], text
        for text in ("张不可见", "909", "19900000099", self.foreign.code):
            assert self.codes(text) == [], text

    def test_finds_by_the_last_four_digits_of_a_phone_of_the_household(self) -> None:
        f.make_phone(self.household, "19912347788")
        for text in ("7788", "７７８８"):
            assert self.codes(text) == [self.mine.code], text
        f.make_phone(self.foreign_household, "19900000099")
        assert self.codes("0099") == []
        told = f.make_request(self.other_household, text="门牌7788的车挡路", phone="")
        assert self.codes("7788") == [told.code, self.mine.code]

    def test_finds_by_wide_digits_and_by_the_beginning_of_a_code(self) -> None:
        assert self.codes("１号楼") == [self.mine.code]
        start = self.mine.code_label[:7]
        assert self.mine.code in self.codes(start.lower())
        assert self.mine.code in self.codes(start)
        assert self.foreign.code not in self.codes(self.foreign.code_label[:7])
        mask = f.make_request(self.household, text="要KN95口罩")
        assert self.codes("KN95") == [mask.code]

    def test_finds_what_has_ended_too(self) -> None:
        verbs.reject(self.again(self.mine), by=self.clerk, reason="不属于本社区")
        assert self.codes("漏水") == [self.mine.code]

    def test_a_code_leads_straight_to_the_request(self) -> None:
        for spelling in (self.mine.code, self.mine.code_label.lower()):
            answer = self.client.post(URL, {"q": spelling})
            assert (answer.status_code, answer["Location"]) == (303, reverse("request", args=[self.mine.code]))

    def test_keeps_what_was_typed_and_out_of_every_address(self) -> None:
        answer = self.client.post(URL, {"q": '欧阳"><script>'})
        shown = answer.content.decode()
        assert 'value="欧阳&quot;&gt;&lt;script&gt;"' in shown
        assert 'method="get" action="/desk/search/"' not in shown
        assert self.codes("欧阳", after="damaged") == [self.mine.code]

    def test_ignores_what_an_address_says(self) -> None:
        answer = self.client.get(URL + "?q=欧阳")
        assert answer.status_code == 200
        assert self.mine.code not in answer.content.decode()

    def test_says_when_it_is_nothing_or_too_much(self) -> None:
        assert "Nothing found" in self.client.post(URL, {"q": "空"}).content.decode()
        assert "too much to search for" in self.client.post(URL, {"q": "水" * 10_000}).content.decode()
        assert "All requests of your places are searched" in self.client.post(URL, {"q": "  "}).content.decode()

    def test_comes_newest_first_page_after_page(self) -> None:
        rows = [f.make_request(self.household, text="漏水") for _ in range(queue.ROWS + 2)]
        expected = [row.code for row in reversed(rows)] + [self.mine.code]
        first = self.client.post(URL, {"q": "漏水"}).content.decode()
        cursor = re.search(r'name="after" value="([^"]+)"', first)
        assert cursor
        found = re.findall(r"name=code value=(\w+)>", first) + self.codes("漏水", after=cursor[1])
        assert found == expected

    def test_says_so_when_older_ones_were_not_looked_through(self) -> None:
        older, newer = (f.make_request(self.household, text="漏水") for _ in range(2))
        words = {"en": "not all were looked through", "zh-hans": "没有全部查看"}
        with mock.patch("households.search.NEWEST", 2):
            assert self.codes("漏水") == [newer.code, older.code]
            for language, said in words.items():
                self.client.cookies["django_language"] = language
                assert said in self.client.post(URL, {"q": "漏水"}).content.decode()
                for all_of_them in ("厨房", "欧阳 漏水", "空", older.code[:5], "", "199 0000 0001"):
                    assert said not in self.client.post(URL, {"q": all_of_them}).content.decode(), all_of_them
        self.client.cookies["django_language"] = "en"
        assert "not all were" not in self.client.post(URL, {"q": "漏水"}).content.decode()

    def pages(self, text: str) -> tuple[list[str], list[str]]:
        """The codes of all pages, and the HTML of each."""
        codes: list[str] = []
        shown: list[str] = []
        after = ""
        while not shown or after:
            shown.append(self.client.post(URL, {"q": text, "after": after}).content.decode())
            codes += re.findall(r"name=code value=(\w+)>", shown[-1])
            cursor = re.search(r'name="after" value="([^"]+)"', shown[-1])
            after = cursor[1] if cursor else ""
        return codes, shown

    def test_looks_through_as_many_again_for_each_page(self) -> None:
        rows = [f.make_request(self.household, text="漏水") for _ in range(queue.ROWS * 2 + 3)]
        with mock.patch("households.search.NEWEST", queue.ROWS + 5):
            codes, shown = self.pages("漏水")
        assert codes == [row.code for row in reversed([self.mine, *rows])]
        assert not any("not all were looked through" in page for page in shown)
        heads = ["The newest 50 that match", "The next 50 that match", "The last 4 that match"]
        assert [head in page for head, page in zip(heads, shown, strict=True)] == [True] * 3

    def test_says_so_when_what_a_door_finds_leads_past_what_was_not_looked_through(self) -> None:
        for _ in range(queue.ROWS + 1):
            f.make_request(self.household, text="漏水")  # behind door 502
        passed = f.make_request(self.other_household, text="漏水 门牌502旁")
        for _ in range(queue.ROWS + 20):
            f.make_request(self.other_household, text="门牌502的车挡路")
        with mock.patch("households.search.NEWEST", queue.ROWS + 15):
            codes, shown = self.pages("漏水 502")
        assert passed.code in codes or "not all were looked through" in shown[-1]

    def test_goes_on_page_after_page_where_the_few_newest_do_not_fill_one(self) -> None:
        rows = [f.make_request(self.household, text="漏水") for _ in range(queue.ROWS * 2 + 2)]
        expected = [row.code for row in reversed(rows)] + [self.mine.code]
        for few, recent in ((1, 1), (queue.ROWS, 500), (queue.ROWS + 1, 500), (500, queue.ROWS + 9), (500, 500)):
            with mock.patch.multiple("households.search", FEW=few, RECENT=recent):
                found, _shown = self.pages("漏水")
            assert found == expected, (few, recent)

    def test_what_a_door_finds_stands_among_what_says_its_number(self) -> None:
        there = [f.make_request(self.household, text="别的") for _ in range(3)]
        told = [f.make_request(self.other_household, text="门牌502的车挡路") for _ in range(3)]
        with mock.patch("households.search.FEW", 2):
            assert self.codes("502") == [row.code for row in reversed([self.mine, *there, *told])]

    def test_odd_words_are_harmless(self) -> None:
        for odd in (
            "\x00",
            "%",
            "'",
            '"',
            "AND OR NOT *",
            "(((",
            "-",
            "１３９",
            "😀",
            "<script>",
            "NEAR(a b)",
            "\ud800",
        ):
            assert self.codes(odd.encode("utf-8", "replace").decode()) == [], odd.encode("utf-8", "replace")

    def test_is_for_the_desk_only(self) -> None:
        self.sign_in(self.worker)
        assert self.client.post(URL, {"q": "漏水"}).status_code == 403
        self.client.logout()
        assert self.client.post(URL, {"q": "漏水"}).status_code == 302
        assert self.client.put(URL).status_code in (302, 405)

    def test_takes_the_same_few_statements_for_one_and_for_many(self) -> None:
        self.client.post(URL, {"q": "漏水"})
        # Session, user, appointments; the rows among the few newest, among more; whether there are older ones.
        with self.assertNumQueries(6):
            self.client.post(URL, {"q": "漏水"})
        for _ in range(60):
            f.make_request(self.household, text="漏水")
        assert ServiceRequest.unscoped.count() > queue.ROWS
        with self.assertNumQueries(4):
            self.client.post(URL, {"q": "漏水"})
