"""What the page of a request shows, and the one way all its forms are answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, render_part, safe_next

from .. import access, reference
from ..actions.once import once, was_done
from ..forms.assignments import AcceptForm, AssignForm, DeclineForm, HandOverForm, StartForm
from ..forms.deeds import Deed, Standing, key_of, seen_of
from ..forms.items import ItemForm
from ..forms.requests import (
    CancelForm,
    EditForm,
    NoteForm,
    PauseForm,
    RejectForm,
    ReopenForm,
    ReplyForm,
    ResolveForm,
    ResumeForm,
    TakeBackForm,
    TakeUpForm,
)
from ..models import (
    Actor,
    Consent,
    Household,
    ItemState,
    Outcome,
    Rating,
    ServiceRequest,
    Source,
    State,
    Urgency,
)
from ..request_story import story_of
from ..viewer import Viewer
from . import opens
from .clock_words import clock_words

TEMPLATE = "households/requests/page.html"
# In the order of the buttons; the first that fits is the big one.
AT_WORK: tuple[type[Deed], ...] = (
    AcceptForm, StartForm, ResumeForm, ResolveForm, PauseForm, ReplyForm, NoteForm, HandOverForm, DeclineForm,
    TakeUpForm, AssignForm, EditForm, ReopenForm, TakeBackForm, CancelForm, RejectForm,
)  # fmt: skip
AT_THE_DESK: tuple[type[Deed], ...] = (
    AssignForm, TakeUpForm, ReopenForm, TakeBackForm, ReplyForm, PauseForm, ResumeForm, ResolveForm, NoteForm, EditForm,
    CancelForm, RejectForm,
)  # fmt: skip
EVERY: tuple[type[Deed], ...] = (*AT_WORK, ItemForm)
BY_SLUG = {deed.slug: deed for deed in EVERY}
URGENCY_LOOKS: dict[str, str] = {Urgency.LIFE: "life", Urgency.URGENT: "urgent"}
ITEM_LOOKS = {
    ItemState.OPEN: "submitted",
    ItemState.FOR_NOW: "soon",
    ItemState.DONE: "done",
    ItemState.DROPPED: "closed",
}


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One need of a request, ready to print."""

    pk: int
    words: str
    icon: str
    look: str
    state: str
    next_date: date | None
    every_days: int | None


def actor_of(viewer: Viewer, service_request: ServiceRequest) -> Actor:
    """As whom the viewer acts on it."""
    return Actor.WORKER if access.has_request(viewer, service_request) else Actor.DESK


def show(http: AuthedRequest, service_request: ServiceRequest, form: Deed | None = None) -> HttpResponse:
    """The page, with `form` open; 422 when it has faults. `service_request` from `access.request_on_page`."""
    standing = Standing(http.viewer, service_request)
    deeds = () if service_request.is_anonymised else AT_WORK if standing.has_it else AT_THE_DESK
    offered = [deed for deed in deeds if deed.may(standing) and deed.fits(service_request)]
    asked = http.GET.get("do", "")[:20] if deeds else ""
    if form is None and (deed := BY_SLUG.get(asked)) and deed.may(standing) and deed.fits(service_request):
        form = deed(service_request=service_request, initial={"item": http.GET.get("item", "")[:12]})
    elif form is None and AssignForm in offered and service_request.worker_id is None:
        form = AssignForm(service_request=service_request)
    has_faults = form is not None and form.is_bound and not form.is_valid()
    # What was sent from an old page and cannot be done any more is shown, and not offered once more.
    is_lapsed = form is not None and has_faults and not (form.may(standing) and form.fits(service_request))
    context = {
        "service_request": service_request,
        "campaign": reference.campaigns().get(service_request.campaign_id or 0),
        "standing": standing,
        "buttons": [deed for deed in offered if form is None or is_lapsed or deed.slug != form.slug],
        "form": form,
        "is_lapsed": is_lapsed,
        "typed": form.typed(http.POST) if form and is_lapsed else [],
        "seen": seen_of(service_request),
        "is_asked": bool(asked) or has_faults,
        **_facts(http.viewer, service_request, standing),
    }
    if has_faults:  # the whole page: what somebody else changed meanwhile is on it
        here = reverse("request", args=[service_request.code])
        return render(http, TEMPLATE, {**context, "here": here}, status=422)
    return render_part(http, TEMPLATE, "deeds", context)


