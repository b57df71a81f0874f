"""The office sees to what people ask about their own data: writes it down, makes the copy, answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from households import access as people
from households.models import Resident
from households.openings import SHOWN_FOR
from households.seals import show_words
from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted, render_part
from resilience.lib.inputs import decode_cursor, encode_cursor

from .. import access
from ..actions import carrying_out
from ..actions import data_requests as verbs
from ..copies import as_file, as_page
from ..correcting import FIELDS as CORRECTABLE
from ..correcting import shown
from ..forms import AnswerForm, AskForm, DoForm, ShapeForm
from ..kept import plan_of, words_of
from ..models import CARRIED_OUT, WORDS_LENGTH, DataRequest, DataRequestQuerySet, Kind, Refusal
from ..sealed import proposed_value

PAGE = 50
VERBS = {
    Kind.CORRECT: carrying_out.correct,
    Kind.DELETE: carrying_out.delete,
    Kind.END_CARE: carrying_out.end_care,
}


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Write down what somebody asks for at the desk."""
    resident = people.resident(request, uid)
    form = AskForm(posted(request))
    if form.is_valid():
        try:
            made = verbs.ask(resident, form.asking(), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Written down. It has to be answered within 30 days."))
            return go(request, _url(made))
    context = {"form": form, "resident": resident}
    return render(request, "privacy/new.html", context, status=422 if form.errors else 200)


@require_safe
def listed(request: AuthedRequest) -> HttpResponse:
    """Open ones by what is due first; `?ended=1` those that were answered, the newest first. `?after=` goes on."""
    is_ended = request.GET.get("ended") == "1"
    after = decode_cursor(request.GET.get("after", ""), datetime.fromisoformat, int)
    rows = access.data_requests_for(request.viewer)
    found = list(_following(rows, is_ended=is_ended, after=after)[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    context = {
        "asked": found[:PAGE],
        "is_ended": is_ended,
        "is_first_page": after is None,
        "next_cursor": encode_cursor([last.due_at.isoformat(), last.pk]) if last else "",
    }
    return render(request, "privacy/list.html", context)


def _following(rows: DataRequestQuerySet, *, is_ended: bool, after: tuple[Any, ...] | None) -> DataRequestQuerySet:
    if is_ended:
        rows = rows.ended().order_by("-due_at", "-id")
        return rows.filter(Q(due_at__lt=after[0]) | Q(due_at=after[0], pk__lt=after[1])) if after else rows
    rows = rows.open().due_first()
    return rows.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], pk__gt=after[1])) if after else rows


@require_safe
def page(request: AuthedRequest, uid: UUID) -> HttpResponse:
    data_request = access.data_request(request, uid)
    name = data_request.proposed.get("field", "")
    resident = data_request.resident
    context = {
        "asked": data_request,
        "resident": resident,
        "field": CORRECTABLE.get(name),
        "now": shown(resident, name) if resident and name in CORRECTABLE else "",
        "kept": words_of(data_request.kept),
        "may_do": data_request.is_open and data_request.kind in CARRIED_OUT and resident,
        "is_copied_no_more": data_request.kind == Kind.COPY and resident and not data_request.may_be_copied,
        "is_own_word": data_request.needs_somebody_else_than(request.user.pk),
        "may_fetch": data_request.is_open and data_request.kind == Kind.COPY and data_request.service_request_id,
    }
    return render(request, "privacy/page.html", context)


@require_POST
def take(request: AuthedRequest, uid: UUID) -> HttpResponse:
    data_request = access.data_request(request, uid)
    try:
        verbs.take(data_request, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, _url(data_request))


