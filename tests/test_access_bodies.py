"""Ids beside the address: in a form, in a filter, in a link's query. What is foreign is as what does not exist.

Each cell asks twice, once with the id of something out of the actor's sight and once with one that names nothing; the
answers are the same byte for byte but for what was asked for, and nothing personal of elsewhere stands in them.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from resilience.lib.codes import format_code, new_code
from tests.base import Response
from tests.canaries import Planted
from tests.matrix import STANDING, AccessTestCase, masked

NOWHERE = 987_654_321


@dataclass(frozen=True)
class Named:
    """The ids of one world, or of none."""

    code: str
    household: str
    building: str
    worker: str
    grid: str
    community: str
    worker_pk: int
    resident_pk: int
    phone_pk: int
    need_pk: int
    item_pk: int
    phone: str

    @property
    def words(self) -> list[str]:
        """Everything of it that an answer may repeat."""
        found = [*map(str, vars(self).values()), format_code(self.code)]
        return [*found, *(uuid.UUID(word).hex for word in (self.building, self.worker, self.household))]


def of(world: Planted) -> Named:
    household, filed = world.household, world.request
    phone, need, item = household.phones.first(), world.resident.needs.first(), filed.items.first()
    assert phone is not None
    assert need is not None
    assert item is not None
    return Named(
        filed.code, str(household.uid), str(household.building.uid), str(world.worker.uid), household.grid.code,
        household.community.code, world.worker.pk, world.resident.pk, phone.pk, need.pk, item.pk, phone.number,
    )  # fmt: skip


def of_none() -> Named:
    household, building, worker = (str(uuid.uuid4()) for _ in range(3))
    return Named(
        new_code(), household, building, worker, "620199999999001", "620199999999", NOWHERE, NOWHERE + 1, NOWHERE + 2,
        NOWHERE + 3, NOWHERE + 4, "19900009999",
    )  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """One address that takes ids elsewhere. `about`: what its own id names, of the actor's own world."""

    name: str
    actors: tuple[str, ...]
    data: Callable[[Named], dict[str, Any]]
    about: str = ""
    method: str = "POST"
    more: tuple[tuple[str, str], ...] = ()
    relations: tuple[str, ...] = ()  # else all that the actor sees nothing of


