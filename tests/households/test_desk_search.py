"""The search box of the desk: one box, every spelling, within the viewer's scope."""

from __future__ import annotations

from django.urls import reverse

from households.actions.answers import cancel
from tests import factories as f
from tests.base import CastTestCase


class DeskSearchTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.rice = f.make_request(self.household, text="家里没有米了，请帮忙买一袋。", person_name="王秀英")
        self.lamp = f.make_request(
            self.other_household, text="楼道的灯坏了", person_name="𠮷田·买买提", phone="19900000002"
        )
        self.foreign = f.make_request(self.foreign_household, text="别处的米", person_name="张不可见")
        self.sign_in(self.clerk)

    def codes(self, words: str, **more: str) -> set[str]:
        response = self.client.get(reverse("desk"), {"q": words, **more})
        assert response.status_code == 200
        return {row.code for row in response.context["rows"]}

    def test_finds_by_code_in_any_spelling(self) -> None:
        for spelling in (self.rice.code, self.rice.code_label.lower(), f" {self.rice.code_label} "):
            assert self.codes(spelling) == {self.rice.code}

    def test_finds_by_phone_name_address_and_words(self) -> None:
        assert self.codes("199 0000 0002") == {self.lamp.code}
        assert self.codes("王秀") == {self.rice.code}
        assert self.codes("𠮷") == {self.lamp.code}
        assert self.codes("2号楼") == {self.lamp.code}
        assert self.codes("买一袋") == {self.rice.code}

    def test_never_finds_what_is_foreign(self) -> None:
        for words in ("张不可见", "别处的米", self.foreign.code, "19900000099"):
            assert self.codes(words) == set()

    def test_finds_ended_ones_too_unless_the_link_names_a_state(self) -> None:
        cancel(self.rice, why="不需要了")
        assert self.codes("王秀") == {self.rice.code}
        assert self.codes("王秀", state="open") == set()

    def test_keeps_the_words_in_the_box_and_in_the_links(self) -> None:
        response = self.client.get(reverse("desk"), {"q": '王"秀'})
        self.assertContains(response, "王&quot;秀")

    def test_odd_words_are_harmless(self) -> None:
        for odd in (
            "\x00",
            "%",
            "'",
            '"',
            "AND OR NOT *",
            "(((",
            "-",
            "x" * 10_000,
            "１３９",
            "😀",
            "<script>",
            "NEAR(a b)",
        ):
            self.codes(odd)
