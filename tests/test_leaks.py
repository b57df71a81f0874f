"""The plugin that reads all log lines does find whom they name. What a line holds: tests/security/test_logs.py."""

from __future__ import annotations

import logging

import pytest

from resilience.lib.logs import Lines
from tests.base import CastTestCase
from tests.canaries import plant
from tests.leaks import NUMBERS, Collector, found_in, without_chance

pytestmark = pytest.mark.once
TOKEN = "Zx3-abc_defghijklmnopqrstuvwxyz0123456789ABC"


@pytest.mark.parametrize("text", ["王秀英", "199 0000 0001", "620103194201017005", f"/track/{TOKEN}/", "draft=abc:def"])
def test_the_collector_finds_each_kind_of_canary(text: str) -> None:
    collector = Collector()
    collector.setFormatter(Lines())
    collector.emit(logging.LogRecord("any", logging.INFO, "", 1, "said %s", (text,), None))
    assert len(collector.told()) == 1
    assert collector.told() == []


def test_the_collector_lets_pass_what_names_nobody() -> None:
    assert found_in("Not Found: /track/…/note/ row 7 620103001001 /h/ 2026-11-23") == []


def test_what_chance_makes_is_no_door() -> None:
    text = f"502 /desk/data/d5025769-a30d-4710-b96b-39f259f7f620/ nonce-a502aaaaaaaaaaaaaaaaaaaaaa {TOKEN} R2-502"
    assert without_chance(text).split() == ["502", "/desk/data//", "R2-502"]


class PlantedTests(CastTestCase):
    def test_the_collector_knows_every_canary_there_is(self) -> None:
        for mark, number in (("金雀甲", 7), ("金雀丙", 8)):
            planted = plant(mark, number, self.building, self.worker, f"70{number}")
            assert found_in(planted.mark)
            assert all(NUMBERS.search(each) for each in planted.numbers if "*" not in each)
        for row in (self.wang, self.li, self.zhang, self.worker, self.colleague, self.lead, self.clerk):
            assert found_in(row.name), row.name
            assert not row.phone or found_in(row.phone)
