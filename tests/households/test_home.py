"""`/`: one big button, the emergency numbers, what one can ask for."""

from __future__ import annotations

from tests import factories as f
from tests.base import CastTestCase


class HomeTests(CastTestCase):
    def test_offers_the_form_the_numbers_the_tiles_and_the_way_to_follow(self) -> None:
        page = self.client.get("/").content.decode()
        for part in ('href="/ask/"', 'href="tel:120"', 'href="/ask/?what=groceries"', 'href="/track/"', "物资代购"):
            assert part in page, part

    def test_can_be_read_aloud_where_the_browser_speaks(self) -> None:
        assert 'hidden data-read="#main"' in self.client.get("/").content.decode()

    def test_asks_the_database_nothing_for_a_visitor(self) -> None:
        self.client.get("/")
        with self.assertNumQueries(0):
            assert self.client.get("/").status_code == 200

    def test_leads_the_signed_in_to_their_work(self) -> None:
        assert 'href="/start/"' not in self.client.get("/").content.decode()
        self.sign_in(self.worker)
        assert 'href="/start/"' in self.client.get("/").content.decode()

    def test_speaks_english_to_who_wants_it(self) -> None:
        page = self.client.get("/", headers={"accept-language": "en"}).content.decode()
        assert "Ask for help" in page
        assert "Groceries" in page

    def test_refuses_other_methods(self) -> None:
        assert self.client.post("/").status_code == 405

    def test_shows_no_tile_that_staff_withdrew(self) -> None:
        f.make_category("gone", name_zh="已停办", is_active=False)
        assert "已停办" not in self.client.get("/").content.decode()