def answer(
    http: AuthedRequest,
    code: str,
    deed: type[Deed],
    verb: Callable[[ServiceRequest, Any], object],
    *,
    done: str | Callable[[dict[str, Any]], str],
) -> HttpResponse:
    """Do what a form of the page asks: 403 without the right, the page with the form when it cannot be, else on.

    `verb` gets the request and the form's cleaned data. `done` says what has happened, or makes the words of the
    cleaned data, which are empty when all of it had happened before.
    """
    key = key_of(http.POST, http.FILES)
    is_sent_again = was_done(key, by=http.user)
    try:
        service_request = access.request_on_page(http.viewer, code)
    except Http404:
        let_go = access.request_let_go(http.viewer, code)
        return _went_on(http, let_go, done, had_it=True) if is_sent_again else _came_too_late(http, let_go, deed)
    standing = Standing(http.viewer, service_request)
    form = deed(http.POST, http.FILES, service_request=service_request)
    if is_sent_again or (deed.may(standing) and deed.is_done(service_request)):
        return _went_on(http, service_request, done)
    if not deed.may(standing) and not form.is_stale:
        raise PermissionDenied
    if form.is_valid():
        try:
            if not deed.fits(service_request):
                raise Refused(not_any_more(service_request))
            once(service_request, lambda: verb(service_request, form.cleaned_data), key=key, by=http.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            return _went_on(http, service_request, done, form.cleaned_data, had_it=standing.has_it)
    return show(http, service_request, form)


def _went_on(
    http: AuthedRequest,
    service_request: ServiceRequest,
    done: str | Callable[[dict[str, Any]], str],
    data: dict[str, Any] | None = None,
    *,
    had_it: bool = False,
) -> HttpResponse:
    """Say what has happened, and back to the page; who `had_it` and let go of it may not see it any more."""
    messages.success(http, done if isinstance(done, str) else done(data or {}))
    if had_it and not access.has_request(http.viewer, service_request):
        then = reverse("round" if access.may(http.viewer, "round") else "start")
    else:
        then = reverse("request", args=[service_request.code])
    return go(http, safe_next(http, then))


def _came_too_late(http: AuthedRequest, service_request: ServiceRequest, deed: type[Deed]) -> HttpResponse:
    """409: it went to somebody else and out of the viewer's sight. Where to, and what they wrote."""
    context = {"service_request": service_request, "typed": deed.typed(http.POST), "photos": len(http.FILES)}
    context["here"] = reverse("start")
    return render(http, "households/requests/let_go.html", context, status=409)


def not_any_more(service_request: ServiceRequest) -> str:
    return _("This request is “%(state)s” now, so that is no longer possible.") % {
        "state": service_request.get_state_display()
    }


# --- what is printed ----------------------------------------------------------------------------
def _facts(viewer: Viewer, service_request: ServiceRequest, standing: Standing) -> dict[str, Any]:
    """A volunteer reads what the job takes: no number whole, no word of colleagues among themselves."""
    return {
        "clock": clock_words(service_request),
        "items": [_item(row) for row in sorted(service_request.item_rows or [], key=lambda row: row["id"])],
        "photos": _photos(service_request)[None],
        "story": story_of(
            service_request, _photos(service_request), only_for=None if viewer.sees_places else viewer.pk
        ),
        "opens": opens.of_request(viewer, service_request, standing),
        "household_url": _household_url(viewer, service_request.household),
        "can_answer_items": ItemForm.may(standing) and ItemForm.fits(service_request),
        "urgency_look": URGENCY_LOOKS.get(service_request.urgency, "ordinary"),
        "labels": {name: _label(service_request, name) for name in LABELLED},
        "state_look": "in_progress" if service_request.state == State.IN_PROGRESS else service_request.state,
    }


def _household_url(viewer: Viewer, household: Household | None) -> str:
    """The door for who goes there, the file for who only reads it."""
    for name in ("household-door", "household"):
        if household and access.may(viewer, name):
            return reverse(name, args=[household.uid])
    return ""


LABELLED: dict[str, type[TextChoices]] = {
    "state": State, "urgency": Urgency, "source": Source, "consent": Consent, "outcome": Outcome, "rating": Rating,
}  # fmt: skip


def _label(service_request: ServiceRequest, name: str) -> str:
    """As `get_…_display`, which makes all choices of the field anew each time."""
    value = getattr(service_request, name)
    return str(LABELLED[name](value).label) if value else ""


def _item(row: dict[str, Any]) -> ItemLine:
    category = reference.categories()[row["category"]]
    state = ItemState(row["state"])
    return ItemLine(
        pk=row["id"],
        words=f"{category.name} · {row['words']}" if row["words"] else category.name,
        icon=category.icon,
        look=ITEM_LOOKS[state],
        state=str(state.label),
        next_date=date.fromisoformat(row["next"]) if row["next"] else None,
        every_days=row["every"],
    )


def _photos(service_request: ServiceRequest) -> dict[int | None, list[str]]:
    """URLs by the event they came with; None: with the request itself."""
    urls: dict[int | None, list[str]] = {None: []}
    for row in sorted(service_request.photo_rows or [], key=lambda row: row["id"]):
        url = reverse("request-photo", args=[service_request.code, uuid.UUID(row["uid"])])
        urls.setdefault(row["event"], []).append(url)
    return urls
