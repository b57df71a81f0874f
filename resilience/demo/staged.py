"""Scenes set for the visitor: whatever the hour, something of every kind is going on when the demo is opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from households.actions import answers, assignments, items, requests, twins
from households.models import (
    Actor,
    Category,
    ItemState,
    Outcome,
    Rating,
    RequestItem,
    Source,
    Urgency,
)
from resilience.demo import texts
from resilience.demo.fitting import fitting_words
from resilience.demo.people import Home
from resilience.demo.place import Place
from resilience.demo.scripts import again, colleague
from resilience.demo.story import Case, Script, file
from resilience.lib.dates import today


class Stage:
    """Draws cases for the scenes of one block."""

    def __init__(self, place: Place, homes: list[Home], now: datetime, rng: Random) -> None:
        self.place, self.now, self.rng = place, now, rng
        self.homes = [home for home in homes if home.residents]
        self.categories = {row.code: row for row in Category.objects.select_related("parent")}

    def case(
        self, code: str, *, hours: float, home: Home | None = None, urgency: Urgency = Urgency.NORMAL, text: str = ""
    ) -> Case:
        """A request filed that many hours ago, from the door unless it is said otherwise."""
        own = Random(self.rng.random())
        home = home or own.choice([each for each in self.homes if not _is_away(each)])
        at = self.now - timedelta(hours=hours)
        words = text or fitting_words(code, home, own)
        return Case(home, at, self.categories[code], words, urgency, Source.DOOR, own, self.place)

    def neighbours(self, how_many: int) -> list[Home]:
        """Of one stair."""
        stairs: dict[tuple[int, int], list[Home]] = defaultdict(list)
        for home in self.homes:
            if not _is_away(home):
                stairs[home.household.building_id, home.household.entrance].append(home)
        fullest = max(stairs.values(), key=len)
        return self.rng.sample(fullest, min(how_many, len(fullest)))


def _is_away(home: Home) -> bool:
    return bool(home.worker.away_until_date)


def scenes(place: Place, homes: list[Home], now: datetime, rng: Random) -> Iterator[tuple[datetime, Script]]:
    """(when it begins, its script) of every scene of a block."""
    stage = Stage(place, homes, now, rng)
    for hours in (19.0, 4.5):
        case = stage.case(rng.choice(("medicine-prescription", "doctor-escort")), hours=hours)
        yield case.at, _waiting(case)
    for hours, code in ((70.0, "repair-heat"), (52.0, "repair-water")):
        case = stage.case(code, hours=hours)
        yield case.at, _unhappy(case, back=now - timedelta(minutes=rng.randrange(25, 170)))
    for hours, code in ((0.4, "question-benefit"), (1.3, "other"), (2.1, "suggest-estate"), (0.2, "question-papers")):
        case = stage.case(code, hours=hours)
        yield case.at, _filed(case)
    for hours, code in ((31.0, "groceries-food"), (27.0, "medicine-chronic"), (9.0, "meal-once")):
        case = stage.case(code, hours=hours)
        yield case.at, _filed(case)
    taken = stage.case("suggest-service", hours=6.0)
    yield taken.at, _taken_up(taken)
    yield from _ended(stage)
    danger = stage.case("repair-gas", hours=0.35, urgency=Urgency.LIFE, text=texts.LIFE_ASKS[0][1])
    yield danger.at, _under_way(danger, minutes=4)
    for hours in (5.0, 2.5):
        case = stage.case(rng.choice(("repair-power", "doctor-car")), hours=hours, urgency=Urgency.URGENT)
        yield case.at, _under_way(case, minutes=35)
    lunch = stage.case("meal-daily", hours=5 * 24.0)
    lunch.more = (requests.NewItem(lunch.category, "午饭，清淡", 1),)
    yield lunch.at, _day_by_day(lunch)
    for hours, code in ((8.0, "medicine-prescription"), (3.2, "groceries-food")):
        lent = stage.case(code, hours=hours)
        yield lent.at, _to_volunteer(lent)
    yield from _cold_stair(stage)


def _ended(stage: Stage) -> Iterator[tuple[datetime, Script]]:
    """One of each way to end: turned down, not needed any more, done and unanswered, done and thanked for."""
    for hours, code, how in (
        (26.0, "other", _turned_down),
        (30.0, "groceries-parcel", _not_needed),
        (22.0, "repair-other", _done),
        (47.0, "medicine-chronic", _thanked),
    ):
        case = stage.case(code, hours=hours)
        yield case.at, how(case)


def _turned_down(case: Case) -> Script:
    filed = file(case)
    yield timezone.now() + timedelta(hours=2)
    requests.reject(
        again(filed), by=case.rng.choice(case.place.desk), reason=texts.reject(case.rng, case.category.code)
    )


def _not_needed(case: Case) -> Script:
    filed = file(case)
    yield timezone.now() + timedelta(hours=1)
    answers.cancel(again(filed), why=texts.CANCELS[0])


def _done(case: Case) -> Script:
    filed = file(case)
    yield timezone.now() + timedelta(hours=5)
    now = again(filed)
    assert now.worker is not None
    assignments.start(now, by=now.worker)
    yield timezone.now() + timedelta(hours=1)
    words = texts.done(case.rng, case.category.code)
    requests.resolve(again(filed), by=now.worker, actor=Actor.WORKER, what_was_done=words)
    case.filed = filed


def _thanked(case: Case) -> Script:
    yield from _done(case)
    assert case.filed is not None
    yield timezone.now() + timedelta(hours=3)
    answers.confirm(again(case.filed), outcome=Outcome.DONE, rating=Rating.SATISFIED, words=texts.THANKS[0])


def _filed(case: Case) -> Script:
    """Asked, and nobody has got to it yet."""
    file(case)
    yield from ()


def _taken_up(case: Case) -> Script:
    """The desk has said that it is theirs."""
    filed = file(case)
    yield timezone.now() + timedelta(minutes=50)
    requests.take_up(again(filed), by=case.rng.choice(case.place.desk))


def _under_way(case: Case, minutes: int) -> Script:
    filed = file(case)
    if again(filed).worker_id is None:
        yield timezone.now() + timedelta(minutes=2)
        assignments.assign(again(filed), worker=colleague(case), by=case.rng.choice(case.place.desk))
    yield timezone.now() + timedelta(minutes=minutes)
    now = again(filed)
    assert now.worker is not None
    assignments.start(now, by=now.worker)


def _to_volunteer(case: Case) -> Script:
    """Something to fetch and bring: the desk gives it to a volunteer."""
    filed = file(case)
    yield timezone.now() + timedelta(minutes=25)
    volunteer, clerk = case.rng.choice(case.place.volunteers), case.rng.choice(case.place.desk)
    assignments.assign(again(filed), worker=volunteer, by=clerk, note="东西放门口就行，敲门后等老人应声再走")


def _waiting(case: Case) -> Script:
    """A question to the resident stands open, and the clock with it."""
    filed = file(case)
    yield timezone.now() + timedelta(minutes=30)
    now = again(filed)
    assert now.worker is not None
    assignments.start(now, by=now.worker)
    requests.pause(
        again(filed), by=now.worker, actor=Actor.WORKER, question=texts.question(case.rng, case.category.code)[0]
    )


def _unhappy(case: Case, back: datetime) -> Script:
    """Said to be done, and it is not: back at the desk for another pair of eyes."""
    filed = file(case)
    yield timezone.now() + timedelta(hours=3)
    now = again(filed)
    assert now.worker is not None
    assignments.start(now, by=now.worker)
    yield timezone.now() + timedelta(hours=8)
    words = texts.done(case.rng, case.category.code)
    requests.resolve(again(filed), by=now.worker, actor=Actor.WORKER, what_was_done=words)
    yield back
    words = texts.not_done(case.rng, case.category.code)
    answers.confirm(again(filed), outcome=Outcome.NOT_DONE, rating=Rating.DISSATISFIED, words=words)


def _day_by_day(case: Case) -> Script:
    """Needed again every day, brought every noon."""
    filed = file(case)
    yield timezone.now() + timedelta(hours=1)
    while True:
        now = again(filed)
        item = RequestItem.unscoped.get(service_request=filed)
        if item.state == ItemState.OPEN and now.worker is not None:
            items.report_item(
                now, item=item.pk, by=now.worker, actor=Actor.WORKER, state=ItemState.FOR_NOW,
                next_date=today() + timedelta(days=1), note="趁热送到",
            )  # fmt: skip
        yield timezone.now() + timedelta(hours=12)


def _cold_stair(stage: Stage) -> Iterator[tuple[datetime, Script]]:
    """The heating of one stair fails: neighbours ask one after another; the desk has joined some of them."""
    homes = stage.neighbours(4)
    words = (
        "暖气一早就不热了，家里只有十五度，楼上楼下都一样。", "我们这个单元暖气停了，老人冻得受不了。",
        "暖气不热，对门也不热，是不是整个单元都坏了？", "从早上起暖气就是冰的，请来看看。",
    )  # fmt: skip
    cases = [
        stage.case("repair-heat", hours=7 - n * 0.6, home=home, text=text)
        for n, (home, text) in enumerate(zip(homes, words, strict=False))
    ]
    joined = cases[1:3]
    yield cases[0].at, _with_twins(cases[0], joined)
    for case in cases[3:]:
        yield case.at, _filed(case)


def _with_twins(case: Case, others: list[Case]) -> Script:
    filed = [file(case)]
    for other in others:
        yield other.at
        filed.append(file(other))
    yield timezone.now() + timedelta(minutes=25)
    clerk = case.rng.choice(case.place.desk)
    for twin in filed[1:]:
        twins.merge(again(twin), into=again(filed[0]), by=clerk, why="同一单元，同一个问题")
    yield timezone.now() + timedelta(minutes=10)
    first = again(filed[0])
    assert first.worker is not None
    assignments.start(first, by=first.worker)
    reply = "供热公司下午上门查立管，先送了电暖器给家里有老人的。"
    requests.reply(again(filed[0]), by=first.worker, actor=Actor.WORKER, text=reply)
