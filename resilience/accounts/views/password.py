"""Changing one's password. The old one is asked for, so nobody need confirm besides who they are.

A guess at it counts as one at the second factor does: who has found an open session must not find the password.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from resilience.lib.http import AuthedRequest, come_back_later, posted

from .. import limits
from ..actions.factors import note_proof
from ..actions.passwords import change_password
from ..forms import TOO_MANY_TRIES, OwnPasswordForm


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: AuthedRequest) -> HttpResponse:
    tried = (limits.FACTOR, request.user.uid.hex)
    if request.method == "POST" and (spent := limits.count(tried)):
        return _too_many_tries(request, spent)
    form = OwnPasswordForm(request.user, data=posted(request))
    if form.is_bound and "old_password" not in form.errors:
        limits.give_back(tried)
    elif form.has_error("old_password", "password_incorrect"):
        note_proof(request.user, kind="password", is_right=False, by=request.user)
    if form.is_valid():
        update_session_auth_hash(request, change_password(form, this_session=request.session.session_key or ""))
        messages.success(request, _("Your new password is saved. Other devices have been signed out."))
        return redirect("start")
    return render(request, "accounts/password.html", {"form": form}, status=422 if form.is_bound else 200)


def _too_many_tries(request: AuthedRequest, spent: limits.Limit) -> HttpResponse:
    """429, without a look at what was typed."""
    context = {"form": OwnPasswordForm(request.user), "refused": TOO_MANY_TRIES}
    return come_back_later(render(request, "accounts/password.html", context, status=429), spent.wait)
