"""Four weeks of visits: every contact that was due, as it went; a few doors nobody has got to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from households import care, reference
from households.models import (
    Finding,
    Household,
    Means,
    Presence,
    ResidentNeed,
    Visit,
    VisitCheck,
    VisitMeans,
    VisitResult,
)
from resilience.demo import texts
from resilience.demo.fitting import fits
from resilience.demo.people import BATCH, Home
from resilience.demo.place import new_uid
from resilience.lib.dates import today

DAYS = 28


@dataclass(slots=True)
class Found:
    """A visit that is to become a request of that category, in those words."""

    home: Home
    visit: Visit
    category: str
    text: str


@dataclass(slots=True)
class _Round:
    """One door's visits as they come about."""

    home: Home
    rng: Random
    needs: list[ResidentNeed]  # of those who are at home
    visits: list[Visit] = field(default_factory=list)
    checks: list[VisitCheck] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)


def walk_rounds(homes: list[Home], rng: Random) -> list[Found]:
    """Write the visits of all doors; gives those that found something, oldest first."""
    rounds = [_walk(home, Random(rng.random())) for home in homes if home.residents]
    visits = sorted((visit for each in rounds for visit in each.visits), key=lambda visit: visit.happened_at)
    Visit.unscoped.bulk_create(visits, batch_size=BATCH)
    VisitCheck.objects.bulk_create((check for each in rounds for check in each.checks), batch_size=BATCH)
    needs = [need for home in homes for need in home.needs]
    ResidentNeed.unscoped.bulk_update(needs, ["last_met_date", "next_due_date"], batch_size=200)
    changed = [home.household for home in homes]
    Household.unscoped.bulk_update(changed, ["last_contact_at", "next_due_date"], batch_size=200)
    return sorted((found for each in rounds for found in each.found), key=lambda found: found.visit.happened_at)


def _walk(home: Home, rng: Random) -> _Round:
    walk = _Round(home, rng, [need for need in home.needs if need.resident.presence == Presence.HERE])
    _begin(walk)
    # About one door in twenty has been left aside for some days: the overdue ones of the round.
    last_day = today() - timedelta(days=rng.randrange(1, 8)) if rng.random() < 0.05 else today()
    day = today() - timedelta(days=DAYS)
    while (due := _next_due(walk)) is not None:
        day = max(day, due + timedelta(days=rng.choices((0, 1, 2), (80, 14, 6))[0]))
        moment = _moment(day, rng)
        if day > last_day or moment >= timezone.now():
            break
        _visit(walk, moment, due)
        day += timedelta(days=1)
    if not walk.visits and rng.random() < 0.25:
        _visit(walk, _moment(today() - timedelta(days=rng.randrange(1, DAYS)), rng), None)
    for need in walk.needs:
        need.next_due_date = _need_due(need)
    home.household.next_due_date = _next_due(walk)
    return walk


def _begin(walk: _Round) -> None:
    """What was met before the four weeks began."""
    start = today() - timedelta(days=DAYS)
    for need in walk.needs:
        every = reference.care_by_kind().get(need.kind_id, (30, Means.ANY))[0]
        met = start - timedelta(days=walk.rng.randrange(0, every))
        need.last_met_date = met if met > need.since_date else None
    before = start - timedelta(days=walk.rng.randrange(0, 25))
    walk.home.household.last_contact_at = _moment(before, walk.rng)


def _need_due(need: ResidentNeed) -> date | None:
    every = reference.care_by_kind().get(need.kind_id)
    return care.next_due(need.last_met_date, need.since_date, every[0] if every else None)


def _next_due(walk: _Round) -> date | None:
    household = walk.home.household
    colour = reference.care_by_colour().get(household.care_colour)
    met = timezone.localdate(household.last_contact_at) if household.last_contact_at else None
    by_colour = care.next_due(met, today(), colour[0]) if colour else None
    return care.earliest([by_colour, *map(_need_due, walk.needs)])


def _moment(day: date, rng: Random) -> datetime:
    hour = rng.choices((9, 10, 11, 14, 15, 16, 17, 18), (20, 24, 12, 8, 14, 12, 6, 4))[0]
    return timezone.make_aware(datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60))))


def _visit(walk: _Round, moment: datetime, due: date | None) -> None:
    home, rng = walk.home, walk.rng
    needs_door = any(reference.care_by_kind().get(need.kind_id, (0, Means.ANY))[1] == Means.DOOR for need in walk.needs)
    means = VisitMeans.DOOR if needs_door or rng.random() < 0.6 else VisitMeans.PHONE
    result = rng.choices((VisitResult.MET, VisitResult.NOBODY, VisitResult.REFUSED), (87, 11, 2))[0]
    visit = Visit(
        uid=new_uid(rng), key=new_uid(rng), household=home.household, community=home.household.community,
        grid=home.household.grid, worker=home.worker, means=means, result=result, happened_at=moment, due_date=due,
        recorded_at=moment + timedelta(seconds=rng.choice((2, 3, 4, 40, 900))),
    )  # fmt: skip
    _say(walk, visit)
    walk.visits.append(visit)
    if result == VisitResult.MET:
        _note_contact(walk, visit, moment)


def _say(walk: _Round, visit: Visit) -> None:
    rng = walk.rng
    fitting = [found for found in texts.VISIT_FOUND if fits(*found, walk.home)]
    if visit.result == VisitResult.MET and fitting and rng.random() < 0.05:
        category, visit.note = rng.choice(fitting)
        visit.finding = Finding.FOUND
        walk.found.append(Found(walk.home, visit, category, visit.note))
    elif visit.result == VisitResult.MET:
        visit.finding, visit.note = Finding.WELL, rng.choice(texts.VISIT_WELL)
    else:
        visit.note = rng.choice(texts.VISIT_NOBODY if visit.result == VisitResult.NOBODY else texts.VISIT_REFUSED)


def _note_contact(walk: _Round, visit: Visit, moment: datetime) -> None:
    day = timezone.localdate(moment)
    walk.home.household.last_contact_at = moment
    for need in walk.needs:
        means = reference.care_by_kind().get(need.kind_id, (0, Means.ANY))[1]
        if need.since_date <= day and care.counts_as_contact(means, visit.means, visit.result):
            walk.checks.append(VisitCheck(visit=visit, need=need, due_date=_need_due(need)))
            need.last_met_date = day
