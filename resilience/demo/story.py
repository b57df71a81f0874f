"""Four weeks of requests, lived through the real verbs: each request is a script that waits, acts, and waits again."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from django.utils import timezone

from households.actions import requests as verbs
from households.models import Category, Consent, Household, Region, ServiceRequest, Source, Urgency
from resilience.demo import texts
from resilience.demo.clock import MovedClock
from resilience.demo.fitting import fits
from resilience.demo.people import Home
from resilience.demo.place import Place, new_uid
from resilience.demo.rounds import DAYS, Found
from resilience.lib.dates import today

SAME_WORDS = 2  # times that one sentence is heard in four weeks
Script = Iterator[datetime]  # yields the moment at which it wants to go on

_A_DAY = 13  # requests of 574 households on an ordinary weekday
# How the day runs: few at night, a peak in the morning, a smaller one after work.
_HOURS = dict(enumerate((1, 0, 0, 0, 0, 1, 3, 8, 16, 22, 20, 13, 8, 7, 10, 12, 12, 11, 12, 14, 10, 6, 3, 1)))
_TILES = {
    "repair": 27, "groceries": 17, "medicine": 16, "doctor": 11, "question": 9, "meal": 8, "suggest": 5, "talk": 5,
    "other": 3,
}  # fmt: skip
_SOURCES = {Source.DOOR: 46, Source.WEB: 20, Source.HOTLINE: 14, Source.DESK: 20}
_FILERS = ("女儿", "儿子", "邻居", "侄女", "护工")


@dataclass(slots=True)
class Case:
    """One request to be: who, what, when."""

    home: Home
    at: datetime
    category: Category
    text: str
    urgency: Urgency
    source: Source
    rng: Random
    place: Place
    found: Found | None = None
    more: tuple[verbs.NewItem, ...] = ()
    filed: ServiceRequest | None = None


def cases(place: Place, homes: list[Home], found: list[Found], rng: Random) -> list[Case]:
    """Everything that will be asked for in the four weeks until now, oldest first."""
    categories = {category.code: category for category in Category.objects.select_related("parent")}
    said: Counter[str] = Counter()
    asked = [_case(place, homes, moment, categories, rng, said) for moment in _moments(len(homes), rng)]
    asked += [_case_of_visit(place, each, categories, rng) for each in found]
    return sorted(asked, key=lambda case: case.at)


def _moments(households: int, rng: Random) -> Iterator[datetime]:
    now = timezone.now()
    for back in range(DAYS, -1, -1):
        day = today() - timedelta(days=back)
        usual = _A_DAY * households / 574 * (0.62 if day.weekday() > 4 else 1.0)
        for _ in range(_around(usual, rng)):
            hour = rng.choices(list(_HOURS), list(_HOURS.values()))[0]
            moment = timezone.make_aware(datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60))))
            if moment < now - timedelta(minutes=2):
                yield moment


def _around(usual: float, rng: Random) -> int:
    """A whole number that is `usual` on average."""
    wanted = usual * rng.uniform(0.6, 1.4)
    return int(wanted) + (rng.random() < wanted % 1)


def _case(
    place: Place, homes: list[Home], at: datetime, categories: dict[str, Category], rng: Random, said: Counter[str]
) -> Case:
    home = rng.choices(homes, [_asks(home) for home in homes])[0] if len(homes) < 80 else _pick(homes, rng)
    own = Random(rng.random())
    if own.random() < 0.015:
        code, text = own.choice(texts.LIFE_ASKS)
        return Case(home, at, categories[code], text, Urgency.LIFE, Source.DOOR, own, place)
    code, text = _ask(home, own, said)
    said[text] += 1
    urgency = own.choices((Urgency.URGENT, Urgency.NORMAL, Urgency.LOW), _urgencies(code))[0]
    source = own.choices(list(_SOURCES), list(_SOURCES.values()))[0]
    case = Case(home, at, categories[code], text, urgency, source, own, place)
    case.more = _items(case, categories)
    return case


def _asks(home: Home) -> float:
    """How likely it is that this household asks: who needs most, asks most."""
    return (
        0.0 if not home.residents else 1.0 + 1.5 * len(home.needs) + (1.0 if home.family.kind == "alone_old" else 0.0)
    )


def _pick(homes: list[Home], rng: Random) -> Home:
    """By rejection, which needs no list of weights a draw."""
    while True:
        home = rng.choice(homes)
        if rng.random() * 6 < _asks(home):
            return home


def _ask(home: Home, rng: Random, said: Counter[str]) -> tuple[str, str]:
    """A category, and words for it that somebody of this household would say, and not everybody has said already."""
    for tries in itertools.count():
        tile = rng.choices(list(_TILES), list(_TILES.values()))[0]
        code = rng.choice([code for code in texts.ASKS if code == tile or code.startswith(f"{tile}-")])
        text = texts.ask(rng, code)
        if fits(code, text, home) and (said[text] < SAME_WORDS or tries > 50):
            return code, text
    raise AssertionError


def _urgencies(code: str) -> tuple[int, int, int]:
    if code in ("repair-gas", "repair-water", "repair-lift", "medicine-counter", "meal-once"):
        return 60, 40, 0
    return (0, 55, 45) if code.startswith(("suggest", "question")) else (18, 74, 8)


def _items(case: Case, categories: dict[str, Category]) -> tuple[verbs.NewItem, ...]:
    """Some ask for several things at once, or for something every week or month."""
    code, own = case.category.code, case.rng
    if code in ("groceries-food", "medicine-chronic") and own.random() < 0.3:
        other = "medicine-chronic" if code == "groceries-food" else "groceries-food"
        return (
            verbs.NewItem(case.category, case.text[:30], 7 if own.random() < 0.5 else None),
            verbs.NewItem(categories[other], own.choice(("降压药一盒", "鸡蛋和牛奶", "面粉一袋"))),
        )
    if code == "meal-daily" and own.random() < 0.5:
        return (verbs.NewItem(case.category, "午饭，清淡", 1),)
    return ()


def _case_of_visit(place: Place, found: Found, categories: dict[str, Category], rng: Random) -> Case:
    at = found.visit.recorded_at + timedelta(seconds=20)
    own = Random(rng.random())
    urgency = Urgency.URGENT if own.random() < 0.25 else Urgency.NORMAL
    return Case(found.home, at, categories[found.category], found.text, urgency, Source.VISIT, own, place, found)


# --- filing, and letting time pass --------------------------------------------------------------
def file(case: Case) -> ServiceRequest:
    """Through the verb that every form ends in."""
    home, own = case.home, case.rng
    household = Household.unscoped.with_responsible().select_related("building", "community").get(pk=home.household.pk)
    person = own.choice(home.residents[:2])
    is_by_other = case.source in (Source.WEB, Source.HOTLINE) and own.random() < 0.3
    by = {
        Source.DESK: own.choice(case.place.desk),
        Source.HOTLINE: own.choice(case.place.desk),
        Source.VISIT: home.worker,
    }
    community: Region = household.community
    asked = verbs.Asked(
        key=new_uid(own), community=community, category=case.category, address=household.address, urgency=case.urgency,
        text=case.text, source=case.source, household=household, person_name=person.name,
        phone=person.phone or home.phone, items=case.more,
        filer_name=f"{person.name[0]}女士（{own.choice(_FILERS)}）" if is_by_other else "",
        filer_phone=f"1549{own.randrange(10_000_000):07}" if is_by_other else "",
        consent=Consent.AGREED if is_by_other else Consent.OWN,
    )  # fmt: skip
    filed, _ = verbs.file_request(asked, by=by.get(case.source))
    if case.found:
        case.found.visit.service_request = filed
        case.found.visit.save(update_fields=["service_request"])
    return filed


def live(scripts: Iterable[tuple[datetime, Script]], clock: MovedClock, until: datetime) -> Iterator[datetime]:
    """Let every script go on when its time has come, in the order of time; gives each moment as it passes."""
    order = itertools.count()
    waiting = [(at, next(order), script) for at, script in scripts]
    heapq.heapify(waiting)
    while waiting and waiting[0][0] <= until:
        at, _, script = heapq.heappop(waiting)
        clock.moment = at
        wanted = next(script, None)
        if wanted is not None:
            heapq.heappush(waiting, (max(wanted, at + timedelta(seconds=1)), next(order), script))
        yield at
