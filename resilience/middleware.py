"""What every answer carries."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

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
    """No cache stores a page of somebody signed in, and neither cache nor search engine one that a secret opens.

    Only what says `Cache-Control: public`, being the same for everybody, keeps its own.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_secret = bool(request.resolver_match and getattr(request.resolver_match.func, "is_private", False))
        if is_secret:
            response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        if is_secret or (_is_somebodys(request) and "public" not in response.get("Cache-Control", "")):
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware


def _is_somebodys(request: HttpRequest) -> bool:
    """Signed in before this request (and perhaps signed out by it), or by it. Asks no database about a mere visitor."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or request.user.is_authenticated


def htmx_login(get_response: Next) -> Next:
    """A session that ended answers htmx with a redirect of the whole page, not a login form inside a table row."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 302 or request.headers.get("HX-Request") != "true":
            return response
        login = resolve_url(settings.LOGIN_URL)
        if response["Location"].partition("?")[0] != login:
            return response
        # Back to the page the person looks at: the address asked for was only a part of it.
        page = HtmxDetails(request).current_url_abs_path
        return HttpResponseClientRedirect(f"{login}?{urlencode({'next': page})}" if page else login)

    return middleware
