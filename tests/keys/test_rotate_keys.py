"""`rotate_keys`: afterwards the old keys are needed by nothing, and nothing that people wrote meanwhile is lost."""

from __future__ import annotations

import io
from collections import Counter
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings

from households.actions.invitations import Invited, invite
from households.lookup import search_residents
from households.models import HouseholdPhone, RequestDraft, Resident, Role
from resilience.accounts import limits
from resilience.accounts.models import PHONE_INDEX, User
from resilience.accounts.sealing import seal
from resilience.keys import columns, guard, rotation
from resilience.lib.crypto import EncryptedTextField, blind_index, encrypt
from resilience.lib.dates import today
from resilience.outbox.models import Message
from tests import factories as f
from tests.accounts.factor_help import give_app
from tests.base import CastTestCase
from tests.canaries import plant
from tests.keys.rings import AUDIT, INDEX, LATER_INDEX, NEW, OLD, entry, known
from tests.reliability.test_races import AT_ONCE, RaceTestCase

BOTH = {"FIELD_KEYS": [NEW, OLD], "INDEX_KEYS": [INDEX], "AUDIT_KEYS": [AUDIT]}
ONLY_NEW = {**BOTH, "FIELD_KEYS": [NEW]}


def run(*options: str, **more: Any) -> str:
    told = io.StringIO()
    call_command("rotate_keys", *options, stdout=told, stderr=told, **more)
    return told.getvalue()


def makers() -> dict[str, set[str]]:
    """By column, the keys that have made something of it."""
    return {name: set(made) for name, made in rotation.left().items() if made}


def quiet(_table: str, _rows: int) -> None:
    return None


class RotateTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.planted = plant("金雀甲", 7, self.building, self.worker, "701")
        RequestDraft.objects.create(answers={"text": "暖气"})
        Message.objects.create(key="1", channel="sms", recipient="19900000001", body="您好")
        number = "19900000009"
        User.objects.filter(pk=self.worker.pk).update(phone=number, phone_index=blind_index(PHONE_INDEX, number))
        invite(Invited("新来的人", "19900000008", Role.WORKER, self.grid, today(), None), by=self.clerk)
        self.secret = give_app(self.worker)

    def test_it_finds_every_sealed_column_filled_so_that_the_rest_means_something(self) -> None:
        counted = rotation.left()
        sealed = {table.label(str(field.column)) for table in columns.tables() for field in table.sealed}
        assert {"households_resident.id_number", "households_requestdraft.answers", "accounts_user.phone"} <= sealed
        assert {name for name, made in counted.items() if not made} <= {"households_resident.phone_tail_index"}

    @override_settings(**BOTH)
    def test_it_renews_all_and_the_old_keys_can_go(self) -> None:
        run()
        assert {key for made in makers().values() for key in made} == {"7", "3"}
        assert ("FIELD_KEYS", int(OLD.partition(":")[0]), False) in known()
        with override_settings(**ONLY_NEW):
            guard.refuse_wrong_keys()
            assert "19900000009" in set(User.objects.values_list("phone", flat=True))
            assert Message.objects.get(key="1").body == "您好"
            assert RequestDraft.objects.get().answers == {"text": "暖气"}
            resident = Resident.unscoped.get(pk=self.planted.resident.pk)
            for number in (resident.id_number, resident.phone):
                assert list(search_residents(Resident.unscoped.all(), number)) == [resident]
            phone = HouseholdPhone.unscoped.get(household=self.planted.household)
            assert phone.tail_index == blind_index("phone_tail", phone.number[-4:])
            assert decrypt(Authenticator.objects.get(user=self.worker).data["secret"]) == self.secret

    @override_settings(**BOTH)
    def test_a_secret_of_a_factor_that_does_not_open_is_left_and_said(self) -> None:
        damaged = Authenticator.objects.get(user=self.worker)
        with override_settings(FIELD_KEYS=[OLD]):
            damaged.data = {"secret": seal(self.secret, "something else")}
        damaged.save()
        with pytest.raises(CommandError):
            run()
        damaged.refresh_from_db()
        assert columns.wanted()[0] not in rotation.left()["mfa_authenticator.data"]

    @override_settings(**BOTH)
    def test_it_does_nothing_the_second_time(self) -> None:
        assert not run().startswith("0 rows")
        assert run().startswith("0 rows")

    @override_settings(**BOTH)
    def test_it_goes_by_batches_and_goes_on_where_it_was_ended(self) -> None:
        for n in range(30):
            f.make_resident(self.household, f"人{n}", phone=f"199333300{n:02}")
        with override_settings(FIELD_KEYS=[OLD], INDEX_KEYS=[]):
            Resident.unscoped.filter(name__startswith="人").update(phone="19933330000")
        told: list[int] = []

        def stop(_table: str, rows: int) -> None:
            told.append(rows)
            if len(told) == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rotation.rotate(stop, batch=4)
        done = rotation.rotate(quiet, batch=4).rows
        assert done
        assert rotation.is_done(rotation.left())
        assert rotation.rotate(quiet).rows == 0

    @override_settings(**BOTH)
    def test_it_loses_nothing_that_is_written_between_reading_and_writing(self) -> None:
        really = rotation._write
        written: list[int] = []

        def slow(using: str, table: columns.Table, rows: list[rotation.Renewed], stuck: Counter[str]) -> int:
            if table.name == "households_resident" and not written:
                written.append(Resident.unscoped.filter(pk=self.wang.pk).update(phone="19977778888"))
            return really(using, table, rows, stuck)

        with mock.patch.object(rotation, "_write", slow):
            run()
        assert written == [1]
        assert Resident.unscoped.get(pk=self.wang.pk).phone == "19977778888"
        assert rotation.is_done(rotation.left())

    @override_settings(**BOTH)
    def test_a_value_that_does_not_open_is_left_and_told_and_keeps_its_key_needed(self) -> None:
        sealed = bytearray(encrypt("19900000001", "households.resident.phone"))
        sealed[0], sealed[-1] = int(OLD.partition(":")[0]), sealed[-1] ^ 1
        with connection.cursor() as cursor:
            cursor.execute("UPDATE households_resident SET phone = %s WHERE id = %s", [bytes(sealed), self.wang.pk])
        with pytest.raises(CommandError, match="left as they were"):
            run()
        assert makers()["households_resident.phone"] == {OLD.partition(":")[0], "7"}
        assert ("FIELD_KEYS", int(OLD.partition(":")[0]), True) in known()

    @override_settings(**BOTH)
    def test_two_rows_of_one_number_are_told_and_the_rest_goes_on(self) -> None:
        number = self.planted.resident.id_number
        f.make_resident(self.household, "同号", id_number=number, id_number_index=blind_index("id_number", number))
        report = rotation.rotate(quiet)
        assert set(report.stuck) == {"households_resident: another row has the same number"}
        assert rotation.left()["households_resident.phone"][OLD.partition(":")[0]] == 1

    def test_the_dry_run_counts_and_changes_nothing(self) -> None:
        before = makers()
        with override_settings(**BOTH):
            told = run("--dry-run")
            assert makers() == before
            assert "wanted: FIELD_KEYS 7, fingerprints 3" in told
            assert "households_householdphone.number_index  derived: 1" in told

    def test_the_check_fails_while_an_old_key_is_needed(self) -> None:
        run("--check")
        with override_settings(**BOTH):
            with pytest.raises(CommandError) as fault:
                run("--check")
            assert fault.value.returncode == 1
            run()
            run("--check")
        with override_settings(FIELD_KEYS=[NEW, OLD]), pytest.raises(CommandError):
            run("--check")  # the last of FIELD_KEYS makes fingerprints

    @override_settings(**BOTH)
    def test_a_ring_turns_a_second_time(self) -> None:
        run()
        with override_settings(FIELD_KEYS=[entry(8, "m"), NEW], INDEX_KEYS=[LATER_INDEX, INDEX]):
            run(batch=3, pause=0.001)
            assert {key for made in makers().values() for key in made} == {"8", "4"}

    def test_tries_are_counted_on_while_keys_change(self) -> None:
        def spend() -> bool:
            return limits.count((limits.Limit("track", 2, timedelta(hours=1)), "19900000001")) is None

        assert spend()
        with override_settings(**BOTH):
            assert spend()
            assert not spend()

    def test_odd_options_are_refused(self) -> None:
        for options in ({"batch": 0}, {"batch": 10_001}, {"pause": -1.0}):
            with pytest.raises(CommandError):
                run(**options)

    def test_the_tables_of_histories_are_among_what_is_walked(self) -> None:
        """None has a sealed column today; one that had would be found."""
        history = next(model for model in columns.apps.get_models() if hasattr(model, "history_type"))
        field = EncryptedTextField(aad="x.y.z")
        field.set_attributes_from_name("note")
        with mock.patch.object(history._meta, "local_concrete_fields", [*history._meta.local_concrete_fields, field]):
            assert history._meta.db_table in {table.name for table in columns.tables()}


class UnderLoadTests(RaceTestCase):
    def test_nothing_that_twenty_write_meanwhile_is_lost(self) -> None:
        people = [f.make_resident(self.household, f"人{n}", phone=f"199333300{n:02}") for n in range(AT_ONCE)]
        with override_settings(**BOTH):

            def write(number: int) -> None:
                if number == 0:
                    rotation.rotate(quiet, batch=3)
                    return
                for turn in range(10):
                    with transaction.atomic():
                        row = Resident.unscoped.select_for_update().get(pk=people[number].pk)
                        row.phone = f"1994444{turn}{number:03}"
                        row.phone_index = blind_index("phone", row.phone)
                        row.save(update_fields=["phone", "phone_index"])

            assert set(self.race(write)) == {"ok"}
            rotation.rotate(quiet)
            assert rotation.is_done(rotation.left())
            for number in range(1, AT_ONCE):
                row = Resident.unscoped.get(pk=people[number].pk)
                assert row.phone == f"19944449{number:03}"
                assert row.phone_index == blind_index("phone", row.phone)
