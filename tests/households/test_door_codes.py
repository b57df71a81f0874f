"""`/buildings/<uid>/codes/`: the sheet of door codes to print."""

from __future__ import annotations

import uuid

from django.db import connection
from django.test.utils import CaptureQueriesContext

from households.views.qr import door_link
from tests import factories as f
from tests.base import CastTestCase


class DoorCodesTests(CastTestCase):
    def path(self, building=None) -> str:
        return f"/buildings/{(building or self.building).uid}/codes/"

    def test_draws_a_code_for_each_door_that_has_a_file(self) -> None:
        f.make_household(self.building, 2, "201")
        self.sign_in(self.clerk)
        page = self.client.get(self.path()).content.decode()
        assert page.count('<div class="label">') == 2
        assert page.count("<path") >= 2
        assert "style=" not in page
        assert "王秀英" not in page

    def test_prints_both_languages_whoever_prints(self) -> None:
        self.sign_in(self.clerk)
        for language in ("zh-hans", "en"):
            self.client.cookies["django_language"] = language
            page = self.client.get(self.path()).content.decode()
            for words in ("1单元502", "Entrance 1, 502", "Need help? Scan me", "扫码求助"):
                assert words in page, (language, words)

    def test_links_to_the_page_the_code_opens(self) -> None:
        path = door_link(self.household).removeprefix("http://localhost:8000")
        assert self.client.get(path).status_code == 200

    def test_shows_one_entrance_when_asked_and_all_for_nonsense(self) -> None:
        f.make_household(self.building, 2, "201")
        self.sign_in(self.clerk)
        assert self.client.get(self.path() + "?entrance=2").content.decode().count('<div class="label">') == 1
        for nonsense in ("9", "x", "-1", "２", ""):
            page = self.client.get(self.path() + f"?entrance={nonsense}").content.decode()
            assert page.count('<div class="label">') == 2, nonsense

    def test_prints_two_hundred_doors_with_the_same_few_statements(self) -> None:
        self.sign_in(self.clerk)
        self.client.get(self.path())
        with CaptureQueriesContext(connection) as one:
            self.client.get(self.path())
        for number in range(200):
            f.make_household(self.building, number % 3 + 1, f"{number // 9 + 1}{number:03}", floor=1)
        with CaptureQueriesContext(connection) as many:
            page = self.client.get(self.path()).content.decode()
        assert page.count('<div class="label">') == 201
        assert len(many) == len(one) <= 6

    def test_is_for_who_manages_the_building(self) -> None:
        assert self.client.get(self.path()).status_code == 302
        for user, status in ((self.worker, 403), (self.foreign_clerk, 404), (self.lead, 200), (self.admin, 200)):
            self.sign_in(user)
            assert self.client.get(self.path()).status_code == status, user
        assert self.client.get(f"/buildings/{uuid.uuid4()}/codes/").status_code == 404
        assert self.client.post(self.path()).status_code == 405
