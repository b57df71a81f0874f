"""Exports: asking, one's own, fetching; deciding as the second person, and who exported what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from households.queue import row_id
from resilience.lib.errors import Refused
from resilience.lib.forms import BaseForm
from resilience.lib.http import AuthedRequest, go
from resilience.lib.inputs import decode_cursor, encode_cursor
from resilience.lib.sheets import MIME

from . import access, actions, told
from .forms import AskForm, DecideForm
from .listings import LISTINGS, Listing
from .making import make_each
from .models import Export, ExportQuerySet, State, Which

PAGE = 30


@require_safe
def exports(request: AuthedRequest) -> HttpResponse:
    """One's own, the newest first; and every list that can be asked for."""
    context = {
        **_page(request, access.mine(request.viewer).select_related("decided_by")),
        "lists": Which.choices,
        "waiting": access.to_decide(request.viewer).count() if request.viewer.approves else 0,
    }
    return render(request, "exports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: AuthedRequest, which: str) -> HttpResponse:
    """Ask for one. The filter of the list comes in the address, or, where it holds words of a search, by POST."""
    listing = _listing(which)
    asked = request.POST if request.method == "POST" else request.GET
    filters = listing.asked(asked.dict())
    form = AskForm(_sent(request), listing=listing, filters=filters)
    if form.is_bound and form.is_valid():
        try:
            export = actions.ask(form.wanted(), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            return _asked(request, export)
    context = {
        "listing": listing,
        "form": form,
        "filters": filters,
        "said": told.filter_words(listing, request.viewer, filters),
        "limits": told.limits(),
    }
    return render(request, "exports/new.html", context, status=422 if form.errors else 200)


@require_safe
def export(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """What becomes of it; the link that is theirs alone."""
    return render(request, "exports/page.html", _context(request, access.export(request, uid)))


@require_POST
def fetch(request: AuthedRequest, uid: UUID) -> HttpResponseBase:
    """The file. By POST: a look at a link, or its preview, counts for nothing."""
    export = access.export(request, uid)
    try:
        content = actions.fetch(export, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return go(request, reverse("export", args=[uid]))
    name = f"{export.which}-{timezone.localtime(export.made_at):%Y%m%d-%H%M}-{export.code}.{export.form}"
    response = StreamingHttpResponse(content, content_type=MIME[export.form])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = str(export.size)
    return response


@require_POST
def end(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Who asked needs it no more."""
    try:
        actions.give_up(access.export(request, uid), by=request.user)
        messages.success(request, _("It is destroyed."))
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, reverse("export", args=[uid]))


# --- the second person -----------------------------------------------------------------------------
@require_safe
def waiting(request: AuthedRequest) -> HttpResponse:
    """What waits for a word of the viewer's, the oldest first."""
    rows = list(access.to_decide(request.viewer).select_related("asked_by").order_by("pk")[: PAGE + 1])
    return render(request, "exports/waiting.html", {"exports": rows[:PAGE], "is_cut": len(rows) > PAGE})


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Allow it or not, with a reason: `step` says which."""
    export = access.export_to_decide(request, uid)
    form = DecideForm(request.POST if request.method == "POST" else None)
    is_allowed = request.POST.get("step") == "approve"
    if request.method == "POST" and form.is_valid():
        verb = actions.approve if is_allowed else actions.refuse
        try:
            verb(export, by=request.user, why=form.cleaned_data["decision"])
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Allowed. They can fetch it now.") if is_allowed else _("Refused."))
            _make_if_small(export)
            return go(request, reverse("exports-waiting"))
    return render(request, "exports/decide.html", _context(request, export, form), status=422 if form.errors else 200)


@require_safe
def made(request: AuthedRequest) -> HttpResponse:
    """Who exported what in the viewer's places, the newest first."""
    rows = access.overseen(request.viewer).select_related("asked_by", "decided_by")
    return render(request, "exports/made.html", _page(request, rows))


# --- what they share --------------------------------------------------------------------------------
def _listing(which: str) -> Listing:
    if which not in LISTINGS:
        raise Http404
    return LISTINGS[which]


def _sent(request: AuthedRequest) -> QueryDict | None:
    """None also for who comes from the results of a search, which come by POST."""
    return request.POST if request.method == "POST" and "begin" not in request.POST else None


def _asked(request: AuthedRequest, export: Export) -> HttpResponse:
    _make_if_small(export)
    if export.state == State.WAITING:
        messages.success(request, _("Asked for. Somebody else of the office, or a supervisor, has to allow it."))
    return go(request, reverse("export", args=[export.uid]))


AT_ONCE = 500
"""Rows of a file that is made while its asker waits; the background makes longer ones."""


def _make_if_small(export: Export) -> None:
    if export.state == State.APPROVED and export.rows <= AT_ONCE:
        make_each([export.pk])


def _context(request: AuthedRequest, export: Export, form: BaseForm | None = None) -> dict[str, Any]:
    listing = LISTINGS[export.which]
    return {
        "export": export,
        "form": form,
        "columns": [column.label for column in listing.chosen(export.column_names)],
        "whole": [(listing.column(name).label, why) for name, why in export.why.items()],
        "said": told.filter_words(listing, request.viewer, export.filters),
        "may_fetch": export.may_be_fetched(),
    }


def _page(request: AuthedRequest, rows: ExportQuerySet) -> dict[str, Any]:
    after = decode_cursor(request.GET.get("after", ""), row_id)
    found = list((rows.filter(pk__lt=after[0]) if after else rows).newest_first()[: PAGE + 1])
    is_cut = len(found) > PAGE
    return {
        "exports": found[:PAGE],
        "is_first_page": after is None,
        "next_cursor": encode_cursor([found[PAGE - 1].pk]) if is_cut else "",
    }
