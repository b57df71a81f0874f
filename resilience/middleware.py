"""What every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from resilience.lib.http import page_before
from resilience.lib.policies import policy_of

Next = Callable[[HttpRequest], HttpResponse]

PERMISSIONS = (
    "accelerometer=(), autoplay=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"
)


def security_headers(get_response: Next) -> Next:
    """Headers that say: nothing from elsewhere, nothing for elsewhere."""
    policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in settings.SECURE_CSP.items())

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not (settings.DEBUG and response.status_code in (404, 500)):  # Django's debug pages have inline styles
            response.setdefault("Content-Security-Policy", policy)
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        return response

    return middleware


class PolicyMiddleware(LoginRequiredMiddleware):
    """Lets nobody in to a view but whom its row of the table names (`resilience.lib.policies`), and says so to it.

    Whoever is not signed in is sent to sign in; another role gets 403. An address without a row opens to nobody. One
    with a NUL in it names nothing: PostgreSQL would not even look it up.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        policy = policy_of(request)
        if policy is None:
            raise PermissionDenied
        request.policy = policy  # type: ignore[attr-defined]
        if not policy.is_open:
            if not request.user.is_authenticated:
                return self.handle_no_permission(request, view_func)
            if not policy.lets_in(request.viewer.roles):  # type: ignore[attr-defined]
                raise PermissionDenied
        if any("\0" in str(value) for value in (*view_args, *view_kwargs.values())):
            raise Http404
        return None


def private_pages(get_response: Next) -> Next:
    """No cache stores a page of somebody signed in, and neither cache nor search engine one that a secret opens.

    Only what says `Cache-Control: public`, being the same for everybody, keeps its own.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        policy = policy_of(request)
        is_secret = policy is not None and policy.is_secret
        if is_secret:
            response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        if is_secret or (_is_somebodys(request) and "public" not in response.get("Cache-Control", "")):
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware


def _is_somebodys(request: HttpRequest) -> bool:
    """Signed in before this request (and perhaps signed out by it), or by it. Asks no database about a mere visitor."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or request.user.is_authenticated


def ended_session(get_response: Next) -> Next:
    """What somebody gets whose sign-in has ended, where Django's redirect to the login page would not do.

    A script that sends something gets 401 and a notice for the page, which stays with all that was typed. A browser
    that sends something reads on the login page that it was not saved. htmx, asking for a part, opens the login page
    in place of the whole page, not a form inside a table row.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 302:
            return response
        login = resolve_url(settings.LOGIN_URL)
        is_led_there = response["Location"].partition("?")[0] == login
        if not is_led_there or _is_open(request):  # the switch of the language leads to the login page, too: back to it
            return response
        is_sent, is_script = request.method == "POST", request.headers.get("HX-Request") == "true"
        if is_sent and is_script:
            return render(request, "accounts/_signed_out.html", status=401)
        if not is_sent and not is_script:
            return response
        # Back to the page the person looks at: the address asked for was only a part of it, or takes only forms.
        page = HtmxDetails(request).current_url_abs_path if is_script else page_before(request)
        query = {**({"next": page} if page else {}), **({"unsaved": "1"} if is_sent else {})}
        to = f"{login}?{urlencode(query)}" if query else login
        return HttpResponseClientRedirect(to) if is_script else HttpResponseRedirect(to)

    return middleware


def _is_open(request: HttpRequest) -> bool:
    """Whether the page asks nobody to sign in."""
    policy = policy_of(request)
    return policy is not None and policy.is_open
