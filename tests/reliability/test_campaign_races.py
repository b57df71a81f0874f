"""A campaign is closed while something is filed into it: one waits for the other, and nothing comes in afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

from django.db import connection, transaction

from households import reference
from households.actions import campaigns
from households.models import CampaignState, ServiceRequest
from tests import factories as f
from tests.reliability.test_races import AT_ONCE, RaceTestCase

PATIENCE = 0.5  # seconds, in which whoever does not wait is done long since


class CloseRaceTests(RaceTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.category = f.make_category()
        self.campaign = f.make_campaign(self.home, by=self.clerk, categories=[self.category])
        reference.campaigns()

    def close(self) -> None:
        campaigns.close(self.campaign, by=self.clerk)
        connection.close()

    def file(self) -> ServiceRequest:
        try:
            return f.make_request(self.household)
        finally:
            connection.close()

    def test_closing_waits_for_what_is_being_filed(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                assert f.make_request(self.household).campaign == self.campaign
                closing = pool.submit(self.close)
                assert wait([closing], PATIENCE).not_done == {closing}
            closing.result(30)
        self.campaign.refresh_from_db()
        assert self.campaign.state == CampaignState.CLOSING

    def test_filing_waits_for_its_closing_and_then_leaves_it_out(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                campaigns.close(self.campaign, by=self.clerk)
                filing = pool.submit(self.file)
                assert wait([filing], PATIENCE).not_done == {filing}
            assert filing.result(30).campaign is None

    def test_many_file_into_it_at_once(self) -> None:
        self.race(lambda _n: f.make_request(self.household))
        assert ServiceRequest.unscoped.filter(campaign=self.campaign).count() == AT_ONCE
