"""/track/<token>/looked/: a resident reads who opened their details."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from households.models import Opening
from tests import factories as f
from tests.base import CastTestCase, open_message


class LookedTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = f.make_request(self.household, phone="19900000001")
        self.url = reverse("track-looked", args=[self.filed.token])
        open_message(self.client, self.filed)

    def test_says_who_looked_as_what_and_why(self) -> None:
        f.make_opening(self.filed, self.worker, reason="request")
        f.make_opening(self.wang, self.clerk, role="staff", fields="id_number", reason="other", words="核对选民名单")
        page = self.client.get(self.url)
        for words in ("马晓兰", "陈静", "核对选民名单", "身份证号"):
            self.assertContains(page, words)
        self.assertNotContains(page, "19900000001")

    def test_says_that_nobody_has(self) -> None:
        assert self.client.get(self.url).context["looks"] == []

    def test_is_one_tap_away_from_the_request(self) -> None:
        self.assertContains(self.client.get(reverse("track", args=[self.filed.token])), self.url)

    def test_says_nothing_of_others(self) -> None:
        f.make_opening(self.li, self.colleague)
        f.make_opening(f.make_request(self.other_household), self.colleague)
        assert self.client.get(self.url).context["looks"] == []

    def test_tells_who_did_not_come_by_the_message_of_this_request_only(self) -> None:
        """With whatever phone it was filed: what is told is the same for any door and any number."""
        f.make_opening(self.wang, self.clerk, role="staff")
        f.make_opening(self.household, self.clerk, role="staff")
        pages = set()
        for household, phone in (
            (self.household, "19900000001"),
            (self.household, "19900000077"),
            (None, "19900000001"),
        ):
            filed = f.make_request(household, community=self.home, address="西园市场", phone=phone)
            page = Client().get(reverse("track-looked", args=[filed.token]))
            assert page.context["looks"] == []
            self.assertContains(page, reverse("track-message", args=[filed.token]))
            pages.add(page.content.decode().partition("<main")[2].partition("</main>")[0].replace(filed.token, ""))
        assert len(pages) == 1
        f.make_opening(self.filed, self.worker)
        assert [look.name for look in Client().get(self.url).context["looks"]] == ["马晓兰"]

    def test_gives_away_no_code_of_another_request(self) -> None:
        """The code and the phone's last digits lead to the secret link, and whoever is here knows the digits."""
        other = f.make_request(self.household, phone="19900000001")
        f.make_opening(self.household, self.worker, reason="request", about=other)
        f.make_opening(self.wang, self.worker, reason="request", about=self.filed)
        page = self.client.get(self.url)
        self.assertNotContains(page, other.code_label)
        self.assertNotContains(page, other.code)
        assert [look.why for look in page.context["looks"]] == [f"办理诉求 {self.filed.code_label}", "办理另一条诉求"]

    def test_is_kept_by_nobody_and_not_there_for_a_wrong_link(self) -> None:
        assert self.client.get(self.url)["Cache-Control"] == "no-store, private"
        assert self.client.get(reverse("track-looked", args=["x" * 43])).status_code == 404

    def test_changes_nothing_and_takes_no_other_methods(self) -> None:
        self.client.head(self.url)
        assert self.client.post(self.url).status_code == 405
        assert not Opening.objects.exists()