DESK = ("lead", "clerk")
LOOKING = (*DESK, "supervisor")
SERVING = ("worker", *DESK)
_DIED = (("what", "died"),)
ASKS: tuple[Ask, ...] = (
    # to whom
    Ask("request-assign", DESK, lambda at: {"worker": at.worker}, "request", relations=("foreign",)),
    Ask(
        "request-hand-over", ("worker",), lambda at: {"worker": at.worker, "why": "…"}, "request",
        relations=("foreign",),
    ),
    Ask("household-responsible", DESK, lambda at: {"worker": at.worker_pk}, "household", relations=("foreign",)),
    Ask(
        "person-leave", ("clerk",), lambda at: {"receivers": [at.worker_pk], "for_good": "yes", "why": "…"}, "person",
        relations=("foreign",),
    ),
    Ask("bulk-assign", DESK, lambda at: {"code": [at.code], "worker": at.worker}, relations=("foreign",)),
    # which requests
    Ask("bulk-assign", DESK, lambda at: {"code": [at.code]}),
    Ask("bulk-assign", DESK, lambda at: {"code": [at.code]}, method="GET"),
    Ask("twins", DESK, lambda at: {"codes": at.code, "twin": [at.code], "into": at.code}),
    Ask("twins", DESK, lambda at: {"codes": at.code}, method="GET"),
    Ask("calls", DESK, lambda at: {"last": at.code}, method="GET"),
    Ask("desk-search", LOOKING, lambda at: {"q": at.code}),
    Ask("desk-search", LOOKING, lambda at: {"q": at.phone}),
    Ask("request-item", SERVING, lambda at: {"item": at.item_pk, "state": "done"}, "request"),
    Ask("request", SERVING, lambda at: {"do": "item", "item": at.item_pk}, "request", method="GET"),
    # which household, which person
    Ask("desk-new", DESK, lambda at: {"household": at.household, "step": "look"}),
    Ask("desk-new", DESK, lambda at: {"household": at.household}),
    Ask("desk-new", DESK, lambda at: {"household": at.household}, method="GET"),
    Ask("desk-new", DESK, lambda at: {"q": at.phone, "phone": at.phone, "step": "search"}),
    Ask("household-phone-remove", SERVING, lambda at: {"phone": at.phone_pk, "why": "…"}, "household"),
    Ask("need-end", SERVING, lambda at: {"need": at.need_pk, "until": "2026-06-01", "why": "…"}, "resident"),
    Ask("resident-event", SERVING, lambda at: {"new_contact": at.resident_pk}, "resident", more=_DIED),
    *(
        Ask("resident-event", SERVING, lambda at: {"to": at.household, "to_search": at.phone}, "resident", more=what)
        for what in ((("what", "moved-out"),), (("what", "went-away"),))
    ),
    Ask(
        "household-event", SERVING, lambda at: {"person": at.resident_pk, "person_search": at.phone}, "household",
        more=(("what", "moved-here"),),
    ),
    Ask(
        "household-event", SERVING, lambda at: {"people": [at.resident_pk], "head": at.resident_pk}, "household",
        more=(("what", "split-off"),),
    ),
    # filters and places
    Ask("desk", LOOKING, lambda at: {"place": at.grid}, method="GET"),
    Ask("desk", LOOKING, lambda at: {"place": uuid.UUID(at.building).hex}, method="GET"),
    Ask("desk", ("clerk", "supervisor"), lambda at: {"place": at.community}, method="GET", relations=("foreign",)),
    Ask("desk", LOOKING, lambda at: {"worker": uuid.UUID(at.worker).hex}, method="GET", relations=("foreign",)),
    Ask("households", (*SERVING, "supervisor"), lambda at: {"building": at.building}, method="GET"),
    Ask("households", (*SERVING, "supervisor"), lambda at: {"grid": at.grid}, method="GET"),
    Ask("households", (*SERVING, "supervisor"), lambda at: {"q": at.phone}),
    Ask("special-needs-list", (*SERVING, "supervisor"), lambda at: {"grid": at.grid}, method="GET"),
    Ask("not-visited-list", (*SERVING, "supervisor"), lambda at: {"building": at.building}, method="GET"),
    Ask("round-households", ("worker", "lead"), lambda at: {"q": at.phone}),
)  # fmt: skip
# What is new in every answer: a form's key, a version, the time of day; and how long it is with what was asked for.
_OF_THE_MOMENT = (
    re.compile(r"Content-Length: \d+"),
    re.compile(r'name="key" value="[^"]*"'),
    re.compile(r"\b[0-9a-f]{24}\b"),
    re.compile(r"\b\d\d:\d\d:\d\d\b"),
)


def _hidden(ask: Ask, actor: str) -> list[str]:
    """Relations whose things lie out of the actor's sight."""
    found = [relation for relation, held in STANDING.items() if not held.get(actor) and relation != "nowhere"]
    return [relation for relation in found if not ask.relations or relation in ask.relations]


class TestIdsInBodies(AccessTestCase):
    def answer(self, ask: Ask, actor: str, at: Named, *words: str) -> tuple[Response, str]:
        """The answer, and its text without all of `words`."""
        path = reverse(ask.name, kwargs={**(self.worlds["own"].ids(ask.about) if ask.about else {}), **dict(ask.more)})
        response = self.ask((ask.method, False, actor, ""), path, ask.data(at))
        text = masked(response, {})
        for word in sorted(words, key=len, reverse=True):
            text = re.sub(rf"\b{re.escape(word)}\b", "<asked for>", text)
        for pattern in _OF_THE_MOMENT:
            text = pattern.sub("", text)
        return response, text

    def look(self, ask: Ask, actor: str, relation: str) -> None:
        foreign, none = of(self.worlds[relation]), of_none()
        words = (*foreign.words, *none.words)
        response, text = self.answer(ask, actor, foreign, *words)
        _same, unknown = self.answer(ask, actor, none, *words)
        where = f"{ask.name} {ask.method} {dict(ask.more)} {sorted(ask.data(foreign))} {actor} {relation}"
        if response.status_code not in (200, 303, 422):
            self.faults.append(f"{where}: {response.status_code}")
        if text != unknown:
            differs = [pair for pair in zip(text.split("\n"), unknown.split("\n"), strict=False) if len(set(pair)) > 1]
            self.faults.append(f"{where}: differs from what does not exist: {differs[:2]}")
        self.faults += [f"{where}: shows {canary}" for canary in sorted(self.hidden[actor]) if canary in text]

    def test_foreign_is_as_what_does_not_exist(self) -> None:
        count = 0
        for ask in ASKS:
            for actor in ask.actors:
                for relation in _hidden(ask, actor):
                    self.look(ask, actor, relation)
                    count += 1
        assert not self.faults, f"{len(self.faults)} of {count} cells:\n" + "\n".join(self.faults[:40])
        assert count > 100
