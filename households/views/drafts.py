"""Asking for help, step by step: what, (what exactly), where (see `ask_where`), details, check, send.

What the steps share is `ask_page.AskPage`.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from resilience.lib.errors import Refused, TooMany
from resilience.lib.http import come_back_later, go, posted

from .. import by_secret, campaigns, policies
from ..actions import drafts as verbs
from ..actions.requests import file_request
from ..forms.drafts import AskForm, DangerForm, OftenForm, chosen, kinds_of, often_words
from ..models import RequestDraft, Source
from .ask_page import AskPage, sent_url


@require_http_methods(["GET", "HEAD", "POST"])
@policies.by_secret
def what(request: HttpRequest) -> HttpResponse:
    """Tiles and urgency; `?what=<category>` (the home page's tiles) ticks one."""
    page = AskPage(request, "what")
    if request.method == "POST":
        return page.take()
    if arrived := page.arrived():
        return arrived
    initial = dict(page.draft.answers) if page.draft else {}
    if wanted := request.GET.get("what", ""):
        initial["what"] = [wanted[:30], *(initial.get("what") or [])]
    return page.show(AskForm(step="what", initial=initial))


@require_http_methods(["GET", "HEAD", "POST"])
@policies.by_secret
def kind(request: HttpRequest) -> HttpResponse:
    """Finer kinds of the tiles chosen; may be left empty."""
    page = AskPage(request, "kind")
    if request.method == "POST":
        return page.take()
    if arrived := page.arrived():
        return arrived
    if page.draft is None or not kinds_of(page.draft.answers.get("what") or []):
        return redirect(page.next_url)
    return page.show(AskForm(step="kind", initial=page.draft.answers))


@require_http_methods(["GET", "HEAD", "POST"])
@policies.by_secret
def details(request: HttpRequest) -> HttpResponse:
    """Words, photos, for whom, how to reach them."""
    page = AskPage(request, "details")
    if request.method == "POST":
        return page.take()
    if arrived := page.arrived():
        return arrived
    if page.draft is None:
        return redirect("ask")
    return page.show(AskForm(step="details", initial=page.draft.answers))


@require_http_methods(["GET", "HEAD", "POST"])
@policies.by_secret
def often(request: HttpRequest) -> HttpResponse:
    """Which of several needs come back, and how often; asked only when something does."""
    page = AskPage(request, "often")
    if page.draft is None or page.gap() not in ("often", "check"):
        return go(request, page.next_url)
    said, kept = page.whole.cleaned_data, page.draft.answers.get("often")
    needs = chosen(said["what"], said.get("kind") or [])
    if not said["every_days"] or len(needs) == 1:
        return go(request, page.next_url)
    form = OftenForm(posted(request), needs=needs, every_days=said["every_days"], kept=kept)
    if request.method == "POST":
        page.draft = verbs.keep(page.draft, form.raw())
        if "keep" in request.POST:
            return HttpResponse(status=204)
        if "back" in request.POST or form.is_valid():
            return go(request, reverse("ask-details") if "back" in request.POST else page.next_url)
    context = {"form": form, "draft": page.draft}
    return render(request, "households/drafts/often.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@policies.by_secret
def danger(request: HttpRequest) -> HttpResponse:
    """Life in danger: whom to call comes before everything else; one tap below it files what is known."""
    page = AskPage(request, "danger")
    arrived = page.arrived() if request.method != "POST" else None
    if arrived:
        return arrived
    if page.draft is None or page.gap() != "danger":
        return go(request, page.next_url)
    place = verbs.place_of(page.draft)
    form = _danger_form(request, page, place)
    if request.method == "POST":
        page.draft = verbs.keep(page.draft, form.raw())
        if "keep" in request.POST:
            return HttpResponse(status=204)
        if "back" in request.POST:
            return go(request, reverse("ask"))
        if form.is_valid():
            return _file(page, AskForm(page.draft.answers).answers_in_danger(), place or _place_said(form))
    context = {"draft": page.draft, "form": form, "place": place}
    return render(request, "households/drafts/danger.html", context, status=422 if form.is_bound else 200)


@require_safe
@policies.by_secret
def check(request: HttpRequest) -> HttpResponse:
    """Everything at one look, each with a way to change it."""
    page = AskPage(request)
    if page.sent:
        return redirect("track", page.sent.token)
    if page.draft is None or page.gap() != "check":
        return redirect(page.next_url)
    if not page.whole.is_valid():
        return redirect("ask-details")
    return _look_over(request, page)


def _look_over(request: HttpRequest, page: AskPage, refused: TooMany | None = None) -> HttpResponse:
    assert page.draft is not None
    context = {**_check_context(page.draft, page.whole), "refused": refused}
    response = render(request, "households/drafts/check.html", context, status=429 if refused else 200)
    return come_back_later(response, refused.wait) if refused else response


@require_POST
@policies.by_secret
def send(request: HttpRequest) -> HttpResponse:
    """File it; a second tap, a refresh and a replay lead to the same request. What was changed since is added to it."""
    page = AskPage(request)
    if page.sent:
        return go(request, sent_url(page.sent))
    if page.draft is None or page.gap() != "check":
        return go(request, page.next_url)
    form, place = page.whole, verbs.place_of(page.draft)
    if not form.is_valid() or place is None:
        return go(request, reverse("ask-where" if place is None else "ask-details"))
    try:
        verbs.count_before_filing(page.draft, form.cleaned_data["phone"])
    except TooMany as no:
        return _look_over(request, page, no)
    return _file(page, form.answers(), place)


@require_POST
@policies.by_secret
def add(request: HttpRequest) -> HttpResponse:
    """Add the words to what this phone asked for at this door before, without showing it."""
    page = AskPage(request)
    form = page.whole if page.draft else None
    if page.draft is None or form is None or not form.is_valid():
        return go(request, page.next_url)
    before = verbs.asked_before(page.draft, form.cleaned_data["phone"])
    if before is None:
        return go(request, reverse("ask-check"))
    try:
        verbs.count_before_filing(page.draft, form.cleaned_data["phone"])
        verbs.add_to(before, page.draft, form.answers())
    except TooMany as no:
        return _look_over(request, page, no)
    except Refused:  # it moved in this very moment: look again
        return go(request, reverse("ask-check"))
    return page.forget(go(request, reverse("ask-added")))


@require_safe
@policies.public
def added(request: HttpRequest) -> HttpResponse:
    return render(request, "households/drafts/added.html")


@require_POST
@policies.by_secret
def clear(request: HttpRequest) -> HttpResponse:
    """Start again, or leave nothing behind on somebody else's phone."""
    page = AskPage(request)
    if page.draft:
        verbs.discard(page.draft)
    return page.forget(go(request, reverse("home")))


def _file(page: AskPage, answers: verbs.Answers, place: verbs.Place) -> HttpResponse:
    draft = page.draft
    assert draft is not None
    asked = verbs.asked(
        answers, place, key=draft.key, source=Source.DOOR if draft.answers.get("by_door") else Source.WEB,
        language=get_language() or "zh-hans", has_photos=bool(draft.answers.get("has_photos")),
    )  # fmt: skip
    filed, is_new = file_request(asked)
    if not is_new:
        verbs.add_changes(filed, draft, asked)
    return page.remember(go(page.request, sent_url(filed)), draft.key, is_sent=True)


def _danger_form(request: HttpRequest, page: AskPage, place: verbs.Place | None) -> DangerForm:
    answers = page.draft.answers if page.draft else {}
    is_phone_known = bool(answers.get("phone")) and "phone" not in page.whole.errors
    return DangerForm(
        posted(request), communities=by_secret.served_communities(), has_place=bool(place),
        has_phone=is_phone_known and "phone" not in request.POST, initial=answers,
    )  # fmt: skip


def _place_said(form: DangerForm) -> verbs.Place:
    said = form.place()
    assert said is not None
    return verbs.Place(said[0], address=said[1])


def _check_context(draft: RequestDraft, form: AskForm) -> dict[str, Any]:
    answers = form.answers()
    place = verbs.place_of(draft)
    often = [(need, often_words(answers.often.get(need.code))) for need in answers.categories] if answers.often else []
    return {
        "draft": draft, "answers": answers, "place": place, "photos": verbs.photos_of(draft),
        "urgency": form.words("urgency"),
        "consent": form.words("consent"),
        "often": often, "often_question": "often" if len(often) > 1 else "every_days",
        "before": verbs.asked_before(draft, answers.phone),
        "tiles": chosen(draft.answers["what"], []), "kinds": [each for each in answers.categories if each.parent_id],
        "has_kinds": bool(kinds_of(draft.answers["what"])),
        "campaign": campaigns.for_request(place.community.pk, answers.categories) if place else None,
    }  # fmt: skip
