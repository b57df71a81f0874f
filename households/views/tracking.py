"""A resident follows their request: by its secret link, or by the short code and the phone's last four digits."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from resilience.lib.errors import Refused, TooMany
from resilience.lib.forms import BaseForm
from resilience.lib.http import client_network, come_back_later, go, posted
from resilience.lib.inputs import mask_phone

from .. import by_secret, phone_proof
from ..actions import answers as verbs
from ..actions import tracking as tracking_verbs
from ..forms.tracking import WRONG, CancelForm, ConfirmForm, FindForm, NoteForm, ReopenForm
from ..models import Outcome, ServiceRequest, State
from ..openings import seen_by_resident
from . import story

# What the address of the page says was done a moment ago (`?said=`). 'sent' is a whole confirmation, by the template.
_SAID: dict[str, Promise] = {
    "thanks": _("Thank you. Your answer has arrived, and the request is closed."),
    "reopened": _("Your answer has arrived. The request is open again, and somebody else will look at it."),
    "added": _("It has arrived. Whoever has your request reads it now."),
    "off": _("It is called off. Nobody comes for it any more."),
}


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Unknown, wrong and never existed: one answer, one weight, one path through the code."""
    form = FindForm(posted(request))
    if form.is_valid():
        try:
            found = tracking_verbs.find(**form.cleaned_data, network=client_network(request))
        except TooMany as no:
            form.refuse(no)
            return come_back_later(_find_page(request, form, 429), no.wait)
        if found:
            return go(request, _url(found))
        form.add_error(None, WRONG)
    return _find_page(request, form, 422 if form.is_bound else 200)


def _find_page(request: HttpRequest, form: FindForm, status: int) -> HttpResponse:
    return render(request, "households/tracking/find.html", {"form": form}, status=status)


@require_safe
def track(request: HttpRequest, token: str) -> HttpResponse:
    return _page(request, by_secret.request_of_link(token))


@require_POST
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Done, half done, not done; and a rating. All but 'done' and a good word open it again."""
    service_request = by_secret.request_of_link(token)
    form = ConfirmForm(request.POST)
    if not tracking_verbs.can_confirm(service_request):
        return go(request, _url(service_request))
    if form.is_valid():
        said = form.cleaned_data
        try:
            verbs.confirm(service_request, outcome=Outcome(said["outcome"]), rating=said["rating"], words=said["words"])
            return go(request, _url(service_request, "reopened" if service_request.is_open else "thanks"))
        except Refused as no:
            form.refuse(no)
    return _page(request, service_request, confirm=form)


@require_POST
def reopen(request: HttpRequest, token: str) -> HttpResponse:
    service_request = by_secret.request_of_link(token)
    form = ReopenForm(request.POST)
    if not tracking_verbs.can_reopen(service_request):
        return go(request, _url(service_request))
    if form.is_valid():
        try:
            verbs.reopen(service_request, words=form.cleaned_data["words"])
            return go(request, _url(service_request, "reopened"))
        except Refused as no:
            form.refuse(no)
    return _page(request, service_request, reopen=form)


@require_POST
def note(request: HttpRequest, token: str) -> HttpResponse:
    service_request = by_secret.request_of_link(token)
    form = NoteForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            tracking_verbs.add_note(service_request, **form.cleaned_data)
            return go(request, _url(service_request, "added"))
        except TooMany as no:
            form.refuse(no)
            return come_back_later(_page(request, service_request, status=429, note=form), no.wait)
        except Refused as no:
            form.refuse(no)
    return _page(request, service_request, note=form)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Call it off, on a page of its own."""
    service_request = by_secret.request_of_link(token)
    if not service_request.can_become(State.CANCELLED):
        return go(request, _url(service_request))
    form = CancelForm(posted(request))
    if form.is_valid():
        try:
            verbs.cancel(service_request, why=form.cleaned_data["why"])
            return go(request, _url(service_request, "off"))
        except Refused as no:
            form.refuse(no)
    context = {"form": form, "service_request": service_request}
    return render(request, "households/tracking/cancel.html", context, status=422 if form.is_bound else 200)


