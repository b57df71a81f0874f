"""Second factors by HTTP: setting up, signing in, confirming; what opens without one. Passkeys: tests/browser."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from households.models import Appointment, Role
from resilience.accounts import confirming, entering, factors, limits
from resilience.accounts.actions.factors import remove_factor, renew_codes, reset_factors
from resilience.accounts.models import Session, User
from resilience.audit.models import Entry
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from tests import factories as f
from tests.accounts.factor_help import STEP, code_of, confirm, give_app, kinds, password_step
from tests.base import CastTestCase
from tests.surface import BOTH, GET, TABLE, address, endpoints

NOW = datetime(2026, 11, 23, 8, 1, tzinfo=timezone.get_default_timezone())
SECOND, CONFIRM, FACTORS = (reverse(f"accounts:{name}") for name in ("second_factor", "confirm", "factors"))
ADD_APP, CODES, REMOVE = (reverse(f"accounts:{name}") for name in ("add_app", "recovery_codes", "remove_factor"))


class FactorTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        User.objects.update(password=make_password(f.PASSWORD))
        for user in (self.worker, self.lead, self.clerk, self.admin):
            user.refresh_from_db()
        self.clock = time_machine.travel(NOW, tick=False)
        self.moment = self.clock.start()
        self.addCleanup(self.clock.stop)

    def is_in(self, client: Client | None = None) -> bool:
        return "_auth_user_id" in (client or self.client).session


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


class SetUpTests(FactorTestCase):
    def begin(self, user: User) -> str:
        """Signed in and just confirmed; gives the secret of the page."""
        self.sign_in(user)
        confirm(self.client)
        response = self.client.get(ADD_APP)
        self.assertContains(response, "<svg")
        return str(response.context["secret"]).replace(" ", "")

    def test_an_app_is_set_up_by_its_first_code(self) -> None:
        secret = self.begin(self.worker)
        response = self.client.post(ADD_APP, {"code": code_of(secret)})
        assert (response.status_code, response["Location"]) == (303, CODES)
        assert kinds(self.worker) == ["recovery_codes", "totp"]

    def test_the_recovery_codes_are_shown_once_and_work(self) -> None:
        secret = self.begin(self.worker)
        self.client.post(ADD_APP, {"code": code_of(secret)})
        codes = self.client.get(CODES).context["codes"]
        assert len(set(codes)) == 10
        assert self.client.get(CODES)["Location"] == FACTORS
        assert factors.check_code(self.worker, codes[3]) == "recovery_codes"
        assert factors.factors_of(self.worker).codes_left == 9

    def test_looking_with_head_uses_up_no_showing(self) -> None:
        secret = self.begin(self.worker)
        self.client.post(ADD_APP, {"code": code_of(secret)})
        self.client.head(CODES)
        assert self.client.get(CODES).status_code == 200

    def test_a_wrong_code_sets_nothing_up_and_the_secret_stays(self) -> None:
        secret = self.begin(self.worker)
        response = self.client.post(ADD_APP, {"code": "000000"})
        assert response.status_code == 422
        assert response.context["secret"].replace(" ", "") == secret
        assert kinds(self.worker) == []
        assert self.client.post(ADD_APP, {"code": code_of(secret)}).status_code == 303

    def test_the_code_that_set_it_up_signs_nobody_in(self) -> None:
        secret = self.begin(self.worker)
        code = code_of(secret)
        self.client.post(ADD_APP, {"code": code})
        stranger = Client()
        password_step(stranger, self.worker)
        assert stranger.post(SECOND, {"code": code}).status_code == 422

    def test_there_is_one_app_at_most(self) -> None:
        give_app(self.worker)
        secret = self.begin(self.worker)
        assert self.client.post(ADD_APP, {"code": code_of(secret)}).status_code == 422
        assert kinds(self.worker) == ["totp"]

    def test_each_secret_is_made_anew_and_long(self) -> None:
        secrets = {factors.new_secret() for _ in range(50)}
        assert (len(secrets), {len(base64.b32decode(secret)) * 8 for secret in secrets}) == (50, {160})
        with transaction.atomic():
            codes = [code for _ in range(20) for code in factors.new_recovery_codes(self.worker)]
        assert all(re.fullmatch("[0-9]{4} [0-9]{4}", code) for code in codes)  # 26 bits each
        assert len(set(codes)) > 195

    def test_secrets_lie_sealed_in_factors_and_sessions(self) -> None:
        secret = self.begin(self.worker)
        seen = [self.client.session.encode(dict(self.client.session.items()))]
        seen += [json.dumps(dict(self.client.session.items()))]
        self.client.post(ADD_APP, {"code": code_of(secret)})
        codes = factors.RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).generate_codes()
        seen += [json.dumps(dict(self.client.session.items()))]
        seen += [json.dumps(row.data) for row in Authenticator.objects.all()]
        for text in seen:
            assert secret not in text
            assert not any(code in text for code in codes)

    def test_new_codes_void_the_old_ones(self) -> None:
        give_app(self.worker)
        old = renew_codes(self.worker)[0]
        self.sign_in(self.worker)
        confirm(self.client)
        assert self.client.post(CODES)["Location"] == CODES
        assert self.client.get(CODES).status_code == 200
        with pytest.raises(factors.NotProved):
            factors.check_code(self.worker, old)

    def test_codes_without_a_factor_are_refused(self) -> None:
        self.sign_in(self.worker)
        confirm(self.client)
        assert self.client.post(CODES)["Location"] == FACTORS
        assert kinds(self.worker) == []

    def test_a_factor_is_removed_and_the_last_takes_the_codes_with_it(self) -> None:
        give_app(self.worker)
        renew_codes(self.worker)
        self.sign_in(self.worker)
        confirm(self.client)
        self.client.post(REMOVE, {"factor": Authenticator.objects.get(type="totp").pk})
        assert kinds(self.worker) == []
        assert password_step(Client(), self.worker) == reverse("start")

    def test_the_page_leads_to_where_one_is_signed_in(self) -> None:
        self.sign_in(self.worker)
        main = self.client.get(FACTORS).content.decode().partition("<main")[2].partition("</main>")[0]
        assert f'href="{reverse("accounts:sessions")}"' in main

    def test_nobody_removes_anybody_elses(self) -> None:
        give_app(self.clerk)
        give_app(self.worker)
        self.sign_in(self.worker)
        confirm(self.client)
        for named in (Authenticator.objects.get(user=self.clerk).pk, 0, "x", 2**70):
            assert self.client.post(REMOVE, {"factor": named}).status_code == 303
        assert kinds(self.clerk) == kinds(self.worker) == ["totp"]

    def test_who_needs_one_keeps_the_last(self) -> None:
        give_app(self.clerk)
        with pytest.raises(Refused):
            remove_factor(self.clerk, pk=Authenticator.objects.get().pk, must_keep_one=True)
        self.sign_in(self.clerk)
        confirm(self.client)
        self.client.post(REMOVE, {"factor": Authenticator.objects.get().pk})
        assert kinds(self.clerk) == ["totp"]

    def test_a_reset_takes_all_away_and_signs_out_everywhere(self) -> None:
        give_app(self.clerk)
        renew_codes(self.clerk)
        self.sign_in(self.clerk)
        reset_factors(self.clerk, by=self.admin)
        assert kinds(self.clerk) == []
        assert not Session.objects.filter(user=self.clerk).exists()
        with pytest.raises(Refused):
            reset_factors(self.admin, by=self.admin)

    def test_an_administrator_resets_them_and_staff_do_not(self) -> None:
        give_app(self.worker)
        page = reverse("person-sessions", args=[self.worker.uid])
        self.sign_in(self.admin)
        assert self.client.post(page, {"factors": "1"})["Location"].startswith(CONFIRM)
        self.sign_in(self.clerk)
        confirm(self.client)
        assert self.client.post(page, {"factors": "1"}).status_code == 403
        assert kinds(self.worker) == ["totp"]
        self.sign_in(self.admin)
        confirm(self.client)
        self.assertContains(self.client.get(page), 'name="factors"')
        assert self.client.post(page, {"factors": "1"})["Location"] == page
        assert kinds(self.worker) == []

    def test_it_takes_no_other_method(self) -> None:
        self.sign_in(self.worker)
        confirm(self.client)
        assert self.client.post(FACTORS).status_code == 405
        assert self.client.get(REMOVE).status_code == 405
        assert self.client.put(ADD_APP).status_code == 405


class ConfirmTests(FactorTestCase):
    def test_changes_of_how_one_signs_in_ask_first_who_one_is(self) -> None:
        self.sign_in(self.worker)
        for name in ("add_app", "add_passkey", "recovery_codes"):
            url = reverse(f"accounts:{name}")
            assert self.client.get(url)["Location"] == f"{CONFIRM}?{urlencode({'next': url})}"
        assert self.client.post(REMOVE, {"factor": "1"})["Location"].startswith(CONFIRM)

    def test_a_password_confirms_and_leads_back(self) -> None:
        self.sign_in(self.worker)
        wrong = self.client.post(CONFIRM, {"password": "wrong-wrong-1", "next": ADD_APP})
        assert wrong.status_code == 422
        assert wrong.context["next"] == ADD_APP
        right = self.client.post(CONFIRM, {"password": f.PASSWORD, "next": ADD_APP})
        assert (right.status_code, right["Location"]) == (303, ADD_APP)
        assert self.client.get(ADD_APP).status_code == 200

    def test_with_a_second_factor_the_password_is_not_enough(self) -> None:
        secret = give_app(self.worker)
        self.sign_in(self.worker)
        assert self.client.post(CONFIRM, {"password": f.PASSWORD}).status_code == 422
        assert self.client.post(CONFIRM, {"code": code_of(secret)}).status_code == 303

    def test_it_holds_for_five_minutes_and_for_a_form_a_little_longer(self) -> None:
        self.sign_in(self.worker)
        confirm(self.client)
        self.moment.shift(confirming.FRESH)
        assert self.client.get(ADD_APP).status_code == 200
        self.moment.shift(1)
        assert self.client.get(ADD_APP).status_code == 303
        assert self.client.post(ADD_APP, {"code": "000000"}).status_code == 422
        self.moment.shift(confirming.FRESH_FORM)
        back = self.client.post(ADD_APP, {"code": "1"}, headers={"Referer": f"http://testserver{ADD_APP}"})
        assert back["Location"] == f"{CONFIRM}?{urlencode({'next': ADD_APP})}"

    def test_tries_are_counted(self) -> None:
        self.sign_in(self.worker)
        for _ in range(limits.FACTOR.most):
            assert self.client.post(CONFIRM, {"password": "wrong-wrong-1"}).status_code == 422
        assert self.client.post(CONFIRM, {"password": f.PASSWORD}).status_code == 422

    def test_the_session_goes_on_under_a_new_key_and_ends_when_it_would_have(self) -> None:
        self.client.post(reverse("accounts:login"), {"username": "worker", "password": f.PASSWORD})
        before = Session.objects.get(user=self.worker)
        self.moment.shift(timedelta(seconds=30))
        kept = Client()
        kept.cookies[settings.SESSION_COOKIE_NAME] = self.client.cookies[settings.SESSION_COOKIE_NAME].value
        self.client.post(CONFIRM, {"password": f.PASSWORD})
        after = Session.objects.get(user=self.worker)
        assert after.session_key != before.session_key
        assert all(getattr(after, name) == getattr(before, name) for name in ("uid", "started_at", "expire_date"))
        assert (self.is_in(), self.is_in(kept)) == (True, False)

    def test_nobody_changes_people_without_it(self) -> None:
        self.sign_in(self.admin)
        add, page = reverse("admin:accounts_user_add"), reverse("admin:accounts_user_change", args=[self.worker.pk])
        password = reverse("admin:auth_user_password_change", args=[self.worker.pk])
        new = {"password1": "kettle7bicycle", "password2": "kettle7bicycle", "usable_password": "true"}
        for url, sent in ((add, {"username": "x", "name": "x", **new}), (page, {"username": "y"}), (password, new)):
            assert self.client.get(url)["Location"] == f"{CONFIRM}?{urlencode({'next': url})}"
            assert self.client.post(url, sent)["Location"].startswith(CONFIRM)
        assert not User.objects.filter(username__in=["x", "y"]).exists()
        assert User.objects.get(pk=self.worker.pk).check_password(f.PASSWORD)
        self.client.post(CONFIRM, {"password": f.PASSWORD})
        assert self.client.get(page).status_code == 200
        self.sign_in(self.clerk)
        assert self.client.get(page).status_code == 403

    def test_it_leads_nowhere_else(self) -> None:
        self.sign_in(self.worker)
        answer = self.client.post(CONFIRM, {"password": f.PASSWORD, "next": "https://evil.example/"})
        assert answer["Location"] == reverse("start")


class WrittenDownTests(FactorTestCase):
    """What the audit says of second factors and of confirming."""

    def said(self) -> list[tuple[str, str, User | None]]:
        rows = Entry.objects.filter(action__endswith="proved").order_by("id").select_related("by")
        return [(row.action, str(row.facts["kind"]), row.by) for row in rows]

    def test_a_code_that_was_wrong_and_one_that_was_right(self) -> None:
        secret = give_app(self.worker)
        password_step(self.client, self.worker)
        self.client.post(SECOND, {"code": "000000"})
        self.moment.shift(1)  # by which rows are told apart in time
        self.client.post(SECOND, {"code": code_of(secret)})
        assert self.said() == [("user.not_proved", "code", None), ("user.proved", "totp", self.worker)]
        assert set(Entry.objects.filter(action__endswith="proved").values_list("subject_key", flat=True)) == {
            self.worker.uid.hex
        }

    def test_a_password_that_confirms(self) -> None:
        self.sign_in(self.worker)
        self.client.post(CONFIRM, {"password": "wrong-wrong-1"})
        self.moment.shift(1)
        self.client.post(CONFIRM, {"password": f.PASSWORD})
        assert self.said() == [("user.not_proved", "password", self.worker), ("user.proved", "password", self.worker)]

    def test_a_passkey_that_is_none(self) -> None:
        self.client.post(reverse("accounts:passkey"), {"credential": "{}"})
        assert self.said() == [("user.not_proved", "webauthn", None)]

    def test_no_code_and_no_password_is_in_it(self) -> None:
        self.sign_in(self.worker)
        self.client.post(CONFIRM, {"password": "wrong-wrong-1"})
        assert "wrong" not in str([vars(row) for row in Entry.objects.all()])


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
