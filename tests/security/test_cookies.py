"""Every cookie a server sets: bound to HTTPS and to the host, sent along by our own pages only, hidden from scripts."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import Morsel

import time_machine
from django.conf import settings
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from households.models.drafts import DRAFT_LIFE
from tests import factories as f
from tests.base import open_message
from tests.households.ask import DETAILS, WHAT, door_path
from tests.security.server import ServerTestCase

# send.js puts the token of a sign-in made beside the page into a form that was open before.
FOR_SCRIPTS = {"__Host-csrftoken"}


class CookieTests(ServerTestCase):
    def all_there_are(self) -> dict[str, Morsel[str]]:
        """Those of a visitor who asks, changes what they read, and signs in."""
        self.get(reverse("track-find"))
        self.post(reverse("ask"), WHAT)
        open_message(self.client, f.make_request(self.household))
        self.post(reverse("text_size"), {"size": "150", "next": "/"})
        self.post(reverse("set_language"), {"language": "en", "next": "/"})
        self.clerk.set_password(f.PASSWORD)  # by this test's hasher
        self.clerk.save(update_fields=["password"])
        self.post(reverse("accounts:login"), {"username": "clerk", "password": f.PASSWORD})
        self.get(reverse("desk"))
        self.post(reverse("households"), {})
        return dict(self.client.cookies)

    def test_each_is_bound_to_https_and_this_host(self) -> None:
        cookies = self.all_there_are()
        assert set(cookies) == {
            "__Host-csrftoken", "__Host-draft", "__Host-text_size", "__Host-language", "__Host-sessionid",
            "__Host-device", "__Host-message",
        }  # fmt: skip
        for name, cookie in cookies.items():
            assert cookie["secure"], name
            assert (cookie["path"], cookie["domain"]) == ("/", ""), name

    def test_each_is_sent_from_our_own_pages_only(self) -> None:
        assert {cookie["samesite"] for cookie in self.all_there_are().values()} == {"Lax"}

    def test_scripts_read_none_but_the_token_of_forms(self) -> None:
        assert {name for name, cookie in self.all_there_are().items() if not cookie["httponly"]} == FOR_SCRIPTS

    def test_none_says_anything_of_a_person(self) -> None:
        """Said once on the next page: it travels with the session, in the database."""
        self.post(reverse("ask"), WHAT)
        self.post(reverse("ask-details"), DETAILS)
        self.sign_in(self.clerk)
        sent = {"for_good": "no", "away_until": "2099-01-01", "receivers": self.colleague.pk, "step": "confirm"}
        answer = self.post(reverse("person-leave", args=[self.worker.uid]), {**sent, "why": "病了"})
        assert answer.status_code == 303
        assert "\\u9a6c\\u6653\\u5170" in self.client.session["_messages"]  # so there was something to tell
        said = " ".join(cookie.value for cookie in self.client.cookies.values()) + str(answer.cookies)
        assert "messages" not in self.client.cookies
        for canary in (DETAILS["name"], "19900000001", "马晓兰", "\\u9a6c"):
            assert canary not in said

    def test_a_visitor_gets_no_session(self) -> None:
        for name in ("home", "track-find", "ask", "accounts:login"):
            self.get(reverse(name))
        assert settings.SESSION_COOKIE_NAME not in self.client.cookies


class SignedCookieTests(ServerTestCase):
    """The draft's cookie names a row that only its own browser may read: what is in it counts only as we wrote it."""

    def begin(self) -> str:
        """The cookie of somebody who has filled in the whole form."""
        self.post(door_path(self.household), {**WHAT, **DETAILS})
        return self.client.cookies["__Host-draft"].value

    def opens(self, cookie: str) -> bool:
        """Whether a browser with this cookie is shown what was filled in."""
        browser = Client()
        browser.cookies["__Host-draft"] = cookie
        return browser.get(reverse("ask-check"), secure=True).status_code == 200

    def salted(self, value: str) -> str:
        return signing.get_cookie_signer(salt="__Host-draft" + "households.draft").sign(value)

    def test_no_changed_character_is_taken(self) -> None:
        cookie = self.begin()
        assert self.opens(cookie)
        for place in range(0, len(cookie), 3):
            other = "A" if cookie[place] != "A" else "B"
            assert not self.opens(cookie[:place] + other + cookie[place + 1 :]), place

    def test_an_unsigned_one_one_signed_for_something_else_and_another_key_s_are_not_taken(self) -> None:
        value = self.begin().rsplit(":", 2)[0]
        assert self.opens(self.salted(value))  # so that what follows fails for its own reason
        assert not self.opens(value)
        assert not self.opens(signing.get_cookie_signer(salt="something else").sign(value))
        signer = signing.TimestampSigner(key="k" * 60, salt="__Host-draft" + "households.draft")
        assert not self.opens(signer.sign(value))

    def test_an_old_one_is_not_taken(self) -> None:
        cookie = self.begin()
        with time_machine.travel(timezone.now() + DRAFT_LIFE + timedelta(minutes=1), tick=False):
            assert not self.opens(cookie)

    def test_nothing_but_text_comes_out_of_what_we_stored(self) -> None:
        """A session is JSON: what a changed row holds becomes data, never an object that runs."""
        assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
