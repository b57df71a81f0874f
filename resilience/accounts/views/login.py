"""Signing in and signing out."""

from __future__ import annotations

import math

from django.contrib.auth import logout as end_session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from resilience.lib.http import client_network, come_back_later, posted, safe_next

from .. import limits
from ..devices import known_device
from ..entering import enter
from ..forms import SignInForm
from ..models import LONGEST_NAME, User, as_typed


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("start")
    next_url = safe_next(request, "")
    if request.method == "POST" and (spent := _count_try(request)):
        return _too_many_tries(request, next_url, spent)
    form = SignInForm(request, data=posted(request))
    if form.is_valid():
        return enter(request, form.get_user(), next_url)
    context = {"form": form, "next": next_url, "was_unsaved": bool(request.GET.get("unsaved"))}
    return render(request, "accounts/login.html", context, status=422 if form.is_bound else 200)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session and have the browser forget what it kept: pages, and the phone's offline copy of the round."""
    end_session(request)
    response = redirect("accounts:logged_out")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_safe
def logged_out(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/logged_out.html")


@require_safe
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where a sign-in beside a page that waits for it ends: back to that page."""
    return render(request, "accounts/signed_in.html")


def _count_try(request: HttpRequest) -> limits.Limit | None:
    """Count this try, by what was typed in any spelling: alike whether or not somebody has that name or phone.

    Phone and user name are counted each for itself, even when both are of one account: a limit that they share would
    tell whoever tries one after the other that they belong together. Only a device that somebody signed in on before
    counts by the account; whose that is, it knows.
    """
    typed = request.POST.get("username", "")[:LONGEST_NAME]
    user, who = User.objects.by_login(typed), as_typed(typed)
    address, device = client_network(request), known_device(request, user)
    of_address = (limits.SIGN_IN_ADDRESS, address)
    if user and device:
        return limits.count(of_address, (limits.SIGN_IN_DEVICE, f"{device} {user.uid.hex}"))
    return limits.count(of_address, (limits.SIGN_IN_ACCOUNT, who), (limits.SIGN_IN_NAME, f"{address} {who}"))


def _too_many_tries(request: HttpRequest, next_url: str, spent: limits.Limit) -> HttpResponse:
    """429, with the minutes until there is one try more."""
    minutes = math.ceil(spent.wait / 60)
    refused = _("Too many tries. Try again in %(minutes)s minutes, or ask your administrator.") % {"minutes": minutes}
    form = SignInForm(request, initial={"username": request.POST.get("username", "")[:LONGEST_NAME]})
    context = {"form": form, "next": next_url, "refused": refused}
    return come_back_later(render(request, "accounts/login.html", context, status=429), spent.wait)
