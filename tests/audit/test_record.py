"""Writing an audit row: one statement, in the caller's transaction, sealed and chained, and never changed again."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.deletion import ProtectedError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, TestCase
from django.utils import timezone

from resilience.accounts.models import User
from resilience.audit import triggers
from resilience.audit.actions import Deed, record, record_all
from resilience.audit.chain import COLUMNS, FORM, GENESIS, digest, link_hash
from resilience.audit.context import middleware, origin
from resilience.audit.fields import to_moment, to_number
from resilience.audit.models import Actor, Entry, Link, first_id, new_id
from tests import factories as f
from tests.audit.chained import checked, links, settle, write


class TestRecord(TestCase):
    def test_it_says_who_did_what_to_what_where_and_when(self) -> None:
        user = f.make_user("clerk", "陈静")
        before = timezone.now()
        record(
            "household.amended", by=user, subject=("household", "a" * 32), place="620103001001", why="看了户口本",
            fields=["care_colour", "door_note"], details={"b": 2, "a": "one"},
        )  # fmt: skip
        entry = Entry.objects.get()
        assert before <= entry.at <= timezone.now()
        assert (entry.by, entry.actor, entry.action) == (user, Actor.USER, "household.amended")
        assert (entry.subject_kind, entry.subject_key, entry.place) == ("household", "a" * 32, "620103001001")
        assert (entry.fields, entry.why) == ("care_colour,door_note", "看了户口本")
        assert entry.facts == {"a": "one", "b": 2}
        assert (entry.address, entry.session, entry.page) == ("", "", "")

    def test_it_is_one_statement(self) -> None:
        with self.assertNumQueries(1):
            record("household.opened", by=None, subject=("household", "a"))

    def test_it_writes_many_in_one_statement(self) -> None:
        with self.assertNumQueries(1):
            record_all(Deed("household.opened", None, ("household", str(number))) for number in range(150))
        assert checked().rows == 150

    def test_it_writes_nothing_when_the_transaction_does_not_hold(self) -> None:
        with transaction.atomic():
            record("household.opened", by=None, subject=("household", "a"))
            transaction.set_rollback(True)
        settle()
        assert (Entry.objects.count(), Link.objects.count()) == (0, 0)

    def test_it_goes_on_without_a_gap_after_what_was_undone(self) -> None:
        write()
        with transaction.atomic():
            write(3)
            transaction.set_rollback(True)
        write()
        assert [link.seq for link in links()] == [1, 2]
        assert checked().is_sound

    def test_it_cuts_a_long_reason_and_counts_fields_that_do_not_fit(self) -> None:
        record("x", by=None, subject=("table", "1"), why="长" * 900 + "\x00", fields=[f"field{n}" for n in range(200)])
        entry = Entry.objects.get()
        assert entry.why == "长" * 200
        assert len(entry.fields) <= 500
        kept, _comma, rest = entry.fields.rpartition(",+")
        assert len(kept.split(",")) + int(rest) == 200

    def test_it_refuses_details_that_are_no_codes(self) -> None:
        with pytest.raises(ValueError, match="few codes"):
            record("x", by=None, subject=("table", "1"), details={"a": "x" * 600})

    def test_it_takes_a_change_by_nobody_for_the_houses_own(self) -> None:
        assert write()[0].actor == Actor.SYSTEM
        assert write(actor=Actor.RESIDENT)[0].actor == Actor.RESIDENT

    def test_it_keeps_users_that_did_something(self) -> None:
        user = f.make_user("clerk")
        write(by=user)
        with pytest.raises(ProtectedError):
            user.delete()


class TestWhere(TestCase):
    def ask(self, path: str, user: object = None, *, by: User | None = None, **headers: str) -> None:
        """Write a row as a view would; `by` without `user`: of somebody whom this very request signs in."""
        request = RequestFactory().get(path, **headers)  # type: ignore[arg-type]
        request.session = self.client.session
        request.user = user or type("Nobody", (), {"is_authenticated": False})()  # type: ignore[assignment]

        def answer(_request: HttpRequest) -> HttpResponse:
            write(by=by)
            return HttpResponse()

        middleware(answer)(request)

    def test_it_says_from_which_network_and_that_it_was_a_resident(self) -> None:
        """Never the whole address of who has no account: beside a code that still works it would name a home."""
        for address, kept in (("192.0.2.7", "192.0.2.*"), ("2001:db8:1:2::3", "2001:db8:1:*")):
            self.ask("/", REMOTE_ADDR=address)
            entry = Entry.objects.newest_first()[0]
            assert (entry.address, entry.actor) == (kept, Actor.RESIDENT)

    def test_it_says_the_whole_address_of_colleagues(self) -> None:
        """Of who is signed in, also what happens by itself meanwhile; and of whom this very request signs in."""
        worker = f.make_user("worker")
        self.ask("/", user=worker, REMOTE_ADDR="192.0.2.7")
        self.ask("/", by=worker, REMOTE_ADDR="192.0.2.8")
        assert [entry.address for entry in Entry.objects.order_by("id")] == ["192.0.2.7", "192.0.2.8"]

    def test_it_tells_sessions_apart_without_giving_them_away(self) -> None:
        self.client.force_login(f.make_user("admin", is_superuser=True, is_staff=True))
        key = self.client.session.session_key or ""
        self.ask("/")
        entry = Entry.objects.newest_first()[0]
        assert len(entry.session) == 16
        assert entry.session not in key

    def test_it_forgets_the_request_afterwards(self) -> None:
        self.ask("/", REMOTE_ADDR="192.0.2.7")
        assert origin().address == ""


class TestChain(TestCase):
    def test_its_hashes_can_be_computed_by_anybody(self) -> None:
        first, second = write(2)
        one = hashlib.sha256((GENESIS + first.digest).encode()).hexdigest()
        assert [link.hash for link in links()] == [one, link_hash(one, second.digest)]

    def test_its_digest_does_not_change_with_a_release(self) -> None:
        """Rows written years ago must still be found right."""
        values = (FORM, "0" * 32, 1, None, "system", "a.b", "household", "é张𠀀", "", "", "", "", "", "", "{}", 0)
        form = (
            rb'[1,"00000000000000000000000000000000",1,null,"system","a.b","household","\u00e9\u5f20\ud840\udc00",'
            rb'"","","","","","","{}",0]'
        )
        assert digest(values, b"k" * 32) == hmac.new(b"k" * 32, form, "sha256").hexdigest()

    def test_its_moments_are_exact(self) -> None:
        for moment in (datetime(2026, 11, 25, 8, 0, 0, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, tzinfo=UTC)):
            assert to_moment(to_number(moment)) == moment

    def test_its_ids_are_in_the_order_of_time(self) -> None:
        at = datetime(2026, 11, 25, 8, 0, 0, 500, tzinfo=UTC)
        ids = [new_id(at + timedelta(microseconds=n)) for n in range(0, 3_000, 2)]
        assert ids == sorted(ids)
        assert first_id(at) <= ids[0] < first_id(at + timedelta(milliseconds=1))
        assert ids[0].version == 7


class TestKept(TestCase):
    """Whatever is tried on the tables of the audit, the database says no."""

    def refused(self, statement: str, *params: str | int) -> str:
        with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params)
        return str(caught.value)

    def test_it_changes_and_removes_no_row(self) -> None:
        write(2)
        for statement in (
            "UPDATE audit_entry SET why = 'x'", "DELETE FROM audit_entry", "UPDATE audit_link SET seq = seq + 10",
            "DELETE FROM audit_link WHERE seq = 2",
        ):  # fmt: skip
            with self.subTest(statement):
                assert "never changed or removed" in self.refused(statement)
        assert checked().rows == 2

    def test_it_takes_no_link_by_hand(self) -> None:
        (entry,) = write()
        refusal = self.refused(
            "INSERT INTO audit_link (seq, entry_id, hash) VALUES (%s, %s, %s)", 2, entry.pk.hex, "0" * 64
        )
        assert "written by the database" in refusal

    def test_it_replaces_no_row(self) -> None:
        if connection.vendor != "sqlite":
            self.skipTest("only SQLite has INSERT OR REPLACE")
        write(2)
        columns = ", ".join([*COLUMNS[1:], "digest"])
        for key, value in (("id", "id"), ("rowid, id", "rowid, 'other'")):
            statement = f"REPLACE INTO audit_entry ({key}, {columns}) SELECT {value}, {columns} FROM audit_entry"
            with self.subTest(key):
                assert "never changed or removed" in self.refused(statement)

    def test_it_cannot_be_emptied(self) -> None:
        if connection.vendor != "postgresql":
            self.skipTest("only PostgreSQL has TRUNCATE")
        assert "never changed" in self.refused("TRUNCATE audit_entry, audit_link")

    def test_its_triggers_are_there_after_migrating(self) -> None:
        assert triggers.missing() == []

    def test_its_triggers_are_missed_and_put_back(self) -> None:
        triggers.lift()
        assert len(triggers.missing()) >= 9
        assert [fault.what for fault in checked().faults] == ["unguarded"]
        triggers.install()
        assert triggers.missing() == []
        write()
        assert checked().rows == 1
