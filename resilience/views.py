"""Pages that belong to no area: where to go after signing in, text size, a refused form, is-it-alive."""

from __future__ import annotations

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from households import policies
from resilience import data_map
from resilience.context_processors import TEXT_SIZE_COOKIE, TEXT_SIZES
from resilience.lib.http import AuthedRequest, cookie_name, safe_next
from resilience.lib.logs import new_fault_number


@require_safe
@policies.signed_in
@never_cache
def start(request: AuthedRequest) -> HttpResponse:
    """Send everybody who has signed in to the page their work begins on."""
    viewer = request.viewer
    if viewer.is_staff_member:
        return redirect("desk")
    if viewer.has_round:
        return redirect("round")
    if viewer.oversees:
        return redirect("desk")
    return redirect("desk-numbers" if viewer.counts else "home")


@login_not_required
@require_POST
def set_text_size(request: HttpRequest) -> HttpResponse:
    """Remember a text size for a year, and go back. An unknown size or an address elsewhere changes nothing."""
    response = redirect(safe_next(request, "/"))
    size = request.POST.get("size", "")
    if size in TEXT_SIZES:
        response.set_cookie(
            cookie_name(TEXT_SIZE_COOKIE),
            size,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@login_not_required
@never_cache
@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """200 when a request can reach the database, else 503: for load balancers and supervisors. Tells nothing else."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503, headers={"Retry-After": "10"})
    return JsonResponse({"database": "ok"})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of residents and why, from the data map: asks the database nothing."""
    return render(request, "privacy.html", {"groups": data_map.groups()})


@login_not_required
@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """Our pages carry theirs in the head; the admin's ask here."""
    return redirect(static("resilience/favicon.svg"))


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What Django calls when a form's token does not fit. The reason is for logs, not for people."""
    return render(request, "403_csrf.html", status=403)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """What Django calls when anything raised. A database that is locked, full or away: 503, calm words, try again."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    template, status = ("503.html", 503) if is_away else ("500.html", 500)
    number = new_fault_number(request)  # the log has it, too
    response = HttpResponse(render_to_string(template, {"number": number}), status=status)
    response["Cache-Control"] = "no-store"
    if is_away:
        response["Retry-After"] = "30"
    return response
