"""The requests of the benchmark's town, each with its events and assignment, as the verbs would have left them.

Ids 1–30 are with the worker of grid 1, the first with twenty events; 31–40 are the past of one household, with its
visits and changes. These are the same in both sizes. All others lie in the other grids; six of ten in the first
community, two of ten open.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from households.actions.requests import phone_index
from households.models import Assignment, FileChange, RequestEvent, ServiceRequest, State, Visit
from resilience.lib.codes import ALPHABET, LENGTH, _check_character

from . import place
from .tables import Row, fill

SEED = 2816
WORD = "停水"  # in every twelfth text
_EVERY = 12
DETAIL = 1
WITH_WALKER = 30
PAST = 10
EVENTS_OF_DETAIL = 20
_FIXED = WITH_WALKER + PAST
_INTO = _FIXED + 1  # what joined requests were joined to; always closed
_OPEN = (*["submitted"] * 6, *["accepted"] * 2, *["assigned"] * 7, *["progress"] * 4, "reopened")
_ENDED = (*["closed"] * 16, "resolved", "rejected", "cancelled", "merged")
_URGENCIES = (*["normal"] * 14, *["urgent"] * 3, *["low"] * 2, "life")
_WISHES = (
    "家里没有米和食用油了，老人下不了楼，想请人帮忙买一袋米、一桶油，买好放在门口就行。",
    "降压药还剩两天的量，麻烦到社区医院按病历本代配，病历本放在门口的塑料袋里。",
    "母亲明天上午要去医院复查，轮椅下楼不方便，希望有人搭把手，大约九点出门。",
    "厨房水管一直漏水，楼下已经渗水，请师傅尽快来看看，随时有人在家。",
    "单元门的灯坏了一个多星期，晚上老人回家看不清台阶，请安排维修。",
    "想咨询一下医保报销需要带哪些材料，之前问过一次没有听明白，麻烦再讲一遍。",
    "一个人在家待得久了，心里有些闷，想找个人说说话，下午方便。",
)

_Step = tuple[str, str, str, str]  # kind, actor, from state, to state
_FILED: _Step = ("submitted", "resident", "", "submitted")
_GIVEN: _Step = ("assigned", "system", "submitted", "assigned")
_TAKEN: _Step = ("accepted", "worker", "assigned", "assigned")
_BEGUN: _Step = ("started", "worker", "assigned", "progress")
_DONE: _Step = ("resolved", "worker", "progress", "resolved")
_SAID: _Step = ("confirmed", "resident", "resolved", "closed")
_STORIES: dict[str, tuple[_Step, ...]] = {
    "submitted": (_FILED,),
    "accepted": (_FILED, ("taken_up", "desk", "submitted", "accepted")),
    "assigned": (_FILED, _GIVEN, _TAKEN),
    "progress": (_FILED, _GIVEN, _TAKEN, _BEGUN),
    "resolved": (_FILED, _GIVEN, _TAKEN, _BEGUN, _DONE),
    "closed": (_FILED, _GIVEN, _TAKEN, _BEGUN, _DONE, _SAID),
    "reopened": (_FILED, _GIVEN, _TAKEN, _BEGUN, _DONE, ("reopened", "resident", "resolved", "reopened")),
    "rejected": (_FILED, ("rejected", "desk", "submitted", "rejected")),
    "cancelled": (_FILED, ("cancelled", "resident", "submitted", "cancelled")),
    "merged": (_FILED, ("merged", "desk", "submitted", "merged")),
}
_HAD_WORKER = ("assigned", "progress", "resolved", "closed", "reopened")
_WITH_WORKER = ("assigned", "progress")
_UNTOUCHED = ("submitted", "rejected", "cancelled", "merged")
_OPEN_STATES = frozenset(_OPEN)


@dataclass(frozen=True, slots=True)
class _Case:
    """What decides everything else about a request."""

    number: int
    household: int
    state: str
    created_at: datetime
    urgency: str
    category: int

    @property
    def worker(self) -> int:
        return place.worker_of(place.grid_of(self.household))

    @property
    def answered_at(self) -> datetime | None:
        return None if self.state in _UNTOUCHED else self.created_at + timedelta(hours=2)

    @property
    def ended_at(self) -> datetime | None:
        has_ended = self.state not in _OPEN_STATES or self.state == "reopened"
        return self.created_at + timedelta(hours=30) if has_ended else None


def code_of(number: int) -> str:
    """A valid short code, the same for the same number; neighbours do not look alike."""
    left, body = number * 2_654_435_761 % len(ALPHABET) ** LENGTH, ""
    for _ in range(LENGTH):
        left, digit = divmod(left, len(ALPHABET))
        body += ALPHABET[digit]
    return body + _check_character(body)


@lru_cache
def codes_saying_word(count: int) -> frozenset[str]:
    """The codes of the requests, of so many, whose text holds `WORD`."""
    return frozenset(code_of(number) for number in range(_EVERY, count + 1, _EVERY))


def token_of(number: int) -> str:
    return f"T{number:042}"


def build(count: int, now: datetime) -> None:
    """Fill a town of `place.build` with `count` requests."""
    fill(ServiceRequest, (_request(case, now) for case in _cases(count, now)))
    fill(Assignment, (_assignment(case) for case in _cases(count, now) if case.state in _HAD_WORKER))
    fill(RequestEvent, (event for case in _cases(count, now) for event in _events(case)))
    fill(Visit, _visits(now))
    fill(FileChange, _changes(now))


def _cases(count: int, now: datetime) -> Iterator[_Case]:
    """Every request in turn; the same each time it is asked."""
    chance = random.Random(SEED)
    for number in range(1, count + 1):
        if number <= WITH_WALKER:
            household, state = number, "progress" if number == DETAIL or number % 3 == 0 else "assigned"
        elif number <= _FIXED:
            household, state = place.LONG_STORY, "closed"
        else:
            household = _household(chance)
            state = chance.choice(_OPEN) if number % 5 == 0 else chance.choice(_ENDED)
        if number == _INTO:
            state = "closed"
        minutes = chance.randrange(10, 9 * 1440) if state in _OPEN_STATES else chance.randrange(10 * 1440, 700 * 1440)
        created_at = now - timedelta(minutes=minutes, seconds=number % 60)
        yield _Case(number, household, state, created_at, chance.choice(_URGENCIES), chance.randrange(1, 10))


def _household(chance: random.Random) -> int:
    first = place.HOUSEHOLDS_A_GRID + 1  # grid 1 is the walker's
    last_of_first_community = place.GRIDS * place.HOUSEHOLDS_A_GRID
    if chance.random() < 0.6:
        return chance.randint(first, last_of_first_community)
    return chance.randint(last_of_first_community + 1, place.HOUSEHOLDS)


def _text(number: int) -> str:
    words = _WISHES[number % len(_WISHES)]
    if number % _EVERY == 0:
        words += f"另外从昨天晚上起整个单元{WORD}，不知道什么时候恢复。"
    return f"{words}（{number}）"


def _request(case: _Case, now: datetime) -> Row:
    grid = place.grid_of(case.household)
    phone = place.phone_of(case.household)
    respond_by, resolve_by = case.created_at + timedelta(days=1), case.created_at + timedelta(days=7)
    has_answer = case.state in ("closed", "reopened")
    return {
        "id": case.number,
        "code": code_of(case.number),
        "token": token_of(case.number),
        "submission_key": uuid.UUID(int=case.number, version=4),
        "community_id": place.community_of(grid),
        "grid_id": grid,
        "building_id": place.building_of(case.household),
        "household_id": case.household,
        "address": place.address_of(case.household),
        "category_id": case.category,
        "urgency": case.urgency,
        "text": _text(case.number),
        "source": ("door", "web", "hotline")[case.number % 3],
        "state": case.state,
        "person_name": place.name_of(2 * case.household - 1),
        "phone": phone,
        "phone_index": phone_index(phone),
        "worker_id": case.worker if case.state in _WITH_WORKER else None,
        "created_at": case.created_at,
        "updated_at": min(now, case.created_at + timedelta(hours=30)),
        "clock_started_at": case.created_at,
        "respond_by_at": respond_by,
        "resolve_by_at": resolve_by,
        "due_at": resolve_by if case.answered_at else respond_by,
        "responded_at": case.answered_at,
        "resolved_at": case.ended_at if case.state in ("resolved", "closed") else None,
        "closed_at": case.ended_at if case.state not in _OPEN_STATES and case.state != "resolved" else None,
        "reopened": int(case.state == "reopened"),
        "outcome": ("done" if case.state == "closed" else "not_done") if has_answer else "",
        "rating": ("satisfied" if case.state == "closed" else "not") if has_answer else "",
        "merged_into_id": _INTO if case.state == "merged" else None,
    }


def _assignment(case: _Case) -> Row:
    is_over = case.state not in _WITH_WORKER
    return {
        "id": case.number,
        "service_request_id": case.number,
        "worker_id": case.worker,
        "started_at": case.created_at,
        "accepted_at": case.answered_at,
        "ended_at": case.ended_at if is_over else None,
        "end_reason": "resolved" if is_over else "",
    }


def _events(case: _Case) -> Iterator[Row]:
    story = [*_STORIES[case.state]]
    if case.number == DETAIL:
        story += [("note", "worker", "", "")] * (EVENTS_OF_DETAIL - len(story))
    for step, (kind, actor, before, after) in enumerate(story):
        by = {"worker": case.worker, "desk": place.DESK}.get(actor)
        yield {
            "service_request_id": case.number,
            "at": case.created_at + timedelta(minutes=20 * step),
            "kind": kind,
            "actor": actor,
            "by_id": by,
            "from_state": State(before) if before else "",
            "to_state": State(after) if after else "",
            "to_worker_id": case.worker if kind == "assigned" else None,
            "note": "已经和家里人通了电话，明天上午上门。" if kind in ("note", "resolved", "rejected") else "",
            "is_public": kind != "note",
        }


def _visits(now: datetime) -> Iterator[Row]:
    """Sixty visits at the door whose file is opened, and three at each of the worker's next doors."""
    doors = [place.LONG_STORY] * 60 + [door for door in range(1, 101) for _ in range(3)]
    for number, door in enumerate(doors, 1):
        when = now - timedelta(days=3 + number % 90, minutes=number)
        at = {"household_id": door, "community_id": place.FIRST_COMMUNITY, "grid_id": 1, "worker_id": place.WALKER}
        what = {"result": "met", "finding": "well", "note": "老人精神不错，降压药还够一周。"}
        times = {"happened_at": when, "recorded_at": when}
        yield {"id": number, "uid": place.uid(5, number), "key": place.uid(6, number), **at, **what, **times}


def _changes(now: datetime) -> Iterator[Row]:
    for number in range(1, 21):
        change = {"field": "door_note", "old": "", "new": "听力不好，敲门重一些"}
        same = {"household_id": place.LONG_STORY, "by_id": place.WALKER, "action": "edited", "changes": [change]}
        yield {"id": number, "at": now - timedelta(days=number * 9), "why": "走访时确认", **same}
