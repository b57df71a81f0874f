"""Showing a second factor: to sign in, in place of a password, or to confirm who one is."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from resilience.lib.errors import Refused
from resilience.lib.forms import BaseForm
from resilience.lib.http import AuthedRequest, client_network, go, safe_next

from .. import factors, limits
from ..actions.factors import note_proof
from ..actions.sessions import renew
from ..confirming import before_second_factor, note_confirmed
from ..entering import all_in, half_in, let_in
from ..factors import NotProved
from ..forms import TOO_MANY_TRIES, CodeForm, CredentialForm, PasswordForm
from ..models import User


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Between the password and the work. Who comes too late begins again."""
    user = half_in(request)
    if request.user.is_authenticated or user is None:
        return redirect("accounts:login")
    form: BaseForm = CodeForm()
    if request.method == "POST":
        form = _sent(request)
        if form.is_valid() and _is_proved(form, user, by=None):
            return all_in(request, user)
    context = {"form": form, "has": factors.factors_of(user), "cancel": reverse("accounts:login")}
    return render(request, "accounts/second_factor.html", context, status=422 if form.errors else 200)


@before_second_factor
@sensitive_post_parameters("code", "password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: AuthedRequest) -> HttpResponse:
    """By a second factor if one has one, else by the password; then on to where one wanted to go."""
    user, next_url = request.user, safe_next(request, reverse("start"))
    has = factors.factors_of(user)
    form: BaseForm = CodeForm() if has.ways else PasswordForm()
    if request.method == "POST":
        form = _sent(request) if has.ways else PasswordForm(request.POST)
        if form.is_valid() and _is_proved(form, user, by=user):
            renew(request)
            note_confirmed(request, by_factor=bool(has.ways))
            return go(request, next_url)
    context = {"form": form, "has": has, "next": next_url, "cancel": reverse("start")}
    return render(request, "accounts/confirm.html", context, status=422 if form.errors else 200)


def _sent(request: HttpRequest) -> BaseForm:
    """The browser's proof of a passkey, or a code."""
    return CredentialForm(request.POST) if request.POST.get("credential") else CodeForm(request.POST)


def _is_proved(form: BaseForm, user: User, *, by: User | None) -> bool:
    """Whether what the form holds is right; if not, the form says so. Tries are counted in the database and recorded.

    `by`: who is signed in already.
    """
    if limits.count((limits.FACTOR, user.uid.hex)):
        form.refuse(Refused(str(TOO_MANY_TRIES)))
        return False
    try:
        kind = _proof(form, user)
    except NotProved:
        sent = next(name for name in _WRONG if name in form.cleaned_data)
        note_proof(user, kind=sent, is_right=False, by=by)
        form.refuse(Refused(str(_WRONG[sent]), field="password" if sent == "password" else "code"))
        return False
    note_proof(user, kind=kind, is_right=True, by=user)
    return True


_WRONG = {
    "credential": gettext_lazy("The passkey did not answer right."),
    "code": gettext_lazy("This code is not right, or was used already."),
    "password": gettext_lazy("This password is not right."),
}


def _proof(form: BaseForm, user: User) -> str:
    """By which kind of factor the form proves who that is."""
    sent = form.cleaned_data
    if "credential" in sent:
        factors.check_passkey(user, sent["credential"])
        return str(factors.Kind.WEBAUTHN)
    if "code" in sent:
        return factors.check_code(user, sent["code"])
    if not user.check_password(sent["password"]):
        raise NotProved
    return "password"


# --- passkeys ---------------------------------------------------------------------------------------
@never_cache
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """For a script: what the browser needs to ask for a passkey of whoever is half in or signed in, else of anybody."""
    if limits.count((limits.PASSKEY_ADDRESS, client_network(request))):
        return JsonResponse({}, status=429)
    user = request.user if request.user.is_authenticated else half_in(request)
    return JsonResponse(json.loads(factors.begin_proof(user)))


@never_cache
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """Signing in with a passkey alone: it is something one has, and the device asked for a finger, a face or a PIN."""
    form, next_url = CredentialForm(request.POST), safe_next(request, "")
    may_try = limits.count((limits.PASSKEY_ADDRESS, client_network(request))) is None
    if may_try and form.is_valid() and (user := _of_passkey(form.cleaned_data["credential"])):
        return let_in(request, user, next_url, by_factor=True)
    return render(request, "accounts/passkey_failed.html", {"next": next_url}, status=422 if may_try else 429)


def _of_passkey(credential: str) -> User | None:
    """Whose passkey that proves to be, if the account is open. Recorded, right or wrong."""
    user, kind = None, str(factors.Kind.WEBAUTHN)
    try:
        user = factors.user_of_passkey(credential)
        factors.check_passkey(user, credential, alone=True)
    except NotProved:
        note_proof(user, kind=kind, is_right=False, by=None)
        return None
    note_proof(user, kind=kind, is_right=user.is_active, by=user if user.is_active else None)
    return user if user.is_active else None
