"""A sign-in: a long random key that a sign-in begins and a sign-out ends, on the server and not only in the browser."""

from __future__ import annotations

import math
import re
from datetime import timedelta

import time_machine
from django.conf import settings
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from resilience.accounts.models import Session
from tests.canaries import Planted, plant
from tests.security.server import ServerTestCase
from tests.surface import TABLE, address


class SessionTests(ServerTestCase):
    def key(self) -> str:
        return self.client.cookies[settings.SESSION_COOKIE_NAME].value

    def opens(self, key: str) -> bool:
        """Whether somebody else's browser with this cookie is let in."""
        browser = Client()
        browser.cookies[settings.SESSION_COOKIE_NAME] = key
        return browser.get(reverse("desk"), secure=True).status_code == 200

    def test_its_key_is_longer_than_anybody_can_guess_and_never_the_same(self) -> None:
        keys = set()
        for _time in range(20):
            self.client.logout()
            self.sign_in(self.clerk)
            keys.add(self.key())
        assert len(keys) == 20
        assert all(len(key) * math.log2(len(VALID_KEY_CHARS)) >= 128 for key in keys)
        assert len(set("".join(keys))) > 30  # every character is drawn from all there are

    def test_signing_out_ends_it_for_whoever_kept_the_cookie(self) -> None:
        self.sign_in(self.clerk)
        key = self.key()
        assert self.opens(key)
        answer = self.post(reverse("accounts:logout"))
        assert answer["Clear-Site-Data"] == '"cache", "storage"'
        assert not self.opens(key)
        assert not Session.objects.filter(session_key=key).exists()

    def test_it_ends_when_its_time_is_over_whatever_the_browser_keeps(self) -> None:
        self.sign_in(self.clerk)
        key = self.key()
        with time_machine.travel(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE + 60), tick=False):
            assert not self.opens(key)

    def test_it_ends_on_every_device_when_the_account_is_closed(self) -> None:
        keys = []
        for _device in range(2):
            browser = Client()
            browser.force_login(self.clerk)
            keys.append(browser.cookies[settings.SESSION_COOKIE_NAME].value)
        assert all(self.opens(key) for key in keys)
        self.clerk.is_active = False
        self.clerk.save(update_fields=["is_active"])
        assert not any(self.opens(key) for key in keys)

    def test_nobody_is_signed_in_by_looking_at_an_address(self) -> None:
        for name, rule in TABLE.items():
            if not rule.about:
                self.get(address(name))
        assert settings.SESSION_COOKIE_NAME not in self.client.cookies
        assert not Session.objects.exists()

    def test_it_is_taken_from_the_cookie_and_from_nowhere_else(self) -> None:
        self.sign_in(self.clerk)
        key, name = self.key(), settings.SESSION_COOKIE_NAME
        browser = Client()
        for sent in (
            {"path": f"{reverse('desk')}?sessionid={key}&{name}={key}"},
            {"path": reverse("desk"), "headers": {"Authorization": f"Bearer {key}", "X-Session": key}},
        ):
            assert browser.get(**sent, secure=True).status_code == 302


class SignOutTests(ServerTestCase):
    world: Planted

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.world = plant("金雀甲", 7, cls.building, cls.worker, "701")

    def test_every_page_of_somebody_signed_in_has_the_button(self) -> None:
        self.sign_in(self.clerk)
        lacking, looked_at = [], 0
        for name, rule in TABLE.items():
            answer = self.get(address(name, self.world.ids(rule.about) if rule.about else {}))
            is_page = answer.status_code in (200, 403) and "text/html" in answer.get("Content-Type", "")
            if not is_page or not rule.is_closed or rule.is_file:
                continue
            looked_at += 1
            if not re.search(rf'formaction="{reverse("accounts:logout")}"', answer.content.decode()):
                lacking.append(name)
        assert looked_at > 20
        assert not lacking
