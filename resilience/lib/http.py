"""Typed requests and the few answers every view gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

HTMX_HEADERS = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")


class HtmxHttpRequest(HttpRequest):
    htmx: HtmxDetails


class AuthedRequest(HtmxHttpRequest):
    """Of somebody signed in: `user` is an accounts.User, `viewer` a households.access.Viewer.

    Named in words only: this layer knows neither.
    """

    user: Any
    viewer: Any


def wants_part(request: HttpRequest) -> bool:
    """A plain htmx request; a boosted link and a history restore want the whole page."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_part(
    request: HttpRequest, template: str, part: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """`template#part` for a plain htmx request, the whole template for everybody else."""
    name = f"{template}#{part}" if wants_part(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, HTMX_HEADERS)
    return response


def go(request: HttpRequest, url: str) -> HttpResponse:
    """After a write: on to `url`, as a redirect, or as one that htmx follows with the whole page."""
    if wants_part(request):
        return HttpResponseClientRedirect(url)
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def safe_next(request: HttpRequest, default: str) -> str:
    """`next` of the form or the URL if it leads to ourselves, else `default`."""
    wanted = str(request.POST.get("next") or request.GET.get("next") or "")
    fits = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if fits and len(wanted) < 2_000 else default


def client_address(request: HttpRequest) -> str:
    """The client's address: the peer's, or PROXY_HOPS from the right of X-Forwarded-For."""
    hops = settings.PROXY_HOPS
    if hops:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if len(forwarded) >= hops:
            return forwarded[-hops][:60]
    return str(request.META.get("REMOTE_ADDR", ""))[:60]


def not_modified(request: HttpRequest, etag: str) -> HttpResponse | None:
    """304 when the client has that version already. `etag` without quotes."""
    if f'"{etag}"' in request.headers.get("If-None-Match", "")[:400]:
        response = HttpResponse(status=304)
        response["ETag"] = f'"{etag}"'
        return response
    return None


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Never stored by a cache or a search engine: for pages a secret in the URL opens."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return guarded
