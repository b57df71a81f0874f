"""/track/<token>/looked/: a resident reads who opened their details."""

from __future__ import annotations

from django.urls import reverse

from households.models import Opening
from tests import factories as f
from tests.base import CastTestCase


class LookedTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = f.make_request(self.household, phone="19900000001")
        self.url = reverse("track-looked", args=[self.filed.token])

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

    def test_is_kept_by_nobody_and_not_there_for_a_wrong_link(self) -> None:
        assert self.client.get(self.url)["Cache-Control"] == "no-store, private"
        assert self.client.get(reverse("track-looked", args=["x" * 43])).status_code == 404

    def test_changes_nothing_and_takes_no_other_methods(self) -> None:
        self.client.head(self.url)
        assert self.client.post(self.url).status_code == 405
        assert not Opening.objects.exists()
