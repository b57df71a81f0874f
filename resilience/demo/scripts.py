"""What becomes of one request: taken up, worked on, asked about, handed over, done, rated, reopened; or forgotten."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random

from django.db.models import Min
from django.utils import timezone

from households.actions import answers, assignments, escalation, items, photos, requests
from households.models import (
    Actor,
    ItemState,
    Outcome,
    Rating,
    ServiceRequest,
    State,
    Urgency,
)
from resilience.accounts.models import User
from resilience.demo import texts
from resilience.demo.pictures import picture_for
from resilience.demo.place import new_uid
from resilience.demo.story import Case, Script, file

FORGOTTEN = 0.04  # of requests: nobody goes on with them until the clocks have run out and the desk asks


def script_of(case: Case) -> Script:
    """The life of a request. Begins at `case.at`; ends when nothing more is to happen."""
    own = case.rng
    filed = file(case)
    _photograph(case, 0.14, service_request=filed)
    fate = own.random()
    if fate < FORGOTTEN and case.urgency != Urgency.LIFE:
        yield from _found_late(case, filed)
    elif fate > 0.965:
        yield _later(own, 20, 300)
        if again(filed).is_open:
            answers.cancel(again(filed), why=own.choice(texts.CANCELS))
        return
    if again(filed).worker_id is None:
        yield from _at_the_desk(case, filed)
    yield from _with_workers(case, filed)
    yield from _answered(case, filed)


def again(filed: ServiceRequest) -> ServiceRequest:
    """The row as it is now, with what verbs need loaded."""
    return ServiceRequest.unscoped.select_related("category__parent", "worker", "community").get(pk=filed.pk)


def _later(own: Random, low: float, high: float) -> datetime:
    """Some minutes from now, sooner more often than later."""
    return timezone.now() + timedelta(minutes=low + (high - low) * own.random() ** 2)


def _by_day(moment: datetime) -> datetime:
    """The same moment, or the next morning when it falls into the night."""
    local = timezone.localtime(moment)
    if 8 <= local.hour < 20:
        return moment
    day = local.date() + timedelta(days=1 if local.hour >= 20 else 0)
    return timezone.make_aware(datetime.combine(day, time(8, 20 + moment.minute // 2, moment.second)))


def _pace(case: Case) -> float:
    return {Urgency.LIFE: 0.02, Urgency.URGENT: 0.25, Urgency.NORMAL: 1.0, Urgency.LOW: 2.5}[case.urgency]


def _when(case: Case, low: float, high: float) -> datetime:
    """Minutes from now at the pace of its urgency; by day, unless life is in danger."""
    moment = _later(case.rng, low * _pace(case), high * _pace(case))
    return moment if case.urgency == Urgency.LIFE else _by_day(moment)


def _found_late(case: Case, filed: ServiceRequest) -> Script:
    """Overdue, escalated, and at last given to somebody else by the desk."""
    yield _by_day(timezone.now() + timedelta(hours=case.rng.randrange(30, 110)))
    now = again(filed)
    if now.is_open:
        had = now.worker_id
        to = colleague(case, but=had)
        assignments.assign(now, worker=to, by=case.rng.choice(case.place.desk), note=case.rng.choice(texts.LATE))


def watch() -> Script:
    """What the house does by itself, every hour."""
    while True:
        escalation.escalate_due()
        escalation.close_due()
        items.reopen_due_items()
        yield timezone.now() + timedelta(hours=1)


# --- the desk -----------------------------------------------------------------------------------
def _at_the_desk(case: Case, filed: ServiceRequest) -> Script:
    own, clerk = case.rng, case.rng.choice(case.place.desk)
    yield _when(case, 10, 150)
    now = again(filed)
    if not now.is_open:
        return
    if own.random() < 0.1:
        requests.reject(now, by=clerk, reason=texts.reject(own, case.category.code), is_excluded=own.random() < 0.5)
        return
    requests.take_up(now, by=clerk)
    yield _when(case, 5, 200)
    tile = _tile(case)
    if tile in ("question", "suggest"):
        if own.random() < 0.5:
            requests.reply(again(filed), by=clerk, actor=Actor.DESK, text=texts.reply(own, case.category.code))
            yield _when(case, 60, 1_400)
        requests.resolve(again(filed), by=clerk, actor=Actor.DESK, what_was_done=texts.done(own, case.category.code))
        return
    assignments.assign(again(filed), worker=colleague(case), by=clerk)


def _tile(case: Case) -> str:
    return case.category.code.partition("-")[0]


def colleague(case: Case, but: int | None = None) -> User:
    """Somebody of the place who is there today."""
    free = [
        worker for worker in case.place.workers
        if worker.pk != but and not worker.is_away
    ]  # fmt: skip
    return case.rng.choice(free)


# --- who does the job ---------------------------------------------------------------------------
def _with_workers(case: Case, filed: ServiceRequest, done: str = "") -> Script:
    own = case.rng
    yield _when(case, 3, 160)
    now = again(filed)
    if now.state != State.ASSIGNED or now.worker is None:
        return
    if own.random() < 0.035:
        yield from _declined(case, now)
        now = again(filed)
    assert now.worker is not None
    assignments.accept(now, by=now.worker)
    if own.random() < 0.04:
        yield _when(case, 20, 300)
        to = colleague(case, but=now.worker.pk)
        assignments.hand_over(again(filed), to=to, by=now.worker, why=own.choice(texts.HANDOVERS))
    yield _when(case, 10, 260)
    yield from _at_work(case, filed, done)


def _declined(case: Case, now: ServiceRequest) -> Script:
    worker = now.worker
    assert worker is not None
    assignments.decline(now, by=worker, reason=case.rng.choice(texts.DECLINES))
    yield _when(case, 10, 120)
    assignments.assign(again(now), worker=colleague(case, but=worker.pk), by=case.rng.choice(case.place.desk))
    yield _when(case, 5, 60)


def _at_work(case: Case, filed: ServiceRequest, done: str) -> Script:
    own, now = case.rng, again(filed)
    worker = now.worker
    assert worker is not None
    if own.random() < 0.25:
        requests.reply(now, by=worker, actor=Actor.WORKER, text=texts.reply(own, case.category.code))
        yield _when(case, 15, 240)
    assignments.start(again(filed), by=worker)
    if own.random() < 0.08:
        yield _when(case, 5, 60)
        question, answer = texts.question(own, case.category.code)
        requests.pause(again(filed), by=worker, actor=Actor.WORKER, question=question)
        yield _when(case, 40, 1_500)
        answers.add_words(again(filed), text=answer)
    if own.random() < 0.1:
        requests.remark(again(filed), by=worker, actor=Actor.WORKER, text=own.choice(texts.REMARKS))
    yield _when(case, 25, 1_700)
    words = done or texts.done(own, case.category.code)
    event = requests.resolve(again(filed), by=worker, actor=Actor.WORKER, what_was_done=words)
    _photograph(case, 0.1, service_request=filed, event=event, by=worker)
    yield from _each_time(case, filed)


def _each_time(case: Case, filed: ServiceRequest) -> Script:
    """What comes back is seen to on its day, until one day it is for good."""
    own = case.rng
    while day := filed.items.filter(state=ItemState.FOR_NOW).aggregate(day=Min("next_date"))["day"]:
        yield timezone.make_aware(datetime.combine(day, time(9 + own.randrange(7), own.randrange(60))))
        now = again(filed)
        if not now.is_open or now.worker is None:
            return
        words, for_good = own.choice(texts.AGAIN), own.random() < 0.1
        requests.resolve(now, by=now.worker, actor=Actor.WORKER, what_was_done=words, for_good=for_good)


def _photograph(case: Case, chance: float, **owner: object) -> None:
    """Some people add a photo."""
    picture = picture_for(case.category.code, case.rng) if case.rng.random() < chance else None
    if picture:
        photos.store([picture], uid=new_uid(case.rng), created_at=timezone.now(), is_public=True, **owner)


# --- the resident's answer ----------------------------------------------------------------------
def _answered(case: Case, filed: ServiceRequest) -> Script:
    own = case.rng
    if again(filed).state != State.RESOLVED:
        return
    if own.random() < 0.3:  # says nothing; it closes by itself
        return
    yield _when(case, 15, 1_600)
    kind = own.choices(("well", "mostly", "half", "not"), (76, 12, 4, 8))[0]
    if kind == "not":
        outcome = Outcome.NOT_DONE if own.random() < 0.6 else Outcome.HALF
        words = texts.not_done(own, case.category.code)
        answers.confirm(again(filed), outcome=outcome, rating=Rating.DISSATISFIED, words=words)
        yield from _second_time(case, filed)
    elif kind == "well":
        answers.confirm(again(filed), outcome=Outcome.DONE, rating=Rating.SATISFIED, words=own.choice(texts.THANKS))
    else:
        outcome = Outcome.HALF if kind == "half" else Outcome.DONE
        answers.confirm(again(filed), outcome=outcome, rating=Rating.MOSTLY, words=own.choice(texts.MOSTLY))
        if kind == "half":
            yield from _second_time(case, filed)


def _second_time(case: Case, filed: ServiceRequest) -> Script:
    """Reopened, and seen to by somebody else."""
    own = case.rng
    yield _when(case, 30, 240)
    had = again(filed).assignments.order_by("-started_at").first()
    assignments.assign(
        again(filed), worker=colleague(case, but=had.worker_id if had else None), by=own.choice(case.place.desk)
    )
    yield from _with_workers(case, filed, texts.second(own, case.category.code))
    if again(filed).state != State.RESOLVED:
        return
    yield _when(case, 30, 900)
    rating = own.choices((Rating.SATISFIED, Rating.MOSTLY), (60, 40))[0]
    answers.confirm(again(filed), outcome=Outcome.DONE, rating=rating, words="")
