"""`manage.py verify_audit` and anchors: what is found, what is said, and what it ends with."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from resilience.audit.actions import record
from resilience.audit.anchors import anchor_in_time, drop_anchor, file, mail_head, pins
from resilience.audit.chain import GENESIS, link_hash
from resilience.audit.models import Anchor, Entry, Link
from resilience.audit.verify import Pin
from resilience.outbox.models import Message
from tests.audit.chained import checked, settle, unguarded, write


def command(*more: str) -> tuple[str, str, int]:
    """What it says, what it complains of, and its exit code."""
    settle()
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("verify_audit", *more, stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return out.getvalue(), err.getvalue(), code


def faults(**more: Any) -> list[tuple[str, int | None]]:
    return [(fault.what, fault.seq) for fault in checked(**more).faults]


class VerifyTests(TestCase):
    def test_it_takes_an_empty_chain_for_sound(self) -> None:
        assert checked().is_sound

    def test_it_ends_with_nought_and_says_the_head(self) -> None:
        write(3)
        said, complaint, code = command()
        assert (complaint, code) == ("", 0)
        assert f"Head 3:{Link.objects.get(seq=3).hash}" in said
        assert "No anchor vouches for the last 3 rows" in said

    def test_it_ends_with_one_and_says_the_first_bad_row(self) -> None:
        entries = write(5)
        with unguarded():
            Entry.objects.filter(pk__in=[entries[1].pk, entries[3].pk]).update(why="x")
        _said, complaint, code = command()
        assert code == 1
        assert complaint.count("FAULT") == 1
        assert "2" in complaint
        assert entries[1].pk.hex in complaint

    def test_it_finds_a_row_sealed_with_a_key_it_does_not_know(self) -> None:
        with override_settings(AUDIT_KEYS=["9:" + "a" * 43 + "="]):
            write()
        assert faults() == [("unknown_key", 1)]
        with override_settings(AUDIT_KEYS=["10:" + "b" * 43 + "=", "9:" + "a" * 43 + "="]):
            write()
            assert faults() == []

    def test_it_reads_batch_by_batch_and_steps_over_numbers_that_are_missing(self) -> None:
        write(7)
        with mock.patch("resilience.audit.verify.BATCH", 3):
            assert (checked().rows, faults()) == (7, [])
            with unguarded():
                Link.objects.filter(seq__gte=6).update(seq=F("seq") + 10**9)
            with CaptureQueriesContext(connection) as asked:
                assert faults() == [("gap", 6)]
        assert len(asked) < 20

    def test_it_finds_what_was_put_in_later_with_an_older_date(self) -> None:
        write()
        with time_machine.travel(timezone.now() - timedelta(hours=2)):
            write()
        assert faults() == [("back_dated", 2)]

    def test_it_finds_what_says_a_time_to_come(self) -> None:
        with time_machine.travel(timezone.now() + timedelta(hours=2)):
            write()
        assert faults() == [("future", 1)]

    def test_it_lets_a_long_transaction_be_a_little_late(self) -> None:
        write()
        with time_machine.travel(timezone.now() - timedelta(minutes=5)):
            write()
        assert faults() == []

    def test_it_finds_rows_outside_the_chain(self) -> None:
        write()
        with unguarded():
            record("household.amended", by=None, subject=("household", "a"))
        assert faults() == [("unlinked", None)]

    # --- from an anchor on
    def test_it_goes_on_from_an_anchor(self) -> None:
        write(4)
        drop_anchor()
        write(3)
        assert "3 rows looked at" in command("--since", "4")[0]

    def test_it_goes_on_from_nowhere_else(self) -> None:
        write(4)
        for more in (["--since", "3"], ["--anchor", "3"], ["--since", "9", "--anchor", f"9:{'0' * 64}"]):
            with self.subTest(more), pytest.raises(CommandError):
                command(*more)

    def test_it_compares_with_a_head_that_was_printed(self) -> None:
        write(2)
        assert command("--anchor", f"2:{Link.objects.get(seq=2).hash}")[2] == 0
        assert command("--anchor", f"2:{'0' * 64}")[2] == 1
        assert "FAULT" in command("--anchor", f"7:{'0' * 64}")[1]

    def test_without_an_anchor_a_cut_tail_cannot_be_seen(self) -> None:
        """What anchors are for; `work` drops one an hour."""
        write(4)
        pin = Pin(4, Link.objects.get(seq=4).hash)
        with unguarded():
            gone = Link.objects.filter(seq__gt=2)
            keys = list(gone.values_list("entry_id", flat=True))
            gone.delete()
            Entry.objects.filter(pk__in=keys).delete()
        assert faults() == []
        assert faults(pins=[pin]) == [("cut", 3)]


class AnchorTests(TestCase):
    def drop(self) -> Anchor | None:
        with self.captureOnCommitCallbacks(execute=True):
            return drop_anchor()

    def test_it_is_in_the_table_and_in_a_file_outside(self) -> None:
        write(2)
        anchor = self.drop()
        assert anchor is not None
        (line,) = file().read_text().splitlines()
        assert json.loads(line)["hash"] == Link.objects.get(seq=2).hash == anchor.hash
        assert file().parent == settings.AUDIT_ANCHOR_DIR
        found, wrong = pins()
        assert ({pin.seq for pin in found}, wrong) == ({2}, [])

    def test_it_is_dropped_only_when_something_came(self) -> None:
        assert self.drop() is None
        write()
        assert self.drop() is not None
        assert self.drop() is None

    def test_it_is_dropped_within_five_minutes_of_what_came_and_never_for_nothing(self) -> None:
        """However many processes ask however often: at most 288 a day."""
        start = timezone.now()
        kept = []
        for minute in range(30):
            with time_machine.travel(start + timedelta(minutes=minute), tick=False):
                if minute < 12:
                    write()
                with self.captureOnCommitCallbacks(execute=True):
                    dropped = [anchor_in_time() for _process in range(3)]
                kept += [minute] * sum(dropped)
        assert kept == [0, 5, 10, 15]
        assert len(file().read_text().splitlines()) == Anchor.objects.count() == 4
        assert Anchor.objects.latest("id").seq == 12

    def test_asking_whether_it_is_time_takes_no_lock(self) -> None:
        write()
        with self.captureOnCommitCallbacks(execute=True):
            assert anchor_in_time() == 1
        with self.assertNumQueries(2):
            assert anchor_in_time() == 0

    def test_it_shows_that_the_past_was_written_anew(self) -> None:
        entries = write(4)
        self.drop()
        with unguarded():
            Link.objects.all().delete()
            Entry.objects.filter(pk=entries[0].pk).delete()
            before = GENESIS
            for seq, entry in enumerate(entries[1:], 1):
                before = link_hash(before, entry.digest)
                Link.objects.create(seq=seq, entry=entry, hash=before)
        write()  # so that it is as long as it was
        assert faults() == []
        assert [fault.what for fault in checked(pins=pins()[0]).faults] == ["rewritten"]
        assert command()[2] == 1

    def test_it_cannot_be_changed_or_removed_by_itself(self) -> None:
        write()
        self.drop()
        for statement in ("UPDATE audit_anchor SET seq = 9", "DELETE FROM audit_anchor"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)

    def test_it_is_missed_when_somebody_takes_one_away(self) -> None:
        for _each in range(3):
            write()
            self.drop()
        for number in range(3):
            with self.subTest(number), transaction.atomic():
                with unguarded():
                    Anchor.objects.filter(pk=Anchor.objects.order_by("pk")[number].pk).delete()
                assert [fault.what for fault in pins()[1]] == ["forged"]
                transaction.set_rollback(True)

    def test_it_is_found_out_when_forged_in_the_file(self) -> None:
        write()
        self.drop()
        with file().open("a") as lines:
            lines.write(json.dumps({"seq": 1, "hash": "0" * 64, "seal": "0" * 64}) + "\nno json\n")
        assert [fault.what for fault in pins()[1]] == ["forged"]

    @override_settings(AUDIT_ANCHOR_EMAIL="auditor@example.org")
    def test_it_is_mailed_once(self) -> None:
        assert mail_head() == 0
        write()
        self.drop()
        mail_head()
        mail_head()
        (message,) = Message.objects.filter(channel="email")
        assert Link.objects.get(seq=1).hash in message.body
        assert message.recipient == "auditor@example.org"

    def test_its_command_says_the_head(self) -> None:
        write()
        out = io.StringIO()
        with self.captureOnCommitCallbacks(execute=True):
            call_command("anchor_audit", stdout=out)
        assert f"1:{Link.objects.get(seq=1).hash}" in out.getvalue()
