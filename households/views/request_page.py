"""What the page of a request shows, and the one way all its forms are answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, TextChoices, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, render_part, safe_next
from resilience.lib.prepared import again

from .. import access, reference
from ..forms.assignments import AcceptForm, AssignForm, DeclineForm, HandOverForm, StartForm
from ..forms.deeds import Deed, Standing, seen_of
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
    TakeUpForm,
)
from ..models import (
    Actor,
    Consent,
    EventKind,
    ItemState,
    Outcome,
    Rating,
    RequestEvent,
    ServiceRequest,
    Source,
    State,
    Urgency,
)
from ..viewer import Viewer
from .clock_words import clock_words

TEMPLATE = "households/requests/page.html"
# In the order of the buttons; the first that fits is the big one.
AT_WORK: tuple[type[Deed], ...] = (
    AcceptForm, StartForm, ResumeForm, ResolveForm, PauseForm, ReplyForm, NoteForm, HandOverForm, DeclineForm,
    TakeUpForm, AssignForm, EditForm, ReopenForm, CancelForm, RejectForm,
)  # fmt: skip
AT_THE_DESK: tuple[type[Deed], ...] = (
    AssignForm, TakeUpForm, ReopenForm, ReplyForm, PauseForm, ResumeForm, ResolveForm, NoteForm, EditForm, CancelForm,
    RejectForm,
)  # fmt: skip
EVERY: tuple[type[Deed], ...] = (*AT_WORK, ItemForm)
BY_SLUG = {deed.slug: deed for deed in EVERY}
EVENT_ICONS: dict[str, str] = {
    EventKind.SUBMITTED: "send", EventKind.TAKEN_UP: "check", EventKind.ASSIGNED: "user",
    EventKind.ACCEPTED: "user-check",
    EventKind.DECLINED: "x", EventKind.HANDED_OVER: "users", EventKind.STARTED: "footprints",
    EventKind.VISITED: "door-open", EventKind.NOTE: "pencil", EventKind.REPLY: "message-square",
    EventKind.PAUSED: "pause", EventKind.RESUMED: "play", EventKind.ITEM: "list", EventKind.RESOLVED: "circle-check",
    EventKind.CONFIRMED: "star", EventKind.CLOSED: "lock", EventKind.REOPENED: "rotate-ccw",
    EventKind.REJECTED: "circle-x", EventKind.CANCELLED: "circle-x", EventKind.MERGED: "merge",
    EventKind.UNMERGED: "split", EventKind.TWIN: "merge", EventKind.ESCALATED: "alarm-clock",
    EventKind.EDITED: "pencil", EventKind.CALLED: "phone",
}  # fmt: skip
URGENCY_LOOKS: dict[str, str] = {Urgency.LIFE: "life", Urgency.URGENT: "urgent"}
ITEM_LOOKS = {
    ItemState.OPEN: "submitted",
    ItemState.FOR_NOW: "soon",
    ItemState.DONE: "done",
    ItemState.DROPPED: "closed",
}


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One event, ready to print."""

    icon: str
    what: str
    who: str
    at: datetime
    note: str
    is_public: bool
    other: str
    photos: list[str] = field(default_factory=list)


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


def standing_of(viewer: Viewer, service_request: ServiceRequest) -> Standing:
    return Standing(
        has_it=access.has_request(viewer, service_request), manages=access.manages_request(viewer, service_request)
    )


def actor_of(viewer: Viewer, service_request: ServiceRequest) -> Actor:
    """As whom the viewer acts on it."""
    return Actor.WORKER if access.has_request(viewer, service_request) else Actor.DESK


