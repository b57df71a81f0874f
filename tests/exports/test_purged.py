"""What is destroyed in the core is destroyed in files made from it, whichever way round the two meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings

from households.actions import purge
from households.actions.files import unlink_doomed
from households.actions.ledger import Ledger
from households.holdings import preview
from households.models import Deed, ServiceRequest, Tombstone
from resilience.audit.models import Entry
from resilience.exports import making
from resilience.exports.making import make_waiting
from resilience.exports.models import End, Export, ExportRow, State, Which
from tests import factories as f
from tests.exports.cases import ExportTestCase


class PurgedTests(ExportTestCase):
    def ended_request(self) -> ServiceRequest:
        ended = f.make_request(self.household)
        ended.assignments.update(ended_at=ended.created_at, end_reason="resolved")
        ServiceRequest.unscoped.filter(pk=ended.pk).update(state="closed", worker=None)
        return ended

    def purge(self, verb: str, *pks: int) -> None:
        ledger = Ledger(rule="test")
        getattr(purge, verb)(list(pks), ledger)
        ledger.write()

    def gone(self, export: Export) -> bool:
        export.refresh_from_db()
        return (export.state, export.end, export.file, export.file_key) == (State.ENDED, End.PURGED, "", "")

    def test_destroys_the_file_that_holds_a_request_made_anonymous(self) -> None:
        ended = self.ended_request()
        holding = self.made(Which.QUEUE, columns=["code", "person"], filters={"state": "all"})
        path = Path(settings.MEDIA_ROOT) / holding.file
        f.make_request(self.other_household)
        other = self.made(Which.QUEUE, columns=["code", "person"])
        self.purge("anonymise_requests", ended.pk)
        assert self.gone(holding)
        assert not self.gone(other)
        unlink_doomed()
        assert not path.exists()
        assert Tombstone.objects.filter(table="exports.export", deed=Deed.DESTROYED).count() == 1
        assert not ExportRow.objects.filter(export=holding).exists()
        [row] = Entry.objects.filter(action="export.ended")
        assert row.subject_key == holding.uid.hex
        self.sign_in(self.clerk)
        assert self.fetched(holding).status_code == 303

    def test_destroys_the_file_that_holds_a_visit_a_need_a_person_or_a_closed_file(self) -> None:
        visit, need = f.make_visit(self.household, self.worker), f.make_need(self.wang)
        visits = self.made(Which.VISITS, columns=["when", "address"])
        needs = self.made(Which.NEEDS, columns=["name", "need"])
        register = self.made(Which.HOUSEHOLDS, columns=["address", "needs"])
        self.purge("destroy_visits", visit.pk)
        assert self.gone(visits)
        assert not self.gone(register)
        self.purge("destroy_needs", need.pk)
        assert self.gone(needs)
        assert self.gone(register)

    def test_makes_anew_what_was_being_written_meanwhile(self) -> None:
        ended = self.ended_request()
        export = self.asked(Which.QUEUE, columns=["code", "person", "address"], filters={"state": "all"})
        write = making.write_rows

        def purged_meanwhile(*args: Any, **kwargs: Any) -> int:
            rows = write(*args, **kwargs)
            self.purge("anonymise_requests", ended.pk)
            return rows

        with patch.object(making, "write_rows", purged_meanwhile):
            assert make_waiting() == 0
        export.refresh_from_db()
        assert export.state == State.APPROVED
        assert not list((Path(settings.MEDIA_ROOT) / "exports").glob("*"))
        assert make_waiting() == 1
        self.sign_in(self.clerk)
        export.refresh_from_db()
        assert "王秀英" not in str(self.rows_of(self.fetched(export)))

    def test_is_counted_before_a_campaign_ends(self) -> None:
        campaign = f.make_campaign(self.home, by=self.clerk, categories=[self.category])
        f.make_request(self.household)
        self.made(Which.QUEUE, columns=["code"])
        lines = {line.label: line.count for line in preview(campaign).lines}
        assert lines["exports.export"] == 1
