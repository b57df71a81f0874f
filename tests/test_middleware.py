"""What every answer carries, and what a database that is away looks like."""

from __future__ import annotations

from unittest import mock

from django.db import OperationalError
from django.urls import reverse

from tests.base import CastTestCase, Response


class HeaderTests(CastTestCase):
    def test_every_page_carries_the_security_headers(self) -> None:
        response = self.client.get(reverse("accounts:login"))
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "same-origin"
        assert "camera=()" in response["Permissions-Policy"]

    def test_a_page_of_somebody_signed_in_is_never_stored(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.get(reverse("people"))["Cache-Control"] == "no-store, private"

    def test_htmx_is_sent_to_sign_in_as_a_whole_page(self) -> None:
        response = self.client.get(reverse("people"), headers={"HX-Request": "true"})
        assert response["HX-Redirect"].startswith(reverse("accounts:login"))


class UnavailableTests(CastTestCase):
    def answer(self, fault: Exception) -> Response:
        self.sign_in(self.clerk)
        self.client.raise_request_exception = False
        with mock.patch("households.views.people.with_loads", side_effect=fault), self.assertLogs("django.request"):
            return self.client.get(reverse("people"))

    def test_a_locked_database_answers_503_and_says_when_to_try_again(self) -> None:
        response = self.answer(OperationalError("database is locked"))
        assert (response.status_code, response["Retry-After"]) == (503, "30")
        self.assertNotContains(response, "locked", status_code=503)

    def test_it_is_so_already_while_reading_the_session(self) -> None:
        self.sign_in(self.clerk)
        self.client.raise_request_exception = False
        gone = OperationalError("server closed the connection")
        with mock.patch("django.contrib.auth.middleware.get_user", side_effect=gone), self.assertLogs("django.request"):
            assert self.client.get(reverse("people")).status_code == 503

    def test_our_own_faults_are_a_500_without_details(self) -> None:
        response = self.answer(ZeroDivisionError("a secret"))
        self.assertNotContains(response, "secret", status_code=500)
