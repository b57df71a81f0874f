"""/desk/data/<uid>/do/: corrections go into the file with its history; a deletion leaves only what must stay."""

from __future__ import annotations

import importlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from households.actions.again import purge_again
from households.models import FileChange, Opening, Resident, ResidentNeed, ServiceRequest, Tombstone, Visit
from resilience.audit.models import Entry
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.outbox.models import Message
from resilience.privacy.actions import carrying_out as verbs
from resilience.privacy.actions import data_requests
from resilience.privacy.actions.data_requests import Asking, ask
from resilience.privacy.kept import WHY, plan_of
from resilience.privacy.models import Consent, DataRequest, Identity, Kind, Refusal
from tests import factories as f
from tests.base import CastTestCase
from tests.canaries import plant


class CarryingOutTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.clerk)

    def url(self, one: DataRequest) -> str:
        return reverse("data-request-do", args=[one.uid])

    def correction(self, field: str, value: str) -> DataRequest:
        return f.make_data_request(self.wang, "correct", proposed={"field": field, "value": value})

    def ended(self, resident: Resident, **more: Any) -> ServiceRequest:
        filed: ServiceRequest = f.make_request(
            resident.household, **{"person_name": resident.name, "phone": resident.phone, **more}
        )
        filed.assignments.update(ended_at=timezone.now(), end_reason="resolved")
        now = timezone.now()
        ServiceRequest.unscoped.filter(pk=filed.pk).update(state="closed", worker=None, resolved_at=now, closed_at=now)
        return filed

    # --- correcting
    def test_a_correction_goes_into_the_file_with_its_history(self) -> None:
        one = self.correction("name", "王秀莹")
        page = self.client.get(self.url(one))
        self.assertContains(page, "王秀莹")
        assert self.client.post(self.url(one), {"words": "已改好"}).status_code == 303
        assert Resident.unscoped.get(pk=self.wang.pk).name == "王秀莹"
        change = FileChange.unscoped.get(resident=self.wang)
        assert (change.changes[0]["old"], change.changes[0]["new"], change.by) == ("王秀英", "王秀莹", self.clerk)
        one.refresh_from_db()
        assert (one.state, one.answer) == ("done", "已改好")

    def test_every_detail_can_be_put_right_and_the_others_stay(self) -> None:
        Resident.unscoped.filter(pk=self.wang.pk).update(registered_elsewhere="天水市")
        for field, value in (
            ("phone", "19900000077"), ("birth", "1942-03-15"), ("sex", "男"), ("registered_elsewhere", "定西市"),
        ):  # fmt: skip
            verbs.correct(self.correction(field, value), words="", by=self.clerk)
        now = Resident.unscoped.get(pk=self.wang.pk)
        assert (now.phone, str(now.birth_date), now.sex, now.name) == ("19900000077", "1942-03-15", "m", "王秀英")
        assert now.registered_elsewhere == "定西市"

    def test_what_the_register_refuses_is_refused_and_nothing_is_answered(self) -> None:
        Resident.unscoped.filter(pk=self.wang.pk).update(id_number="620103194203150027")
        one = self.correction("birth", "1950-01-01")
        response = self.client.post(self.url(one), {"words": "好"})
        self.assertContains(response, "1942-03-15", status_code=422)
        self.assertContains(response, "好", status_code=422)
        one.refresh_from_db()
        assert one.is_open

    # --- what is sealed of a correction
    def test_a_proposed_number_is_masked_until_it_is_opened(self) -> None:
        for field, value, masked in (
            ("id_number", "620103194203150024", "6201**********0024"), ("phone", "19900000077", "199****0077"),
        ):  # fmt: skip
            one = self.correction(field, value)
            page = self.client.get(self.url(one))
            self.assertNotContains(page, value)
            self.assertContains(page, masked)
            show = reverse("data-request-proposed", args=[one.uid])
            self.assertContains(page, show)
            assert not Opening.objects.filter(fields=field).exists()
            shown = self.client.post(show, {"words": "看过身份证"})
            self.assertContains(shown, value)
            self.assertContains(shown, "看过身份证")  # nothing typed is lost
            assert "no-store" in shown["Cache-Control"]
            opening = Opening.objects.get(fields=field)
            assert (opening.resident, opening.by, opening.reason) == (self.wang, self.clerk, "file")
            part = self.client.post(show, headers={"HX-Request": "true"})
            self.assertContains(part, value)
            self.assertNotContains(part, "<h1")
            self.assertNotContains(self.client.get(self.url(one)), value)
            verbs.correct(one, words="", by=self.clerk)

    def test_what_is_not_sealed_of_it_is_compared_at_once(self) -> None:
        one = self.correction("name", "王秀莹")
        page, show = self.client.get(self.url(one)), reverse("data-request-proposed", args=[one.uid])
        self.assertNotContains(page, show)
        assert self.client.get(show).status_code == 405
        self.assertRedirects(self.client.post(show), self.url(one), status_code=303)
        assert not Opening.objects.exists()

    def test_a_proposed_number_is_shown_to_the_office_of_that_place_while_it_waits_only(self) -> None:
        one = self.correction("phone", "19900000077")
        show = reverse("data-request-proposed", args=[one.uid])
        for user, status in ((self.worker, 403), (self.foreign_clerk, 404)):
            self.sign_in(user)
            assert self.client.post(show).status_code == status
        self.sign_in(self.clerk)
        data_requests.refuse(one, why=Refusal.IS_RIGHT, words="号码没错", by=self.clerk)
        self.assertNotContains(self.client.post(show, follow=True), "19900000077")
        assert not Opening.objects.exists()

    def test_what_they_proposed_is_gone_when_it_is_answered(self) -> None:
        """What it was about stays: it says on the page what was put right."""
        refused, done = self.correction("phone", "19900000077"), f.make_data_request(
            self.li, "correct", proposed={"field": "name", "value": "李国庆"}
        )  # fmt: skip
        data_requests.refuse(refused, why=Refusal.IS_RIGHT, words="号码没错", by=self.clerk)
        verbs.correct(done, words="", by=self.clerk)
        assert DataRequest.objects.get(pk=refused.pk).proposed == {"field": "phone"}
        assert DataRequest.objects.get(pk=done.pk).proposed == {"field": "name"}
        self.assertNotContains(self.client.get(reverse("data-request", args=[refused.uid])), "→")

    def test_those_answered_before_are_emptied_by_a_migration(self) -> None:
        step = importlib.import_module("resilience.privacy.migrations.0003_answered_ones_propose_nothing")
        one, still = self.correction("phone", "19900000077"), f.make_data_request(
            self.li, "correct", proposed={"field": "name", "value": "李国庆"}
        )  # fmt: skip
        DataRequest.objects.filter(pk=one.pk).update(state="done", closed_at=timezone.now())
        step.empty(apps, None)
        assert DataRequest.objects.get(pk=one.pk).proposed == {"field": "phone"}
        assert DataRequest.objects.get(pk=still.pk).proposed == {"field": "name", "value": "李国庆"}

    # --- deleting
    def test_it_says_what_goes_and_what_stays_and_does_exactly_that(self) -> None:
        f.make_need(self.wang)
        done, still = self.ended(self.wang), f.make_request(self.household)
        one = f.make_data_request(self.wang, "delete")
        page = self.client.get(self.url(one))
        plan = page.context["plan"]
        assert (plan.requests, len(plan.needs), plan.is_whole) == ([done.pk], 1, False)
        assert plan.stays == ["duty", "open", "household", "audit", "counts", "tombstone"]
        assert self.client.post(self.url(one), {}).status_code == 303
        assert not ResidentNeed.unscoped.filter(resident=self.wang).exists()
        assert ServiceRequest.unscoped.get(pk=done.pk).anonymised_at is not None
        assert ServiceRequest.unscoped.get(pk=still.pk).anonymised_at is None
        assert not Message.objects.filter(about=done.code).exists()
        assert Resident.unscoped.filter(pk=self.wang.pk).exists()
        one.refresh_from_db()
        assert one.kept == plan.stays
        told = self.client.get(reverse("data-request", args=[one.uid]))
        for code in plan.stays:
            self.assertContains(told, str(WHY[code])[:12])

    def test_nobody_deletes_a_person_on_their_own_word(self) -> None:
        """Who writes down that somebody wants it does not carry it out; a correction, which has a history, they may."""
        f.make_need(self.wang, note="透析")
        one = f.make_data_request(self.wang, "delete", identity="known", recorded_by=self.clerk)
        page = self.client.get(reverse("data-request", args=[one.uid]))
        self.assertContains(page, "须由办公室其他人")
        page = self.client.get(self.url(one))
        self.assertContains(page, "须由办公室其他人")
        self.assertNotContains(page, "button danger")
        assert self.client.post(self.url(one), {"words": "好"}).status_code == 422
        with pytest.raises(Refused):
            verbs.delete(one, words="", by=self.clerk)
        assert ResidentNeed.unscoped.filter(resident=self.wang).exists()
        rows, done = DataRequest.objects.filter(pk=one.pk), {"state": "done", "closed_at": timezone.now()}
        with pytest.raises(IntegrityError, match="data_request_deleted_by_a_second"), transaction.atomic():
            rows.update(closed_by=self.clerk, **done)
        second = f.make_staff("second", self.home)
        self.sign_in(second)
        self.assertContains(self.client.get(self.url(one)), "button danger")
        assert self.client.post(self.url(one), {}).status_code == 303
        assert not ResidentNeed.unscoped.filter(resident=self.wang).exists()
        right = self.correction("name", "王秀莹")
        DataRequest.objects.filter(pk=right.pk).update(recorded_by=self.clerk)
        verbs.correct(right, words="", by=self.clerk)

    def test_the_message_that_told_them_goes_with_them_once_it_is_out(self) -> None:
        Resident.unscoped.filter(pk=self.wang.pk).update(presence="moved_out")
        wang = Resident.unscoped.select_related("household__community").get(pk=self.wang.pk)
        one = ask(wang, Asking(kind=Kind.DELETE, identity=Identity.KNOWN), by=self.clerk)
        Message.objects.update(state="sent")
        verbs.delete(one, words="", by=f.make_staff("second", self.home))
        assert not Message.objects.exists()

    def test_nothing_is_left_of_who_does_not_live_here_any_more(self) -> None:
        planted = plant("金雀甲", 7, self.building, self.worker, "701")
        self.ended(planted.resident, text="金雀甲自诉")
        Resident.unscoped.filter(pk=planted.resident.pk).update(presence="moved_out")
        f.make_phone(planted.household, planted.resident.phone, "本人")
        one = f.make_data_request(planted.resident, "delete", words="金雀甲要删", identity="card")
        verbs.delete(one, words="", by=self.clerk)
        assert not Resident.unscoped.filter(pk=planted.resident.pk).exists()
        assert not Consent.objects.exists()
        assert planted.resident.phone not in [each.number for each in planted.household.phones.all()]
        assert not Visit.unscoped.filter(household=planted.household).exists()
        for row in DataRequest.objects.all():
            assert (row.resident, row.words, row.asker_name, row.proposed) == (None, "", "", {})
        assert not ServiceRequest.unscoped.filter(text__contains="金雀甲自诉").exists()
        for entry in Entry.objects.all():
            assert "金雀甲" not in json.dumps([entry.details, entry.why, entry.fields], ensure_ascii=False)
        self.assertContains(self.client.get(reverse("data-request", args=[one.uid])), str(WHY["audit"])[:12])

    def test_a_restored_backup_does_not_bring_them_back(self) -> None:
        Resident.unscoped.filter(pk=self.wang.pk).update(presence="died")
        row = Resident.unscoped.filter(pk=self.wang.pk).values().get()
        with self.captureOnCommitCallbacks(execute=True):
            verbs.delete(f.make_data_request(self.wang, "delete"), words="", by=self.clerk)
        assert Tombstone.objects.filter(table="households.resident", rule="person").count() == 1
        Resident.unscoped.create(**row)
        purge_again()
        assert not Resident.unscoped.filter(pk=self.wang.pk).exists()

    def test_a_legal_hold_keeps_what_it_holds(self) -> None:
        campaign = f.make_campaign(self.home, by=self.clerk, takes_visits=True)
        type(campaign).objects.filter(pk=campaign.pk).update(
            hold_why="案件", hold_by=self.clerk, hold_until_date=today() + timedelta(days=9)
        )
        need = f.make_need(self.wang, campaign=campaign)
        Resident.unscoped.filter(pk=self.wang.pk).update(presence="moved_out")
        one = f.make_data_request(self.wang, "delete")
        verbs.delete(one, words="", by=self.clerk)
        assert ResidentNeed.unscoped.filter(pk=need.pk).exists()
        one.refresh_from_db()
        assert "hold" in one.kept

    def test_what_they_asked_for_others_forgets_that_they_did(self) -> None:
        filed = self.ended(self.li, filer_name="王秀英", filer_phone="19900000001")
        verbs.delete(f.make_data_request(self.wang, "delete"), words="", by=self.clerk)
        filed = ServiceRequest.unscoped.get(pk=filed.pk)
        assert (filed.filer_name, filed.filer_phone, filed.person_name) == ("", "", "李国强")
        assert filed.phone == "19900000002"

    def test_others_of_the_household_lose_nothing(self) -> None:
        son = f.make_resident(self.household, "王建军", phone="19900000009")
        f.make_need(son)
        theirs, visit = self.ended(son, text="儿子的"), f.make_visit(self.household, self.worker)
        Resident.unscoped.filter(pk=self.wang.pk).update(presence="died")
        verbs.delete(f.make_data_request(self.wang, "delete"), words="", by=self.clerk)
        assert ResidentNeed.unscoped.filter(resident=son).exists()
        assert ServiceRequest.unscoped.get(pk=theirs.pk).text == "儿子的"
        assert Visit.unscoped.filter(pk=visit.pk).exists()

    def test_a_copy_is_no_deletion_and_what_was_answered_is_not_done_again(self) -> None:
        for one in (f.make_data_request(self.wang), f.make_data_request(self.li, "restrict", words="不要")):
            assert self.client.get(self.url(one)).status_code == 303
            with pytest.raises(Refused):
                verbs.delete(one, words="", by=self.clerk)
        one = f.make_data_request(self.wang, "delete")
        verbs.delete(one, words="", by=self.clerk)
        assert self.client.post(self.url(one), {}).status_code == 303
        with pytest.raises(Refused):
            verbs.delete(one, words="", by=self.clerk)

    def test_the_plan_costs_the_same_for_many_rows(self) -> None:
        one = f.make_data_request(self.wang, "delete")
        counts = []
        for number in (1, 6):
            for at in range(number):
                f.make_need(self.wang, f.make_need_kind(f"kind{number}{at}"))
                self.ended(self.wang)
            with CaptureQueriesContext(connection) as queries:
                assert self.client.get(self.url(one)).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 12

    def test_sweeping_knows_whether_there_is_anything(self) -> None:
        assert verbs.sweep_deleted() == 0
        assert plan_of(self.wang).requests == []
