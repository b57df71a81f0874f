"""Who could take a request: the one list behind every 'to whom' of a request's page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from resilience.accounts.models import User
from resilience.lib.dates import today

from .models import Appointment, Responsibility, Role, ServiceRequest

MOST = 60  # of one community; more would be a list nobody reads


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a request could go to, and what speaks for or against them."""

    worker: User
    load: int
    is_responsible: bool
    is_in_grid: bool

    @property
    def words(self) -> str:
        """'answers for this home, 3 open requests'"""
        said = [ngettext("%(n)d open request", "%(n)d open requests", self.load) % {"n": self.load}]
        if self.is_responsible:
            said.insert(0, _("answers for this home"))
        elif self.is_in_grid:
            said.insert(0, _("serves this grid"))
        return _(", ").join(said)


def candidates(service_request: ServiceRequest) -> list[Candidate]:
    """Active workers and leads of the request's community who are not away and do not have it, best first.

    One statement. The responsible worker first, then those of its grid, then whoever has least to do.
    """
    held = Appointment.objects.held().of_role(Role.WORKER, Role.LEAD)
    here = held.filter(Q(grid__community=service_request.community_id) | Q(region=service_request.community_id))
    answers = Responsibility.objects.active().filter(household=service_request.household_id, worker=OuterRef("pk"))
    load = ServiceRequest.objects.open().filter(worker=OuterRef("pk")).order_by().values("worker")
    workers = (
        User.objects.active()
        .filter(pk__in=here.values("user_id"))
        .exclude(away_until_date__gte=today())
        .exclude(pk=service_request.worker_id)
        .annotate(
            load=Coalesce(Subquery(load.values(n=Count("pk")), output_field=IntegerField()), 0),
            answers=Exists(answers),
            in_grid=Exists(here.filter(user=OuterRef("pk"), grid=service_request.grid_id)),
        )
        .order_by(F("answers").desc(), F("in_grid").desc(), "load", "id")
    )
    return [Candidate(worker, worker.load, worker.answers, worker.in_grid) for worker in workers[:MOST]]
