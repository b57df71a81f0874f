"""Typed requests and the few answers every view gives."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from resilience.lib.policies import Policy

_HOME = 64  # bits of an IPv6 address that a provider gives to one customer, at the least
HTMX_HEADERS = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")


class HtmxHttpRequest(HttpRequest):
    htmx: HtmxDetails


class AuthedRequest(HtmxHttpRequest):
    """Of somebody signed in: `user` is an accounts.User, `viewer` a households.access.Viewer.

    Named in words only: this layer knows neither. `policy` is the one that let them in.
    """

    user: Any
    viewer: Any
    policy: Policy


def wants_part(request: HttpRequest) -> bool:
    """A plain htmx request; a boosted link and a history restore want the whole page."""
    # An error page may come before the middleware that says what htmx asked.
    htmx: HtmxDetails = getattr(request, "htmx", None) or HtmxDetails(request)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_part(
    request: HttpRequest, template: str, part: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """`template#part` for a plain htmx request, the whole template for everybody else."""
    name = f"{template}#{part}" if wants_part(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, HTMX_HEADERS)
    return response


def posted(request: HttpRequest) -> QueryDict | None:
    """What a POST sent, for a form's first argument; None for a page that is only looked at.

    Not `request.POST or None`: a POST without any field is a form with faults, not one that was not sent.
    """
    return request.POST if request.method == "POST" else None


def go(request: HttpRequest, url: str) -> HttpResponse:
    """After a write: on to `url`, as a redirect, or as one that htmx follows with the whole page."""
    if wants_part(request):
        return HttpResponseClientRedirect(url)
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def come_back_later(response: HttpResponse, seconds: int) -> HttpResponse:
    """For an answer with 429: when it is worth trying again."""
    response["Retry-After"] = str(seconds)
    return response


def safe_next(request: HttpRequest, default: str) -> str:
    """`next` of the form or the URL if it is a path or address of ours, else `default`.

    A bare word is neither: `redirect` would take it for the name of a view.
    """
    wanted = str(request.POST.get("next") or request.GET.get("next") or "")
    fits = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    is_address = wanted.startswith(("/", "http://", "https://"))
    return wanted if fits and is_address and len(wanted) < 2_000 else default


def page_before(request: HttpRequest) -> str:
    """Path and query of the page of ours that sent the form; '' when the browser does not say."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return ""
    return urlsplit(page)._replace(scheme="", netloc="", fragment="").geturl()


def cookie_name(name: str) -> str:
    """The name of a cookie of ours as this place has it: on a server browsers bind it to HTTPS and to this host."""
    return f"{settings.COOKIE_PREFIX}{name}"


def client_address(request: HttpRequest) -> str:
    """The client's address: the peer's, or PROXY_HOPS from the right of X-Forwarded-For; "" when there is none.

    Always a well-formed address in its one shortest spelling, or empty: it is a key of counters.
    """
    hops = settings.PROXY_HOPS
    forwarded = request.headers.get("X-Forwarded-For", "").split(",") if hops else []
    told = _address(forwarded[-hops]) if len(forwarded) >= hops > 0 else ""
    return told or _address(str(request.META.get("REMOTE_ADDR", "")))


def client_network(request: HttpRequest) -> str:
    """Whom limits count as one: the client's address, of IPv6 the first 64 bits. The rest is the client's to choose."""
    address = client_address(request)
    return str(IPv6Network((address, _HOME), strict=False)) if ":" in address else address


def shortened(address: str) -> str:
    """The network, not the house: 203.0.113.*, 2001:db8:1:*."""
    if ":" in address:
        return ":".join(address.split("::", maxsplit=1)[0].split(":")[:3]) + ":*"
    return f"{address.rpartition('.')[0]}.*" if address else ""


def _address(text: str) -> str:
    """`192.0.2.1`, also from `192.0.2.1:80`, `[2001:db8::1]:443` and `::ffff:192.0.2.1`; "" for anything else."""
    host = text.strip()[:60]
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    return str((address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address)


def not_modified(request: HttpRequest, etag: str) -> HttpResponse | None:
    """The answer when the client has that version already, else None. `etag` without quotes, URL-safe.

    A browser compares by If-None-Match (304), but keeps nothing of a `no-store` page. So a part that htmx polls says
    in its own link what it has: `hx-get="…?etag={{ etag }}"`. Then the answer is 204: htmx leaves the page as it is.
    """
    if request.method not in ("GET", "HEAD"):
        return None
    if wants_part(request) and request.GET.get("etag") == etag:
        return HttpResponse(status=204)
    known = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", "")[:400])]
    return HttpResponseNotModified(headers={"ETag": f'"{etag}"'}) if f'"{etag}"' in known else None