def show(http: AuthedRequest, service_request: ServiceRequest, form: Deed | None = None) -> HttpResponse:
    """The page, with `form` open; 422 when it has faults. `service_request` from `access.request_on_page`."""
    standing = standing_of(http.viewer, service_request)
    deeds = AT_WORK if standing.has_it else AT_THE_DESK
    offered = [deed for deed in deeds if deed.may(standing) and deed.fits(service_request)]
    asked = http.GET.get("do", "")[:20]
    if form is None and (deed := BY_SLUG.get(asked)) and deed.may(standing) and deed.fits(service_request):
        form = deed(service_request=service_request, initial={"item": http.GET.get("item", "")[:12]})
    elif form is None and AssignForm in offered and service_request.worker_id is None:
        form = AssignForm(service_request=service_request)
    has_faults = form is not None and form.is_bound and not form.is_valid()
    context = {
        "service_request": service_request,
        "standing": standing,
        "buttons": [deed for deed in offered if form is None or deed.slug != form.slug],
        "form": form,
        "seen": seen_of(service_request),
        "is_asked": bool(asked) or has_faults,
        **_facts(service_request, standing),
        "story": story_of(service_request),
    }
    return render_part(http, TEMPLATE, "deeds", context, status=422 if has_faults else 200)


def answer(
    http: AuthedRequest,
    code: str,
    deed: type[Deed],
    verb: Callable[[ServiceRequest, Any], object],
    *,
    done: str,
    then: str = "",
) -> HttpResponse:
    """Do what a form of the page asks: 403 without the right, the page with the form when it cannot be, else on.

    `verb` gets the request and the form's cleaned data. `done` says what has happened. `then` is where to go when
    the request may be out of the viewer's sight afterwards; else back to its page.
    """
    service_request = access.request_on_page(http.viewer, code)
    form = deed(http.POST, http.FILES, service_request=service_request)
    if not deed.may(standing_of(http.viewer, service_request)) and not form.is_stale:
        raise PermissionDenied
    if form.is_valid():
        try:
            if not deed.fits(service_request):
                raise Refused(not_any_more(service_request))
            verb(service_request, form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(http, done)
            return go(http, safe_next(http, then or reverse("request", args=[code])))
    return show(http, service_request, form)


def not_any_more(service_request: ServiceRequest) -> str:
    return _("This request is “%(state)s” now, so that is no longer possible.") % {
        "state": service_request.get_state_display()
    }


# --- what is printed ----------------------------------------------------------------------------
def _facts(service_request: ServiceRequest, standing: Standing) -> dict[str, Any]:
    household = service_request.household
    return {
        "clock": clock_words(service_request),
        "items": [_item(row) for row in sorted(service_request.item_rows or [], key=lambda row: row["id"])],
        "photos": _photos(service_request)[None],
        "shows_phones": standing.has_it or standing.manages,
        "household_url": reverse("household-door", args=[household.uid]) if household else "",
        "can_answer_items": ItemForm.may(standing) and ItemForm.fits(service_request),
        "urgency_look": URGENCY_LOOKS.get(service_request.urgency, "ordinary"),
        "labels": {name: _label(service_request, name) for name in LABELLED},
        "state_look": "in_progress" if service_request.state == State.IN_PROGRESS else service_request.state,
    }


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


def story_of(service_request: ServiceRequest) -> list[StoryLine]:
    """Every event, the newest first, for those who may see the request."""
    photos = _photos(service_request)
    kinds = dict(EventKind.choices)
    actors = dict(Actor.choices)
    return [
        StoryLine(
            icon=EVENT_ICONS.get(kind, "info"),
            what=f"{kinds[kind]} → {to_whom}" if to_whom else str(kinds[kind]),
            who=by or str(actors[actor]),
            at=localtime(at),
            note=note,
            is_public=is_public,
            other=other or "",
            photos=photos.get(pk, []),
        )
        for pk, at, kind, actor, note, is_public, by, to_whom, other in again(
            "story", _events, service_request=service_request.pk
        )
    ]


def _events(service_request: int) -> QuerySet[RequestEvent, tuple[Any, ...]]:
    """Of colleagues only the name: their phones are encrypted, and opening each costs more than the whole line."""
    rows = RequestEvent.objects.filter(service_request=service_request).order_by("-at", "-id")
    return rows.values_list(
        "pk", "at", "kind", "actor", "note", "is_public", _name_of("by"), _name_of("to_worker"), "other__code"
    )


def _name_of(who: str) -> Coalesce:
    """As `str` of a user."""
    return Coalesce(NullIf(f"{who}__name", Value("")), f"{who}__username")
