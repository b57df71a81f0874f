"""/accounts/sessions/ and /desk/people/…/sessions/: how long a sign-in holds, where one is signed in, ending it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import time_machine
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from households.actions.people import hand_over_everything
from households.models import Appointment, Responsibility, Role
from households.sign_in import ADMINISTRATOR, BY_ROLE, rules_for
from resilience.accounts.confirming import FRESH_FORM
from resilience.accounts.models import Session, User
from resilience.accounts.rules import Rules
from resilience.accounts.user_agents import device_code, device_words
from resilience.lib import http
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase

OWN = reverse("accounts:sessions")
WECHAT = "Mozilla/5.0 (Linux; Android 13; V2) Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOW = datetime(2026, 11, 23, 8, 1, tzinfo=timezone.get_default_timezone())


def browser(user: User, *, at: str = "203.0.113.77", agent: str = FIREFOX) -> Client:
    """Somebody signs in on a device of theirs."""
    client = Client(REMOTE_ADDR=at, HTTP_USER_AGENT=agent)
    client.post(reverse("accounts:login"), {"username": user.username, "password": f.PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:factors")).status_code == 200


class SessionTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        User.objects.update(password=make_password(f.PASSWORD))  # by the tests' own quick hasher
        self.clock = time_machine.travel(NOW, tick=False)
        self.moment = self.clock.start()
        self.addCleanup(self.clock.stop)


class LimitTests(SessionTestCase):
    """How long it holds, by what the person is."""

    def check(self, user: User, rules: Rules) -> None:
        idle = browser(user)
        self.moment.shift(rules.idle - timedelta(seconds=2))
        assert is_in(idle)
        self.moment.shift(rules.idle - timedelta(seconds=2))
        assert is_in(idle)  # each use begins the time anew
        self.moment.shift(rules.idle + timedelta(seconds=2))
        assert not is_in(idle)
        busy = browser(user)
        steps = int(rules.whole / rules.idle * 2) + 1
        for _ in range(steps - 1):
            self.moment.shift(rules.whole / steps)
            assert is_in(busy)
        self.moment.shift(rules.whole / steps + timedelta(seconds=2))
        assert not is_in(busy)  # and however busy, it ends

    def test_a_workers_holds_over_a_weekend_and_a_fortnight_at_most(self) -> None:
        self.check(self.worker, BY_ROLE["worker"])

    def test_staff_leave_a_desk_for_half_an_hour_and_work_a_long_day(self) -> None:
        self.check(self.clerk, BY_ROLE["staff"])

    def test_an_administrators_is_the_shortest(self) -> None:
        self.check(self.admin, ADMINISTRATOR)

    def test_every_role_has_its_limits_and_the_strictest_counts(self) -> None:
        assert {str(role) for role in Role} <= set(BY_ROLE)
        Appointment.objects.create(user=self.worker, role=Role.STAFF, region=self.home, from_date=today())
        assert rules_for(self.worker, Client().get("/").wsgi_request) == BY_ROLE["staff"]

    def test_a_new_role_shortens_a_sign_in_that_holds_already(self) -> None:
        client = browser(self.worker)
        Appointment.objects.create(user=self.worker, role=Role.STAFF, region=self.home, from_date=today())
        self.moment.shift(timedelta(hours=1))
        assert is_in(client)  # from here on as staff
        self.moment.shift(timedelta(minutes=31))
        assert not is_in(client)

    def test_asking_for_news_by_itself_is_no_use(self) -> None:
        client = browser(self.clerk)
        for _ in range(4):
            self.moment.shift(timedelta(minutes=9))
            client.get(reverse("desk"), headers={"HX-Request": "true", "If-None-Match": '"x"'})
        assert not is_in(client)


class NoteTests(SessionTestCase):
    """What is written of a session's use."""

    def statements(self, client: Client) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            client.get(OWN)
        return [query["sql"] for query in captured.captured_queries if query["sql"].startswith("UPDATE")]

    def test_it_is_written_once_a_minute_at_most(self) -> None:
        client = browser(self.worker)
        assert [len(self.statements(client)) for _ in range(3)] == [0, 0, 0]
        self.moment.shift(timedelta(seconds=61))
        assert [len(self.statements(client)) for _ in range(3)] == [1, 0, 0]

    def test_it_keeps_the_network_only_and_the_device_in_a_word(self) -> None:
        browser(self.worker, agent=WECHAT)
        row = Session.objects.get(user=self.worker)
        assert (row.address, row.device) == ("203.0.113.*", "wechat/android")

    def test_it_keeps_when_the_session_began(self) -> None:
        client = browser(self.worker)
        self.moment.shift(timedelta(hours=1))
        client.get(OWN)
        client.post(reverse("text_size"), {"size": "150"})
        row = Session.objects.get(user=self.worker)
        assert row.seen_at - row.started_at == timedelta(hours=1)

    def test_a_page_that_wrote_into_its_session_loses_no_note(self) -> None:
        client = browser(self.worker)
        self.moment.shift(timedelta(hours=1))
        session: Any = client.session
        session["note"] = "kept"
        session.save()
        client.get(OWN)
        assert Session.objects.get(user=self.worker).seen_at == timezone.now()
        assert client.session["note"] == "kept"

    def test_addresses_are_shortened(self) -> None:
        shortened = {"198.51.100.7": "198.51.100.*", "2001:db8:1:2::3": "2001:db8:1:*", "::1": ":*", "": ""}
        assert {address: http.shortened(address) for address in shortened} == shortened

    def test_devices_are_said_in_words(self) -> None:
        assert device_words(device_code(WECHAT)) == "微信，安卓手机"
        assert device_words(device_code(FIREFOX)) == "Firefox，Windows 电脑"
        assert device_words(device_code("curl/8")) == device_words("") == "不认识的设备"


