"""`/desk/`: the queue."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from households import queue, reference
from households.actions import assignments
from households.actions import requests as verbs
from households.models import Actor, RequestEvent, ServiceRequest, Source, State, Urgency
from tests import factories as f
from tests.base import CastTestCase

DESK = reverse("desk")


class QueueTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.mine = f.make_request(self.household)
        self.theirs = f.make_request(self.other_household)
        self.foreign = f.make_request(self.foreign_household, person_name="张不可见")
        self.sign_in(self.clerk)
        self.client.cookies["django_language"] = "en"

    def codes(self, query: str = "", **more: Any) -> list[str]:
        cache.clear()
        answer = self.client.get(DESK + query, **more)
        assert answer.status_code == 200
        return re.findall(r"name=code value=(\w+)>", answer.content.decode())

    def move(self, service_request: ServiceRequest, **fields: object) -> None:
        ServiceRequest.unscoped.filter(pk=service_request.pk).update(**fields)


class WhoSeesItTests(QueueTestCase):
    def test_the_pages_that_say_no_have_the_navigation_of_who_is_signed_in(self) -> None:
        assert '<nav class="nav' in self.client.get("/no/such/").content.decode()
        self.sign_in(self.worker)
        refused = self.client.get(DESK)
        assert (refused.status_code, 'class="work' in refused.content.decode()) == (403, True)
        self.client.logout()
        assert '<nav class="nav' not in self.client.get("/no/such/").content.decode()

    def test_speaks_the_language_of_whoever_looks_by_turns(self) -> None:
        for language, words in (("en", "answer by"), ("zh-hans", "前回应"), ("en", "answer by")):
            self.client.cookies["django_language"] = language
            cache.clear()
            assert words in self.client.get(DESK).content.decode(), language

    def test_staff_see_the_open_requests_of_their_places_and_no_others(self) -> None:
        assert set(self.codes()) == {self.mine.code, self.theirs.code}

    def test_says_the_tile_before_its_kind(self) -> None:
        kind = f.make_category("groceries-food", name_zh="米面油", name_en="Rice and oil", parent=self.category)
        reference.forget()
        f.make_request(self.household, category=kind)
        self.assertContains(self.client.get(reverse("desk")), "Groceries · Rice and oil")

    def test_a_lead_sees_those_of_their_grid(self) -> None:
        self.sign_in(self.lead)
        assert self.codes() == [self.mine.code]

    def test_an_administrator_sees_all(self) -> None:
        self.sign_in(self.admin)
        assert set(self.codes()) == {self.mine.code, self.theirs.code, self.foreign.code}

    def test_a_worker_gets_403(self) -> None:
        self.sign_in(self.worker)
        assert self.client.get(DESK).status_code == 403

    def test_a_visitor_is_sent_to_sign_in(self) -> None:
        self.client.logout()
        assert self.client.get(DESK).status_code == 302

    def test_it_answers_only_to_reading(self) -> None:
        assert self.client.post(DESK).status_code == 405

    def test_it_says_nothing_of_others_whatever_the_link_asks_for(self) -> None:
        for query in (
            f"?place={self.away.code}", f"?place={self.foreign_building.uid.hex}", f"?place={self.away.code}001",
            f"?worker={self.foreign_worker.uid.hex}", "?state=all", f"?place={self.away.code[:6]}",
        ):  # fmt: skip
            shown = self.client.get(DESK + query).content.decode()
            assert self.foreign.code not in shown, query
            for secret in ("张不可见", "别处小区9号楼", "远方"):
                assert secret not in shown, (query, secret)


class FilterTests(QueueTestCase):
    def test_by_place_down_to_the_building(self) -> None:
        for place in (self.grid.code, self.building.uid.hex):
            assert self.codes(f"?place={place}") == [self.mine.code], place
        assert set(self.codes(f"?place={self.home.code}")) == {self.mine.code, self.theirs.code}

    def test_by_district_for_who_has_several_communities(self) -> None:
        self.sign_in(self.admin)
        everywhere = {self.mine.code, self.theirs.code, self.foreign.code}
        assert set(self.codes(f"?place={self.home.code[:6]}")) == everywhere
        assert set(self.codes(f"?place={self.home.code[:9]}")) == {self.mine.code, self.theirs.code}

    def test_by_category_a_tile_with_its_kinds(self) -> None:
        repair = f.make_category("repair", name_zh="维修", name_en="Repair")
        tap = f.make_category("tap", name_zh="水管", name_en="Tap", parent=repair)
        reference.forget()
        leak = f.make_request(self.household, category=tap)
        assert self.codes("?category=repair") == self.codes("?category=tap") == [leak.code]

    def test_by_urgency_source_and_state(self) -> None:
        urgent = f.make_request(self.household, urgency=Urgency.LIFE, source=Source.HOTLINE)
        assert self.codes("?urgency=life") == self.codes("?source=hotline") == [urgent.code]
        assert self.codes("?state=submitted") == []
        assert self.codes("?state=all&source=hotline") == [urgent.code]

    def test_by_worker_by_nobody_and_by_me(self) -> None:
        with self.captureOnCommitCallbacks():
            lonely = f.make_request(self.household, category=f.make_category("ask", goes_to_worker=False))
        assert self.codes(f"?worker={self.worker.uid.hex}") == [self.mine.code]
        assert self.codes("?worker=none") == [lonely.code]
        assert self.codes("?worker=me") == []
        self.sign_in(self.lead)
        assignments.assign(self.again(lonely), worker=self.lead, by=self.clerk)
        assert self.codes("?worker=me") == [lonely.code]

    def test_by_overdue_which_is_never_one_that_waits(self) -> None:
        past = timezone.now() - timedelta(hours=1)
        self.move(self.mine, due_at=past)
        self.move(self.theirs, due_at=past, paused_at=past)
        assert self.codes("?overdue=1") == [self.mine.code]

    def test_what_is_unknown_or_malformed_is_left_out_and_named(self) -> None:
        both = {self.mine.code, self.theirs.code}
        for query in (
            "?state=bogus", "?place=%00", "?place=62010", "?category=" + "x" * 5_000, "?urgency=LIFE", "?worker=1",
            "?worker=" + "0" * 32, "?overdue=yes", "?source=%F0%9F%98%80", "?place=" + "f" * 32, "?place=9999",
            "?place=" + quote("६२०१०३"), "?category=1%27%20OR%201=1",
        ):  # fmt: skip
            answer = self.client.get(DESK + query)
            assert answer.status_code == 200, query
            assert "it is left out" in answer.content.decode(), query
            assert set(self.codes(query)) == both, query

    def test_a_name_of_the_database_is_no_filter_and_no_order(self) -> None:
        assert len(self.codes("?ordering=phone&order_by=-token&token__startswith=a&household__door=1")) == 2

    def test_a_value_of_the_link_is_shown_as_text(self) -> None:
        shown = self.client.get(DESK + "?state=<img src=x onerror=1>").content.decode()
        assert "<img" not in shown
        assert "&lt;img" in shown

    def test_the_chosen_filters_are_chosen_in_the_form(self) -> None:
        shown = self.client.get(f"{DESK}?place={self.grid.code}&urgency=life&overdue=1").content.decode()
        assert f"<option value={self.grid.code} selected>" in shown
        assert "<option value=life selected>" in shown
        assert 'value="1" checked' in shown


class OrderTests(QueueTestCase):
    def test_what_is_due_first_comes_first_page_after_page(self) -> None:
        rows = [f.make_request(self.household) for _ in range(queue.ROWS + 5)]
        now = timezone.now()
        for number, row in enumerate(rows):
            # Every third shares its moment with others, so the id has to decide.
            self.move(row, due_at=now + timedelta(minutes=number // 3))
        self.move(self.mine, due_at=now + timedelta(days=9))
        self.move(self.theirs, due_at=now + timedelta(days=8))
        expected = [row.code for row in rows] + [self.theirs.code, self.mine.code]
        for state in ("", "&state=assigned"):
            assert self.pages(state) == expected

    def test_all_come_newest_first_and_the_ended_by_their_last_clock(self) -> None:
        now = timezone.now()
        rows = [f.make_request(self.household) for _ in range(queue.ROWS + 3)]
        for number, row in enumerate(rows):
            moment = now - timedelta(minutes=number // 2)
            self.move(row, created_at=moment, due_at=moment, state=State.CLOSED, worker=None)
        ServiceRequest.unscoped.exclude(pk__in=[row.pk for row in rows]).update(created_at=now - timedelta(days=9))
        expected = sorted(rows, key=lambda row: (rows.index(row) // 2, -row.pk))
        assert self.pages("&state=closed") == [row.code for row in expected]
        assert self.pages("&state=all")[: len(rows)] == [row.code for row in expected]

    def pages(self, query: str) -> list[str]:
        found, link = [], f"?{query}"
        for _ in range(5):
            shown = self.client.get(DESK + link).content.decode()
            found += re.findall(r"name=code value=(\w+)>", shown)
            more = re.search(r'href="(\?[^"]+)" rel="next"', shown)
            if not more:
                return found
            link = more[1].replace("&amp;", "&")
        raise AssertionError("it never ends")

    def test_a_damaged_cursor_begins_anew(self) -> None:
        for cursor in ("x", "W10", "%00", "WyJhIiwgMV0", "A" * 5_000, "WyIyMDI2LTAxLTAxIiwgMV0"):
            assert len(self.codes(f"?after={cursor}")) == 2, cursor


class RowTests(QueueTestCase):
    def row(self, service_request: ServiceRequest) -> str:
        shown = self.client.get(DESK).content.decode()
        found = re.search(rf"value={service_request.code}>.*?(?=<tr>|</tbody>)", shown, re.S)
        assert found
        return found[0]

    def test_tells_enough_to_decide(self) -> None:
        row = self.row(self.mine)
        for words in (self.mine.code_label, "Groceries", "没有米了", "王秀英", "西园小区1号楼", "马晓兰", "answer by"):
            assert words in row
        assert f"href={reverse('request', args=[self.mine.code])}>" in row

    def test_spends_few_bytes_on_markup(self) -> None:
        """A page has fifty of them: performance.md, goal 13."""
        assert len("".join(re.findall(r"<[^>]*>", self.row(self.mine)))) <= 160

    def test_shows_what_was_typed_as_text(self) -> None:
        evil = "<script>alert('x')</script>\"{code}"
        self.move(self.mine, text=evil, person_name=evil, address=evil)
        row = self.row(self.mine)
        assert "<script" not in row
        assert row.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;{code}") == 3

    def test_says_overdue_waiting_reopened_and_nobody(self) -> None:
        past = timezone.now() - timedelta(hours=3)
        self.move(self.mine, due_at=past)
        assert "<td><i>overdue by 3 hours</i> answer by " in self.row(self.mine)  # no class: what queue.css calls late
        self.move(self.mine, paused_at=past)
        assert "<td><i class=t-off>waiting for the resident</i> for 3 hours" in self.row(self.mine)
        self.move(self.mine, paused_at=None, reopened=2, state=State.REOPENED, worker=None)
        assert "reopened 2×" in self.row(self.mine)
        assert "nobody yet" in self.row(self.mine)

    def test_names_the_community_when_the_viewer_has_several(self) -> None:
        assert "下西园社区 · " not in self.row(self.mine)
        self.sign_in(self.admin)
        assert "下西园社区 · " in self.row(self.mine)


class RefreshTests(QueueTestCase):
    HTMX = {"headers": {"HX-Request": "true", "HX-Target": "queue"}}

    def test_answers_htmx_with_the_part_it_asked_for(self) -> None:
        part = self.client.get(DESK, headers={"HX-Request": "true", "HX-Target": "queue"}).content.decode()
        assert "<html" not in part
        assert 'id="queue"' in part
        assert 'id="filters"' not in part
        board = self.client.get(DESK, headers={"HX-Request": "true", "HX-Target": "board"}).content.decode()
        assert 'id="filters"' in board
        assert "<html" not in board

    def test_says_304_until_something_changes(self) -> None:
        etag = self.client.get(DESK)["ETag"]
        again = self.client.get(DESK, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        verbs.remark(self.again(self.mine), by=self.clerk, actor=Actor.DESK, text="记一笔")
        assert self.client.get(DESK, headers={"If-None-Match": etag}).status_code == 200

    def test_says_304_only_for_the_same_link_language_and_person(self) -> None:
        etag = self.client.get(DESK)["ETag"]
        assert self.client.get(DESK + "?state=all", headers={"If-None-Match": etag}).status_code == 200
        self.client.cookies["django_language"] = "zh-hans"
        assert self.client.get(DESK, headers={"If-None-Match": etag}).status_code == 200
        self.client.cookies["django_language"] = "en"
        self.sign_in(self.lead)
        assert self.client.get(DESK, headers={"If-None-Match": etag}).status_code == 200

    def test_is_kept_by_no_cache(self) -> None:
        assert "no-store" in self.client.get(DESK)["Cache-Control"]


class StatementTests(QueueTestCase):
    def test_takes_the_same_few_statements_for_one_row_and_for_many(self) -> None:
        self.client.get(DESK)
        with self.assertNumQueries(5):  # session, user, appointments, last change, rows; counts are kept
            self.client.get(DESK)
        first = self.again(self.mine)
        more = []
        for _ in range(300):
            copy = ServiceRequest.unscoped.get(pk=first.pk)
            fresh = ServiceRequest()
            copy.pk, copy.code, copy.token, copy.submission_key = None, fresh.code, fresh.token, fresh.submission_key
            more.append(copy)
        ServiceRequest.unscoped.bulk_create(more)
        with self.assertNumQueries(5):
            assert self.client.get(DESK).content.count(b"<tr><td><label>") == queue.ROWS

    def test_asking_again_takes_four(self) -> None:
        etag = self.client.get(DESK)["ETag"]
        with self.assertNumQueries(4):
            self.client.get(DESK, headers={"If-None-Match": etag})

    def test_filtered_by_everything_takes_no_more(self) -> None:
        link = f"{DESK}?place={self.building.uid.hex}&category=groceries&urgency=normal&state=assigned&overdue=1"
        self.client.get(link)
        with self.assertNumQueries(6):  # and the building by its uid
            self.client.get(link)
        assert RequestEvent.unscoped.exists()