@require_safe
def looked(request: HttpRequest, token: str) -> HttpResponse:
    """Who opened what of theirs: a page of its own, one tap away."""
    service_request = by_secret.request_of_link(token)
    is_theirs = phone_proof.is_marked(request, service_request)
    looks = seen_by_resident(service_request, reads_phone=is_theirs)
    context = {"service_request": service_request, "looks": looks, "is_theirs": is_theirs}
    return render(request, "households/tracking/looked.html", context)


@require_safe
def by_message(request: HttpRequest, token: str, key: str) -> HttpResponse:
    """The link in a text message: on to the request, without the key in an address that may be passed on."""
    service_request = by_secret.request_of_link(token)
    response = redirect(_url(service_request))
    if phone_proof.is_key(service_request, key):
        phone_proof.mark(response, service_request)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, token: str) -> HttpResponse:
    """What opens by the link in the text message alone; POST sends that message again."""
    service_request = by_secret.request_of_link(token)
    form = BaseForm(posted(request))
    if form.is_bound:
        try:
            tracking_verbs.send_link(service_request, network=client_network(request))
            return go(request, f"{request.path}?said=sent")
        except TooMany as no:
            form.refuse(no)
            return come_back_later(_message_page(request, service_request, form, 429), no.wait)
        except Refused as no:
            form.refuse(no)
    return _message_page(request, service_request, form, 422 if form.is_bound else 200)


def _message_page(request: HttpRequest, service_request: ServiceRequest, form: BaseForm, status: int) -> HttpResponse:
    context = {
        "service_request": service_request, "form": form,
        "can_be_sent": phone_proof.can_be_sent(service_request),
        "phone": mask_phone(service_request.asker_phone),
        "is_sent": request.GET.get("said") == "sent" and not form.is_bound,
        "is_theirs": phone_proof.is_marked(request, service_request),
    }  # fmt: skip
    return render(request, "households/tracking/message.html", context, status=status)


def _url(service_request: ServiceRequest, said: str = "") -> str:
    return reverse("track", args=[service_request.token]) + (f"?said={said}" if said else "")


def _page(request: HttpRequest, service_request: ServiceRequest, *, status: int = 0, **bound: Form) -> HttpResponse:
    """The tracking page; `bound` is the form that has to be put right, by the name of its action."""
    photos = by_secret.photos_told(service_request)
    leader = by_secret.leader_of(service_request)
    lines = story.lines(service_request, leader, photos)
    context: dict[str, Any] = {
        "service_request": service_request, "leader": leader, "is_joined": leader.pk != service_request.pk,
        "state_words": story.state_words(leader), "state_label": story.state_label(leader),
        "clock": story.clock_words(leader),
        "lines": lines,
        "last_said": story.last_said(lines, leader),
        "is_sent": request.GET.get("said") == "sent" and leader.is_open and not bound,
        "said": _SAID.get(request.GET.get("said", "")),
        "photos": [photo for photo in photos if photo.event_id is None],
        "items": [(item, story.item_label(item)) for item in by_secret.items_told(service_request)],
        "form": next(iter(bound.values()), None),
        "here": _url(service_request),
        **_forms(service_request, bound),
    }  # fmt: skip
    return render(request, "households/tracking/page.html", context, status=status or (422 if bound else 200))


def _forms(service_request: ServiceRequest, bound: dict[str, Form]) -> dict[str, Any]:
    """The forms for what can be done now; none for what cannot."""
    can_confirm = tracking_verbs.can_confirm(service_request)
    can_reopen = tracking_verbs.can_reopen(service_request) and not can_confirm
    return {
        "confirm_form": bound.get("confirm") or (ConfirmForm() if can_confirm else None),
        "reopen_form": bound.get("reopen") or (ReopenForm() if can_reopen else None),
        "note_form": bound.get("note") or (NoteForm() if tracking_verbs.can_add(service_request) else None),
        "can_cancel": service_request.can_become(State.CANCELLED),
    }
