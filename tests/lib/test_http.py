"""Requests and answers: parts and pages, redirects, addresses, caches."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.shortcuts import resolve_url
from django.test import RequestFactory, override_settings
from django_htmx.middleware import HtmxDetails
from hypothesis import given
from hypothesis import strategies as st

from resilience.lib import http
from tests.base import CastTestCase

PAGE = "{% load partials %}<html>{% partialdef rows inline %}<p>{{ n }}</p>{% endpartialdef %}"
LOADERS = [("template_partials.loader.Loader", [("django.template.loaders.locmem.Loader", {"page.html": PAGE})])]
PART = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {"loaders": LOADERS, "libraries": {"partials": "template_partials.templatetags.partials"}},
    }
]
BOOSTED = {"HX-Request": "true", "HX-Boosted": "true"}
RESTORED = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
PLAIN_HTMX = {"HX-Request": "true"}


def ask(method: str = "get", path: str = "/", *, data: dict | None = None, headers: dict | None = None, **extra):
    request = getattr(RequestFactory(), method)(path, data or {}, headers=headers or {}, **extra)
    request.htmx = HtmxDetails(request)
    request.user = AnonymousUser()
    return request


class TestRenderPart:
    def answer(self, headers):
        return http.render_part(ask(headers=headers), "page.html", "rows", {"n": 3})

    @pytest.mark.parametrize("headers", [{}, BOOSTED, RESTORED])
    def test_everybody_else_gets_the_page(self, headers):
        with override_settings(TEMPLATES=PART):
            assert self.answer(headers).content == b"<html><p>3</p>"

    def test_htmx_gets_the_part(self):
        with override_settings(TEMPLATES=PART):
            assert self.answer(PLAIN_HTMX).content == b"<p>3</p>"

    @pytest.mark.parametrize("headers", [{}, PLAIN_HTMX])
    def test_caches_are_told_what_it_depends_on(self, headers):
        with override_settings(TEMPLATES=PART):
            assert self.answer(headers)["Vary"] == "HX-Request, HX-Boosted, HX-History-Restore-Request"

    def test_it_works_before_the_htmx_middleware_ran(self):
        request = RequestFactory().get("/", headers=PLAIN_HTMX)  # an error page of an early middleware
        with override_settings(TEMPLATES=PART):
            answer = http.render_part(request, "page.html", "rows", {"n": 3}, status=400)
        assert answer.status_code == 400
        assert answer.content == b"<p>3</p>"


class TestGo:
    def test_a_browser_is_redirected_with_get(self):
        answer = http.go(ask("post"), "/done/")
        assert (answer.status_code, answer["Location"]) == (303, "/done/")

    def test_htmx_is_told_where_to(self):
        answer = http.go(ask("post", headers=PLAIN_HTMX), "/done/")
        assert (answer.status_code, answer["HX-Redirect"]) == (200, "/done/")
        assert not answer.has_header("Location")


class TestSafeNext:
    @pytest.mark.parametrize("wanted", ["/desk/", "/desk/?q=%E7%8E%8B&page=2#row", "http://testserver/desk/"])
    def test_our_own_pages(self, wanted):
        assert http.safe_next(ask(data={"next": wanted}), "/") == wanted
        assert http.safe_next(ask("post", data={"next": wanted}), "/") == wanted

    @pytest.mark.parametrize(
        "wanted",
        ["", "//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", "\\\\evil.example",
         "http:///evil.example", "\x00//evil.example", " //evil.example", "/" + "a" * 5_000,
         "http://testserver@evil.example/", "data:text/html,x", "desk", "NaN", "..", "?a=1"],
    )  # fmt: skip
    def test_nowhere_else(self, wanted):
        assert http.safe_next(ask(data={"next": wanted}), "/home/") == "/home/"

    @given(st.text(max_size=40))
    def test_whatever_it_says_can_be_a_header(self, wanted):
        answer = http.go(ask(), http.safe_next(ask(data={"next": wanted}), "/"))
        assert "\n" not in answer["Location"]


class TestClientAddress:
    @pytest.mark.parametrize(
        ("hops", "forwarded", "peer", "address"),
        [
            (0, "", "192.0.2.9", "192.0.2.9"),
            (0, "203.0.113.1", "192.0.2.9", "192.0.2.9"),  # no proxy of ours: the header is the client's own invention
            (1, "203.0.113.1", "192.0.2.9", "203.0.113.1"),
            (1, "198.51.100.7, 203.0.113.1", "192.0.2.9", "203.0.113.1"),
            (2, "198.51.100.7, 203.0.113.1, 192.0.2.8", "192.0.2.9", "203.0.113.1"),
            (2, "203.0.113.1", "192.0.2.9", "192.0.2.9"),  # came past a proxy
            (1, "203.0.113.1:4711", "192.0.2.9", "203.0.113.1"),
            (1, "[2001:DB8::1]:4711", "192.0.2.9", "2001:db8::1"),
            (1, "2001:0db8:0:0::1", "192.0.2.9", "2001:db8::1"),
            (0, "", "::ffff:192.0.2.9", "192.0.2.9"),
            (1, "<script>", "192.0.2.9", "192.0.2.9"),
            (1, "unknown", "", ""),
            (0, "", "", ""),
        ],
    )
    def test_it_counts_from_the_right(self, settings, hops, forwarded, peer, address):
        settings.PROXY_HOPS = hops
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        assert http.client_address(ask(headers=headers, REMOTE_ADDR=peer)) == address

    @given(st.text(alphabet=st.characters(max_codepoint=255), max_size=80))
    def test_nothing_but_an_address_comes_out(self, forwarded):
        with override_settings(PROXY_HOPS=1):
            address = http.client_address(ask(headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=""))
        assert set(address) <= set("0123456789abcdef.:")


class TestNotModified:
    @pytest.mark.parametrize("sent", ['"v7"', 'W/"v7"', '"v6", "v7"'])
    def test_the_same_version_is_not_sent_again(self, sent):
        answer = http.not_modified(ask(headers={"If-None-Match": sent}), "v7")
        assert answer is not None
        assert (answer.status_code, answer["ETag"], answer.content) == (304, '"v7"', b"")

    @pytest.mark.parametrize("sent", ["", '"v6"', "v7", '"xv7"', "*junk"])
    def test_another_one_is(self, sent):
        assert http.not_modified(ask(headers={"If-None-Match": sent}), "v7") is None

    def test_a_poll_says_in_its_link_what_it_has(self):
        # Pages of signed-in people are no-store: a browser has nothing to compare with and sends no If-None-Match.
        answer = http.not_modified(ask(data={"etag": "v7"}, headers=PLAIN_HTMX), "v7")
        assert answer is not None
        assert answer.status_code == 204  # htmx leaves the page as it is
        assert http.not_modified(ask(data={"etag": "v7"}), "v7") is None  # a person opening that link wants the page

    def test_a_write_is_never_skipped(self):
        assert http.not_modified(ask("post", headers={"If-None-Match": '"v7"'}), "v7") is None


class MiddlewareTest(CastTestCase):
    def test_every_page_says_what_it_may_not_do(self) -> None:
        answer = self.client.get(resolve_url(django_settings.LOGIN_URL))
        assert "camera=()" in answer["Permissions-Policy"]
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"

    def test_pages_of_somebody_signed_in_are_not_stored(self) -> None:
        self.sign_in(self.admin)
        answer = self.client.get("/admin/")
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]

    def test_neither_is_a_page_that_is_not_there(self) -> None:
        self.sign_in(self.worker)
        answer = self.client.get("/nowhere/")
        assert answer.status_code == 404
        assert "no-store" in answer["Cache-Control"]


class TestPosted:
    def test_it_is_nothing_for_a_page_that_is_looked_at(self, rf: RequestFactory) -> None:
        assert http.posted(rf.get("/?a=1")) is None
        assert http.posted(rf.head("/")) is None

    def test_it_is_a_form_with_faults_when_nothing_was_filled_in(self, rf: RequestFactory) -> None:
        assert http.posted(rf.post("/")) == {}
