"""Somebody with a role here and another elsewhere: each opens only what it opens by itself (`access.relations`)."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils import timezone

from households.models import Appointment, RequestEvent, Role, Visit
from resilience.accounts.models import User
from resilience.privacy.actions import data_requests
from resilience.privacy.actions.data_requests import Asking
from resilience.privacy.models import DataRequest, Identity, Kind
from tests import factories as f
from tests.base import CastTestCase

SINCE = date(2026, 1, 1)


class StaffElsewhereWhoLeadsHereTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        Appointment.objects.create(user=self.foreign_clerk, role=Role.LEAD, grid=self.grid, from_date=SINCE)
        self.sign_in(self.foreign_clerk)

    def test_they_close_no_account_and_end_no_session_here(self) -> None:
        for name in ("person-leave", "person-back", "person-sessions"):
            assert self.client.get(reverse(name, args=[self.worker.uid])).status_code == 403, name
        assert self.client.get(reverse("person-leave", args=[self.foreign_worker.uid])).status_code == 200

    def test_they_get_nobodys_copy_here(self) -> None:
        asking = {"kind": "copy", "asker": "self", "identity": "known"}
        assert self.client.post(reverse("data-request-new", args=[self.wang.uid]), asking).status_code == 403
        assert not DataRequest.objects.exists()
        one = data_requests.ask(self.wang, Asking(kind=Kind.COPY, identity=Identity.CARD), by=self.clerk)
        for name in ("data-request", "data-request-copy", "data-request-fetch", "data-request-do"):
            url = reverse(name, args=[one.uid])
            asked = self.client.get(url) if name == "data-request" else self.client.post(url, {"shape": "file"})
            assert asked.status_code == 404, name
        self.assertNotContains(self.client.get(reverse("data-requests")), self.wang.name)

    def test_they_find_no_account_that_sleeps_here(self) -> None:
        asleep = f.make_worker("asleep", self.grid, "睡着的人")
        User.objects.filter(pk=asleep.pk).update(is_active=False, dormant_since=timezone.now())
        self.assertNotContains(self.client.get(reverse("people-dormant")), "睡着的人")
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(reverse("people-dormant")), "睡着的人")

    def test_they_still_lead_here(self) -> None:
        assert self.client.get(reverse("household-responsible", args=[self.household.uid])).status_code == 200


class SupervisorHereWhoWorksElsewhereTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.one = f.make_supervisor("one", self.home, "督导")
        foreign_grid = self.foreign_household.grid
        Appointment.objects.create(user=self.one, role=Role.WORKER, grid=foreign_grid, from_date=SINCE)
        self.sign_in(self.one)

    def test_they_write_nothing_here(self) -> None:
        door = reverse("household-door", args=[self.household.uid])
        assert self.client.get(door).status_code == 403
        assert self.client.post(door, {"result": "met", "means": "door"}).status_code == 403
        filed = f.make_request(self.household)
        note = self.client.post(reverse("request-note", args=[filed.code]), {"text": "一句话", "key": "", "seen": ""})
        assert note.status_code == 403
        assert not Visit.unscoped.exists()
        assert not RequestEvent.unscoped.filter(service_request=filed, by=self.one).exists()

    def test_they_still_look_on_here_and_work_there(self) -> None:
        assert self.client.get(reverse("household", args=[self.household.uid])).status_code == 200
        assert self.client.get(reverse("household-door", args=[self.foreign_household.uid])).status_code == 200

    def test_a_page_offers_them_only_what_opens(self) -> None:
        filed = f.make_request(self.household)
        page = self.client.get(reverse("request", args=[filed.code]))
        assert page.context["buttons"] == []
