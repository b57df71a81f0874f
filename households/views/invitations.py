"""Asking somebody to serve, and their way in."""

from __future__ import annotations

from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from resilience.accounts.confirming import recently_confirmed
from resilience.accounts.entering import let_in
from resilience.accounts.models import User
from resilience.accounts.sealing import keep, take
from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted

from .. import by_secret, colleagues
from ..actions import invitations as verbs
from ..forms.invitations import AcceptForm, InviteForm

MOST_SHOWN = 200
_LINK = "invitation"


@require_safe
def invitations(request: AuthedRequest) -> HttpResponse:
    """Those that are open; and, once, the link of the one just made: nothing here could show it again."""
    link = take(request.session, _LINK) if request.method == "GET" else ""
    rows = (
        colleagues.invitations_for(request.viewer).select_related("grid", "region", "by").order_by("-created_at", "pk")
    )
    context = {"invitations": rows[:MOST_SHOWN], "link": link, "picture": _picture(link) if link else ""}
    return render(request, "households/invitations/list.html", context)


def _picture(link: str) -> SafeString:
    """For who stands beside: their phone reads it."""
    svg = segno.make(link, error="m", micro=False).svg_inline(
        scale=1, border=4, omitsize=True, svgclass=None, lineclass=None
    )
    return mark_safe(svg)  # noqa: S308  segno's own drawing: numbers and path commands


@require_http_methods(["GET", "HEAD", "POST"])
@recently_confirmed
def invite(request: AuthedRequest) -> HttpResponse:
    form = InviteForm(posted(request), viewer=request.viewer)
    if form.is_valid():
        sent = form.cleaned_data
        invited = verbs.Invited(
            sent["name"], sent["phone"], sent["role"], sent["place"], sent["from_date"], sent["until"]
        )
        try:
            _row, token = verbs.invite(invited, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            keep(request.session, _LINK, settings.SITE_URL + reverse("invited", args=[token]))
            return go(request, reverse("invitations"))
    return render(request, "households/invitations/new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def cancel(request: AuthedRequest, uid: UUID) -> HttpResponse:
    invitation = colleagues.invitation(request, uid)
    try:
        verbs.cancel(invitation, by=request.user)
        messages.success(request, _("Taken back. The link opens nothing any more."))
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, reverse("invitations"))


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "again")
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """Who was invited chooses how to sign in. Looking uses nothing up; used, taken back and unknown look the same."""
    invitation = by_secret.invitation_of_link(token)
    if invitation is None:
        return render(request, "households/invitations/gone.html", status=404)
    form = AcceptForm(posted(request), person=User(name=invitation.name, phone=invitation.phone))
    if form.is_valid():
        sent = form.cleaned_data
        try:
            user = verbs.accept(invitation, username=sent["username"], password=sent["password"])
        except Refused as refused:
            form.refuse(refused)
        else:
            return let_in(request, user, "", by_factor=False)
    context = {"form": form, "invitation": invitation}
    return render(request, "households/invitations/accept.html", context, status=422 if form.is_bound else 200)
