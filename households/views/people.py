"""Colleagues: what each has, and what happens to it when they leave or are ill."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from resilience.accounts.models import User
from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, go, posted

from .. import access, policies
from ..actions.people import Handover, hand_over_everything, plan_handover
from ..forms.people import HandoverForm
from ..models import Responsibility, Role, ServiceRequest


@require_safe
@policies.staff
def people(request: AuthedRequest) -> HttpResponse:
    """Everybody who serves in the viewer's places, with what they have now."""
    rows = with_loads(access.people_for(request.viewer))[:500]
    return render(request, "households/people/list.html", {"people": rows})


def with_loads(people: QuerySet[User]) -> QuerySet[User]:
    """Annotate open requests, overdue ones, households, and whether somebody serves doors."""
    open_requests = ServiceRequest.objects.open().filter(worker=OuterRef("pk")).order_by().values("worker")
    overdue = ServiceRequest.objects.overdue().filter(worker=OuterRef("pk")).order_by().values("worker")
    doors = Responsibility.objects.active().filter(worker=OuterRef("pk")).order_by().values("worker")
    serving = Q(appointments__role__in=[Role.WORKER, Role.LEAD], appointments__until_date__isnull=True)
    return people.annotate(
        open_requests=Coalesce(Subquery(open_requests.annotate(n=Count("pk")).values("n")), 0),
        overdue_requests=Coalesce(Subquery(overdue.annotate(n=Count("pk")).values("n")), 0),
        household_count=Coalesce(Subquery(doors.annotate(n=Count("pk")).values("n")), 0),
        is_serving=Count("appointments", filter=serving),
        grid_name=Max("appointments__grid__name"),
    ).order_by("-is_serving", "name", "pk")


@require_http_methods(["GET", "HEAD", "POST"])
@policies.office
def leave(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Choose who takes over, look at the preview, confirm. The same form, sent twice: `step` says which."""
    person = access.person_managed(request.viewer, uid)
    receivers = access.helpers_for(request.viewer).exclude(pk=person.pk)
    form = HandoverForm(posted(request), receivers=receivers)
    handover: Handover | None = None
    if request.method == "POST" and form.is_valid():
        chosen = list(form.cleaned_data["receivers"])
        try:
            if request.POST.get("step") == "confirm":
                return _carry_out(request, person, form, chosen)
            handover = plan_handover(person, chosen)
        except Refused as refused:
            form.refuse(refused)
    shown = with_loads(User.objects.filter(pk=person.pk)).first()
    context = {
        "person": shown,
        "form": form,
        "preview": handover and summary(handover, list(form.cleaned_data["receivers"])),
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
    """Per receiver: how many households and requests would come."""
    return [
        {
            "worker": worker,
            "households": sum(to == worker.pk for to in handover.households.values()),
            "requests": sum(to == worker.pk for to in handover.requests.values()),
        }
        for worker in receivers
    ]
