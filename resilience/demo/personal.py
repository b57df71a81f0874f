"""What the demo shows of people's own data: who looked at what is sealed, who agreed to what, who asked for their own,
and which lists were taken out of the house."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from django.utils import timezone

from households import reference
from households.actions.openings import open_values
from households.models import OpeningReason, Presence, Resident, Sealed, ServiceRequest
from households.viewer import Viewer
from resilience.accounts.models import User
from resilience.demo.people import Home
from resilience.demo.place import SUPERVISOR, Place
from resilience.demo.story import Script
from resilience.exports import actions as exports
from resilience.exports import making
from resilience.exports.models import End, Export, Purpose, Which
from resilience.privacy.actions import consents, data_requests
from resilience.privacy.actions.data_requests import Asking
from resilience.privacy.models import (
    Answer,
    DataRequest,
    Given,
    Guardian,
    How,
    Identity,
    Kind,
    Refusal,
)
from resilience.privacy.models import Purpose as ConsentPurpose
from resilience.privacy.models.consents import CHILD_UNTIL

# Hours ago, why, in which words where it is another reason.
_LOOKS = (
    (51.0, OpeningReason.VISIT, ""), (47.0, OpeningReason.FILE, ""), (26.5, OpeningReason.OTHER, "核对医保缴费名单"),
    (25.0, OpeningReason.ASKED, ""), (5.5, OpeningReason.VISIT, ""), (2.2, OpeningReason.EMERGENCY, ""),
    (1.1, OpeningReason.VISIT, ""),
)  # fmt: skip
_AT_REQUESTS = (49.5, 3.5)
_MORE_THAN_TOLD = 4  # openings above the number from which on those in charge hear of them


def personal_scripts(place: Place, homes: list[Home], now: datetime, rng: Random) -> Iterator[tuple[datetime, Script]]:
    """(when it begins, its script) of each, in one block."""
    there = [home for home in homes if home.residents and not home.worker.away_until_date]
    for hours, reason, words in _LOOKS:
        yield now - timedelta(hours=hours), _looks(rng.choice(there), reason, words)
    for hours in _AT_REQUESTS:
        yield now - timedelta(hours=hours), _looks_at_request(place.workers[1:-1])
    yield now - timedelta(hours=28), _looks_at_very_many(homes)
    yield from _words_of(there, place.desk[0], now, rng)
    yield from _asked_for(place, there, now, rng)
    yield from _lists(place, now)


# --- openings ---------------------------------------------------------------------------------------
def _looks(home: Home, reason: OpeningReason, words: str) -> Script:
    """A worker at a number of a household that is theirs."""
    for resident in islice((each for each in _living(home) if each.phone), 1):
        _open(resident, home.worker, reason, words)
    yield from ()


def _looks_at_request(workers: list[User]) -> Script:
    """One of them at the number of whoever asked for what is with them now."""
    with_them = ServiceRequest.unscoped.open().filter(worker__in=workers).exclude(phone_index=None)
    for filed in with_them.select_related("household", "community", "worker").order_by("-pk")[:1]:
        assert filed.worker is not None
        _open(filed, filed.worker, OpeningReason.REQUEST, "")
    yield from ()


def _looks_at_very_many(homes: list[Home]) -> Script:
    """One door after the other within half an hour: those in charge are told, and nobody has asked her why yet."""
    supervisor = User.objects.get(username=SUPERVISOR[0])
    alarm_after, _stop_after = reference.opening_limits(Viewer(supervisor).role_over(homes[0].household))
    numbered = (person for home in homes for person in _living(home) if person.phone)
    for _number, person in zip(range(alarm_after + _MORE_THAN_TOLD), numbered, strict=False):
        _open(person, supervisor, OpeningReason.OTHER, "抽查电话是否准确")
        yield timezone.now() + timedelta(seconds=70)


def _living(home: Home) -> list[Resident]:
    rows = Resident.unscoped.filter(household=home.household, presence=Presence.HERE)
    return list(rows.select_related("household__community", "household__building").order_by("pk"))


def _open(subject: Resident | ServiceRequest, by: User, reason: OpeningReason, words: str) -> None:
    home = subject.household if isinstance(subject, Resident) else subject
    about = subject if isinstance(subject, ServiceRequest) else None
    role = Viewer(by).role_over(home)
    open_values(subject, fields=[Sealed.PHONE], reason=reason, by=by, role=role, words=words, about=about)


# --- consent ----------------------------------------------------------------------------------------
def _words_of(homes: list[Home], clerk: User, now: datetime, rng: Random) -> Iterator[tuple[datetime, Script]]:
    """Some agreed at the door, one of them took it back later, one said no; for a child a parent spoke."""
    cared_for = [home for home in homes if home.needs] or homes
    for number, home in enumerate(rng.sample(cared_for, min(4, len(cared_for)))):
        yield now - timedelta(days=20, hours=-7 * number), _agrees(home, takes_back=clerk if number == 0 else None)
    yield now - timedelta(days=9), _says_no(rng.choice(homes), clerk)
    yield now - timedelta(days=8), _parent_agrees(homes)


def _agrees(home: Home, takes_back: User | None) -> Script:
    for person in _grown_up(home)[:1]:
        for purpose in (ConsentPurpose.CARE, ConsentPurpose.PHOTOS):
            consents.say(person, consents.Word(purpose, Answer.YES, How.DOOR), by=home.worker)
        if takes_back:
            yield timezone.now() + timedelta(days=6)
            consents.take_back(person, ConsentPurpose.PHOTOS, by=takes_back)


def _says_no(home: Home, clerk: User) -> Script:
    for person in _grown_up(home)[:1]:
        consents.say(person, consents.Word(ConsentPurpose.SMS, Answer.NO, How.PHONE), by=clerk)
    yield from ()


def _parent_agrees(homes: list[Home]) -> Script:
    """For the first child there is."""
    pairs = ((home, child, parent) for home in homes for child in _children(home) for parent in _grown_up(home))
    for home, child, parent in islice(pairs, 1):
        said = consents.Word(ConsentPurpose.PHOTOS, Answer.YES, How.PAPER, Given.GUARDIAN, parent)
        consents.say(child, replace(said, guardian_is=Guardian.PARENT), by=home.worker)
    yield from ()


def _children(home: Home) -> list[Resident]:
    return [person for person in _living(home) if person.age is not None and person.age < CHILD_UNTIL]


def _grown_up(home: Home) -> list[Resident]:
    return [person for person in _living(home) if person.age is not None and person.age >= 18]


# --- what people ask about their own data -----------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Case:
    """One of these requests: how many days ago, what, who sees to it, and how it is refused if it is."""

    days: float
    asking: Asking
    clerk: User | None = None
    why: Refusal | None = None
    answer: str = ""


def _asked_for(place: Place, homes: list[Home], now: datetime, rng: Random) -> Iterator[tuple[datetime, Script]]:
    """One whose thirty days are nearly over, one just asked, one answered, one refused."""
    one, other = place.desk[:2]
    cases = (
        _Case(27.5, Asking(Kind.COPY, Identity.CARD, words="想看看社区存了我哪些信息"), one),
        _Case(1.5, Asking(Kind.CORRECT, Identity.KNOWN, words="年份记错了",
                          proposed={"field": "birth", "value": "1958"})),
        _Case(18.0, Asking(Kind.RESTRICT, Identity.CARD, words="电话不要给志愿者"), other,
              answer="已告知网格员，只由社区联系您。"),
        _Case(11.0, Asking(Kind.DELETE, Identity.CARD, words="走访记录都删掉"), one, Refusal.NEEDED,
              "您还在按周接受送药服务，删除后无法继续；停止服务后随时可以再提。"),
    )  # fmt: skip
    for home, case in zip(rng.sample(homes, min(len(cases), len(homes))), cases, strict=False):
        yield now - timedelta(days=case.days), _ask(home, case, place.desk[1])


def _ask(home: Home, case: _Case, counter: User) -> Script:
    for person in _grown_up(home)[:1]:
        asked = data_requests.ask(person, case.asking, by=counter)
        if case.clerk is None:
            return
        yield timezone.now() + timedelta(hours=20)
        data_requests.take(asked, by=case.clerk)
        yield timezone.now() + timedelta(days=4)
        _answer(asked, case, case.clerk)


def _answer(asked: DataRequest, case: _Case, clerk: User) -> None:
    if case.why:
        data_requests.refuse(asked, why=case.why, words=case.answer, by=clerk)
    elif case.answer:
        data_requests.answer(asked, words=case.answer, by=clerk)


# --- lists ------------------------------------------------------------------------------------------
def _lists(place: Place, now: datetime) -> Iterator[tuple[datetime, Script]]:
    yield now - timedelta(days=5), _fetched_and_over(place)
    yield now - timedelta(days=2), _turned_down(place)
    yield now - timedelta(hours=2), _waits(place)


def _fetched_and_over(place: Place) -> Script:
    """Masked as a list is by itself, so nobody had to allow it; its file lived for a day."""
    by = place.desk[1]
    wanted = _wanted(Which.HOUSEHOLDS, Purpose.VISITS, "入户走访前核对重点户", "address contact needs responsible")
    one_building = {"building": str(place.doors[0].building.uid)}  # under the cap, and never empty
    export = exports.ask(replace(wanted, filters=one_building), by=by)
    yield timezone.now() + timedelta(minutes=1)
    making.make_one(export.pk)
    yield timezone.now() + timedelta(minutes=9)
    made = Export.objects.get(pk=export.pk)
    sum(map(len, exports.fetch(made, by=by)))
    yield made.expires_at
    exports.end(made, End.EXPIRED, by=None)


def _turned_down(place: Place) -> Script:
    wanted = _wanted(
        Which.HOUSEHOLDS, Purpose.OTHER, "物业想要一份通讯录", "address contact phone", phone="方便物业打电话"
    )
    export = exports.ask(wanted, by=place.lead)
    yield timezone.now() + timedelta(hours=3)
    exports.refuse(export, by=place.desk[0], why="物业用不着居民电话，有事请社区转告")


def _waits(place: Place) -> Script:
    words = "寒潮送菜，志愿者逐户联系"
    exports.ask(
        _wanted(Which.HOUSEHOLDS, Purpose.RELIEF, words, "address contact phone", phone="送到楼下要打电话"),
        by=place.desk[1],
    )
    yield from ()


def _wanted(which: Which, purpose: Purpose, words: str, columns: str, **why: str) -> exports.Wanted:
    return exports.Wanted(which, purpose, words, columns.split(), why=why)
