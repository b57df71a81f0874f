"""5,000 canaries in a campaign: once it has ended none is left, in any table, file, index, history, message or cache.

And nobody else's row is touched. The long form plants more: PURGE=20000.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Q
from django.test import TransactionTestCase

from households import certificates, reference
from households.actions import requests as request_verbs
from households.actions.drafts import keep
from households.actions.items import report_item
from households.models import (
    Actor,
    Campaign,
    Destruction,
    ItemState,
    Photo,
    RequestItem,
    ServiceRequest,
    Tombstone,
    Visit,
)
from resilience.accounts.models import Session
from resilience.lib.dates import today
from resilience.outbox.models import Message
from tests import factories as f
from tests.base import CastTestCase
from tests.households import purging as p

WANTED = int(os.environ.get("PURGE") or 5_000)
# Written by the destruction itself, or counted by the database.
OWN = {
    "households_campaign", "households_destruction", "households_tombstone", "households_doomedfile", "sqlite_sequence",
    "sqlite_stat1", "sqlite_stat4",
}  # fmt: skip


class PurgeTests(TransactionTestCase):
    setUpCast = CastTestCase.setUpTestData.__func__

    def setUp(self) -> None:
        cache.clear()
        type(self).setUpCast(type(self))
        self.campaign = f.make_campaign(
            self.home, by=self.clerk, categories=[self.category], need_kinds=[f.make_need_kind()], takes_visits=True
        )
        self.canaries = p.Canaries()

    def tearDown(self) -> None:
        reference.forget()
        super().tearDown()

    def by_verbs(self) -> None:
        """As people do it: filed with a need and in danger, answered, resolved; then closed for want of an answer."""
        words = self.canaries
        items = (request_verbs.NewItem(self.category, words=words.text("件")),)
        filed = f.make_request(
            self.household, text=words.text(), person_name=words.text("名"), phone=words.phone(), items=items,
            urgency="life", by=self.clerk,
        )  # fmt: skip
        item = RequestItem.unscoped.get(service_request=filed)
        worker: dict[str, Any] = {"by": self.worker, "actor": Actor.WORKER}
        request_verbs.reply(self.again(filed), text=words.text(), **worker)
        report_item(
            self.again(filed), item=item.pk, state=ItemState.FOR_NOW, next_date=today() + timedelta(days=1),
            note=words.text(), **worker,
        )  # fmt: skip
        event = request_verbs.resolve(self.again(filed), what_was_done=words.text(), for_good=True, **worker)
        p.plant_photo(service_request=filed, event=event)
        ServiceRequest.unscoped.filter(pk=filed.pk).update(state="closed")
        draft = keep(None, {"text": words.text("稿"), "phone": words.phone()})
        type(draft)._base_manager.filter(pk=draft.pk).delete()  # its bytes stay in the file until it is written anew

    def again(self, row: ServiceRequest) -> ServiceRequest:
        return ServiceRequest.unscoped.select_related("category__parent", "worker", "community").get(pk=row.pk)

    def plant(self) -> None:
        for _number in range(5):
            self.by_verbs()
        with transaction.atomic():
            number = 0
            while self.canaries.count < WANTED:
                number += 1
                filed = p.plant_request(self.canaries, self.campaign, self.household, self.worker)
                visit = p.plant_visit(self.canaries, self.campaign, self.household, self.worker)
                p.plant_need(self.canaries, self.campaign, self.household, self.worker)
                if number % 4 == 0:
                    p.plant_photo(service_request=filed)
                    p.plant_photo(visit=visit)

    def beside(self) -> None:
        """Rows that are none of the campaign's: of another kind, of another place, of before it."""
        f.make_request(self.household, category=f.make_category("repair", name_zh="维修"))
        f.make_request(self.foreign_household)
        f.make_need(self.wang, f.make_need_kind("alone80"))
        p.plant_photo(visit=f.make_visit(self.household, self.worker))
        ServiceRequest.unscoped.filter(pk=f.make_request(self.other_household).pk).update(campaign=None)

    def sealed(self) -> set[bytes]:
        """What stands in the database of each phone, note and message: sealed values, and the indexes of phones."""
        found = {request_verbs.phone_index(phone) or b"" for phone in self.canaries.phones}
        with connection.cursor() as cursor:
            for column, table, where in (
                ("phone", "households_servicerequest", f"campaign_id = {self.campaign.pk}"),
                ("note", "households_residentneed", f"campaign_id = {self.campaign.pk}"),
                ("answers", "households_requestdraft", "1 = 1"),
                ("body", "outbox_message", "key LIKE '%:planted'"),
            ):
                cursor.execute(f"SELECT {column} FROM {table} WHERE {where}")  # noqa: S608
                found |= {bytes(value) for (value,) in cursor.fetchall()}
        return found - {b""}

    def test_none_is_left_anywhere_and_nothing_else_is_touched(self) -> None:
        self.beside()
        mine = p.picture(OWN)
        self.plant()
        assert self.canaries.count >= WANTED
        secrets = self.sealed()
        photos = Photo.unscoped.filter(Q(visit__campaign=self.campaign) | Q(service_request__campaign=self.campaign))
        files = {photo.image.path for photo in photos}
        seen = p.left_in_tables(secrets), p.left_in_words() or connection.vendor != "sqlite", p.left_in_files(secrets)
        assert all(seen[:2]), "the search finds nothing even while all of it is there"
        destruction = p.approved(self.campaign, by=self.clerk, second=self.admin)
        ended = {row.pk for row in ServiceRequest.unscoped.filter(campaign=self.campaign)}
        p.run()

        destruction.refresh_from_db()
        assert destruction.is_done
        assert p.left_in_tables(secrets) == []
        assert p.left_in_words() == []
        assert p.left_in_files(secrets) == []
        assert not any(os.path.exists(path) for path in files)
        assert not Session.objects.exists()
        self.untouched(mine, p.picture(OWN))
        self.counted(destruction, ended)

    def untouched(self, before: dict[str, dict[int, str]], after: dict[str, dict[int, str]]) -> None:
        for table, rows in before.items():
            now = after[table]
            assert {pk: now.get(pk) for pk in rows} == rows, table

    def counted(self, destruction: Destruction, ended: set[int]) -> None:
        """What stays for statistics, and a certificate that fits."""
        kept = ServiceRequest.unscoped.filter(pk__in=ended, closed_at__isnull=False, category=self.category)
        assert kept.count() >= len(ended) - 5
        assert not Visit.unscoped.filter(campaign=self.campaign).exists()
        assert certificates.faults(destruction) == []
        assert destruction.counts["households.servicerequest"] == {"anonymised": len(ended)}
        assert destruction.counts["file"]["destroyed"] == destruction.counts["households.photo"]["destroyed"] > 20
        assert sum(n for row in destruction.counts.values() for n in row.values()) == Tombstone.objects.count()
        assert Campaign.objects.get(pk=self.campaign.pk).is_ended
        assert not Message.objects.filter(key__endswith=":planted").exists()