class OwnSessionsTests(SessionTestCase):
    def lines(self, client: Client) -> list[Any]:
        return client.get(OWN).context["lines"]

    def test_lists_each_with_this_one_marked(self) -> None:
        here, there = browser(self.worker), browser(self.worker, at="198.51.100.7", agent=WECHAT)
        browser(self.colleague)
        assert [line.is_this for line in self.lines(here)].count(True) == 1
        assert {line.address for line in self.lines(there)} == {"203.0.113.*", "198.51.100.*"}
        self.assertContains(here.get(OWN), "本机", count=1)

    def test_asks_the_database_as_often_for_many_devices_as_for_one(self) -> None:
        here = browser(self.worker)
        for _more in range(2):
            with self.assertNumQueries(4):
                here.get(OWN)
            for _device in range(5):
                browser(self.worker)

    def test_one_is_ended_and_the_others_stay(self) -> None:
        here, lost, third = (browser(self.worker, agent=agent) for agent in (FIREFOX, WECHAT, "curl/8"))
        uid = next(line.uid for line in self.lines(here) if line.device.startswith("微信"))
        response = here.post(OWN, {"session": uid})
        assert (response.status_code, response["Location"]) == (303, OWN)
        assert (is_in(here), is_in(lost), is_in(third)) == (True, False, True)

    def test_all_others_are_ended_and_this_one_stays(self) -> None:
        here, *others = (browser(self.worker) for _ in range(3))
        here.post(OWN, {"others": "1"})
        assert is_in(here)
        assert not any(map(is_in, others))

    def test_works_with_htmx(self) -> None:
        here, there = browser(self.worker), browser(self.worker)
        response = here.post(OWN, {"others": "1"}, headers={"HX-Request": "true"})
        assert response["HX-Redirect"] == OWN
        assert not is_in(there)

    def test_nobody_ends_anybody_elses(self) -> None:
        here, foreign = browser(self.worker), browser(self.colleague)
        uid = Session.objects.get(user=self.colleague).uid
        for named in (uid, uuid4(), "x", ""):
            assert here.post(OWN, {"session": named}).status_code == 303
        assert is_in(foreign)

    def test_asks_first_who_one_is_where_that_was_longer_ago(self) -> None:
        here, there = browser(self.worker), browser(self.worker)
        self.moment.shift(FRESH_FORM + timedelta(minutes=1))
        confirm = reverse("accounts:confirm")
        assert here.get(OWN)["Location"].startswith(confirm)
        assert here.post(OWN, {"others": "1"})["Location"].startswith(confirm)
        assert Session.objects.of(self.worker).count() == 2
        here.post(confirm, {"password": f.PASSWORD})
        here.post(OWN, {"others": "1"})
        assert Session.objects.of(self.worker).count() == 1
        assert not is_in(there)

    def test_takes_no_other_method(self) -> None:
        assert browser(self.worker).put(OWN).status_code == 405


