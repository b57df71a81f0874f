"""The audit's page: rows from the newest, filters that are links, one story, the chain checked with a button."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from households import reference
from households.actions.assignments import make_responsible
from households.actions.households import amend
from resilience.audit.actions import record
from resilience.audit.anchors import drop_anchor
from resilience.audit.models import Entry
from resilience.lib.dates import today
from tests import factories as f
from tests.audit.chained import unguarded
from tests.base import CastTestCase
from tests.canaries import plant


class AuditPageTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.admin)
        logging.disable(logging.WARNING)
        self.addCleanup(logging.disable, logging.NOTSET)

    def amend(self) -> None:
        amend(self.household, by=self.worker, care_colour="red", door_note="狗咬人", why="王秀英说的")

    def page(self, query: str = "") -> str:
        return self.client.get(f"/audit/{query}").content.decode()

    def test_it_shows_who_did_what_with_the_names_of_fields_and_no_values(self) -> None:
        self.amend()
        page = self.page()
        assert "马晓兰" in page
        assert self.household.uid.hex in page
        for secret in ("狗咬人", "王秀英", "red"):
            assert secret not in page

    def test_it_shows_nothing_of_a_planted_household(self) -> None:
        planted = plant("金雀甲", 7, self.building, self.worker, "701")
        make_responsible(planted.household, worker=self.colleague, by=self.clerk, why="金雀甲因")
        page = self.page()
        assert [canary for canary in planted.numbers | {planted.mark} if canary in page] == []

    def test_it_tells_one_persons_story(self) -> None:
        self.amend()
        make_responsible(self.household, worker=self.colleague, by=self.clerk)
        self.client.post(reverse("accounts:login"), {"username": "worker", "password": "wrong"})
        self.client.logout()
        self.client.post(reverse("accounts:login"), {"username": "Worker", "password": "wrong"})
        self.sign_in(self.admin)
        page = self.page(f"?person={self.worker.uid.hex}")
        assert "household.amended" in page
        assert "user.sign_in_failed" in page
        assert "household.responsible" not in page

    def test_it_tells_one_files_story(self) -> None:
        self.amend()
        record("household.amended", by=self.worker, subject=("household", "f" * 32))
        page = self.page(f"?about={self.household.uid}")
        assert self.household.uid.hex in page
        assert "f" * 32 not in page

    def test_it_filters_by_place_kind_and_days(self) -> None:
        self.amend()
        yesterday, tomorrow = today() - timedelta(days=1), today() + timedelta(days=1)
        for query, is_there in (
            ("place=6201", True), ("place=999", False), ("action=household.", True), ("action=request.", False),
            ("action=household.amended", True), (f"since={today()}&until={today()}", True),
            (f"until={yesterday}", False), (f"since={tomorrow}", False), ("since=junk&person=junk&before=junk", True),
            ("since=1900-01-01", True), ("until=1950-01-01", False),  # before the first moment an id can tell
        ):  # fmt: skip
            with self.subTest(query):
                assert (self.household.uid.hex in self.page(f"?{query}")) is is_there

    def test_it_names_the_place_of_a_row_be_it_a_community_or_a_grid(self) -> None:
        record("openings.looked", by=self.worker, subject=("household", "a" * 32), place=self.home.code)
        record("openings.allowed", by=self.clerk, subject=("user", "b" * 32), place=self.grid.code)
        record("openings.allowed", by=self.clerk, subject=("user", "c" * 32), place="620103999999001")
        lines = {line.entry.subject_key: line for line in self.client.get("/audit/").context["lines"]}
        named = [lines[key * 32].place for key in "abc"]
        assert named == [self.home.name, f"{self.home.name} {self.grid.name}", "620103999999001"]

    def test_it_asks_for_the_names_of_grids_once(self) -> None:
        for number in range(3):
            grid = f.make_grid(self.home, number + 50)
            record("openings.allowed", by=self.clerk, subject=("user", f"{number:032x}"), place=grid.code)
        reference.forget()
        self.client.get("/audit/")
        with CaptureQueriesContext(connection) as asked:
            self.client.get("/audit/")
        assert sum('FROM "households_grid"' in query["sql"] for query in asked) == 1

    def test_it_says_who_looked_and_why_in_words(self) -> None:
        record("openings.looked", by=self.worker, subject=("resident", "a" * 32), fields=["id_number"], why="visit")
        record("household.opened", by=self.clerk, subject=("household", "b" * 32))
        with translation.override("en"):
            response = self.client.get("/audit/", headers={"Accept-Language": "en"})
        lines = {line.entry.subject_key: line for line in response.context["lines"]}
        looked = lines["a" * 32]
        assert (looked.what, looked.kind, looked.fields) == ("opened sealed details", "resident", "ID number")
        assert looked.why == "a visit or call that is due"
        assert lines["b" * 32].what == "file set up"

    def test_its_filter_finds_every_opening_whatever_it_was_of(self) -> None:
        for kind in ("household", "resident", "request"):
            record("openings.looked", by=self.worker, subject=(kind, kind))
        lines = self.client.get("/audit/?action=openings.").context["lines"]
        assert {line.entry.subject_key for line in lines} == {"household", "resident", "request"}

    def test_it_takes_a_name_by_post_and_puts_no_name_into_the_address(self) -> None:
        for typed in ("worker", "马晓兰"):
            response = self.client.post("/audit/", {"who": typed, "place": "620103"})
            self.assertRedirects(response, f"/audit/?person={self.worker.uid.hex}&place=620103", 303)

    def test_it_says_beside_the_field_what_it_does_not_understand(self) -> None:
        sent = {
            "who": "nobody of that name",
            "about": "!",
            "place": "abc",
            "since": "2026-02-02",
            "until": "2026-01-01",
        }
        response = self.client.post("/audit/", sent)
        assert response.status_code == 422
        assert set(response.context["form"].errors) == {"who", "about", "place", "until"}
        self.assertContains(response, "nobody of that name", status_code=422)

    def test_it_goes_through_all_rows_page_by_page(self) -> None:
        for number in range(120):
            record("household.amended", by=None, subject=("household", f"{number:032x}"))
        seen: list[str] = []
        query = "?action=household.amended"
        while query:
            context = self.client.get(f"/audit/{query}").context
            seen += [line.entry.subject_key for line in context["lines"]]
            query = f"?action=household.amended&before={context['next_cursor']}" if context["next_cursor"] else ""
        assert seen == [f"{number:032x}" for number in reversed(range(120))]

    # --- the chain
    def test_it_says_that_the_chain_is_whole(self) -> None:
        self.amend()
        connection.check_constraints()
        drop_anchor()
        response = self.client.post(reverse("audit-verify"))
        assert response.context["report"].is_sound
        assert response.context["is_whole"]
        self.assertContains(response, "<html")

    def test_it_answers_htmx_with_the_part(self) -> None:
        response = self.client.post(reverse("audit-verify"), headers={"HX-Request": "true"})
        assert response.content.strip().startswith(b'<section class="card stack" id="chain"')

    def test_it_says_what_was_tampered_with(self) -> None:
        self.amend()
        connection.check_constraints()
        with unguarded():
            Entry.objects.filter(action="household.amended").update(subject_key="f" * 32)
        response = self.client.post(reverse("audit-verify"))
        assert [fault.what for fault in response.context["report"].faults] == ["edited"]

    # --- who may
    def test_it_is_for_auditors_and_administrators(self) -> None:
        auditor = f.make_auditor("auditor", self.home)
        for user, status in (
            (self.clerk, 403),
            (self.lead, 403),
            (self.worker, 403),
            (auditor, 200),
            (self.admin, 200),
        ):
            self.sign_in(user)
            with self.subTest(user.username):
                assert self.client.get("/audit/").status_code == status
                assert self.client.post("/audit/verify/").status_code == status

    def test_it_shows_an_auditor_their_own_places(self) -> None:
        self.amend()
        amend(self.foreign_household, by=self.foreign_worker, care_colour="red", door_note="", why="")
        self.sign_in(f.make_auditor("auditor", self.home))
        page = self.page()
        assert self.household.uid.hex in page
        assert self.foreign_household.uid.hex not in page

    def test_it_shows_no_auditor_who_signs_in_elsewhere(self) -> None:
        """What has no place is seen by all auditors who may have to do with whoever did it."""
        by = [self.worker, self.clerk, self.admin, f.make_user("new"), self.foreign_worker, self.foreign_clerk]
        by.append(f.make_supervisor("above", self.home.parent.parent))
        for user in by:
            record("user.signed_in", by=user, subject=("user", user.uid.hex))
        record("user.sign_in_failed", by=None, subject=("sign-in", "somebody"))
        self.sign_in(f.make_auditor("auditor", self.home))
        shown = {line.entry.subject_key for line in self.client.get("/audit/").context["lines"]}
        assert {user.uid.hex for user in by} - shown == {self.foreign_worker.uid.hex, self.foreign_clerk.uid.hex}
        assert "somebody" in shown

    def test_it_is_only_asked_in_its_methods(self) -> None:
        assert self.client.get("/audit/verify/").status_code == 405
        assert self.client.put("/audit/").status_code == 405
