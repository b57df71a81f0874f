"""Second factors by HTTP: setting up, taking off, confirming, and what is written down of it."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from resilience.accounts import confirming, factors, limits
from resilience.accounts.actions.factors import remove_factor, renew_codes, reset_factors
from resilience.accounts.models import Session, User
from resilience.audit.models import Entry
from resilience.lib.errors import Refused
from tests import factories as f
from tests.accounts.factor_help import (
    ADD_APP,
    CODES,
    CONFIRM,
    FACTORS,
    REMOVE,
    SECOND,
    FactorTestCase,
    code_of,
    confirm,
    give_app,
    kinds,
    password_step,
)


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
