"""/desk/people/invitations/ and /invited/…: asking somebody to serve, by a link that opens once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from households.actions.invitations import Invited, accept, cancel, invite
from households.models import Appointment, Invitation, Role
from households.models.invitations import HOLDS_FOR
from resilience.accounts.models import User, phone_index
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from tests import factories as f
from tests.accounts.factor_help import confirm
from tests.base import CastTestCase, Response

LIST, NEW = reverse("invitations"), reverse("invitation-new")
CHOSEN = {"username": "liu.fang", "password": "kettle7bicycle", "again": "kettle7bicycle"}
PHONE = "15409310077"


class InvitationTestCase(CastTestCase):
    def asked(self, **more: Any) -> tuple[Invitation, str]:
        told = {"name": "刘芳", "phone": PHONE, "role": Role.WORKER, "place": self.grid, "from_date": today(),
                "until_date": None, **more}  # fmt: skip
        by = told.pop("by", self.clerk)
        return invite(Invited(**told), by=by)

    def link(self, **more: Any) -> str:
        return reverse("invited", args=[self.asked(**more)[1]])


class InvitingTests(InvitationTestCase):
    def send(self, user: User | None = None, **more: Any) -> Response:
        self.sign_in(user or self.clerk)
        confirm(self.client)
        data = {"name": "刘芳", "phone": "154 0931 0077", "role": "worker", "place": self.grid.code,
                "from_date": today().isoformat(), "until": "", **more}  # fmt: skip
        return self.client.post(NEW, data)

    def test_it_makes_a_link_that_is_shown_once(self) -> None:
        response = self.send()
        assert (response.status_code, response["Location"]) == (303, LIST)
        row = Invitation.objects.get()
        assert (row.name, row.phone, row.role, row.grid, row.by) == ("刘芳", PHONE, "worker", self.grid, self.clerk)
        assert self.client.head(LIST).status_code == 200  # shows nothing, so uses nothing up
        page = self.client.get(LIST)
        self.assertContains(page, "/invited/")
        self.assertContains(page, "<svg")
        self.assertNotContains(self.client.get(LIST), "/invited/")
        assert Client().get(page.context["link"].partition("localhost:8000")[2]).status_code == 200

    def test_the_token_stands_nowhere_in_the_database(self) -> None:
        self.send()
        token = self.client.get(LIST).context["link"].rstrip("/").rpartition("/")[2]
        assert len(token) >= 43  # 256 bits
        rows = repr(list(Invitation.objects.values())) + repr(dict(self.client.session.items()))
        assert token not in rows
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM households_invitation")
            assert PHONE not in repr(cursor.fetchall())

    def test_works_with_htmx(self) -> None:
        self.sign_in(self.clerk)
        confirm(self.client)
        data = {"name": "刘芳", "role": "lead", "place": self.grid.code, "from_date": today().isoformat()}
        assert self.client.post(NEW, data, headers={"HX-Request": "true"})["HX-Redirect"] == LIST

    def test_asks_first_who_one_is(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.get(NEW)["Location"].startswith(reverse("accounts:confirm"))

    def test_staff_give_no_role_as_high_as_theirs(self) -> None:
        for role in ("staff", "supervisor", "auditor", "administrator", "", "x"):
            response = self.send(role=role, place=self.home.code)
            assert response.status_code == 422
            assert "role" in response.context["form"].errors
        assert not Invitation.objects.exists()

    def test_staff_give_no_place_but_theirs(self) -> None:
        for place in (self.away.code, self.away.code + "001", self.home.code[:9], "6201", self.building.uid.hex, "x"):
            response = self.send(role="volunteer", place=place)
            assert response.status_code == 422, place
            assert "place" in response.context["form"].errors
        assert not Invitation.objects.exists()

    def test_an_administrator_gives_every_role_anywhere(self) -> None:
        for role, place in (("staff", self.away.code), ("supervisor", "620103"), ("auditor", "620103001")):
            assert self.send(self.admin, role=role, place=place, phone="").status_code == 303
        assert Invitation.objects.count() == 3

    def test_a_role_fits_its_place(self) -> None:
        for role, place in (("worker", self.home.code), ("lead", self.home.code), ("supervisor", self.grid.code),
                            ("volunteer", "620103")):  # fmt: skip
            response = self.send(self.admin, role=role, place=place)
            assert response.status_code == 422
            assert list(response.context["form"].errors) == ["place"]

    def test_bad_input_stays_in_the_form_with_a_word_beside_it(self) -> None:
        past, far = (today() - timedelta(days=1)).isoformat(), "9999-12-30"
        cases = {"name": ["", "1", "名" * 200, "\x00"], "phone": ["12", "x" * 300], "from_date": ["", past, far, "x"],
                 "until": [past, far, "x"]}  # fmt: skip
        for name, values in cases.items():
            for value in values:
                response = self.send(None, **{name: value})
                assert response.status_code == 422, (name, value)
                assert name in response.context["form"].errors
        assert self.send(name="刘" * 20, until=today().isoformat()).status_code == 303

    def test_who_has_an_account_is_not_asked_again(self) -> None:
        User.objects.filter(pk=self.worker.pk).update(phone_index=phone_index(PHONE))
        response = self.send()
        assert list(response.context["form"].errors) == ["phone"]

    def test_only_the_office_invites(self) -> None:
        for user in (self.worker, self.lead):
            self.sign_in(user)
            confirm(self.client)
            assert [self.client.get(url).status_code for url in (LIST, NEW)] == [403, 403]
            assert self.client.post(NEW, {"role": "worker"}).status_code == 403
        self.sign_in(self.clerk)
        assert self.client.post(LIST).status_code == 405
        assert self.client.delete(NEW).status_code == 405

    def test_lists_those_of_the_own_places(self) -> None:
        self.asked()
        self.sign_in(self.foreign_clerk)
        self.assertNotContains(self.client.get(LIST), "刘芳")
        self.sign_in(self.clerk)
        with self.assertNumQueries(4):
            self.assertContains(self.client.get(LIST), "刘芳")

    def test_one_is_taken_back(self) -> None:
        row, token = self.asked()
        url = reverse("invitation-cancel", args=[row.uid])
        self.sign_in(self.foreign_clerk)
        assert self.client.post(url).status_code == 404
        self.sign_in(self.lead)
        assert self.client.post(url).status_code == 403
        self.sign_in(self.clerk)
        assert self.client.get(url).status_code == 405
        assert self.client.post(url)["Location"] == LIST
        assert self.client.post(url).status_code == 404
        assert Client().get(reverse("invited", args=[token])).status_code == 404


class AcceptingTests(InvitationTestCase):
    def test_the_invited_is_in_and_serves(self) -> None:
        response = self.client.post(self.link(), CHOSEN)
        assert (response.status_code, response["Location"]) == (303, reverse("start"))
        user = User.objects.get(username="liu.fang")
        assert (user.name, user.phone, user.phone_index) == ("刘芳", PHONE, phone_index(PHONE))
        assert user.check_password("kettle7bicycle")
        held = Appointment.objects.get(user=user)
        assert (held.role, held.grid, held.from_date, held.until_date) == ("worker", self.grid, today(), None)
        assert self.client.get(reverse("round")).status_code == 200
        assert Invitation.objects.get().user == user

    def test_who_needs_a_second_factor_sets_it_up_next(self) -> None:
        link = self.link(role=Role.STAFF, place=self.home, by=self.admin)
        with override_settings(SECOND_FACTOR="required"):
            self.client.post(link, CHOSEN)
            assert self.client.get(reverse("desk"))["Location"] == reverse("accounts:factors")
            assert self.client.get(reverse("accounts:add_app")).status_code == 200

    def test_looking_uses_nothing_up(self) -> None:
        link = self.link()
        for _ in range(3):
            assert self.client.get(link).status_code == self.client.head(link).status_code == 200
        assert not User.objects.filter(name="刘芳").exists()
        assert self.client.post(link, CHOSEN).status_code == 303

    def test_no_cache_and_no_search_engine_keeps_it(self) -> None:
        response = self.client.get(self.link())
        assert response["Cache-Control"] == "no-store, private"
        assert "noindex" in response["X-Robots-Tag"]

    def test_used_taken_back_too_old_and_unknown_look_the_same(self) -> None:
        used, (row, back), old = self.asked(), self.asked(phone=""), self.asked(phone="", name="旧")
        accept(used[0], username="a.b", password="kettle7bicycle")
        cancel(row, by=self.clerk)
        Invitation.objects.filter(pk=old[0].pk).update(expires_at=timezone.now())
        answers = set()
        for token in (used[1], back, old[1], "A" * 43, "wrong-wrong"):
            for method in (self.client.get, self.client.post):
                response = method(f"/invited/{token}/")
                assert response.status_code == 404
                page = response.content.decode().replace(token, "")
                answers.add("\n".join(line for line in page.split("\n") if "csrfmiddlewaretoken" not in line))
        assert len(answers) == 1
        assert self.client.get("/invited/%00/").status_code == 404

    def test_it_holds_three_days(self) -> None:
        row, token = self.asked()
        assert row.expires_at - row.created_at == HOLDS_FOR == timedelta(hours=72)
        with mock.patch("django.utils.timezone.now", return_value=row.expires_at):
            assert self.client.get(reverse("invited", args=[token])).status_code == 404

    def test_a_bad_choice_is_said_beside_its_field_and_uses_nothing_up(self) -> None:
        link = self.link()
        for name, change in {
            "username": {"username": "worker"},
            "password": {"password": "woaini1314", "again": "woaini1314"},
            "again": {"again": "kettle7bicycles"},
        }.items():
            response = self.client.post(link, {**CHOSEN, **change})
            assert response.status_code == 422
            assert list(response.context["form"].errors) == [name]
        names = ("15409310077", "\x00", "名 字", "x" * 999)
        for change in (*({"username": name} for name in names), {"password": f"tel{PHONE}"}, {"password": "x" * 999}):
            assert self.client.post(link, {**CHOSEN, **change}).status_code == 422
        assert self.client.post(link, {}).status_code == 422
        assert self.client.post(link, CHOSEN).status_code == 303

    def test_of_who_has_left_meanwhile_it_opens_nothing(self) -> None:
        link = self.link()
        User.objects.filter(pk=self.clerk.pk).update(is_active=False)
        assert self.client.post(link, CHOSEN).status_code == 422
        assert not User.objects.filter(username="liu.fang").exists()
        assert Invitation.objects.open().exists()

    def test_of_who_could_not_ask_them_today_it_opens_nothing(self) -> None:
        """Their office ended, became another, or is one that never gave this role."""
        link, held = self.link(), Appointment.objects.filter(user=self.clerk)
        for change, back in (
            ({"until_date": today() - timedelta(days=1)}, {"until_date": None}),
            ({"region": self.away}, {"region": self.home}),
            ({"role": Role.SUPERVISOR}, {"role": Role.STAFF}),
        ):
            held.update(**change)
            assert Client().post(link, CHOSEN).status_code == 422, change
            held.update(**back)
        as_staff = self.link(role=Role.STAFF, place=self.home, phone="")
        assert Client().post(as_staff, CHOSEN).status_code == 422
        assert not User.objects.filter(username="liu.fang").exists()
        assert Client().post(link, CHOSEN).status_code == 303

    def test_of_an_administrator_it_opens_as_long_as_they_are_one(self) -> None:
        told = Invited("刘芳", PHONE, Role.STAFF, self.away, today(), None)
        link = reverse("invited", args=[invite(told, by=self.admin)[1]])
        User.objects.filter(pk=self.admin.pk).update(is_superuser=False)
        assert self.client.post(link, CHOSEN).status_code == 422
        User.objects.filter(pk=self.admin.pk).update(is_superuser=True)
        assert self.client.post(link, CHOSEN).status_code == 303

    def test_a_name_taken_in_the_same_moment_is_said_beside_it(self) -> None:
        row, _token = self.asked()
        with pytest.raises(Refused) as refused:
            accept(row, username="worker", password="kettle7bicycle")
        assert refused.value.field == "username"
        assert Invitation.objects.open().exists()


class AtOnceTests(TransactionTestCase):
    def test_of_two_who_open_it_at_once_one_is_told_no(self) -> None:
        grid = f.make_grid(f.make_community())
        clerk = f.make_staff("clerk", grid.community)
        row, _token = invite(Invited("刘芳", "", Role.WORKER, grid, today(), None), by=clerk)
        done: list[str] = []

        def try_it(name: str) -> None:
            try:
                accept(Invitation.objects.select_related("by").get(pk=row.pk), username=name, password="kettle7bicycle")
                done.append(name)
            except Refused:
                done.append("refused")
            finally:
                connection.close()

        threads = [threading.Thread(target=try_it, args=(f"user.{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert done.count("refused") == 3
        assert User.objects.filter(username__startswith="user.").count() == 1
        assert Appointment.objects.filter(role="worker").count() == 1
