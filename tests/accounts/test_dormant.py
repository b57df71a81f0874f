"""Accounts that nobody uses: told, closed a week later, let in again. /desk/people/dormant/."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from resilience.accounts.actions.dormant import NEVER_USED, NOTICE, UNUSED, close_dormant, wake
from resilience.accounts.models import Session, User
from resilience.chores import EVERY_DAY
from resilience.lib.errors import Refused
from resilience.outbox.models import Message
from tests.base import CastTestCase

NOW = datetime(2026, 11, 23, 8, 1, tzinfo=timezone.get_default_timezone())
PAGE = reverse("people-dormant")


class DormantTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(NOW, tick=False)
        self.moment: Any = clock.start()
        self.addCleanup(clock.stop)
        User.objects.update(date_joined=NOW - timedelta(days=400), last_login=NOW)

    def used(self, user: User, ago: timedelta | None) -> None:
        User.objects.filter(pk=user.pk).update(last_login=None if ago is None else NOW - ago)

    def is_open(self, user: User) -> bool:
        return User.objects.get(pk=user.pk).is_active


class ClosingTests(DormantTestCase):
    def test_whoever_did_not_sign_in_is_told_and_closed_a_week_later(self) -> None:
        self.used(self.worker, UNUSED - NOTICE)
        assert close_dormant() == 1
        assert self.is_open(self.worker)
        assert close_dormant() == 0
        self.moment.shift(NOTICE - timedelta(seconds=1))
        assert close_dormant() == 0
        self.moment.shift(1)
        assert close_dormant() == 1
        assert not self.is_open(self.worker)
        assert all(self.is_open(user) for user in (self.colleague, self.clerk, self.admin))

    def test_nobody_is_closed_without_a_week_to_come_back(self) -> None:
        self.used(self.worker, timedelta(days=300))
        close_dormant()
        close_dormant()
        assert self.is_open(self.worker)
        self.moment.shift(NOTICE)
        close_dormant()
        assert not self.is_open(self.worker)

    def test_a_sign_in_after_the_notice_keeps_it_open_and_the_next_time_there_is_a_notice_again(self) -> None:
        self.used(self.worker, UNUSED - NOTICE)
        close_dormant()
        self.moment.shift(timedelta(days=3))
        User.objects.update(last_login=timezone.now())
        self.moment.shift(UNUSED - NOTICE - timedelta(seconds=1))
        assert close_dormant() == 0
        assert self.is_open(self.worker)
        self.moment.shift(1)
        assert close_dormant() == User.objects.count()  # told once more

    def test_one_that_was_never_used_is_closed_after_thirty_days(self) -> None:
        User.objects.filter(pk=self.worker.pk).update(last_login=None, date_joined=NOW - NEVER_USED + NOTICE)
        assert close_dormant() == 1
        self.moment.shift(NOTICE)
        assert close_dormant() == 1
        assert not self.is_open(self.worker)

    def test_the_last_administrator_stays(self) -> None:
        second = User.objects.create_user("second", name="二", is_superuser=True, last_login=NOW)
        User.objects.filter(pk=second.pk).update(date_joined=NOW - timedelta(days=400))
        for user in (self.admin, second):
            self.used(user, timedelta(days=300))
        close_dormant()
        self.moment.shift(NOTICE)
        close_dormant()
        close_dormant()
        assert [self.is_open(self.admin), self.is_open(second)].count(True) == 1

    def test_the_notice_goes_by_e_mail_else_to_the_phone_and_names_nobody(self) -> None:
        User.objects.filter(pk=self.worker.pk).update(email="ma@example.org", phone="15409310001")
        self.colleague.phone = "15409310002"
        self.colleague.save(update_fields=["phone"])
        for user in (self.worker, self.colleague, self.lead):
            self.used(user, UNUSED)
        close_dormant()
        sent = {message.recipient: message for message in Message.objects.all()}
        assert {to: message.channel for to, message in sent.items()} == {
            "ma@example.org": "email",
            "15409310002": "sms",
        }
        assert not any(name in message.body for message in sent.values() for name in ("马晓兰", "worker"))

    def test_closing_ends_the_sessions(self) -> None:
        client = Client()
        client.force_login(self.worker)
        self.used(self.worker, UNUSED)
        close_dormant()
        self.moment.shift(NOTICE)
        close_dormant()
        assert not Session.objects.filter(user=self.worker).exists()
        assert client.get(reverse("round")).status_code == 302

    def test_it_is_a_daily_chore(self) -> None:
        assert any("unused accounts" in name for name in EVERY_DAY)


class WakingTests(DormantTestCase):
    def setUp(self) -> None:
        super().setUp()
        User.objects.filter(pk=self.worker.pk).update(
            is_active=False, dormant_since=NOW - timedelta(days=1), dormant_notice_at=NOW - timedelta(days=8),
            last_login=NOW - timedelta(days=100),
        )  # fmt: skip

    def test_staff_let_somebody_in_again_and_their_time_begins_anew(self) -> None:
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(PAGE), "马晓兰")
        response = self.client.post(PAGE, {"person": self.worker.uid})
        assert (response.status_code, response["Location"]) == (303, PAGE)
        assert self.is_open(self.worker)
        assert close_dormant() == 0
        self.moment.shift(NOTICE)
        assert close_dormant() == 0

    def test_works_with_htmx(self) -> None:
        self.sign_in(self.clerk)
        response = self.client.post(PAGE, {"person": self.worker.uid}, headers={"HX-Request": "true"})
        assert response["HX-Redirect"] == PAGE

    def test_of_a_foreign_colleague_there_is_none(self) -> None:
        self.sign_in(self.foreign_clerk)
        self.assertNotContains(self.client.get(PAGE), "马晓兰")
        assert self.client.post(PAGE, {"person": self.worker.uid}).status_code == 404
        assert not self.is_open(self.worker)

    def test_whoever_left_for_good_is_not_let_in_here(self) -> None:
        User.objects.filter(pk=self.worker.pk).update(dormant_since=None)
        self.sign_in(self.clerk)
        for named, status in ((self.worker.uid, 404), (uuid4(), 404), ("x", 422), ("", 422)):
            assert self.client.post(PAGE, {"person": named}).status_code == status
        with pytest.raises(Refused):
            wake(self.worker, by=self.clerk)

    def test_is_the_offices_alone(self) -> None:
        for user in (self.worker, self.lead):
            User.objects.filter(pk=user.pk).update(is_active=True, dormant_since=None)
            self.sign_in(User.objects.get(pk=user.pk))
            assert self.client.get(PAGE).status_code == 403
        self.sign_in(self.clerk)
        assert self.client.put(PAGE).status_code == 405
