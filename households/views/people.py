"""Colleagues: what each has, and what happens to it when they leave or are ill."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from resilience.accounts.actions.dormant import wake
from resilience.accounts.actions.factors import reset_factors
from resilience.accounts.actions.sessions import end, sign_out
from resilience.accounts.confirming import recently_confirmed
from resilience.accounts.forms import EndSessionForm
from resilience.accounts.models import Session, User
from resilience.accounts.views.sessions import MOST_SHOWN, lines
from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted

from .. import colleagues
from ..actions.people import Handover, hand_over_everything, lent_doors, plan_handover, take_back
from ..forms.people import HandoverForm, WakeForm
from ..models import Appointment, Responsibility, Role, ServiceRequest

ROLES = [Role.LEAD, Role.WORKER, Role.VOLUNTEER, Role.STAFF, Role.SUPERVISOR, Role.AUDITOR]
"""In the order of the list."""


@require_safe
def people(request: AuthedRequest) -> HttpResponse:
    """Everybody who serves in the viewer's places, with what they have now."""
    rows = with_loads(colleagues.people_for(request.viewer)).prefetch_related(_held())[:500]
    lines = sorted((_line(row) for row in rows), key=lambda line: line.order)
    return render(request, "households/people/list.html", {"people": lines})


@dataclass(frozen=True, slots=True)
class Line:
    """A colleague, ready to print."""

    person: User
    roles: str
    places: str
    order: tuple[object, ...]


def _by_sound(name: str) -> bytes:
    """Chinese names as a dictionary has them: the common characters of GB 2312 stand in the order of their pinyin."""
    return name.encode("gb18030", "replace")


def _held() -> Prefetch[Any]:
    rows = Appointment.objects.held().select_related("grid", "region").order_by("grid__code", "region__code")
    return Prefetch("appointments", rows, to_attr="held")


def _line(person: User) -> Line:
    held: list[Appointment] = vars(person)["held"]
    roles = [role for role in ROLES if any(each.role == role for each in held)]
    places = {place.code: place.name for each in held if (place := each.grid or each.region)}
    return Line(
        person,
        roles=_(", ").join(str(role.label) for role in roles),
        places=_(", ").join(places.values()),
        order=(
            ROLES.index(roles[0]) if roles else len(ROLES),
            min(places, default=""),
            _by_sound(person.name),
            person.pk,
        ),
    )