@require_POST
def copy(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """The copy, in the answer alone: to print and hand over, or as a file for machines. It shows numbers whole, so it
    counts as opening them."""
    data_request = access.data_request(request, uid)
    form, resident = ShapeForm(request.POST), data_request.resident
    if not form.is_valid() or resident is None:
        messages.error(request, _("There is no copy to make of this. Write down a new request for one."))
        return go(request, _url(data_request))
    shape, role = form.cleaned_data["shape"], request.viewer.role_over(resident.household)
    try:
        sections = verbs.hand_over(data_request, by=request.user, role=role, shape=shape)
    except Refused as refused:
        messages.error(request, str(refused))
        return go(request, _url(data_request))
    if shape == ShapeForm.FILE:
        return as_file(sections)
    return as_page(request, resident, sections, "privacy/copy.html", {"asked": data_request})


@require_POST
def let_fetch(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Let the person fetch the copy on the page of their request."""
    data_request = access.data_request(request, uid)
    try:
        verbs.let_fetch(data_request, by=request.user)
        messages.success(request, _("They may fetch it, once, within 72 hours."))
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, _url(data_request))


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Done, or refused with a reason the person reads."""
    data_request = access.data_request(request, uid)
    form = AnswerForm(posted(request))
    if form.is_valid():
        try:
            _answer(data_request, form, request)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Answered."))
            return go(request, _url(data_request))
    context = {"form": form, "asked": data_request}
    return render(request, "privacy/answer.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def carry_out(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Put right or delete what was asked: what would happen stands on the page, the button does it."""
    data_request = access.data_request(request, uid)
    verb = VERBS.get(Kind(data_request.kind))
    if verb is None or data_request.resident is None or not data_request.is_open:
        return go(request, _url(data_request))
    form = DoForm(posted(request))
    if form.is_valid():
        try:
            verb(data_request, words=form.cleaned_data["words"], by=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Done."))
            return go(request, _url(data_request))
    is_own_word = data_request.needs_somebody_else_than(request.user.pk)
    context = {"form": form, "asked": data_request, "is_own_word": is_own_word}
    context |= _foreseen(data_request, data_request.resident)
    return render(request, "privacy/carry_out.html", context, status=422 if form.errors else 200)


@require_POST
def show_proposed(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """The same page with the number whole, in this answer alone; what was typed there is sent along and kept."""
    data_request = access.data_request(request, uid)
    resident = data_request.resident
    if resident is None or data_request.kind != Kind.CORRECT:
        return go(request, _url(data_request))
    try:
        role = request.viewer.role_over(resident.household)
        whole = carrying_out.show_proposed(data_request, by=request.user, role=role)
    except Refused as refused:
        messages.error(request, str(refused))
        return go(request, reverse("data-request-do", args=[uid]))
    form = DoForm(initial={"words": request.POST.get("words", "")[:WORDS_LENGTH]})
    context = {"form": form, "asked": data_request, **_foreseen(data_request, resident), "whole": whole}
    return render_part(request, "privacy/carry_out.html", "proposed", {**context, "shown_for": SHOWN_FOR})


def _foreseen(data_request: DataRequest, resident: Resident) -> dict[str, Any]:
    """What the button does: from – to, what ends, or what goes and what stays."""
    if data_request.kind == Kind.DELETE:
        plan = plan_of(resident)
        return {"plan": plan, "stays": words_of(plan.stays)}
    if data_request.kind == Kind.END_CARE:
        return {"ends": resident.needs.active().select_related("kind")}
    name, sealed = data_request.proposed["field"], proposed_value(data_request)
    return {
        "field": CORRECTABLE[name],
        "now": shown(resident, name),
        "then": data_request.proposed["value"],
        "sealed": sealed,
        "show": show_words([sealed.field], 1) if sealed else "",
    }


def _answer(data_request: DataRequest, form: AnswerForm, request: AuthedRequest) -> None:
    said = form.cleaned_data
    if said["deed"] == AnswerForm.REFUSED:
        verbs.refuse(data_request, why=Refusal(said["refusal"]), words=said["words"], by=request.user)
    else:
        verbs.answer(data_request, words=said["words"], by=request.user)


def _url(data_request: DataRequest) -> str:
    return reverse("data-request", args=[data_request.uid])
