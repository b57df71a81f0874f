"""`/round/` and `/round/households/`: what a worker goes to today, and the households they answer for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from households import reference
from households.actions import assignments
from households.models import Household, Responsibility, ServiceRequest
from households.rounds import walking_order
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase

DAY = timedelta(days=1)


class RoundTests(CastTestCase):
    url = "/round/"

    def labels(self, section: str) -> list[str]:
        page = self.client.get(self.url)
        groups = getattr(page.context["round"], section)
        return [stop.label for building in groups for entrance in building.entrances for stop in entrance.stops]

    def make_due(self, door: str, days_late: int, *, floor: int = 5, **more: Any) -> Household:
        building = more.pop("building", self.building)
        household = f.make_household(building, door=door, floor=floor, next_due_date=today() - days_late * DAY, **more)
        f.make_responsible(household, self.worker)
        return household

    def test_shows_what_is_due_and_why_overdue_first(self) -> None:
        late = self.make_due("601", 3)
        kind = f.make_need_kind()
        resident = f.make_resident(late, "周大爷", is_contact=True)
        f.make_need(resident, kind, next_due_date=today() - 3 * DAY)
        self.make_due("101", 0, floor=1)
        self.make_due("201", -1, floor=2)
        self.sign_in(self.worker)
        assert self.labels("overdue") == ["601"]
        assert self.labels("later") == ["101"]
        page = self.client.get(self.url)
        self.assertContains(page, kind.name)
        self.assertContains(page, "周大爷")
        self.assertContains(page, reverse("household-door", args=[late.uid]))

    def test_shows_my_requests_with_their_clock_and_nobody_elses(self) -> None:
        mine = f.make_request(self.household)
        f.make_request(self.other_household)
        self.sign_in(self.worker)
        assert self.labels("later") == ["502"]
        ServiceRequest.unscoped.filter(pk=mine.pk).update(due_at=timezone.now() - DAY)
        assert self.labels("overdue") == ["502"]

    def test_a_visit_and_a_request_at_one_door_are_one_stop(self) -> None:
        Household.unscoped.filter(pk=self.household.pk).update(next_due_date=today())
        f.make_request(self.household)
        self.sign_in(self.worker)
        assert self.labels("later") == ["502"]
        assert self.client.get(self.url).context["round"].doors == 1

    def test_walks_up_the_stairs_and_down_from_the_lift(self) -> None:
        tower = f.make_building(self.grid, "高层1号楼", has_lift=True, storeys=20)
        for floor in (3, 12, 7):
            self.make_due(f"{floor}01", 0, floor=floor)
            self.make_due(f"{floor}02", 0, floor=floor, building=tower)
        self.sign_in(self.worker)
        assert self.labels("later") == ["301", "701", "1201", "1202", "702", "302"]

    def test_a_request_without_a_door_leads_to_itself(self) -> None:
        filed = f.make_request(None, community=self.home, address="西园路口", building=self.building)
        assignments.assign(filed, worker=self.worker, by=self.clerk)
        self.sign_in(self.worker)
        page = self.client.get(self.url)
        self.assertContains(page, reverse("request", args=[filed.code]))
        self.assertContains(page, "西园路口")

    def test_leaves_out_what_is_not_mine_any_more(self) -> None:
        household = self.make_due("601", 3)
        Responsibility.objects.filter(household=household).update(ended_at=timezone.now())
        self.make_due("602", 3, until_date=today() - DAY)
        self.sign_in(self.worker)
        page = self.client.get(self.url)
        assert page.context["round"].doors == 0
        self.assertContains(page, 'class="empty"')

    def test_responsibility_without_an_appointment_there_shows_nothing(self) -> None:
        f.make_responsible(f.make_household(self.foreign_building, next_due_date=today()), self.worker)
        self.sign_in(self.worker)
        assert self.client.get(self.url).context["round"].doors == 0

    def test_is_for_workers_only(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.get(self.url).status_code == 403
        self.sign_in(self.worker)
        assert self.client.post(self.url).status_code == 405

    def test_costs_six_statements_for_one_door_and_for_sixty(self) -> None:
        kind = f.make_need_kind()
        self.sign_in(self.worker)
        self.client.get(self.url)
        counts = []
        for doors in (1, 60):
            for _n in range(doors):
                household = self.make_due(f"{Household.unscoped.count()}", 2)
                f.make_need(f.make_resident(household), kind, next_due_date=today() - 2 * DAY)
                f.make_request(household)
            reference.need_kinds(), reference.categories()  # kept in memory between requests
            with CaptureQueriesContext(connection) as captured:
                assert self.client.get(self.url).status_code == 200
            counts.append(len(captured))
        assert counts == [6, 6]

    def test_order_of_a_door_reads_numbers_as_numbers(self) -> None:
        doors = ["1001", "102", "101甲", "99"]
        ordered = sorted(doors, key=lambda door: walking_order((1, 1, False), 1, 1, door))
        assert ordered == ["101甲", "99", "102", "1001"]


class MyHouseholdsTests(CastTestCase):
    url = "/round/households/"

    def found(self, words: str) -> list[str]:
        page = self.client.post(self.url, {"q": words})
        assert page.status_code == 200
        return [household.door for household in page.context["found"]]

    def test_lists_those_i_answer_for(self) -> None:
        f.make_household(self.building, door="601")
        self.sign_in(self.worker)
        page = self.client.get(self.url)
        assert [household.door for household in page.context["found"]] == ["502"]

    def test_finds_by_name_door_file_number_phone_and_last_digits(self) -> None:
        other = f.make_household(self.building, door="601")
        f.make_resident(other, "欧阳·阿依古丽", is_contact=True)
        f.make_phone(other, "19900007777")
        self.sign_in(self.worker)
        for words in (
            "欧阳",
            "阿依",
            "601",
            other.file_number.lower(),
            "19900007777",
            "１９９００００７７７７",
            "7777",
        ):
            assert self.found(words) == ["601"], words
        assert self.found("西园小区1号楼 502") == ["502"]
        assert self.found("19900000001") == ["502"]
        assert self.found("没有这人") == []

    def test_finds_nothing_outside_my_grid(self) -> None:
        self.sign_in(self.worker)
        for words in ("李国强", "19900000002", "张不可见", "909", self.foreign_household.file_number):
            assert self.found(words) == [], words

    def test_keeps_the_words_out_of_the_address(self) -> None:
        self.sign_in(self.worker)
        page = self.client.get(self.url, {"q": "欧阳"})
        assert [household.door for household in page.context["found"]] == ["502"]

    def test_too_long_words_are_refused_kindly(self) -> None:
        self.sign_in(self.worker)
        assert self.client.post(self.url, {"q": "长" * 61}).status_code == 422
        for odd in ("%", "_", "\x00", "' OR 1=1", "１２３４", "a" * 60):
            assert self.client.post(self.url, {"q": odd}).status_code == 200, odd

    def test_is_for_workers_only(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.get(self.url).status_code == 403

    def test_costs_the_same_for_one_and_for_forty(self) -> None:
        self.sign_in(self.worker)
        self.client.get(self.url)
        with self.assertNumQueries(4):
            self.client.get(self.url)
        for n in range(40):
            f.make_responsible(f.make_household(self.building, door=f"9{n:02}"), self.worker)
        with self.assertNumQueries(4):
            self.client.get(self.url)