class ColleaguesSessionsTests(SessionTestCase):
    def url(self, person: User) -> str:
        return reverse("person-sessions", args=[person.uid])

    def test_the_desk_signs_a_lost_phone_out(self) -> None:
        phone, desk = browser(self.worker, agent=WECHAT), browser(self.clerk)
        line = desk.get(self.url(self.worker)).context["lines"][0]
        assert desk.post(self.url(self.worker), {"session": line.uid}).status_code == 303
        assert not is_in(phone)
        assert is_in(desk)

    def test_and_all_of_somebodys_devices(self) -> None:
        devices, desk = [browser(self.worker) for _ in range(2)], browser(self.clerk)
        response = desk.post(self.url(self.worker), {"others": "1"}, headers={"HX-Request": "true"})
        assert response["HX-Redirect"] == self.url(self.worker)
        assert not any(map(is_in, devices))

    def test_ends_nothing_of_another_person_through_this_ones_page(self) -> None:
        other, desk = browser(self.colleague), browser(self.clerk)
        uid = Session.objects.get(user=self.colleague).uid
        desk.post(self.url(self.worker), {"session": uid})
        assert is_in(other)

    def test_of_a_foreign_colleague_there_is_none(self) -> None:
        desk = browser(self.foreign_clerk)
        assert desk.get(self.url(self.worker)).status_code == 404
        assert desk.post(self.url(self.worker), {"others": "1"}).status_code == 404

    def test_of_an_administrator_and_who_serves_elsewhere_it_is_an_administrators(self) -> None:
        """One small appointment here is not enough to see where somebody is, or to sign them out."""
        Appointment.objects.create(user=self.admin, role="staff", region=self.home, from_date=date(2020, 1, 1))
        Appointment.objects.create(user=self.foreign_clerk, role="lead", grid=self.grid, from_date=date(2020, 1, 1))
        supervisor = f.make_supervisor("supervisor", self.home)
        desk, admin = browser(self.clerk), browser(self.admin)
        for user in (self.admin, self.foreign_clerk, supervisor):
            phone = browser(user)
            page = desk.get(self.url(user))
            self.assertContains(page, "只有管理员")
            assert not page.context["lines"]
            assert desk.post(self.url(user), {"others": "1"}).status_code == 403
            assert is_in(phone)
            assert admin.get(self.url(user)).context["lines"]

    def test_is_the_offices_alone(self) -> None:
        assert browser(self.worker).get(self.url(self.worker)).status_code == 403
        assert browser(self.lead).post(self.url(self.worker)).status_code == 403
        assert browser(self.clerk).delete(self.url(self.worker)).status_code == 405


class LeavingTests(SessionTestCase):
    """Whoever leaves is out with the next request, on every device, and stays out when the account comes back."""

    def setUp(self) -> None:
        super().setUp()
        self.devices = [browser(self.worker), browser(self.worker, agent=WECHAT)]
        assert all(map(is_in, self.devices))

    def test_by_handing_everything_over(self) -> None:
        hand_over_everything(self.worker, receivers=[self.colleague], by=self.clerk, why="去别处了")
        assert not any(map(is_in, self.devices))
        User.objects.filter(pk=self.worker.pk).update(is_active=True)
        assert not any(map(is_in, self.devices))

    def admin_form(self, desk: Client) -> dict[str, Any]:
        """What a browser would send of the person's page, with no appointment touched."""
        context = desk.get(self.admin_url("change")).context
        formsets = [each.formset for each in context["inline_admin_formsets"]]
        forms = [context["adminform"].form, *(each.management_form for each in formsets)]
        forms += [form for each in formsets for form in each.forms]
        return {form.add_prefix(name): form[name].value() or "" for form in forms for name in form.fields}

    def admin_url(self, page: str) -> str:
        return reverse("admin:auth_user_password_change" if page == "password" else f"admin:accounts_user_{page}",
                       args=[self.worker.pk])  # fmt: skip

    def test_by_being_closed_in_the_administration(self) -> None:
        desk = browser(self.admin)
        data = self.admin_form(desk)
        del data["is_active"]
        Responsibility.objects.all().delete()  # else the desk hands them over first
        assert desk.post(self.admin_url("change"), data).status_code == 302
        assert not any(map(is_in, self.devices))
        User.objects.filter(pk=self.worker.pk).update(is_active=True)
        assert not any(map(is_in, self.devices))
        assert is_in(desk)

    def test_by_a_password_the_administrator_sets(self) -> None:
        desk = browser(self.admin)
        data = {"password1": "kettle7bicycle", "password2": "kettle7bicycle", "usable_password": "true"}
        assert desk.post(self.admin_url("password"), data).status_code == 302
        assert not any(map(is_in, self.devices))
        assert not Session.objects.filter(user=self.worker).exists()

    def test_by_an_appointment_that_ends(self) -> None:
        Appointment.objects.filter(user=self.worker).update(until_date=today() - timedelta(days=1))
        for device in self.devices:
            assert device.get(reverse("round")).status_code == 403
            assert device.get(reverse("household", args=[self.household.uid])).status_code == 403

    def test_an_own_new_password_ends_the_other_devices(self) -> None:
        here, there = self.devices
        new = {"old_password": f.PASSWORD, "new_password1": "kettle7bicycle", "new_password2": "kettle7bicycle"}
        here.post(reverse("accounts:password"), new)
        assert (is_in(here), is_in(there)) == (True, False)
        assert Session.objects.filter(user=self.worker).count() == 1