def with_loads(people: QuerySet[User]) -> QuerySet[User]:
    """Annotate open requests, overdue ones, and households."""
    open_requests = ServiceRequest.objects.open().filter(worker=OuterRef("pk")).order_by().values("worker")
    overdue = ServiceRequest.objects.overdue().filter(worker=OuterRef("pk")).order_by().values("worker")
    doors = Responsibility.objects.active().filter(worker=OuterRef("pk")).order_by().values("worker")
    return people.annotate(
        open_requests=Coalesce(Subquery(open_requests.annotate(n=Count("pk")).values("n")), 0),
        overdue_requests=Coalesce(Subquery(overdue.annotate(n=Count("pk")).values("n")), 0),
        household_count=Coalesce(Subquery(doors.annotate(n=Count("pk")).values("n")), 0),
    ).order_by("pk")


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Choose who takes over, look at the preview, confirm. The same form, sent twice: `step` says which."""
    person = colleagues.person(request, uid)
    others = colleagues.helpers_for(request.viewer).exclude(pk=person.pk).order_by("name", "pk")
    form = HandoverForm(posted(request), colleagues=others)
    handover: Handover | None = None
    if request.method == "POST" and form.is_valid():
        chosen = list(form.cleaned_data["receivers"])
        try:
            if request.POST.get("step") == "confirm":
                return _carry_out(request, person, form, chosen)
            handover = plan_handover(person, chosen, by=request.user)
        except Refused as refused:
            form.refuse(refused)
    in_hand = colleagues.in_hand_of(request.viewer)
    shown = with_loads(User.objects.filter(pk=person.pk).annotate(is_in_hand=in_hand)).first()
    context = {
        "person": shown,
        "form": form,
        "preview": handover and summary(handover, list(form.cleaned_data["receivers"])),
        "absent": form.absent,
    }
    return render(request, "households/people/leave.html", context, status=422 if form.errors else 200)


def _carry_out(request: AuthedRequest, person: User, form: HandoverForm, chosen: list[User]) -> HttpResponse:
    handover = hand_over_everything(
        person,
        receivers=chosen,
        by=request.user,
        why=form.cleaned_data["why"],
        away_until=form.cleaned_data["away_until"],
    )
    words = _("%(name)s: %(households)d households and %(requests)d requests are with others now.")
    counts = {"households": len(handover.households), "requests": len(handover.requests)}
    messages.success(request, words % {"name": person, **counts})
    return go(request, reverse("people"))


def summary(handover: Handover, receivers: list[User]) -> list[dict[str, object]]:
    """Per receiver: how many households and requests would come, and what they have now and afterwards."""
    now = with_loads(User.objects.filter(pk__in=[worker.pk for worker in receivers]))
    loads = {row.pk: (vars(row)["household_count"], vars(row)["open_requests"]) for row in now}
    return [_share(handover, worker, *loads[worker.pk]) for worker in receivers]


def _share(handover: Handover, worker: User, doors_now: int, requests_now: int) -> dict[str, object]:
    doors = sum(to == worker.pk for to in handover.households.values())
    requests = sum(to == worker.pk for to in handover.requests.values())
    return {
        "worker": worker,
        "households": doors, "households_now": doors_now, "households_then": doors_now + doors,
        "requests": requests, "requests_now": requests_now, "requests_then": requests_now + requests,
    }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def back(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Somebody who was away is here again: what they lent comes back."""
    person = colleagues.person(request, uid)
    fault = ""
    if request.method == "POST":
        try:
            doors = take_back(person, by=request.user)
        except Refused as refused:
            fault = str(refused)
        else:
            words = ngettext(
                "%(name)s is here again, with %(n)d household.", "%(name)s is here again, with %(n)d households.", doors
            )
            messages.success(request, words % {"name": person, "n": doors})
            return go(request, reverse("people"))
    lent = Counter(row.worker for row in lent_doors(person).select_related("worker"))
    context = {"person": person, "lent": lent.most_common(), "total": lent.total(), "fault": fault}
    return render(request, "households/people/back.html", context, status=422 if fault else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Where a colleague is signed in: a lost phone is signed out from here, and with it all that is on it.

    Of an administrator and of who serves elsewhere, too, administrators alone see it.
    """
    person = colleagues.person(request, uid)
    is_in_hand = colleagues.is_in_hand(request.viewer, person)
    if request.method == "POST":
        if not is_in_hand:
            raise PermissionDenied
        return _end_sessions(request, person)
    rows = Session.objects.of(person).order_by("-seen_at")[:MOST_SHOWN] if is_in_hand else []
    this = request.session.session_key or ""
    context = {"person": person, "lines": lines(rows, this=this), "is_in_hand": is_in_hand}
    return render(request, "households/people/sessions.html", context)


def _end_sessions(request: AuthedRequest, person: User) -> HttpResponse:
    form = EndSessionForm(request.POST)
    if form.is_valid() and form.cleaned_data["factors"]:
        return _reset_factors(request, person)
    if form.is_valid() and form.cleaned_data["others"]:
        ended = sign_out(person, by=request.user, but=request.session.session_key or "")
        words = ngettext("%(name)s is signed out on %(n)d device.", "%(name)s is signed out on %(n)d devices.", ended)
        messages.success(request, words % {"name": person, "n": ended})
    elif form.is_valid() and form.cleaned_data["session"]:
        end(person, uid=form.cleaned_data["session"], by=request.user)
        messages.success(request, _("That device is signed out."))
    return go(request, reverse("person-sessions", args=[person.uid]))


@recently_confirmed
def _reset_factors(request: AuthedRequest, person: User) -> HttpResponse:
    """An administrator lets somebody begin anew who has lost phone, keys and codes."""
    if not request.viewer.is_admin:
        raise PermissionDenied
    try:
        reset_factors(person, by=request.user)
        messages.success(request, _("%(name)s has no second factor any more and is signed out.") % {"name": person})
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, reverse("person-sessions", args=[person.uid]))


@require_http_methods(["GET", "HEAD", "POST"])
def dormant(request: AuthedRequest) -> HttpResponse:
    """Accounts that were closed because nobody used them, and letting one in again."""
    form = WakeForm(posted(request))
    if form.is_valid():
        person = colleagues.dormant_person(request, form.cleaned_data["person"])
        try:
            wake(person, by=request.user)
            messages.success(request, _("%(name)s can sign in again.") % {"name": person})
        except Refused as refused:
            messages.error(request, str(refused))
        return go(request, reverse("people-dormant"))
    rows = colleagues.dormant_people_for(request.viewer).order_by("-dormant_since", "pk")[:MOST_SHOWN]
    return render(request, "households/people/dormant.html", {"people": rows}, status=422 if form.errors else 200)
