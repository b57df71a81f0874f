"""Campaigns: what an emergency collects, and its end in steps: close, look, destroy, certify."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from resilience.lib.errors import Refused
from resilience.lib.forms import BaseForm
from resilience.lib.http import AuthedRequest, go, posted, render_part

from .. import access, certificates, holdings, reference, scope, wording
from ..actions import campaigns as verbs
from ..actions import destruction as ending
from ..forms.campaigns import CampaignForm, ConfirmForm, DestroyForm, HoldForm, LetGoForm
from ..models import Campaign, Destruction
from .qr import drawn

MOST_SHOWN = 50  # open requests at a time; the rest when these are done with
MOST_LISTED = 200


@require_safe
def campaigns(request: AuthedRequest) -> HttpResponse:
    """Those of the viewer's places, the newest first."""
    rows = scope.campaigns_for(request.viewer).select_related("region", "destruction").newest_first()[:MOST_LISTED]
    return render(request, "households/campaigns/list.html", {"campaigns": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: AuthedRequest) -> HttpResponse:
    form = CampaignForm(posted(request), regions=request.viewer.office_regions)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = verbs.open_campaign(form.plan(), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            return _done(request, campaign, _("It is open. What is filed from now on belongs to it."))
    return render(request, "households/campaigns/new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def page(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """What it is, what it has now, what comes next. The part `progress` is asked for again while it is destroyed."""
    campaign = access.campaign(request, uid)
    collected = reference.campaigns().get(campaign.pk)
    categories, kinds = reference.categories(), reference.need_kinds()
    context = {
        "campaign": campaign,
        "destruction": campaign.ending,
        "tally": holdings.tally(campaign),
        "categories": [categories[pk] for pk in collected.categories] if collected else [],
        "need_kinds": [kinds[pk] for pk in collected.need_kinds if pk in kinds] if collected else [],
        "may_decide": access.may(request.viewer, "campaign-close", campaign),
        "may_approve": access.may(request.viewer, "campaign-approve", campaign),
    }
    return render_part(request, "households/campaigns/page.html", "progress", context)


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Step one: it collects nothing more."""
    campaign = access.campaign(request, uid)
    form = ConfirmForm(posted(request))

    def verb() -> str:
        verbs.close(campaign, by=request.user)
        return _("It collects nothing more. Now look at what would be destroyed.")

    return _step(request, campaign, form, "close", verb)


@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Place a legal hold, change it, or lift it (`step=lift`)."""
    campaign = access.campaign(request, uid)
    is_lifted = request.POST.get("step") == "lift"
    initial = {"why": campaign.hold_why, "until_date": campaign.hold_until_date}
    form: BaseForm = ConfirmForm(posted(request)) if is_lifted else HoldForm(posted(request), initial=initial)

    def verb() -> str:
        if is_lifted:
            verbs.lift_hold(campaign, by=request.user)
            return _("The legal hold is lifted.")
        verbs.hold(campaign, by=request.user, **form.cleaned_data)
        return _("It is kept. Nothing of it is destroyed meanwhile.")

    return _step(request, campaign, form, "hold", verb)


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Step two: exactly what would go, what stays and why, and what stands in the way, with a way past it."""
    campaign = access.campaign(request, uid)
    found = scope.managed_requests_for(request.viewer).filter(pk__in=holdings.unfinished(campaign).values("pk"))
    waiting = list(found.select_related("category").due_first()[:MOST_SHOWN])
    form = LetGoForm(posted(request), requests=waiting)
    if request.method == "POST" and form.is_valid():
        try:
            left = verbs.let_go(campaign, form.chosen(), why=form.cleaned_data["why"], by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _let_go_words(left))
            return go(request, request.path)
    may_decide = access.may(request.viewer, "campaign-destroy", campaign)
    context = {"campaign": campaign, "form": form, "waiting": waiting, "may_decide": may_decide, **_previewed(campaign)}
    return render(request, "households/campaigns/preview.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def destroy(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Step three: ask for it, by typing the name."""
    campaign = access.campaign(request, uid)
    form = DestroyForm(posted(request))

    def verb() -> str:
        asked = ending.ask(campaign, by=request.user, typed=form.cleaned_data["typed"])
        if asked.approved_by_id:
            return _("It begins within a minute. You can watch it here.")
        return _("Asked for. Somebody else of the office has to approve it.")

    return _step(request, campaign, form, "destroy", verb, preview=_previewed(campaign)["preview"])


@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """A second person's word, or (`step=withdraw`) never mind."""
    campaign = access.campaign(request, uid)
    destruction = campaign.ending
    form = ConfirmForm(posted(request))

    def verb() -> str:
        if destruction is None:
            raise Refused(_("Nobody has asked for it."))
        if request.POST.get("step") == "withdraw":
            ending.withdraw(destruction, by=request.user)
            return _("Withdrawn. Nothing was destroyed.")
        ending.approve(destruction, by=request.user)
        return _("Approved. It begins within a minute. You can watch it here.")

    is_theirs = destruction is not None and destruction.asked_by_id == request.user.pk and destruction.needs_second
    more = {"destruction": destruction, "is_theirs": is_theirs, **_previewed(campaign)}
    return _step(request, campaign, form, "approve", verb, **more)


@require_safe
def certificate(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """What was destroyed, for a wall, a file or a court: A4. The QR code holds the hash."""
    campaign = access.ended_campaign(request, uid)
    destruction = campaign.destruction
    context = {
        "campaign": campaign,
        "destruction": destruction,
        "lines": _certified(destruction),
        "kept": [(wording.table(name), n) for name, n in destruction.counts.get("kept", {}).items()],
        "svg": drawn(f"sha256:{destruction.hash}"),
        "is_whole": not certificates.own_faults(destruction),
    }
    return render(request, "households/campaigns/certificate.html", context)


# --- what they share --------------------------------------------------------------------------------
def _step(
    request: AuthedRequest, campaign: Campaign, form: BaseForm, name: str, verb: Callable[[], str], **more: Any
) -> HttpResponse:
    """A page with one form: `verb` does it and says what was done."""
    if request.method == "POST" and form.is_valid():
        try:
            return _done(request, campaign, verb())
        except Refused as refused:
            form.refuse(refused)
    context = {"campaign": campaign, "form": form, **more}
    return render(request, f"households/campaigns/{name}.html", context, status=422 if form.errors else 200)


def _let_go_words(count: int) -> str:
    words = ngettext("%(n)d request goes on as an ordinary one.", "%(n)d requests go on as ordinary ones.", count)
    return words % {"n": count}


def _done(request: AuthedRequest, campaign: Campaign, words: str) -> HttpResponse:
    messages.success(request, words)
    return go(request, reverse("campaign", args=[campaign.uid]))


def _previewed(campaign: Campaign) -> dict[str, Any]:
    found = holdings.preview(campaign)
    return {
        "preview": found,
        "lines": [(wording.table(line.label), line.deed, line.count) for line in found.lines],
        "kept": [(wording.table(line.label), line.count) for line in found.kept],
    }


def _certified(destruction: Destruction) -> list[tuple[str, int, int]]:
    """Table, destroyed, anonymised."""
    rows = {name: row for name, row in destruction.counts.items() if name != "kept"}
    return [(wording.table(name), row.get("destroyed", 0), row.get("anonymised", 0)) for name, row in rows.items()]
