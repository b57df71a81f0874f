"""A wrong or missing key starts nothing and harms nothing."""

from __future__ import annotations

import io
import runpy
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection
from django.test import override_settings

from households.models import Household, Resident
from resilience.keys import guard
from resilience.keys.models import KnownKey
from resilience.lib.crypto import blind_index
from resilience.lib.keyring import check_value, ring
from tests import factories as f
from tests.base import CastTestCase
from tests.keys.rings import INDEX, LATER_INDEX, NEW, OLD, entry, known, said

NUMBER = int(OLD.partition(":")[0])
WRONG = entry(NUMBER, "w")


def everything() -> list[tuple[Any, ...]]:
    """What stands in the tables that a start might write to, as stored."""
    with connection.cursor() as cursor:
        found: list[tuple[Any, ...]] = []
        for table in ("households_resident", "households_household", "keys_knownkey", "outbox_message"):
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608
            found += [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in cursor]
        return found


class RegisterTests(CastTestCase):
    def test_it_knows_the_keys_since_the_tables_were_made(self) -> None:
        assert known() == {("FIELD_KEYS", NUMBER, True), ("derived", NUMBER, True)}
        assert guard.faults() == []

    def test_it_keeps_no_key(self) -> None:
        stored = b"".join(bytes(key.check_value) for key in KnownKey.objects.all())
        assert not any(key in stored or stored in key for key in ring("FIELD_KEYS").values())
        assert check_value("FIELD_KEYS", b"a" * 32) != check_value("INDEX_KEYS", b"a" * 32)

    def test_it_registers_what_is_set_in_addition(self) -> None:
        with override_settings(FIELD_KEYS=[NEW, OLD], INDEX_KEYS=[INDEX]):
            guard.refuse_wrong_keys()
            assert ("FIELD_KEYS", 7, True) in known()
            assert ("INDEX_KEYS", 3, True) in known()
        assert "FIELD_KEYS: key 7 is missing" in said()
        assert "INDEX_KEYS: key 3 is missing" in said()

    def test_it_needs_a_retired_key_again_once_that_writes(self) -> None:
        KnownKey.objects.create(ring="FIELD_KEYS", key_id=7, check_value=b"?" * 16, retired_at="2026-01-01T00:00:00Z")
        with override_settings(FIELD_KEYS=[entry(9, "m"), NEW, OLD]):
            guard.refuse_wrong_keys()
            assert ("FIELD_KEYS", 7, False) in known()
        with override_settings(FIELD_KEYS=[NEW, entry(9, "m"), OLD]):
            guard.refuse_wrong_keys()
            assert ("FIELD_KEYS", 7, True) in known()

    def test_it_is_not_fooled_when_nothing_is_registered_and_rows_are_there(self) -> None:
        """As after an upgrade, or where somebody emptied the table."""
        f.make_phone(self.household, "19911112222")
        KnownKey.objects.all().delete()
        for wrong in ([WRONG], [NEW]):
            with override_settings(FIELD_KEYS=wrong), pytest.raises(guard.WrongKeys):
                guard.refuse_wrong_keys()
        with override_settings(FIELD_KEYS=[OLD, NEW]):
            assert "no key that is set has made the fingerprints" in said()
        assert known() == set()
        guard.refuse_wrong_keys()
        assert ("FIELD_KEYS", NUMBER, True) in known()


class RefuseTests(CastTestCase):
    """Started with another key, without the key, with another index key: nothing starts, no row changes."""

    def setUp(self) -> None:
        super().setUp()
        f.make_phone(self.household, "19911112222")
        self.before = everything()

    def refused(self, start: Any, **keys: list[str]) -> str:
        with override_settings(**keys), pytest.raises((guard.WrongKeys, SystemCheckError, CommandError)) as fault:
            start()
        assert everything() == self.before
        return str(fault.value)

    def test_every_way_to_start_refuses_another_key(self) -> None:
        starts = {
            "work": lambda: call_command("work", once=True),
            "migrate": lambda: call_command("migrate", verbosity=0, interactive=False),
            "demo": lambda: call_command("demo", no_serve=True, stdout=io.StringIO()),
            "rotate_keys": lambda: call_command("rotate_keys", stdout=io.StringIO()),
            "check": lambda: call_command("check", databases=["default"]),
            "pages": lambda: guard.guarded(mock.Mock()),
        }
        for name, start in starts.items():
            with self.subTest(name), mock.patch.object(guard.connections, "close_all"):
                words = self.refused(start, FIELD_KEYS=[WRONG])
                assert f"FIELD_KEYS: key {NUMBER} is another one than this database was written with." in words
                words = self.refused(start, FIELD_KEYS=[NEW])
                assert f"FIELD_KEYS: key {NUMBER} is missing." in words
                assert WRONG.partition(":")[2] not in words

    def test_it_refuses_to_lose_the_key_of_the_fingerprints(self) -> None:
        words = self.refused(guard.refuse_wrong_keys, FIELD_KEYS=[OLD, NEW])
        assert f"FIELD_KEYS: key {NUMBER} must stay the last one" in words
        assert "INDEX_KEYS" in words

    def test_it_works_with_the_key_back(self) -> None:
        self.refused(guard.refuse_wrong_keys, FIELD_KEYS=[WRONG])
        guard.refuse_wrong_keys()
        assert Resident.unscoped.get(pk=self.wang.pk).phone == "19900000001"
        assert Household.unscoped.filter(phones__number_index=blind_index("phone", "19911112222")).exists()

    def test_the_first_index_key_may_come_and_not_go(self) -> None:
        with override_settings(INDEX_KEYS=[INDEX]):
            guard.refuse_wrong_keys()
        self.before = everything()
        assert "INDEX_KEYS: key 3 is missing." in self.refused(guard.refuse_wrong_keys, INDEX_KEYS=[LATER_INDEX])


class ServeTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        kept_open = mock.patch.object(guard.connections, "close_all")  # the test's own
        kept_open.start()
        self.addCleanup(kept_open.stop)

    def ask(self, application: Any) -> tuple[str, bytes]:
        answered: list[str] = []
        body = application({}, lambda status, _headers: answered.append(status))
        return answered[0], b"".join(body)

    def inner(self, _environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"page"]

    def test_it_says_503_while_the_database_is_away_and_goes_on_by_itself(self) -> None:
        with mock.patch.object(guard, "refuse_wrong_keys", side_effect=OperationalError):
            application = guard.guarded(self.inner)
            assert self.ask(application)[0] == "503 Service Unavailable"
        assert self.ask(application) == ("200 OK", b"page")

    def test_the_entry_points_ask(self) -> None:
        for module in ("resilience.wsgi", "resilience.asgi"):
            with mock.patch.object(guard, "refuse_wrong_keys", side_effect=guard.WrongKeys(["?"])) as asked:
                with pytest.raises(guard.WrongKeys):
                    runpy.run_module(module)
                assert asked.called
