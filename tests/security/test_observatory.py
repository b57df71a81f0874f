"""The MDN HTTP Observatory's score of what a server sends: at least 140, and what each part gives."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse

from households.models import ServiceRequest
from tests import factories as f
from tests.canaries import nowhere
from tests.security.observatory import BEST_WITHOUT_A_LIST, POINTS, Scan
from tests.security.server import ServerTestCase
from tests.surface import TABLE, address

WANTED = 140
# What each part gives; whoever changes a header reads here what it costs.
OURS = {
    "content-security-policy": 10,
    "cookies": 5,
    "cross-origin-resource-sharing": 0,
    "redirection": 0,
    "referrer-policy": 5,
    "strict-transport-security": 0,
    "subresource-integrity": 0,
    "x-content-type-options": 0,
    "x-frame-options": 5,
    "cross-origin-resource-policy": 10,
    "cross-origin-embedder-policy": 10,
    "cross-origin-opener-policy": 10,
}
SEEN_BY_THE_SCANNER = range(200, 400), (401, 403)


class ObservatoryTests(ServerTestCase):
    service_request: ServiceRequest

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.service_request = f.make_request(cls.household)

    def scan(self, path: str) -> Scan:
        answer = self.get(path)
        return Scan(answer, self.client.get(path), [*self.client.cookies.values()])

    def test_a_public_page_a_secret_one_and_one_of_somebody_signed_in_score_the_same(self) -> None:
        pages = {
            "public": reverse("track-find"),
            "secret": reverse("track", args=[self.service_request.token]),
            "signed in": reverse("desk"),
        }
        for what, path in pages.items():
            if what == "signed in":
                self.sign_in(self.clerk)
            scan = self.scan(path)
            assert scan.answer.status_code == 200, what
            assert scan.points == OURS, what
            assert scan.score == BEST_WITHOUT_A_LIST == 155

    def test_every_address_scores_enough(self) -> None:
        too_low = {}
        for user in (None, self.clerk):
            if user:
                self.sign_in(user)
            for name, rule in TABLE.items():
                scan = self.scan(address(name, nowhere(rule.about) if rule.about else {}))
                is_scanned = any(scan.answer.status_code in each for each in SEEN_BY_THE_SCANNER)
                # A page that is not there carries the same.
                if scan.score < WANTED:
                    too_low[name] = (scan.answer.status_code, is_scanned, scan.score, scan.points)
        assert not too_low

    def test_a_static_file_scores_enough(self) -> None:
        assert self.scan("/static/resilience/icons.svg").score >= WANTED


def answer(**headers: str) -> HttpResponse:
    return HttpResponse("", headers={name.replace("_", "-"): value for name, value in headers.items()})


def points(response: HttpResponse, *cookies: str) -> int:
    over_http = HttpResponse(status=301, headers={"Location": "https://testserver/"})
    jar = SimpleCookie()
    for each in cookies:
        jar.load(each)
    return Scan(response, over_http, jar.values()).score


_HSTS = {"Strict_Transport_Security": "max-age=63072000"}


@pytest.mark.parametrize(
    ("headers", "score"),
    [
        ({}, 30),  # 100 − 25 (policy) − 20 (HSTS) − 5 (nosniff) − 20 (frames)
        ({**_HSTS, "Content_Security_Policy": "default-src 'none'; frame-ancestors 'none'"}, 110),
        ({**_HSTS, "Content_Security_Policy": "default-src 'self'; frame-ancestors 'none'"}, 105),
        ({**_HSTS, "Content_Security_Policy": "default-src 'none'; script-src 'unsafe-inline'"}, 55),
    ],
)
def test_the_scale_is_the_observatorys(headers: dict[str, str], score: int) -> None:
    assert points(answer(**headers)) == score


def test_a_directive_that_is_there_twice_is_no_policy() -> None:
    scan: Any = Scan(answer(Content_Security_Policy="default-src 'none'; default-src 'self'"), HttpResponse(), [])
    assert scan.found["content-security-policy"] == "csp-header-invalid"


@pytest.mark.parametrize(
    ("cookie", "found"),
    [
        ("sessionid=1; Secure; HttpOnly; SameSite=Lax", "cookies-secure-with-httponly-sessions-and-samesite"),
        ("sessionid=1; Secure; HttpOnly", "cookies-secure-with-httponly-sessions"),
        ("sessionid=1; Secure; SameSite=Lax", "cookies-session-without-httponly-flag"),
        ("csrftoken=1; Secure", "cookies-anticsrf-without-samesite-flag"),
        ("text_size=1; SameSite=Lax", "cookies-without-secure-flag-but-protected-by-hsts"),
        ("text_size=1; Secure; SameSite=Odd", "cookies-samesite-flag-invalid"),
    ],
)
def test_a_cookie_is_worth_what_is_worst_about_it(cookie: str, found: str) -> None:
    jar = SimpleCookie()
    jar.load(cookie)
    scan: Any = Scan(answer(**_HSTS), HttpResponse(), jar.values())
    assert scan.found["cookies"] == found
    assert found in POINTS
