"""Every address × method × actor × relation, plain and as htmx, from one table; bodies and headers read for canaries.

The table of addresses is `tests/surface.py`, who stands where to what `tests/matrix.py`. Four things hold in every
cell: the status is the table's; what is foreign looks byte for byte like what does not exist; it takes the database
the same statements; and nothing personal of anybody out of the actor's sight stands anywhere in the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.base import CastTestCase, Response
from tests.canaries import NOT_PERSONAL, WORDLESS, Planted, personal_models, plant, unplanted
from tests.matrix import ACTORS, AUDITED, HIDDEN, METHODS, AccessTestCase, Cell, cells, expected, fits, masked, shapes
from tests.surface import TABLE, Rule, address, endpoints

FEWEST = 20_000  # cells


class TestAccess(AccessTestCase):
    """One test an address, made below."""

    def walk(self, name: str) -> int:
        """Every cell of one address; how many."""
        rule, count = TABLE[name], 0
        answers: dict[Cell, tuple[str, str, list[str]]] = {}
        for cell in cells(rule):
            ids = self.ids(rule, cell[3])
            is_hidden = expected(rule, cell) == HIDDEN
            asked: list[dict[str, str]] = []
            if is_hidden and not answers:
                self.ask(cell, address(name, ids))  # what the process keeps in memory is read now
            if is_hidden:
                with CaptureQueriesContext(connection) as captured:
                    response = self.ask(cell, address(name, ids))
                asked = captured.captured_queries
            else:
                response = self.ask(cell, address(name, ids))
            count += 1
            where = f"{name} {' '.join(str(part) for part in cell)}"
            if not fits(rule, cell, response):
                self.faults.append(f"{where}: {response.status_code} instead of {expected(rule, cell)}")
            self.faults += [f"{where}: shows {canary}" for canary in self.leaks(rule, cell, response, ids)]
            if is_hidden:
                answers[cell] = (where, masked(response, ids), shapes(asked))
        self.compare(rule.about, answers)
        return count

    def compare(self, about: str, answers: dict[Cell, tuple[str, str, list[str]]]) -> None:
        """What is hidden looks like what is nowhere, and takes as long."""
        for (method, htmx, actor, relation), (where, text, asked) in answers.items():
            unknown = answers.get((method, htmx, actor, "nowhere"))
            if unknown and unknown[1] != text:
                self.faults.append(f"{where}: differs from what does not exist: {first_difference(unknown[1], text)}")
            # A photo thrown away is looked for in a request that they do see.
            is_half_there = relation == "removed" and about.endswith("photo")
            if unknown and unknown[2] != asked and not is_half_there:
                self.faults.append(f"{where}: asks {asked}, of what does not exist {unknown[2]}")

    def leaks(self, rule: Rule, cell: Cell, response: Response, ids: dict[str, Any]) -> list[str]:
        """Canaries in the answer that the actor may not see. What was asked for may be repeated."""
        _method, _htmx, actor, relation = cell
        text = masked(response, ids)
        hidden = self.hidden[actor]
        if rule.is_secret and relation in self.worlds and rule.about:
            hidden = hidden - shown_by_secret(rule, self.worlds[relation])
        if rule.policy == "auditor" and actor == "auditor":
            hidden = hidden - {self.worlds[each].request.code for each in AUDITED}  # which request, and nothing of it
        return sorted(canary for canary in hidden if canary in text)


def first_difference(one: str, other: str) -> str:
    pairs = zip_longest(one.splitlines(), other.splitlines())
    return next((f"{here!r:.200}, {there!r:.200}" for here, there in pairs if here != there), "the ends of lines")


def shown_by_secret(rule: Rule, world: Planted) -> set[str]:
    """What the holder of a link reads: their own words and who helps them. Of a door's code: nothing at all."""
    if rule.about in ("link", "link_photo", "invitation_link"):
        return {world.mark, *world.secrets}
    return set()


class TestTheTable(CastTestCase):
    """The table is whole."""

    def test_it_has_a_row_for_every_address_of_the_resolver(self) -> None:
        known = {endpoint.name for endpoint in endpoints() if not endpoint.is_admin}
        assert known == set(TABLE), f"no row: {known - set(TABLE)}; gone: {set(TABLE) - known}"

    def test_it_has_twenty_thousand_cells(self) -> None:
        count = sum(1 for rule in TABLE.values() for _cell in cells(rule))
        print(f"{count:,} cells of {len(TABLE)} addresses")
        assert count >= FEWEST

    def test_it_plants_a_canary_in_every_personal_field(self) -> None:
        for relation, world in {"own": plant("金雀甲", 7, self.building, self.worker, "701")}.items():
            assert unplanted(world) == [], relation

    def test_it_knows_every_model_that_hangs_on_a_person(self) -> None:
        assert personal_models() - set(NOT_PERSONAL) - WORDLESS == set()


def _test_of(name: str) -> Callable[[TestAccess], None]:
    def test(self: TestAccess) -> None:
        count = self.walk(name)
        assert count >= len(ACTORS) * len(METHODS)
        assert not self.faults, f"{len(self.faults)} of {count} cells:\n" + "\n".join(self.faults[:40])

    return test


for _name in TABLE:
    _made = re.sub(r"\W", "_", _name)
    setattr(TestAccess, f"test_it_guards_{_made}", _test_of(_name))
