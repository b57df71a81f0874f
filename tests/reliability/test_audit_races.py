"""Fifty who write audit rows at once: no gap, no fork, nobody waits for ever. On whichever database the run uses."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from households.models import FileChange, Household
from resilience.accounts.models import User
from resilience.audit.actions import record
from resilience.audit.models import Entry, Link
from resilience.audit.verify import verify
from tests import factories as f

AT_ONCE, EACH = 50, 10
PROCESSES, EACH_PROCESS = 8, 40

# A process of its own: SQLite's lock is one of files. It says when it is ready, and begins when it is told to.
_WRITER = """
import sys
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from django.db import transaction
from resilience.audit.actions import record
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    with transaction.atomic():
        record("household.amended", by=None, subject=("household", str(number)))
        if number % 4 == 3:
            transaction.set_rollback(True)
"""


class AuditRaceTests(TransactionTestCase):
    def chain(self) -> list[int]:
        """The numbers of a chain that is sound."""
        report = verify()
        assert report.is_sound, report.faults
        assert Entry.objects.count() == Link.objects.count()
        return list(Link.objects.order_by("seq").values_list("seq", flat=True))

    def test_fifty_threads_leave_no_gap_and_no_fork(self) -> None:
        """Some transactions write several rows, some are undone."""
        gate = Barrier(AT_ONCE)

        def run(writer: int) -> int:
            gate.wait(timeout=120)
            kept = 0
            try:
                for number in range(EACH):
                    with transaction.atomic():
                        for _each in range(1 + number % 3):
                            record("household.amended", by=None, subject=("household", f"{writer}"))
                        if number % 5 == 4:
                            transaction.set_rollback(True)
                        else:
                            kept += 1 + number % 3
            finally:
                connection.close()
            return kept

        with ThreadPoolExecutor(AT_ONCE) as pool:
            kept = sum(pool.map(run, range(AT_ONCE)))
        assert self.chain() == list(range(1, kept + 1))

    def test_eight_processes_leave_no_gap_and_no_fork(self) -> None:
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "resilience.settings", "RESILIENCE_NO_SETUP": "1"}
        arguments = [sys.executable, "-c", _WRITER, str(connection.settings_dict["NAME"]), str(EACH_PROCESS)]
        writers = [
            subprocess.Popen(arguments, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _each in range(PROCESSES)
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline().strip() == "ready"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.close()
        assert [writer.wait(timeout=120) for writer in writers] == [0] * PROCESSES
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.close()
        assert self.chain() == list(range(1, PROCESSES * EACH_PROCESS * 3 // 4 + 1))

    def test_who_holds_a_household_and_who_refers_to_it_do_not_wait_for_each_other(self) -> None:
        """PostgreSQL looks at foreign keys when a transaction commits, and waits there for whoever holds the row: the
        lock of the chain must not be held by then."""
        if connection.vendor != "postgresql":
            self.skipTest("SQLite has one writer at a time")
        household = f.make_household(f.make_building(f.make_grid(f.make_community())))
        user = f.make_user("clerk")
        errors: list[BaseException] = []
        referred, held = Barrier(2), Barrier(2)

        def refer() -> None:
            with transaction.atomic():
                self.write(user)
                FileChange.unscoped.create(household=household, action="amended")
                referred.wait(timeout=30)
                held.wait(timeout=30)

        def hold() -> None:
            with transaction.atomic():
                referred.wait(timeout=30)
                Household.unscoped.select_for_update().get(pk=household.pk)
                self.write(user)
                held.wait(timeout=30)
                time.sleep(0.5)  # the other one is at its commit by now

        threads = [Thread(target=_noted, args=(run, errors)) for run in (refer, hold)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert errors == []
        assert self.chain() == [1, 2]

    @staticmethod
    def write(user: User) -> None:
        record("household.amended", by=user, subject=("household", "a"))


def _noted(run: Any, errors: list[BaseException]) -> None:
    try:
        run()
    except BaseException as fault:
        errors.append(fault)
    finally:
        connection.close()


pytestmark = pytest.mark.slow
