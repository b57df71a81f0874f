"""Printing a list: asked what for, recorded, masked; and who and when on each page of paper."""

from __future__ import annotations

from django.urls import reverse

from resilience.audit.models import Entry
from tests import factories as f
from tests.base import CastTestCase

LISTS = {"special-needs-list": "special_needs", "not-visited-list": "not_visited"}


class PrintTests(CastTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        f.make_need(cls.wang)

    def test_asks_what_for_before_it_offers_to_print(self) -> None:
        self.sign_in(self.worker)
        for name in LISTS:
            page = self.client.get(reverse(name))
            self.assertNotContains(page, "data-print")
            page = self.client.post(reverse(name), {"purpose": "curiosity"})
            assert page.status_code == 422
            self.assertNotContains(page, "data-print", status_code=422)
        assert not Entry.objects.filter(action="list.printed").exists()

    def test_writes_down_who_printed_how_many_rows_what_for(self) -> None:
        self.sign_in(self.worker)
        for name, key in LISTS.items():
            url = f"{reverse(name)}?grid={self.grid.code}"
            self.assertContains(self.client.post(url, {"purpose": "visits"}), "data-print")
            [row] = Entry.objects.filter(action="list.printed", subject_key=key)
            assert (row.by, row.why, row.place) == (self.worker, "visits", self.home.code)
            assert row.details == '{"rows":1}'

    def test_keeps_the_filter_and_the_masks(self) -> None:
        f.make_need(self.li)
        self.sign_in(self.clerk)
        page = self.client.post(f"{reverse('special-needs-list')}?grid={self.other_grid.code}", {"purpose": "relief"})
        self.assertContains(page, "李国强")
        self.assertNotContains(page, "王秀英")
        self.assertNotContains(page, "19900000002")
        self.assertContains(page, f"?grid={self.other_grid.code}")

    def test_puts_who_and_when_on_paper_of_every_page_of_ours(self) -> None:
        self.sign_in(self.clerk)
        for name in (*LISTS, "desk", "households"):
            self.assertContains(
                self.client.get(reverse(name)), '<p class="on-paper print-only" aria-hidden="true">陈静 · '
            )
        self.client.logout()
        self.assertNotContains(self.client.get("/"), "on-paper")
