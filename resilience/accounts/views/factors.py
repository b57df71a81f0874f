"""One's second factors: which there are, setting one up, removing one, recovery codes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted

from .. import factors as factors_of
from ..actions import factors as verbs
from ..confirming import before_second_factor, note_confirmed, recently_confirmed
from ..forms import CodeForm, FactorForm, PasskeyForm
from ..rules import rules_for
from ..sealing import keep, kept, take

_SECRET, _CODES = "app", "codes"


@before_second_factor
@never_cache
@require_safe
def factors(request: AuthedRequest) -> HttpResponse:
    has = factors_of.factors_of(request.user)
    context = {"has": has, "is_needed": _is_needed(request)}
    return render(request, "accounts/factors.html", context)


def _is_needed(request: AuthedRequest) -> bool:
    return rules_for(request.user, request).needs_second_factor


@before_second_factor
@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_confirmed
def add_app(request: AuthedRequest) -> HttpResponse:
    """The picture an app reads, and the first code it gives. The secret waits in the session, sealed."""
    form = CodeForm(posted(request))
    secret = kept(request.session, _SECRET)
    if request.method == "POST" and form.is_valid():
        try:
            return _with_codes(request, verbs.set_up_app(request.user, secret=secret, code=form.cleaned_data["code"]))
        except Refused as refused:
            form.refuse(refused)
    if not secret:
        secret = factors_of.new_secret()
        keep(request.session, _SECRET, secret)
    picture, words = factors_of.secret_picture(request.user, secret), factors_of.secret_words(secret)
    context = {"form": form, "picture": picture, "secret": words}
    return render(request, "accounts/add_app.html", context, status=422 if form.errors else 200)


@before_second_factor
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_confirmed
def add_passkey(request: AuthedRequest) -> HttpResponse:
    form = PasskeyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        name = sent["name"] or _("Passkey")
        try:
            return _with_codes(request, verbs.set_up_passkey(request.user, credential=sent["credential"], name=name))
        except Refused as refused:
            form.refuse(refused)
    context = {"form": form, "options": factors_of.begin_passkey(request.user)}
    return render(request, "accounts/add_passkey.html", context, status=422 if form.errors else 200)


def _with_codes(request: AuthedRequest, codes: list[str]) -> HttpResponse:
    """A factor is set up: on to the recovery codes that came with it, or back."""
    take(request.session, _SECRET)
    note_confirmed(request, by_factor=True)
    messages.success(request, _("Your second factor is set up."))
    if codes:
        keep(request.session, _CODES, "\n".join(codes))
        return go(request, reverse("accounts:recovery_codes"))
    return go(request, reverse("accounts:factors"))


@before_second_factor
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_confirmed
def recovery_codes(request: AuthedRequest) -> HttpResponse:
    """New ones are shown once, with the page after they were made. A POST makes new ones."""
    if request.method == "POST":
        try:
            keep(request.session, _CODES, "\n".join(verbs.renew_codes(request.user)))
        except Refused as refused:
            messages.error(request, str(refused))
            return go(request, reverse("accounts:factors"))
        return go(request, reverse("accounts:recovery_codes"))
    codes = take(request.session, _CODES).split("\n") if request.method == "GET" else []
    if not any(codes):
        return redirect("accounts:factors")
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


@before_second_factor
@require_POST
@recently_confirmed
def remove(request: AuthedRequest) -> HttpResponse:
    form = FactorForm(request.POST)
    if form.is_valid():
        try:
            verbs.remove_factor(request.user, pk=form.cleaned_data["factor"], must_keep_one=_is_needed(request))
            messages.success(request, _("Removed. It no longer signs you in."))
        except Refused as refused:
            messages.error(request, str(refused))
    return go(request, reverse("accounts:factors"))
