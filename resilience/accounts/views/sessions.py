"""Where one is signed in, and ending that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from resilience.lib.http import AuthedRequest, go

from ..actions.sessions import end, sign_out
from ..confirming import recently_confirmed
from ..forms import EndSessionForm
from ..models import Session
from ..user_agents import device_words

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A session, ready to print."""

    uid: UUID
    device: str
    address: str
    started_at: datetime
    seen_at: datetime
    is_this: bool


def lines(rows: Iterable[Session], this: str = "") -> list[Line]:
    """`this`: the key of the session that looks."""
    return [
        Line(row.uid, device_words(row.device), row.address, row.started_at, row.seen_at, row.session_key == this)
        for row in rows
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@recently_confirmed
def sessions(request: AuthedRequest) -> HttpResponse:
    """One's own. A form names one of them, or all others."""
    if request.method == "POST":
        return _end(request)
    rows = Session.objects.of(request.user).order_by("-seen_at")[:MOST_SHOWN]
    context = {"lines": lines(rows, this=request.session.session_key or "")}
    return render(request, "accounts/sessions.html", context)


def _end(request: AuthedRequest) -> HttpResponse:
    """What names no session of one's own ends nothing, and says so no differently than one that has ended by itself."""
    form = EndSessionForm(request.POST)
    if form.is_valid() and form.cleaned_data["others"]:
        ended = sign_out(request.user, by=request.user, but=request.session.session_key or "")
        words = ngettext("%(n)d other device is signed out.", "%(n)d other devices are signed out.", ended)
        messages.success(request, words % {"n": ended})
    elif form.is_valid() and form.cleaned_data["session"]:
        end(request.user, uid=form.cleaned_data["session"], by=request.user)
        messages.success(request, _("That device is signed out."))
    return go(request, reverse("accounts:sessions"))
