"""What every answer carries, tried on each middleware alone."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.test import override_settings
from django.urls import include, path
from django.views.decorators.http import require_safe

from resilience import middleware
from resilience.lib.http import private
from tests.base import CastTestCase


@login_not_required
def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


@login_not_required
def short_lived(request: HttpRequest) -> HttpResponse:
    return HttpResponse("photo", headers={"Cache-Control": "private, max-age=3600"})


@login_not_required
def for_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse("script", headers={"Cache-Control": "public, no-cache"})


@login_not_required
@private
@require_safe
def secret(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


@login_not_required
@require_safe
@private
def secret_missing(request: HttpRequest) -> HttpResponse:
    raise Http404


def desk(request: HttpRequest) -> HttpResponse:
    return HttpResponse("desk")


def login(request: HttpRequest) -> HttpResponse:
    return HttpResponse("login")


urlpatterns = [
    path("plain/", plain), path("short/", short_lived), path("all/", for_all), path("secret/", secret),
    path("missing/", secret_missing), path("desk/", desk), path("in/", login_not_required(login)),
    path("in/later/", login_not_required(login)), path("accounts/", include("resilience.accounts.urls")),
]  # fmt: skip


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse("not here", status=404)


def to(location: str):
    return lambda request: HttpResponse(status=302, headers={"Location": location})


@override_settings(ROOT_URLCONF="tests.lib.test_middleware", LOGIN_URL="/in/")
class CacheTest(CastTestCase):
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


@override_settings(ROOT_URLCONF="tests.lib.test_middleware", LOGIN_URL="/in/")
class EndedSessionTest(CastTestCase):
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
