"""/exports/waiting/… and /exports/made/: the second person's word, and who exported what."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from households.models import Responsibility
from resilience.audit.models import Entry
from resilience.exports import actions
from resilience.exports.making import make_waiting
from resilience.exports.models import End, Export, ExportRow, State, Which
from resilience.lib.errors import Refused
from tests import factories as f
from tests.exports.cases import ExportTestCase

WHOLE = {"phone": "要逐户打电话"}


class DecidingTests(ExportTestCase):
    def decided(self, export: Export, step: str = "approve", why: str = "同意，仅限本周") -> int:
        answer = self.client.post(f"/exports/waiting/{export.uid}/", {"step": step, "decision": why})
        export.refresh_from_db()
        return answer.status_code

    def test_shows_what_who_why_and_how_many_to_who_may_decide(self) -> None:
        export = self.asked(why=WHOLE)
        for user in (self.second, self.supervisor, self.admin):
            self.sign_in(user)
            assert list(self.client.get("/exports/waiting/").context["exports"]) == [export]
            page = self.client.get(f"/exports/waiting/{export.uid}/")
            for words in ("陈静", "周三发米", "要逐户打电话", export.code_label):
                self.assertContains(page, words)

    def test_makes_it_once_allowed_and_only_for_who_asked(self) -> None:
        export = self.asked(why=WHOLE)
        self.sign_in(self.supervisor)
        assert self.decided(export) == 303
        assert (export.state, export.decided_by, export.decision) == (State.READY, self.supervisor, "同意，仅限本周")
        assert self.fetched(export).status_code == 404
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(f"/exports/{export.uid}/"), "同意，仅限本周")
        phones = {row[2] for row in self.rows_of(self.fetched(export))[1:]}
        assert phones == {"19900000001", "19900000002"}

    def test_refuses_with_a_reason(self) -> None:
        export = self.asked(why=WHOLE)
        self.sign_in(self.second)
        assert self.decided(export, "refuse", "") == 422
        assert export.state == State.WAITING
        assert self.decided(export, "refuse", "打码即可") == 303
        assert export.state == State.REFUSED
        assert make_waiting() == 0
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(f"/exports/{export.uid}/"), "打码即可")
        assert self.fetched(export).status_code == 303

    def test_takes_nobodys_word_for_their_own(self) -> None:
        export = self.asked(why=WHOLE)
        self.sign_in(self.clerk)
        assert self.decided(export) == 404
        assert not self.client.get("/exports/waiting/").context["exports"]
        with pytest.raises(Refused):
            actions.approve(export, by=self.clerk, why="我自己")
        rows = Export.objects.filter(pk=export.pk)
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(state=State.APPROVED, decided_by=self.clerk, decided_at=timezone.now())
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(state=State.APPROVED)

    def test_takes_a_word_only_from_who_answers_for_all_of_the_place(self) -> None:
        export = self.asked(why=WHOLE)
        self.sign_in(self.foreign_clerk)
        assert self.decided(export) == 404
        for user in (self.lead, self.worker):
            self.sign_in(user)
            assert self.decided(export) == 403
        f.Appointment.objects.create(user=self.clerk, role="staff", region=self.away, from_date="2026-01-01")
        wide = self.asked(why=WHOLE)
        assert wide.place == "620103"
        for user, status in ((self.second, 404), (self.supervisor, 404), (self.admin, 303)):
            self.sign_in(user)
            assert self.decided(wide) == status

    def test_takes_one_word_only(self) -> None:
        export = self.asked(why=WHOLE)
        stale = Export.objects.get(pk=export.pk)
        actions.refuse(export, by=self.supervisor, why="不必")
        with pytest.raises(Refused):
            actions.approve(stale, by=self.second, why="好")
        export.refresh_from_db()
        assert (export.state, export.decided_by) == (State.REFUSED, self.supervisor)
        assert Entry.objects.filter(action="export.approved").count() == 0

    def test_comes_too_late_after_a_day(self) -> None:
        export = self.asked(why=WHOLE)
        with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1), tick=False):
            with pytest.raises(Refused):
                actions.approve(export, by=self.second, why="好")
            assert actions.end_over() == 1
        export.refresh_from_db()
        assert (export.state, export.end) == (State.ENDED, End.EXPIRED)

    def test_allows_what_was_asked_for_and_nothing_that_came_later(self) -> None:
        """Asked while the filter finds one door, a file of one door: whatever it would find by the time it is made."""
        doors = [f.make_household(self.building, 3, f"1{n:02}") for n in range(30)]
        answered = [f.make_responsible(door, self.worker) for door in doors[1:]]
        export = self.asked(filters={"unassigned": "1"}, why=WHOLE)
        assert export.rows == 1
        for each in answered:
            each.delete()
        self.sign_in(self.second)
        self.assertContains(self.client.get(f"/exports/waiting/{export.uid}/"), "<dd>1</dd>")
        assert self.decided(export) == 303
        assert (export.state, export.rows) == (State.READY, 1)
        self.sign_in(self.clerk)
        assert [row[0] for row in self.rows_of(self.fetched(export))[1:]] == [doors[0].address]

    def test_allows_no_other_door_in_its_place(self) -> None:
        Responsibility.objects.filter(household=self.household).delete()
        export = self.asked(filters={"unassigned": "1"}, why=WHOLE)
        assert export.rows == 1
        f.make_responsible(self.household, self.worker)
        Responsibility.objects.filter(household=self.other_household).delete()
        actions.approve(export, by=self.second, why="好")
        make_waiting()
        export.refresh_from_db()
        assert (export.state, export.rows) == (State.READY, 0)

    def test_allows_no_more_rows_than_were_seen(self) -> None:
        """Of the same doors, too: a need noted since is a row that nobody allowed."""
        f.make_need(self.wang, note="每周二透析")
        export = self.asked(Which.NEEDS, columns=["name", "need", "id_number"], why={"id_number": "要核对"})
        assert export.rows == 1
        f.make_need(self.wang, f.make_need_kind("later"))
        actions.approve(export, by=self.second, why="好")
        assert make_waiting() == 0
        export.refresh_from_db()
        assert (export.state, export.end) == (State.ENDED, End.GREW)

    def test_forgets_what_it_was_about_when_it_is_refused(self) -> None:
        export = self.asked(why=WHOLE)
        assert ExportRow.objects.filter(export=export).count() == 2
        actions.refuse(export, by=self.second, why="不必")
        assert not ExportRow.objects.filter(export=export).exists()


class MadeTests(ExportTestCase):
    def test_says_who_exported_what_in_their_places(self) -> None:
        export = self.made()
        foreign = self.made(by=self.foreign_clerk)
        for user in (self.second, self.supervisor):
            self.sign_in(user)
            page = self.client.get("/exports/made/")
            for words in (export.code_label, "陈静", "周三发米"):
                self.assertContains(page, words)
            self.assertNotContains(page, foreign.code_label)
        self.sign_in(self.admin)
        self.assertContains(self.client.get("/exports/made/"), foreign.code_label)
        self.sign_in(self.lead)
        assert self.client.get("/exports/made/").status_code == 403

    def test_turns_pages_without_a_gap(self) -> None:
        made = [self.asked() for _n in range(35)]
        self.sign_in(self.second)
        first = self.client.get("/exports/made/")
        second = self.client.get("/exports/made/", {"after": first.context["next_cursor"]})
        shown = [export.pk for page in (first, second) for export in page.context["exports"]]
        assert shown == [export.pk for export in reversed(made)]
        assert not second.context["next_cursor"]
        assert self.client.get("/exports/made/", {"after": "x"}).context["is_first_page"]
