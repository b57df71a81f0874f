"""Django's log of the administration calls rows by name: it forgets that with the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from households.actions import purge
from households.actions.ledger import Ledger
from households.models import Household, Resident, ResidentNeed, ServiceRequest, State, Visit
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase

SAID = [{"changed": {"name": "居民", "object": "王秀英", "fields": ["phone"]}}]


class PurgeLogTests(CastTestCase):
    def log(self, *rows: models.Model) -> None:
        for row in rows:
            LogEntry.objects.log_actions(self.admin.pk, [row], CHANGE, change_message=SAID)

    def logged(self, row: models.Model, pk: int) -> LogEntry:
        return LogEntry.objects.get(content_type__model=row._meta.model_name, object_id=str(pk))

    def forgets(self, verb: Any, row: models.Model, other: models.Model) -> None:
        """The row's entry, and not the other's."""
        self.log(row, other)
        pk, before = row.pk, self.logged(row, row.pk)
        assert before.object_repr == str(row)
        assert "王秀英" in before.get_change_message()
        with transaction.atomic():
            assert verb([pk], Ledger(rule="test")) == 1
        after = self.logged(row, pk)
        assert (after.object_repr, after.change_message, after.get_change_message()) == ("", "", "")
        assert (after.user_id, after.action_time, after.action_flag) == (self.admin.pk, before.action_time, CHANGE)
        assert self.logged(other, other.pk).object_repr == str(other)

    def test_of_people(self) -> None:
        self.forgets(purge.destroy_people, f.make_resident(self.household, "吴一"), self.wang)

    def test_of_their_needs(self) -> None:
        kind = f.make_need_kind()
        needs: Sequence[ResidentNeed] = [f.make_need(person, kind) for person in (self.wang, self.li)]
        self.forgets(purge.destroy_needs, *needs)

    def test_of_visits(self) -> None:
        visits: list[Visit] = [f.make_visit(self.household, self.worker, note="好") for _n in range(2)]
        self.forgets(purge.destroy_visits, *visits)

    def test_of_requests(self) -> None:
        filed = [f.make_request(self.household) for _n in range(2)]
        ended = ServiceRequest.unscoped.filter(pk=filed[0].pk)
        ended.update(state=State.CLOSED, worker=None)
        self.forgets(purge.anonymise_requests, ended.get(), filed[1])

    def test_of_files_that_were_closed(self) -> None:
        home = f.make_household(self.building, 3, "601")
        Household.unscoped.filter(pk=home.pk).update(until_date=today())
        self.forgets(purge.empty_files, Household.unscoped.get(pk=home.pk), self.household)

    def test_an_entry_of_another_table_with_the_same_number_stays(self) -> None:
        person = Resident.unscoped.create(household=self.household, name="吴一")
        self.log(person)
        LogEntry.objects.update(content_type=ContentType.objects.get_for_model(Visit))
        with transaction.atomic():
            purge.destroy_people([person.pk], Ledger(rule="test"))
        assert LogEntry.objects.get().object_repr == str(person)
