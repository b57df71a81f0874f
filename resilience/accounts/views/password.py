"""Changing one's password. The old one is asked for, so nobody need confirm besides who they are."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from resilience.lib.http import AuthedRequest, posted

from ..actions.passwords import change_password
from ..forms import OwnPasswordForm


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: AuthedRequest) -> HttpResponse:
    form = OwnPasswordForm(request.user, data=posted(request))
    if form.is_valid():
        update_session_auth_hash(request, change_password(form, this_session=request.session.session_key or ""))
        messages.success(request, _("Your new password is saved. Other devices have been signed out."))
        return redirect("start")
    return render(request, "accounts/password.html", {"form": form}, status=422 if form.is_bound else 200)
