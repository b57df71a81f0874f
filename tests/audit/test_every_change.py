"""Whatever changes a file, a request or an account leaves a row; `tests.audit_watch` looks at every POST of the suite,
and here it is shown to see, and made to look at what is no POST of a page: the background and the administration."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from households.actions import assignments, escalation, people
from households.actions.households import confirm
from households.actions.requests import remark
from households.models import Actor, Appointment, Category, Household, ServiceRequest
from resilience.audit.models import Actor as Who
from resilience.audit.models import Entry
from resilience.lib.errors import Refused
from tests import factories as f
from tests.accounts.factor_help import confirm as say_who_it_is
from tests.audit_watch import watched
from tests.base import CastTestCase


def last() -> Entry:
    return Entry.objects.newest_first()[0]


class WatchTests(CastTestCase):
    def test_it_sees_a_change_without_a_row(self) -> None:
        with watched() as watch, transaction.atomic():
            Household.unscoped.filter(pk=self.household.pk).update(care_colour="red")
        assert watch.unaudited() == ["UPDATE households_household"]

    def test_it_sees_that_the_row_is_of_another_transaction(self) -> None:
        with watched() as watch:
            confirm(self.household, by=self.worker)
            with transaction.atomic():
                Household.unscoped.filter(pk=self.household.pk).update(care_colour="red")
        assert watch.unaudited() == ["UPDATE households_household"]

    def test_it_lets_pass_what_was_undone_or_changed_nothing(self) -> None:
        with watched() as watch:
            with transaction.atomic():
                Household.unscoped.filter(pk=self.household.pk).update(care_colour="red")
                transaction.set_rollback(True)
            Household.unscoped.filter(pk=0).update(care_colour="red")
        assert watch.unaudited() == []

    def test_it_lets_pass_a_verb(self) -> None:
        with watched() as watch:
            confirm(self.household, by=self.worker)
        assert watch.unaudited() == []
        assert "audit_entry" in {each.table for each in watch.written}


class BackgroundTests(CastTestCase):
    def test_it_writes_down_what_escalates_and_closes_by_itself(self) -> None:
        filed = f.make_request(self.household)
        ServiceRequest.unscoped.filter(pk=filed.pk).update(due_at=timezone.now() - timedelta(days=9))
        with watched() as watch:
            assert escalation.escalate_due() == 1
        assert watch.unaudited() == []
        assert (last().action, last().actor, last().subject_key) == ("request.escalated", Who.SYSTEM, filed.code)

    def test_it_writes_down_who_went_and_where_their_work_did(self) -> None:
        f.make_request(self.household)
        with watched() as watch:
            people.hand_over_everything(self.worker, receivers=[self.colleague], by=self.clerk, why="调走了")
        assert watch.unaudited() == []
        found = set(Entry.objects.filter(by=self.clerk).values_list("action", "subject_key"))
        assert {("user.left", self.worker.uid.hex), ("household.responsible", self.household.uid.hex)} <= found

    def test_it_writes_nothing_when_the_verb_is_refused(self) -> None:
        filed = f.make_request(self.household)
        count = Entry.objects.count()
        with pytest.raises(Refused):
            assignments.decline(filed, by=self.colleague, reason="不归我")
        assert Entry.objects.count() == count


class PageTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.worker.set_password(f.PASSWORD)  # by this test's hasher
        self.worker.save(update_fields=["password"])

    def test_it_says_from_where_on_which_page_and_in_which_session(self) -> None:
        filed = f.make_request(self.household)
        self.sign_in(self.clerk)
        self.client.post(reverse("request-note", args=[filed.code]), {"text": "问过了"}, REMOTE_ADDR="192.0.2.9")
        entry = last()
        assert (entry.action, entry.by, entry.address) == ("request.note", self.clerk, "192.0.2.9")
        assert (entry.page, len(entry.session), entry.place) == ("request-note", 16, self.home.code)
        assert "问过了" not in str(vars(entry))

    def test_it_takes_whoever_is_not_signed_in_for_a_resident(self) -> None:
        filed = f.make_request(self.household)
        self.client.post(reverse("track-cancel", args=[filed.token]), {"why": "不用了"})
        assert (last().action, last().actor, last().by) == ("request.cancelled", Who.RESIDENT, None)

    def test_it_writes_down_sign_ins_those_that_failed_and_sign_outs(self) -> None:
        login = reverse("accounts:login")
        self.client.post(login, {"username": "worker", "password": "wrong"})
        assert (last().action, last().by) == ("user.sign_in_failed", None)
        assert "worker" not in str(vars(last()))
        self.client.post(login, {"username": "worker", "password": f.PASSWORD})
        assert (last().action, last().by) == ("user.signed_in", self.worker)
        self.client.post(reverse("accounts:logout"))
        assert (last().action, last().by) == ("user.signed_out", self.worker)

    def test_it_writes_down_a_new_password(self) -> None:
        self.sign_in(self.worker)
        new = {"old_password": f.PASSWORD, "new_password1": "salt-river-38-x", "new_password2": "salt-river-38-x"}
        assert self.client.post(reverse("accounts:password"), new).status_code == 302
        assert (last().action, last().by) == ("user.password_changed", self.worker)

    def test_it_writes_a_row_for_each_of_many(self) -> None:
        filed = f.make_request(self.household)
        remark(filed, by=self.clerk, actor=Actor.DESK, text="一")
        remark(filed, by=self.clerk, actor=Actor.DESK, text="二")
        assert Entry.objects.filter(action="request.note", subject_key=filed.code).count() == 2


class AdministrationTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.admin)
        say_who_it_is(self.client)

    def test_it_writes_down_which_fields_of_a_table_were_changed(self) -> None:
        category = Category.objects.get(pk=self.category.pk)
        url = reverse("admin:households_category_change", args=[category.pk])
        form = self.client.get(url).context["adminform"].form
        said = {name: value for name, value in form.initial.items() if value not in (None, False)}
        self.client.post(url, {**said, "name_en": "Food"})
        entry = last()
        assert (entry.action, entry.by) == ("admin.category.changed", self.admin)
        assert (entry.subject_key, entry.fields) == (category.code, "name_en")

    def test_it_writes_down_an_appointment_as_its_persons(self) -> None:
        more = {"user": self.worker.pk, "role": "staff", "region": self.home.pk, "from_date": "2026-11-01"}
        self.client.post(reverse("admin:households_appointment_add"), more)
        assert Appointment.objects.filter(user=self.worker, role="staff").exists()
        entry = last()
        assert (entry.action, entry.subject_key) == ("admin.appointment.added", self.worker.uid.hex)
        assert "role" in entry.fields

    def test_it_writes_down_a_password_that_an_administrator_set(self) -> None:
        url = reverse("admin:auth_user_password_change", args=[self.worker.pk])
        new = {"password1": "salt-river-38-x", "password2": "salt-river-38-x", "usable_password": "true"}
        self.client.post(url, new)
        assert (last().action, last().subject_key) == ("admin.user.changed", self.worker.uid.hex)
