"""`manage.py work`: one process that does what the house does by itself, and ends when told to."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from households.models import Household
from resilience import chores
from resilience.accounts import limits
from resilience.accounts.models import RateCount, Session
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.lib.rows import Stop, one_by_one
from resilience.outbox.models import Message, MessageState
from tests import factories as f
from tests.base import CastTestCase
from tests.households.test_escalation import make_late

ROOT = Path(__file__).resolve().parent.parent.parent
_PATIENCE = 120  # seconds; only a worker that hangs takes as long, however busy the machine


class WorkTests(CastTestCase):
    def test_once_does_every_chore_and_tells_how_much(self) -> None:
        make_late(f.make_request(self.household), minutes=1)
        out = io.StringIO()
        call_command("work", "--once", stdout=out)
        assert "requests escalated: 1" in out.getvalue()
        call_command("work", "--once", stdout=io.StringIO())
        assert not Message.objects.filter(state=MessageState.WAITING).exists()

    def test_says_nothing_when_there_is_nothing_to_do(self) -> None:
        out = io.StringIO()
        call_command("work", "--once", stdout=out)
        assert out.getvalue() == ""

    def test_a_database_that_is_away_ends_the_chore_and_not_the_work(self) -> None:
        def broken(_stop: Stop) -> int:
            raise OperationalError("gone")

        rounds = chores.Rounds(Stop())
        with pytest.MonkeyPatch.context() as patch, self.assertLogs("resilience.chores", "ERROR"):
            patch.setattr(chores, "EVERY_ROUND", {"broken": broken, "whole": lambda stop: 7})
            assert rounds.once() == {"whole": 7}

    def test_looks_once_a_day_where_contact_is_due(self) -> None:
        f.make_need(self.wang)
        f.make_care_rule(f.make_need_kind(), from_date=today())  # nobody saves anything on its first day
        rounds = chores.Rounds(Stop())
        assert rounds.once() == {"doors looked at for the day": 1}
        assert Household.unscoped.get(pk=self.household.pk).next_due_date is not None
        assert rounds.once() == {}

    def test_tidies_up_once_an_hour(self) -> None:
        old = timezone.now() - timedelta(days=1)
        Session.objects.create(session_key="old", expire_date=old, idle_until=old)
        rounds = chores.Rounds(Stop())
        assert rounds.once() == {"sessions forgotten": 1}
        Session.objects.create(session_key="old", expire_date=old, idle_until=old)
        assert rounds.once() == {}

    def test_forgets_old_counts_of_tries_and_keeps_those_that_run(self) -> None:
        one = limits.Limit("test", 1, timedelta(minutes=15))
        limits.count((one, "old"))
        RateCount.objects.update(free_at=1)
        limits.count((one, "new"))
        assert limits.forget_old() == 1
        assert limits.count((one, "new")) is one


def test_one_bad_row_is_logged_by_its_id_and_the_rest_go_on(caplog: pytest.LogCaptureFixture) -> None:
    def do(key: int) -> bool:
        if key == 2:
            raise ValueError("王秀英 15400000001")
        if key == 3:
            raise Refused("moved on")
        return True

    assert one_by_one("chore", [1, 2, 3, 4], do) == 2
    assert [record.getMessage() for record in caplog.records] == ["chore: row 2 failed with ValueError"]


def test_a_database_that_is_away_is_not_a_bad_row() -> None:
    def do(_key: int) -> bool:
        raise OperationalError

    with pytest.raises(OperationalError):
        one_by_one("chore", [1, 2], do)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_ends_when_told_to(told: signal.Signals, tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/work.sqlite3", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "manage.py", "work", "--every", "0.1"]
    said = tmp_path / "said"
    with said.open("wb") as errors:  # no tables: every chore fails and says so, the work goes on
        work = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=errors)
    try:
        # The second round: neither start nor faults have ended it, and it minds what it is told.
        _wait_until(lambda: said.read_text().count("messages sent:") > 1 or work.poll() is not None)
        assert work.poll() is None, said.read_text()
        work.send_signal(told)
        assert work.wait(timeout=_PATIENCE) == 0
    finally:
        work.kill()
        work.wait()


def _wait_until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + _PATIENCE
    while not true() and time.monotonic() < give_up:
        time.sleep(0.05)
    assert true()
