"""Second factors by HTTP: signing in, and what opens without one. Passkeys: tests/browser."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from unittest import mock

from django.contrib.auth.hashers import make_password
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.http import urlencode

from households.models import Appointment, Role
from resilience.accounts import entering, limits
from resilience.accounts.actions.factors import renew_codes
from resilience.accounts.models import User
from resilience.lib.dates import today
from tests import factories as f
from tests.accounts.factor_help import (
    ADD_APP,
    CONFIRM,
    FACTORS,
    SECOND,
    STEP,
    FactorTestCase,
    code_of,
    confirm,
    give_app,
    password_step,
)
from tests.surface import BOTH, GET, TABLE, address, endpoints


class SignInTests(FactorTestCase):
    def test_a_password_alone_opens_nothing_of_who_has_a_second_factor(self) -> None:
        give_app(self.clerk)
        assert password_step(self.client, self.clerk) == SECOND
        assert not self.is_in()
        assert self.client.get(reverse("desk"))["Location"].startswith(reverse("accounts:login"))

    def test_the_code_leads_in_and_on_to_where_one_wanted_to_go(self) -> None:
        secret = give_app(self.clerk)
        password_step(self.client, self.clerk, next="/households/?q=1")
        before = self.client.session.session_key
        response = self.client.post(SECOND, {"code": code_of(secret)})
        assert (response.status_code, response["Location"]) == (303, "/households/?q=1")
        assert self.is_in()
        assert self.client.session.session_key != before
        assert entering._KEY not in self.client.session

    def test_works_with_htmx(self) -> None:
        secret = give_app(self.clerk)
        password_step(self.client, self.clerk)
        response = self.client.post(SECOND, {"code": code_of(secret)}, headers={"HX-Request": "true"})
        assert response["HX-Redirect"] == reverse("start")

    def test_the_code_may_be_written_in_any_width_and_with_blanks(self) -> None:
        secret = give_app(self.clerk)
        password_step(self.client, self.clerk)
        wide = code_of(secret).translate({48 + digit: 0xFF10 + digit for digit in range(10)})
        assert self.client.post(SECOND, {"code": f" {wide[:3]} {wide[3:]} "}).status_code == 303

    def test_a_phones_clock_may_be_half_a_minute_off_and_no_more(self) -> None:
        secret = give_app(self.clerk)
        password_step(self.client, self.clerk)
        for steps in (-2, 2):
            assert self.client.post(SECOND, {"code": code_of(secret, steps=steps)}).status_code == 422
        assert self.client.post(SECOND, {"code": code_of(secret, steps=-1)}).status_code == 303

    def test_no_code_is_good_twice_nor_one_before_it(self) -> None:
        secret, tried = give_app(self.clerk), []
        for code in (code_of(secret), code_of(secret), code_of(secret, steps=-1)):
            client = Client()
            password_step(client, self.clerk)
            client.post(SECOND, {"code": code})
            tried.append(self.is_in(client))
        assert tried == [True, False, False]
        self.moment.shift(STEP)
        password_step(self.client, self.clerk)
        assert self.client.post(SECOND, {"code": code_of(secret)}).status_code == 303

    def test_a_recovery_code_stands_in_once(self) -> None:
        give_app(self.clerk)
        code, other = renew_codes(self.clerk)[:2]
        for sent, status in ((code, 303), (code, 422), (other, 303)):
            client = Client()
            password_step(client, self.clerk)
            assert client.post(SECOND, {"code": sent}).status_code == status

    def test_guessing_ends_after_a_few_tries_from_wherever(self) -> None:
        secret = give_app(self.clerk)
        password_step(self.client, self.clerk)
        for number in range(limits.FACTOR.most):
            self.client.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
            assert self.client.post(SECOND, {"code": "000000"}).status_code == 422
        response = self.client.post(SECOND, {"code": code_of(secret)})
        assert response.status_code == 422
        self.assertContains(response, "几分钟", status_code=422)
        self.moment.shift(limits.FACTOR.per)
        password_step(self.client, self.clerk)
        assert self.client.post(SECOND, {"code": code_of(secret)}).status_code == 303

    def test_whoever_comes_too_late_begins_again(self) -> None:
        secret = give_app(self.clerk)
        password_step(self.client, self.clerk)
        self.moment.shift(entering.PATIENCE + timedelta(seconds=1))
        for response in (self.client.get(SECOND), self.client.post(SECOND, {"code": code_of(secret)})):
            assert response["Location"] == reverse("accounts:login")
        assert not self.is_in()

    def test_a_password_that_was_changed_meanwhile_or_an_account_closed_leads_nowhere(self) -> None:
        secret = give_app(self.clerk)
        for change in ({"password": make_password("kettle7bicycle")}, {"is_active": False}):
            User.objects.filter(pk=self.clerk.pk).update(password=make_password(f.PASSWORD), is_active=True)
            client = Client()
            password_step(client, self.clerk)
            User.objects.filter(pk=self.clerk.pk).update(**change)
            assert client.post(SECOND, {"code": code_of(secret)})["Location"] == reverse("accounts:login")
            assert not self.is_in(client)

    def test_a_password_that_an_administrator_set_does_not_get_around_it(self) -> None:
        give_app(self.worker)
        self.sign_in(self.admin)
        confirm(self.client)
        new = {"password1": "kettle7bicycle", "password2": "kettle7bicycle", "usable_password": "true"}
        page = reverse("admin:auth_user_password_change", args=[self.worker.pk])
        assert self.client.post(page, new).status_code == 302
        client = Client()
        answer = client.post(reverse("accounts:login"), {"username": "worker", "password": "kettle7bicycle"})
        assert answer["Location"] == SECOND
        assert not self.is_in(client)

    def test_nobody_comes_to_the_second_step_without_the_first(self) -> None:
        assert self.client.get(SECOND)["Location"] == reverse("accounts:login")
        assert self.client.post(SECOND, {"code": "123456"})["Location"] == reverse("accounts:login")
        assert self.client.put(SECOND).status_code == 405

    def test_another_ones_code_is_wrong(self) -> None:
        give_app(self.clerk)
        other = give_app(self.admin)
        password_step(self.client, self.clerk)
        assert self.client.post(SECOND, {"code": code_of(other)}).status_code == 422

    def test_it_says_what_is_wrong_beside_the_code_and_repeats_nothing_secret(self) -> None:
        give_app(self.clerk)
        password_step(self.client, self.clerk)
        for language, words in (("zh-hans", "验证码不对"), ("en", "This code is not right")):
            self.client.cookies["django_language"] = language
            response = self.client.post(SECOND, {"code": "000000"})
            self.assertContains(response, words, status_code=422)
            assert list(response.context["form"].errors) == ["code"]

    def test_odd_input_is_a_fault_and_not_a_crash(self) -> None:
        give_app(self.clerk)
        password_step(self.client, self.clerk)
        for data in ({}, {"code": "\x00"}, {"code": "9" * 9_999}, {"code": "²²²²²²"}, {"credential": "{"}):
            assert self.client.post(SECOND, data).status_code == 422
            self.moment.shift(limits.FACTOR.per / 4)
            password_step(self.client, self.clerk)


class PasskeyDoorTests(FactorTestCase):
    """What a stranger can send to it. What a browser proves is in tests/browser."""

    DOOR, OPTIONS = reverse("accounts:passkey"), reverse("accounts:passkey_options")

    def test_the_options_name_nobodys_keys_and_ask_for_a_finger_or_a_pin(self) -> None:
        options = self.client.post(self.OPTIONS).json()["publicKey"]
        assert not options.get("allowCredentials")
        assert options["userVerification"] == "required"

    def test_anything_else_than_a_proof_is_refused(self) -> None:
        self.client.post(self.OPTIONS)
        handle = "AAAAAAAAAAAAAAAAAAAAAA"
        empty: dict[str, Any] = {"id": "", "rawId": "", "type": "public-key", "response": {"userHandle": handle}}
        whole = {**empty, "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA",
                                       "userHandle": handle}}  # fmt: skip
        for sent in (
            "",
            "{",
            "[]",
            "1",
            "null",
            "[" * 20_000,
            "{}",
            json.dumps(empty),
            json.dumps(whole),
            "x" * 50_000,
        ):
            response = self.client.post(self.DOOR, {"credential": sent})
            assert response.status_code == 422, sent[:40]
            assert not self.is_in()

    def test_both_count_tries_of_an_address(self) -> None:
        few = limits.Limit("login.passkey", 2, timedelta(minutes=15))
        with mock.patch.object(limits, "PASSKEY_ADDRESS", few):
            answers = [self.client.post(self.OPTIONS).status_code for _ in range(3)]
            assert answers == [200, 200, 429]
            assert self.client.post(self.DOOR, {"credential": "{}"}).status_code == 429

    def test_they_take_forms_only(self) -> None:
        for url in (self.DOOR, self.OPTIONS):
            assert self.client.get(url).status_code == 405
            assert Client(enforce_csrf_checks=True).post(url).status_code == 403


class RequiredTests(FactorTestCase):
    """Every page, with a second factor required."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(override_settings(SECOND_FACTOR="required"))

    def closed(self) -> list[str]:
        """Addresses that ask one to sign in, and are not the set-up itself."""
        allowed = {f"accounts:{name}" for name in ("confirm", "factors", "add_app", "add_passkey", "recovery_codes",
                                                   "remove_factor")}  # fmt: skip
        return [name for name, rule in TABLE.items() if rule.is_closed and name not in allowed]

    def path(self, name: str) -> str:
        uid = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
        endpoint = next(each for each in endpoints() if each.name == name)
        known = {"uid": uid, "code": "X", "token": "X", "what": "born"}
        ids = {argument: known.get(argument, "1") for argument in endpoint.arguments}
        return address(name, {key: value for key, value in ids.items() if key not in TABLE[name].more})

    def test_nothing_opens_before_it_is_set_up_for_who_needs_one(self) -> None:
        names = self.closed()
        assert len(names) > 60
        for user in (self.clerk, self.admin):
            self.sign_in(user)
            for name in names:
                method = "GET" if TABLE[name].methods in (GET, BOTH, "ANY") else "POST"
                response = self.client.generic(method, self.path(name))
                assert response.get("Location") == FACTORS, (name, user, response.status_code)
            assert self.client.get("/admin/accounts/user/")["Location"] == FACTORS

    def test_nothing_is_written_before(self) -> None:
        self.sign_in(self.clerk)
        url = reverse("person-sessions", args=[self.worker.uid])
        assert self.client.post(url, {"others": "1"}, headers={"HX-Request": "true"})["HX-Redirect"] == FACTORS

    def test_the_set_up_the_language_the_text_and_the_way_out_work(self) -> None:
        self.sign_in(self.clerk)
        confirm(self.client)
        self.assertContains(self.client.get(FACTORS), "您的岗位需要它")
        assert self.client.get(ADD_APP).status_code == 200
        for name in ("set_language", "text_size", "accounts:logout"):
            assert FACTORS not in self.client.post(reverse(name), {"language": "en"})["Location"]

    def test_all_opens_once_it_is_set_up(self) -> None:
        self.sign_in(self.clerk)
        confirm(self.client)
        secret = self.client.get(ADD_APP).context["secret"].replace(" ", "")
        self.client.post(ADD_APP, {"code": code_of(secret)})
        assert self.client.get(reverse("desk")).status_code == 200

    def test_all_opens_after_a_sign_in_with_it(self) -> None:
        secret = give_app(self.clerk)
        password_step(self.client, self.clerk)
        self.client.post(SECOND, {"code": code_of(secret)})
        assert self.client.get(reverse("desk")).status_code == 200

    def test_a_session_from_before_has_to_show_it_first(self) -> None:
        secret = give_app(self.clerk)
        self.sign_in(self.clerk)
        desk = reverse("desk")
        assert self.client.get(desk)["Location"] == f"{CONFIRM}?{urlencode({'next': desk})}"
        self.client.post(CONFIRM, {"code": code_of(secret), "next": desk})
        assert self.client.get(desk).status_code == 200

    def test_workers_and_leads_need_none(self) -> None:
        for user, page in ((self.worker, "round"), (self.lead, "desk")):
            self.sign_in(user)
            assert self.client.get(reverse(page)).status_code == 200

    def test_a_new_role_needs_it_at_once(self) -> None:
        self.sign_in(self.worker)
        Appointment.objects.create(user=self.worker, role=Role.STAFF, region=self.home, from_date=today())
        assert self.client.get(reverse("round"))["Location"] == FACTORS

    def test_it_costs_no_statement(self) -> None:
        self.sign_in(self.clerk)
        confirm(self.client, by_factor=True)
        counts = {}
        for needed in ("required", "optional"):
            with override_settings(SECOND_FACTOR=needed):
                self.client.get(reverse("people"))
                with self.assertNumQueries(5):
                    counts[needed] = self.client.get(reverse("people")).status_code
        assert counts == {"required": 200, "optional": 200}
