"""Who could take a request, or several together: what is known of each worker, in the order of `dispatch`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, Field, FloatField, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Abs, Cast, Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.prepared import again

from . import dispatch
from .dispatch import Facts, Position
from .models import Appointment, Assignment, EndReason, Responsibility, ServiceRequest
from .models.appointments import ANSWERING, HELPING

MOST = 60  # of a community; more would be a list nobody reads


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody the requests could go to, and what speaks for or against them."""

    worker: User
    facts: Facts
    of: int = 1  # requests

    @property
    def load(self) -> int:
        return self.facts.load

    @property
    def is_away(self) -> bool:
        return self.facts.is_away

    @property
    def words(self) -> str:
        """'answers for this home, serves this grid, about 120 m away, 3 open requests'"""
        load = ngettext("%(n)d open request", "%(n)d open requests", self.load) % {"n": self.load}
        near = [self._volunteers(), self._answers(), self._serves(), self._way()]
        return _(", ").join([*(self._against() or filter(None, near)), load])

    def _against(self) -> list[str]:
        if self.is_away:
            return [_("away until %(day)s") % {"day": self.worker.away_until_date}]
        return [_("has tried; the resident was not satisfied")] if self.facts.has_tried else []

    def _volunteers(self) -> str:
        return _("volunteer") if self.facts.is_volunteer else ""

    def _answers(self) -> str:
        homes = self.facts.answers_for
        if homes and self.of > 1:
            words = ngettext("answers for %(n)d of these homes", "answers for %(n)d of these homes", homes)
            return words % {"n": homes}
        return _("answers for this home") if homes else ""

    def _serves(self) -> str:
        return _("serves this grid") if self.facts.is_in_grid else ""

    def _way(self) -> str:
        """From where they mostly are: the middle of their grid, or the building they go to anyway."""
        facts = self.facts
        if facts.is_in_building:
            return _("goes to this building anyway")
        if facts.metres is not None:
            return _("about %(n)d m away") % {"n": max(50, round(facts.metres, -1))}
        if not facts.steps:
            return ""
        return ngettext("%(n)d building further", "%(n)d buildings further", facts.steps) % {"n": facts.steps}


def candidates(service_request: ServiceRequest) -> list[Candidate]:
    """Whom this request could go to, best first: not who has it, nobody who is away. One statement."""
    found = who_could([service_request])
    return [each for each in found if not each.is_away and each.worker.pk != service_request.worker_id]


def who_could(service_requests: Sequence[ServiceRequest]) -> list[Candidate]:
    """Active workers, leads and volunteers of the requests' communities, best first, the absent last. One statement.

    The requests need `building` loaded.
    """
    here = _positions(service_requests)
    rows = (
        _workers_for(service_requests[0]) if len(service_requests) == 1 else _with_facts(_Around.of(service_requests))
    )
    workers = {worker.pk: worker for worker in rows}
    ranked = dispatch.rank(_facts(worker, here) for worker in workers.values())
    return [Candidate(workers[facts.worker_id], facts, len(service_requests)) for facts in ranked]


@dataclass(frozen=True, slots=True)
class _Around:
    """Where the requests are, by ids; `order` is the building's in the walk, 0 without one."""

    day: date
    communities: Collection[int]
    households: Collection[int] = ()
    buildings: Collection[int] = ()
    grids: Collection[int] = ()
    tried: Collection[int] = ()  # requests that came back, by their own ids
    order: int = 0

    @classmethod
    def of(cls, rows: Sequence[ServiceRequest]) -> _Around:
        return cls(
            day=today(),
            communities={row.community_id for row in rows},
            households={row.household_id for row in rows if row.household_id},
            buildings={row.building_id for row in rows if row.building_id},
            grids={row.grid_id for row in rows if row.grid_id},
            tried={row.pk for row in rows if row.reopened and not row.wants_the_rest},
            order=next((row.building.walk_order for row in rows if row.building), 0),
        )


def _workers_for(service_request: ServiceRequest) -> list[User]:
    """For one request, as its page asks each time: one statement for all of which as much is known."""
    at = _Around.of([service_request])
    known = {name: one for name in ("households", "buildings", "grids", "tried") for one in getattr(at, name)}

    def rows(day: date, community: int, order: int = 0, **places: int) -> QuerySet[User]:
        return _with_facts(_Around(day, [community], order=order, **{name: [one] for name, one in places.items()}))

    order = {"order": at.order} if at.buildings else {}
    return again(("candidates", *known), rows, day=at.day, community=service_request.community_id, **order, **known)


def _positions(service_requests: Sequence[ServiceRequest]) -> list[Position]:
    buildings = [row.building for row in service_requests if row.building]
    return [
        Position(float(each.latitude), float(each.longitude)) for each in buildings if each.latitude and each.longitude
    ]


def _with_facts(at: _Around) -> QuerySet[User]:
    mine = OuterRef("pk")
    held = Appointment.objects.held(at.day).of_role(*HELPING)
    serving = held.in_communities(at.communities)
    load = ServiceRequest.objects.open().filter(worker=mine).order_by().values("worker")
    answers = Responsibility.objects.active().filter(household__in=at.households, worker=mine)
    nearby = ServiceRequest.objects.of(mine).filter(building__in=at.buildings)
    tried = Assignment.objects.filter(service_request__in=at.tried, worker=mine, end_reason=EndReason.RESOLVED)
    grids = held.filter(user=mine, grid__isnull=False)
    return (
        User.objects.active()
        .filter(pk__in=serving.values("user_id"))
        .annotate(
            load=_or_0(load.values(n=Count("pk"))),
            answers_for=_or_0(answers.order_by().values("worker").values(n=Count("pk"))),
            is_in_building=Exists(nearby),
            has_tried=Exists(tried),
            is_volunteer=~Exists(serving.of_role(*ANSWERING).filter(user=mine)),
            is_in_grid=Exists(grids.filter(grid__in=at.grids)),
            latitude=_of_all(grids, "AVG", Cast("grid__buildings__latitude", FloatField()), FloatField()),
            longitude=_of_all(grids, "AVG", Cast("grid__buildings__longitude", FloatField()), FloatField()),
            steps=_of_all(grids, "MIN", Abs(F("grid__buildings__walk_order") - at.order), IntegerField()),
        )
        .order_by("is_volunteer", "-answers_for", "-is_in_grid", "load", "pk")[:MOST]
    )


def _of_all(rows: QuerySet[Any, Any], function: str, what: Func, output: Field[Any, Any]) -> Subquery:
    """An aggregate of all `rows`. Not Django's: that groups, and for the grouping SQLite reads the whole table."""
    return Subquery(rows.order_by().values(of_all=Func(what, function=function, output_field=output)))


def _or_0(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)


def _facts(worker: User, here: list[Position]) -> Facts:
    found = vars(worker)  # what _with_facts annotated
    values = {
        name: found[name]
        for name in ("load", "answers_for", "is_in_building", "is_in_grid", "steps", "has_tried", "is_volunteer")
    }
    base = found["latitude"], found["longitude"]
    metres = None
    if here and None not in base:
        metres = min(dispatch.metres_between(Position(*base), position) for position in here)
    return Facts(worker_id=worker.pk, metres=metres, is_away=worker.is_away, **values)
