"""What every answer carries, tried on each middleware alone."""

from __future__ import annotations

from unittest import mock

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.test import override_settings
from django.urls import include, path
from django.views.decorators.http import require_safe

from resilience import middleware
from resilience.lib import policies
from tests.base import CastTestCase


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def short_lived(request: HttpRequest) -> HttpResponse:
    return HttpResponse("photo", headers={"Cache-Control": "private, max-age=3600"})


def for_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse("script", headers={"Cache-Control": "public, no-cache"})


@require_safe
def secret(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


@require_safe
def secret_missing(request: HttpRequest) -> HttpResponse:
    raise Http404


def desk(request: HttpRequest) -> HttpResponse:
    return HttpResponse("desk")


def login(request: HttpRequest) -> HttpResponse:
    return HttpResponse("login")


urlpatterns = [
    path("plain/", plain, name="t-plain"),
    path("short/", short_lived, name="t-short"),
    path("all/", for_all, name="t-all"),
    path("secret/", secret, name="t-secret"),
    path("missing/", secret_missing, name="t-missing"),
    path("desk/", desk, name="t-desk"),
    path("mine/", desk, name="t-mine"),
    path("in/", login, name="t-in"),
    path("in/later/", login, name="t-later"),
    path("forgotten/", desk, name="t-forgotten"),
    path("nameless/", desk),
    path("accounts/", include("resilience.accounts.urls")),
]
POLICIES = {
    **{name: policies.public() for name in ("t-plain", "t-short", "t-all", "t-in", "t-later")},
    **{name: policies.by_secret() for name in ("t-secret", "t-missing")},
    "t-desk": policies.only({"staff", "administrator"}),
    "t-mine": policies.signed_in(),
}


@override_settings(ROOT_URLCONF="tests.lib.test_middleware", LOGIN_URL="/in/")
class HouseTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        rows = {**policies.table(), **POLICIES}
        self.enterContext(mock.patch.object(policies, "table", return_value=rows))


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse("not yours", status=403)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse("not here", status=404)


def to(location: str):
    return lambda request: HttpResponse(status=302, headers={"Location": location})


class PolicyTest(HouseTestCase):
    def opens(self, path: str) -> dict[str, int]:
        found = {}
        for user in (None, self.worker, self.clerk, self.admin):
            self.client.logout()
            if user:
                self.sign_in(user)
            found[user.username if user else ""] = self.client.get(path).status_code
        return found

    def test_a_page_opens_to_its_roles(self) -> None:
        assert self.opens("/desk/") == {"": 302, "worker": 403, "clerk": 200, "admin": 200}

    def test_a_page_of_everybodys_own_to_whoever_is_signed_in(self) -> None:
        assert self.opens("/mine/") == {"": 302, "worker": 200, "clerk": 200, "admin": 200}

    def test_a_public_page_and_a_secret_one_to_all(self) -> None:
        for path_ in ("/plain/", "/secret/"):
            assert set(self.opens(path_).values()) == {200}, path_

    def test_an_address_without_a_row_or_a_name_to_nobody(self) -> None:
        for path_ in ("/forgotten/", "/nameless/"):
            assert set(self.opens(path_).values()) == {403}, path_

    def test_the_view_is_told_its_policy(self) -> None:
        assert self.client.get("/secret/").wsgi_request.policy == POLICIES["t-secret"]


class CacheTest(HouseTestCase):
    def cached(self, path: str) -> str:
        return self.client.get(path).get("Cache-Control", "")

    def test_a_page_of_nobody_may_be_stored(self) -> None:
        assert self.cached("/plain/") == ""

    def test_a_page_of_somebody_may_not(self) -> None:
        self.sign_in(self.worker)
        assert self.cached("/plain/") == "no-store, private"
        assert self.cached("/short/") == "no-store, private"

    def test_what_is_the_same_for_all_keeps_its_own(self) -> None:
        self.sign_in(self.worker)
        assert self.cached("/all/") == "public, no-cache"

    def test_a_page_behind_a_secret_is_neither_stored_nor_indexed(self) -> None:
        for path_ in ("/secret/", "/missing/"):
            answer = self.client.get(path_)
            assert answer["Cache-Control"] == "no-store, private"
            assert "noindex" in answer["X-Robots-Tag"]

    def test_signing_in_itself_is_not_stored(self) -> None:
        request = self.client.get("/plain/").wsgi_request
        request.COOKIES.clear()
        request.user = self.worker
        answer = middleware.private_pages(lambda _request: HttpResponse("welcome"))(request)
        assert answer["Cache-Control"] == "no-store, private"

    def test_a_visitor_costs_no_query(self) -> None:
        with self.assertNumQueries(0):
            self.client.get("/plain/")


class EndedSessionTest(HouseTestCase):
    PAGE = {"HX-Request": "true", "HX-Current-URL": "http://testserver/plain/?state=open"}

    def test_htmx_opens_the_login_page_and_comes_back_to_the_page(self) -> None:
        answer = self.client.get("/desk/", headers=self.PAGE)
        assert answer.status_code == 200
        assert answer["HX-Redirect"] == "/in/?next=%2Fplain%2F%3Fstate%3Dopen"
        assert answer.content == b""
        assert not answer.has_header("Location")

    def test_another_hosts_page_is_not_come_back_to(self) -> None:
        answer = self.client.get("/desk/", headers={**self.PAGE, "HX-Current-URL": "https://evil.example/x"})
        assert answer["HX-Redirect"] == "/in/"

    def test_a_browser_is_redirected_as_ever(self) -> None:
        self.assertRedirects(self.client.get("/desk/"), "/in/?next=/desk/")

    def test_what_a_script_sends_stays_on_its_page(self) -> None:
        answer = self.client.post("/desk/", headers=self.PAGE)
        self.assertContains(answer, 'id="signed-out"', status_code=401)
        assert not answer.has_header("HX-Redirect")

    def test_what_a_browser_sends_is_said_to_be_unsaved_and_leads_back_to_its_page(self) -> None:
        answer = self.client.post("/desk/", headers={"Referer": "http://testserver/plain/?state=open#x"})
        assert answer["Location"] == "/in/?next=%2Fplain%2F%3Fstate%3Dopen&unsaved=1"
        for elsewhere in ("https://evil.example/x", "//evil.example/x", ""):
            assert self.client.post("/desk/", headers={"Referer": elsewhere})["Location"] == "/in/?unsaved=1"

    def test_other_redirects_stay(self) -> None:
        request = self.client.get("/plain/", headers=self.PAGE).wsgi_request
        for location in ("/in/later/", "/desk/", "/inside/"):
            answer = middleware.ended_session(to(location))(request)
            assert (answer.status_code, answer["Location"]) == (302, location)

    def test_the_login_url_is_a_page(self) -> None:
        with override_settings(ROOT_URLCONF=settings.ROOT_URLCONF):
            assert resolve_url(settings.LOGIN_URL).startswith("/")
