"""What every answer carries."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

Next = Callable[[HttpRequest], HttpResponse]

PERMISSIONS = (
    "accelerometer=(), autoplay=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"
)


def security_headers(get_response: Next) -> Next:
    """Headers beside the CSP that say: nothing from elsewhere, nothing for elsewhere."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        return response

    return middleware


def private_pages(get_response: Next) -> Next:
    """No page of somebody signed in is stored by any cache, nor one that sets a cookie."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_session and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware


def htmx_login(get_response: Next) -> Next:
    """A session that ended answers htmx with a redirect of the whole page, not a login form inside a table row."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        login = resolve_url(settings.LOGIN_URL)
        is_htmx = request.headers.get("HX-Request") == "true"
        if is_htmx and response.status_code == 302 and response.get("Location", "").startswith(login):
            return HttpResponseClientRedirect(login)
        return response

    return middleware
