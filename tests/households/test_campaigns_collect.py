"""What belongs to a campaign: what is filed under its categories and kinds, in its places, while it runs."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from households import reference
from households.actions import campaigns as verbs
from households.actions import destruction
from households.actions.needs import add, end
from households.actions.requests import NewItem, edit, reject
from households.actions.visits import Seen, log_visit
from households.models import (
    Campaign,
    CampaignState,
    Destruction,
    FileChange,
    ServiceRequest,
    Urgency,
    VisitMeans,
    VisitResult,
)
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from tests import factories as f
from tests.base import CastTestCase
from tests.households.ask import DETAILS, statements


class CollectingTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = f.make_category("repair", name_zh="维修")
        self.kind = f.make_need_kind("dialysis", name_zh="透析")
        self.campaign = f.make_campaign(
            self.home, by=self.clerk, categories=[self.category], need_kinds=[self.kind], takes_visits=True
        )

    def test_it_takes_a_request_of_its_category_in_its_place(self) -> None:
        assert f.make_request(self.household).campaign == self.campaign

    def test_it_takes_a_request_of_a_finer_kind_and_one_that_names_its_category_among_others(self) -> None:
        finer = f.make_category("rice", name_zh="米面", parent=self.category)
        reference.forget()
        assert f.make_request(self.household, category=finer).campaign == self.campaign
        items = (NewItem(self.other), NewItem(self.category))
        assert f.make_request(self.household, category=self.other, items=items).campaign == self.campaign

    def test_it_leaves_out_other_categories_and_other_places(self) -> None:
        assert f.make_request(self.household, category=self.other).campaign is None
        assert f.make_request(self.foreign_household).campaign is None

    def test_it_takes_what_lies_below_a_district(self) -> None:
        district = self.home.parent.parent
        wide = f.make_campaign(district, "全区行动", by=self.admin, categories=[self.other])
        assert f.make_request(self.foreign_household, category=self.other).campaign == wide

    def test_it_takes_a_request_that_is_corrected_into_its_category_and_keeps_one_corrected_out_of_it(self) -> None:
        filed = f.make_request(self.household, category=self.other)
        edit(self.again(filed), by=self.clerk, category=self.category, urgency=Urgency.NORMAL, why="其实是买菜")
        assert self.again(filed).campaign_id == self.campaign.pk
        edit(self.again(filed), by=self.clerk, category=self.other, urgency=Urgency.NORMAL, why="还是维修")
        assert self.again(filed).campaign_id == self.campaign.pk

    def test_it_takes_needs_of_its_kind_and_the_history_that_repeats_them(self) -> None:
        need = add(self.wang, kind=self.kind, since_date=today(), note="周二周五", by=self.worker)
        plain = add(self.wang, kind=f.make_need_kind(), since_date=today(), note="", by=self.worker)
        assert (need.campaign, plain.campaign) == (self.campaign, None)
        end(need, until_date=today(), why="好了", by=self.worker)
        assert list(FileChange.unscoped.filter(need=need).values_list("action", flat=True).order_by("pk")) == [
            "need_added", "need_ended",
        ]  # fmt: skip

    def test_it_takes_visits_if_it_says_so(self) -> None:
        seen = Seen(key=uuid.uuid4(), means=VisitMeans.DOOR, result=VisitResult.NOBODY)
        assert log_visit(self.household, seen, by=self.worker)[0].campaign == self.campaign
        Campaign.objects.update(takes_visits=False)
        reference.forget()
        seen = Seen(key=uuid.uuid4(), means=VisitMeans.DOOR, result=VisitResult.NOBODY)
        assert log_visit(self.household, seen, by=self.worker)[0].campaign is None

    def test_it_takes_nothing_once_it_is_closed(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            verbs.close(self.campaign, by=self.clerk)
        assert f.make_request(self.household).campaign is None
        with pytest.raises(Refused):
            verbs.close(self.campaign, by=self.clerk)

    def test_it_takes_nothing_before_it_begins(self) -> None:
        Campaign.objects.update(from_date=today() + timedelta(days=1))
        reference.forget()
        assert f.make_request(self.household).campaign is None

    def test_the_one_opened_first_takes_what_two_collect(self) -> None:
        f.make_campaign(self.home, "第二次行动", by=self.clerk, categories=[self.category])
        assert f.make_request(self.household).campaign == self.campaign

    def test_filing_asks_the_database_once_whether_it_still_runs(self) -> None:
        f.make_request(self.household)
        with CaptureQueriesContext(connection) as with_campaign:
            f.make_request(self.household)
        Campaign.objects.all().update(from_date=today() + timedelta(days=1))
        reference.forget()
        reference.running_campaigns()
        f.make_request(self.household)
        with CaptureQueriesContext(connection) as without:
            f.make_request(self.household)
        assert len(with_campaign.captured_queries) == len(without.captured_queries) + 1


class ClosedElsewhereTests(CastTestCase):
    """Another process has closed it, and this one has not read that yet."""

    def setUp(self) -> None:
        super().setUp()
        self.other = f.make_category("repair", name_zh="维修")
        self.kind = f.make_need_kind("dialysis", name_zh="透析")
        self.collects: dict[str, Any] = {"categories": [self.category], "need_kinds": [self.kind], "takes_visits": True}
        self.campaign = f.make_campaign(self.home, by=self.clerk, **self.collects)

    def close_behind_its_back(self, campaign: Campaign) -> None:
        assert campaign.pk in {each.pk for each in reference.running_campaigns()}
        closed = {"state": CampaignState.CLOSING, "closed_at": timezone.now(), "closed_by": self.clerk}
        Campaign.objects.filter(pk=campaign.pk).update(**closed)
        assert campaign.pk in {each.pk for each in reference.running_campaigns()}

    def filed(self) -> list[Campaign | None]:
        """What each kind of row is written into that it would collect."""
        corrected = f.make_request(self.household, category=self.other)
        edit(self.again(corrected), by=self.clerk, category=self.category, urgency=Urgency.NORMAL, why="其实是买菜")
        seen = Seen(key=uuid.uuid4(), means=VisitMeans.DOOR, result=VisitResult.NOBODY)
        return [
            f.make_request(self.household).campaign,
            self.again(corrected).campaign,
            log_visit(self.household, seen, by=self.worker)[0].campaign,
            add(self.wang, kind=self.kind, since_date=today(), note="", by=self.worker).campaign,
        ]

    def test_nothing_more_is_written_into_it(self) -> None:
        self.close_behind_its_back(self.campaign)
        assert self.filed() == [None] * 4

    def test_the_next_that_collects_it_and_runs_takes_it(self) -> None:
        later = f.make_campaign(self.home, "第二次行动", by=self.clerk, **self.collects)
        self.close_behind_its_back(self.campaign)
        assert self.filed() == [later] * 4

    def test_nothing_is_handed_over_to_it(self) -> None:
        filed = f.make_request(self.household)
        reject(filed, by=self.clerk, reason="不办")
        later = f.make_campaign(self.home, "第二次行动", by=self.clerk, **self.collects)
        verbs.close(self.campaign, by=self.clerk)
        destruction.approve(destruction.ask(self.campaign, by=self.clerk, typed=self.campaign.name), by=self.admin)
        self.close_behind_its_back(later)
        destruction._hand_over(Destruction.objects.get().pk)
        assert self.again(filed).campaign == self.campaign


class OpenTests(CastTestCase):
    def test_it_refuses_a_second_of_the_same_name_an_end_in_the_past_and_one_that_collects_nothing(self) -> None:
        f.make_campaign(self.home, by=self.clerk, categories=[self.category])
        for changes, field in (
            ({"categories": [self.category]}, "name"),
            (
                {"name": "另一次", "categories": [self.category], "planned_end_date": date(2026, 1, 1)},
                "planned_end_date",
            ),
            ({"name": "另一次"}, "categories"),
        ):
            with pytest.raises(Refused) as refused:
                f.make_campaign(self.home, by=self.clerk, **changes)
            assert refused.value.field == field


class ResidentTests(CastTestCase):
    """The line on the page before sending."""

    def answered(self) -> Client:
        client = Client()
        client.post(reverse("ask"), {"what": ["groceries"], "urgency": "normal"})
        door = f"{self.household.entrance}/{self.household.door}"
        client.post(reverse("ask-where-doors", args=[self.building.uid]), {"door": door})
        client.post(reverse("ask-details"), DETAILS)
        return client

    def test_it_says_for_what_and_how_long_before_it_is_sent(self) -> None:
        f.make_campaign(self.home, by=self.clerk, categories=[self.category])
        response = self.answered().get(reverse("ask-check"))
        assert response.status_code == 200
        self.assertContains(response, "防疫行动")

    def test_it_says_nothing_when_no_campaign_applies(self) -> None:
        f.make_campaign(self.away, by=self.admin, categories=[self.category])
        self.assertNotContains(self.answered().get(reverse("ask-check")), "防疫行动")

    def test_sending_costs_no_more_and_belongs_to_it(self) -> None:
        self.answered().post(reverse("ask-send"))
        client = self.answered()
        with CaptureQueriesContext(connection) as without:
            client.post(reverse("ask-send"))
        campaign = f.make_campaign(self.home, by=self.clerk, categories=[self.category])
        self.answered().post(reverse("ask-send"))
        client = self.answered()
        with CaptureQueriesContext(connection) as within:
            client.post(reverse("ask-send"))
        assert len(statements(within.captured_queries)) == len(statements(without.captured_queries))
        assert ServiceRequest.unscoped.latest("pk").campaign == campaign
