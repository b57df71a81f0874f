"""What every page of the form does alike: find the draft by its cookie, keep what was typed, show, go on."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from resilience.lib.errors import TooMany
from resilience.lib.http import client_network, come_back_later, cookie_name, go
from resilience.lib.inputs import clean_uuid

from .. import by_secret, reference
from ..actions import ask_limits
from ..actions import drafts as verbs
from ..forms.drafts import AskForm, first_gap, kinds_of
from ..models import Household, RequestDraft, ServiceRequest, Urgency
from ..models.drafts import DRAFT_LIFE

COOKIE = "draft"
_SALT = "households.draft"
_NOT_ON = {"keep", "stay", "remove", "back"}  # buttons, and a script, that keep what is typed and go nowhere
_LIFE = int(DRAFT_LIFE.total_seconds())
_PAGES = {
    "what": "ask", "danger": "ask-danger", "kind": "ask-kind", "where": "ask-where", "details": "ask-details",
    "often": "ask-often", "check": "ask-check",
}  # fmt: skip


def sent_url(filed: ServiceRequest) -> str:
    """The request's page, saying that it has arrived."""
    return reverse("track", args=[filed.token]) + "?said=sent"


class AskPage:
    """One request to the form. The cookie says `draft:<key>`, or `sent:<key>` once it was sent; anything else, nothing.

    Every POST first keeps what was typed, right or wrong, then looks whether it is right. `next_url` leads to the
    first step still to be answered, so that a correction made from the check page leads back to it.
    """

    def __init__(self, request: HttpRequest, step: str = "", door: Household | None = None) -> None:
        self.request, self.step, self.door = request, step, door

    # --- the cookie
    @cached_property
    def _cookie(self) -> tuple[str, UUID | None]:
        value = self.request.get_signed_cookie(cookie_name(COOKIE), default="", salt=_SALT, max_age=_LIFE) or ""
        kind, _, key = value.partition(":")
        try:
            return kind, UUID(key)
        except ValueError:
            return "", None

    @property
    def draft_key(self) -> UUID | None:
        kind, key = self._cookie
        return key if kind == "draft" else None

    def remember(self, response: HttpResponse, key: UUID, *, is_sent: bool = False) -> HttpResponse:
        response.set_signed_cookie(
            cookie_name(COOKIE), f"{'sent' if is_sent else 'draft'}:{key}", salt=_SALT, max_age=_LIFE, httponly=True,
            samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
        return response

    def forget(self, response: HttpResponse) -> HttpResponse:
        response.delete_cookie(cookie_name(COOKIE), samesite="Lax")
        return response

    # --- the draft
    @cached_property
    def draft(self) -> RequestDraft | None:
        return verbs.load(self.draft_key)

    @cached_property
    def sent(self) -> ServiceRequest | None:
        """What this browser sent last, while its cookie lives: also when the answer to sending got lost on the way.

        None for a draft in which something was written after it had been filed: that is still to be sent.
        """
        _kind, key = self._cookie
        if key is None or (self.draft and not self.draft.is_sent):
            return None
        return by_secret.request_of_submission(key)

    def arrived(self) -> HttpResponse | None:
        """On to the request, for a browser that never learned that its form had been filed; else None."""
        if self.draft is None or not self.draft.is_sent or self.sent is None:
            return None
        return self.remember(go(self.request, sent_url(self.sent)), self.draft.key, is_sent=True)

    def gap(self) -> str:
        """The first step still to be answered."""
        if self.draft is None:
            return "what"
        answers = self.draft.answers
        return first_gap(self.whole, answers, has_place=bool(self.draft.household_id or answers.get("place")))

    @cached_property
    def whole(self) -> AskForm:
        """Everything asked, over what the draft holds. Look at it when nothing more is kept in this request."""
        return AskForm(self.draft.answers if self.draft else {})

    @property
    def next_url(self) -> str:
        return reverse(_PAGES[self.gap()])

    # --- showing and taking
    def show(self, form: AskForm, *, status: int = 200) -> HttpResponse:
        """The step's page. `what_now`, `kind_now`, `urgency_now`: what is ticked, for the tiles."""
        draft = self.draft
        is_blank = not form.is_bound and not form.initial and draft is None
        context: dict[str, Any] = {
            f"{name}_now": form[name].value() for name in ("what", "kind", "urgency") if name in form.fields
        }
        kinds = kinds_of(draft.answers.get("what") or []) if draft and self.step == "kind" else []
        context |= {
            "form": form, "draft": draft, "door": self.door, "tiles": reference.tiles(), "kinds": kinds,
            "photos": verbs.photos_of(draft) if "photos" in form.fields else [], "is_blank": is_blank,
        }  # fmt: skip
        return render(self.request, f"households/drafts/{self.step}.html", context, status=status)

    @property
    def back_url(self) -> str:
        if self.step == "what":
            return reverse("home")
        is_after_where = self.step == "details" and not (self.draft and self.draft.answers.get("by_door"))
        return reverse("ask-where" if is_after_where else "ask")

    def take(self) -> HttpResponse:
        """Keep what was typed and picked; then go on or back, or show the page with what is to be put right."""
        # The phone is asked for on the first page of whose network has begun very many forms.
        has_phone_first = self.step == "what" and "phone" in self.request.POST
        form = AskForm(self.request.POST, step="what and phone" if has_phone_first else self.step)
        if "back" in self.request.POST and self.draft is None and not any(form.raw().values()):
            return go(self.request, self.back_url)
        try:
            self._begin(form)
        except TooMany as no:
            return self._turn_away(form, no)
        counted, refused = self._count(form)
        self.draft = verbs.keep(self.draft, {**form.raw(), **counted}, door=self.door)
        return self.remember(self._after_keeping(form, self.draft, refused), self.draft.key)

    # --- how often: `ask_limits`. A danger to life is never counted nor refused
    def _begin(self, form: AskForm) -> None:
        door = self.door if self.door and not (self.draft and verbs.is_scanned(self.draft, self.door)) else None
        if (self.draft is None or door) and form.raw().get("urgency") != Urgency.LIFE:
            phone = "" if form.errors.get("phone") else form.cleaned_data.get("phone", "")
            ask_limits.begin(client_network(self.request), door=door, phone=phone)

    def _turn_away(self, form: AskForm, no: TooMany) -> HttpResponse:
        """The page with all that was typed, and the duty phone; the first page asks for a phone, if none was given."""
        if self.step == "what" and "phone" not in form.fields:
            form = AskForm(self.request.POST, step="what and phone")
            no = ask_limits.phone_first(no)
        return self._too_many(form, no)

    def _too_many(self, form: AskForm, no: TooMany) -> HttpResponse:
        form.refuse(no)
        return come_back_later(self.show(form, status=429), no.wait)

    def _count(self, form: AskForm) -> tuple[dict[str, Any], TooMany | None]:
        """Once the form is filled in: what to keep of having counted it, or why it may not go on. Nothing is lost."""
        is_last = self.step in ("details", "door") and not _NOT_ON & self.request.POST.keys()
        urgency = form.raw().get("urgency") or (self.draft and self.draft.answers.get("urgency"))
        if not is_last or urgency == Urgency.LIFE or not form.is_valid():
            return {}, None
        try:
            return ask_limits.count_form(self.draft, form.cleaned_data["phone"], door=self.door), None
        except TooMany as no:
            return {}, no

    def _after_keeping(self, form: AskForm, draft: RequestDraft, refused: TooMany | None) -> HttpResponse:
        posted = self.request.POST
        self._remove_photo(draft)
        photo_faults = verbs.add_photos(draft, self.request.FILES.getlist("photos"))
        form.say_photos(photo_faults)
        if "keep" in posted:  # ask.js, while somebody is typing
            return self._photos_only(form, draft)
        if ("stay" in posted or "remove" in posted) and not photo_faults:
            return go(self.request, f"{self.request.path}#photos")
        if "back" in posted or draft.answers.get("urgency") == Urgency.LIFE:  # then nothing is worth asking again first
            return go(self.request, self.back_url if "back" in posted else self.next_url)
        if not form.is_valid():
            return self.show(form, status=422)
        if refused:
            return self._too_many(form, refused)
        if self.step == "door" and not draft.answers.get("kind"):
            self.whole = form  # for `gap`: the draft holds nothing but what was looked at just now
        return go(self.request, self.next_url)

    def _photos_only(self, form: AskForm, draft: RequestDraft) -> HttpResponse:
        if "photos" not in form.fields:
            return HttpResponse(status=204)
        context = {"photos": verbs.photos_of(draft), "field": form["photos"]}
        return render(self.request, "households/drafts/_photos.html", context)

    def _remove_photo(self, draft: RequestDraft) -> None:
        try:
            uid = clean_uuid(self.request.POST["remove"]) if self.request.POST.get("remove") else None
        except ValidationError:
            return
        if uid:
            verbs.remove_photo(draft, uid)
