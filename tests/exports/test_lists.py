"""What stands in each list's file: what the list shows, masked, of one's own places, and nothing of anybody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from households.models import Appointment, Opening
from households.openings import seen_by_resident
from resilience.exports import actions
from resilience.exports.columns import Column
from resilience.exports.listings import LISTINGS
from resilience.exports.making import make_waiting
from resilience.exports.models import Form, Which
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from tests import factories as f
from tests.canaries import plant
from tests.exports.cases import ExportTestCase

PEOPLE = [which for which in Which if which != Which.NUMBERS]


class ListTests(ExportTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.own = plant("金雀甲", 7, cls.building, cls.worker, "701")
        cls.foreign = plant("金雀丙", 5, cls.foreign_building, cls.foreign_worker, "501")

    def everything(self, which: str, **more: object) -> list[list[str]]:
        """All columns there are."""
        return self.table(which, columns=[column.name for column in LISTINGS[which].columns], **more)

    def test_masks_every_sensitive_column_and_holds_nothing_foreign(self) -> None:
        for which in PEOPLE:
            for form in Form:
                _head, *rows = self.everything(which, form=form)
                text = "\n".join("\t".join(row) for row in rows)
                assert ("701" if which == Which.VISITS else "金雀甲") in text, which
                assert not [canary for canary in self.own.sealed if canary in text], which
                assert not [number for number in self.own.whole_numbers if number in text], which
                assert not [canary for canary in self.foreign.canaries if canary in text], which
                assert "张不可见" not in text

    def test_shows_whole_what_was_allowed_and_nothing_else(self) -> None:
        export = self.asked(Which.NEEDS, columns=["name", "phone", "id_number"], why={"phone": "打电话"})
        self.sign_in(self.second)
        self.client.post(f"/exports/waiting/{export.uid}/", {"step": "approve", "decision": "好"})
        self.sign_in(self.clerk)
        export.refresh_from_db()
        [row] = self.rows_of(self.fetched(export))[1:]
        assert row[:3] == ["金雀甲人", "19900007001", "6201**********7005"]

    def test_tells_those_whose_details_it_shows_whole_once_it_is_fetched(self) -> None:
        for which, fields in ((Which.QUEUE, "phone filer_phone"), (Which.HOUSEHOLDS, "phone id_number")):
            export = self.asked(
                which, columns=[*fields.split(), *self.any_plain(which)], why=dict.fromkeys(fields.split(), "核对")
            )
            actions.approve(export, by=self.second, why="好")
            make_waiting()
            export.refresh_from_db()
            before = Opening.objects.count()
            for _n in range(2):
                b"".join(actions.fetch(export, by=self.clerk))
            openings = Opening.objects.order_by("-pk")[: export.rows]
            assert Opening.objects.count() == before + export.rows
            assert {(row.by, row.role, row.fields) for row in openings} == {(self.clerk, "staff", fields)}
            assert all("周三发米" in row.words for row in openings)
        looks = [look.why for look in seen_by_resident(self.own.request, reads_phone=True)]
        assert any("周三发米" in why for why in looks)

    def any_plain(self, which: str) -> list[str]:
        return [next(column.name for column in LISTINGS[which].columns if not column.is_sensitive)]

    def test_tells_nobody_of_a_masked_list(self) -> None:
        before = Opening.objects.count()
        self.table(columns=["contact", "phone"])
        assert Opening.objects.count() == before

    def test_unmasks_only_what_is_sensitive_and_in_the_file(self) -> None:
        for why in ({"contact": "想看"}, {"id_number": "想看"}):
            with pytest.raises(Refused):
                self.asked(why=why)

    def test_lists_what_the_queue_lists_with_its_filter(self) -> None:
        done = f.make_request(self.household)
        done.assignments.update(ended_at=timezone.now(), end_reason="resolved")
        type(done)._base_manager.filter(pk=done.pk).update(state="cancelled", worker=None)
        codes = {row[0] for row in self.table(Which.QUEUE, columns=["code"])[1:]}
        assert codes == {self.own.request.code_label}
        codes = {row[0] for row in self.table(Which.QUEUE, columns=["code"], filters={"state": "all"})[1:]}
        assert codes == {self.own.request.code_label, done.code_label}
        elsewhere = {"state": "all", "place": self.away.code}  # not a place of theirs: left out, as the queue does
        codes = {row[0] for row in self.table(Which.QUEUE, columns=["code"], filters=elsewhere)[1:]}
        assert self.foreign.request.code_label not in codes

    def test_lists_visits_of_the_period(self) -> None:
        f.make_visit(self.household, self.worker, happened_at=timezone.now() - timedelta(days=40))
        assert len(self.table(Which.VISITS, columns=["when", "address"])) == 2
        days = {"from": (today() - timedelta(days=60)).isoformat(), "until": (today() - timedelta(days=30)).isoformat()}
        [row] = self.table(Which.VISITS, columns=["address"], filters=days)[1:]
        assert row[0] == self.household.address

    def test_lists_doors_not_visited_and_the_numbers_of_the_day(self) -> None:
        assert len(self.table(Which.NOT_VISITED, columns=["address"])) == 4
        assert len(self.table(Which.NOT_VISITED, columns=["address"], filters={"grid": self.other_grid.code})) == 2
        numbers = self.table(Which.NUMBERS, columns=["what", "value"])
        assert numbers[1][1] == "1"
        assert len(numbers) == 11

    def test_a_lead_gets_their_grid_and_what_they_serve_as_a_worker_stays_out(self) -> None:
        Appointment.objects.create(user=self.lead, role="worker", grid=self.other_grid, from_date="2026-01-01")
        names = {row[0] for row in self.table(columns=["contact"], by=self.lead)[1:]}
        assert names == {"王秀英", "金雀甲人"}

    def test_gives_each_row_the_code_of_the_file(self) -> None:
        head, *rows = self.table(columns=["address"])
        assert len({row[-1] for row in rows}) == len(rows) == 3
        assert len(head) == 2

    def test_no_formula_comes_out_of_a_name(self) -> None:
        type(self.wang)._base_manager.filter(pk=self.wang.pk).update(name="=HYPERLINK(1)")
        assert "=HYPERLINK(1)" in {row[0] for row in self.table(columns=["contact"])[1:]}


def test_every_sealed_column_is_masked() -> None:
    columns: list[Column] = [column for listing in LISTINGS.values() for column in listing.columns]
    assert all(column.is_sensitive for column in columns if column.sealed)
    assert all(not column.is_default or column.name == "phone" for column in columns if column.is_sensitive)


def test_it_can_be_asked_for_every_list() -> None:
    assert set(LISTINGS) == set(Which.values)
