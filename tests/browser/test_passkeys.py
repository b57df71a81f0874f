"""Passkeys in Chromium, with an authenticator that is not there: set up, signing in, the second step, confirming."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from resilience.accounts.models import User
from tests import factories as f
from tests.base import CastTestCase

from .conftest import Open, faults_of, sign_in

FACTORS = reverse("accounts:factors")


@pytest.fixture
def clerk(cast: type[CastTestCase], settings: Any) -> User:
    settings.SECOND_FACTOR = "required"
    User.objects.update(password=make_password(f.PASSWORD))
    return cast.clerk


def with_authenticator(page: Page) -> Page:
    """A device with a passkey's chip, whose owner always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def set_up(page: Page) -> None:
    """From the page that asks for a second factor to the desk."""
    page.get_by_role("link", name="设置通行密钥").click()
    page.fill("#id_name", "测试钥匙")
    page.get_by_role("button", name="建通行密钥").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    page.get_by_role("link", name="已保存，去工作").click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="退出").first.click()
    page.get_by_role("link", name="重新登录").click()


def test_one_is_set_up_and_signs_in_alone(clerk: User, open_page: Open) -> None:
    page = with_authenticator(open_page(reverse("accounts:login"), width=1440))
    sign_in(page, clerk)
    expect(page).to_have_url(re.compile(FACTORS))
    assert faults_of(page) == []
    set_up(page)
    expect(page).to_have_url(re.compile(reverse("desk")))
    key = Authenticator.objects.get(user=clerk, type="webauthn")
    assert key.data["name"] == "测试钥匙"
    sign_out(page)
    assert faults_of(page) == []
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page).to_have_url(re.compile(reverse("desk")))
    key.refresh_from_db()
    assert key.last_used_at is not None


def test_it_is_the_second_step_after_a_password(clerk: User, open_page: Open) -> None:
    page = with_authenticator(open_page(reverse("accounts:login"), width=390))
    sign_in(page, clerk)
    set_up(page)
    sign_out(page)
    sign_in(page, clerk)
    expect(page).to_have_url(re.compile(reverse("accounts:second_factor")))
    assert faults_of(page) == []
    page.get_by_role("button", name="用通行密钥").click()
    expect(page).to_have_url(re.compile(reverse("desk")))


def test_a_proof_is_good_once_and_for_its_owner_only(clerk: User, open_page: Open, live_server: LiveServer) -> None:
    page = with_authenticator(open_page(reverse("accounts:login")))
    sign_in(page, clerk)
    set_up(page)
    sign_out(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page).to_have_url(re.compile(reverse("desk")))
    proof = next(each for each in sent if "credential=" in each)
    thief = Client()
    thief.post(reverse("accounts:passkey_options"))
    response = thief.post(reverse("accounts:passkey"), proof, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 422  # its challenge was another one


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [320, 1440])
def test_its_pages_have_no_barriers(clerk: User, open_page: Open, language: str, width: int) -> None:
    page = with_authenticator(open_page(reverse("accounts:login"), language=language, width=width))
    sign_in(page, clerk)
    for name in ("factors", "add_app", "add_passkey", "sessions"):
        page.goto(page.url.partition("/accounts/")[0] + reverse(f"accounts:{name}"))
        assert faults_of(page) == [], name


def test_without_scripts_a_passkey_is_not_offered_and_the_app_is(clerk: User, open_page: Open) -> None:
    page = open_page(reverse("accounts:login"), js=False)
    expect(page.get_by_role("button", name="用通行密钥登录")).to_be_hidden()
    sign_in(page, clerk)
    page.get_by_role("link", name="设置通行密钥").click()
    expect(page.get_by_text("或改设手机验证器")).to_be_visible()
    expect(page.get_by_role("button", name="建通行密钥")).to_be_hidden()
