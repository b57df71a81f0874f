"""Signing in, signing out, changing one's password."""

from __future__ import annotations

import math
import unicodedata

from django.contrib import messages
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from resilience.accounts import limits
from resilience.accounts.actions import change_password
from resilience.accounts.forms import LONGEST_NAME, OwnPasswordForm, SignInForm
from resilience.lib.http import client_network, come_back_later, go, posted, safe_next


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
        start_session(request, form.get_user())
        return go(request, next_url or reverse("start"))
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


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    form = OwnPasswordForm(request.user, data=posted(request))
    if form.is_valid():
        update_session_auth_hash(request, change_password(form))  # this session stays, all others end
        messages.success(request, _("Your new password is saved. Other devices have been signed out."))
        return redirect("start")
    return render(request, "accounts/password.html", {"form": form}, status=422 if form.is_bound else 200)


def _count_try(request: HttpRequest) -> limits.Limit | None:
    address = client_network(request)
    name = unicodedata.normalize("NFKC", request.POST.get("username", "")[:LONGEST_NAME]).casefold().strip()
    return limits.count((limits.SIGN_IN_ADDRESS, address), (limits.SIGN_IN_NAME, f"{address} {name}"))


def _too_many_tries(request: HttpRequest, next_url: str, spent: limits.Limit) -> HttpResponse:
    """429, with the minutes until there is one try more."""
    minutes = math.ceil(spent.wait / 60)
    refused = _("Too many tries. Try again in %(minutes)s minutes, or ask your administrator.") % {"minutes": minutes}
    form = SignInForm(request, initial={"username": request.POST.get("username", "")[:LONGEST_NAME]})
    context = {"form": form, "next": next_url, "refused": refused}
    return come_back_later(render(request, "accounts/login.html", context, status=429), spent.wait)
