"""What is stored is unreadable without the key, unmovable, and never mistaken for what it hides."""

from __future__ import annotations

import base64
import copy
import json
from datetime import date
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.core.serializers.base import DeserializationError
from django.db import connection, models
from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from households.models import Household, HouseholdPhone, RequestDraft, Resident
from resilience.lib.crypto import (
    BlindIndexField,
    DamagedValue,
    EncryptedJSONField,
    EncryptedTextField,
    blind_index,
    decrypt,
    encrypt,
)
from tests.base import CastTestCase

AAD = "households.resident.phone"
OLD = "1:" + base64.b64encode(b"o" * 32).decode()
NEW = "2:" + base64.b64encode(b"n" * 32).decode()
texts = st.text(max_size=200)


class TestSealing:
    @given(texts)
    def test_a_round_trip(self, text):
        assert decrypt(encrypt(text, AAD), AAD) == text

    def test_two_seals_of_one_value_differ(self):
        assert encrypt("13800000000", AAD) != encrypt("13800000000", AAD)

    def test_an_id_number_takes_47_bytes(self):
        assert len(encrypt("62010219420303123X", AAD)) == 47

    @pytest.mark.parametrize("bit", range(8))
    def test_every_flipped_bit_is_noticed(self, settings, bit):
        settings.FIELD_KEYS = [NEW, OLD]
        sealed = encrypt("13800000000", AAD)
        for place in range(len(sealed)):
            damaged = bytearray(sealed)
            damaged[place] ^= 1 << bit
            with pytest.raises(DamagedValue):
                decrypt(bytes(damaged), AAD)

    def test_every_cut_is_noticed(self):
        sealed = encrypt("13800000000", AAD)
        for length in range(len(sealed)):
            with pytest.raises(DamagedValue):
                decrypt(sealed[:length], AAD)

    @given(st.binary(max_size=80))
    def test_noise_never_opens(self, noise):
        with pytest.raises(DamagedValue):
            decrypt(noise, AAD)

    def test_a_value_moved_to_another_column_does_not_open(self):
        with pytest.raises(DamagedValue) as fault:
            decrypt(encrypt("13800000000", AAD), "accounts.user.phone")
        assert "13800000000" not in repr(fault.value)


class TestKeys:
    def test_a_new_key_still_opens_what_the_old_one_sealed(self, settings):
        settings.FIELD_KEYS = [OLD]
        sealed, fingerprint = encrypt("秘密", AAD), blind_index("phone", "13800000000")
        settings.FIELD_KEYS = [NEW, OLD]
        assert decrypt(sealed, AAD) == "秘密"
        assert encrypt("秘密", AAD)[0] == 2
        assert blind_index("phone", "13800000000") == fingerprint
        settings.FIELD_KEYS = [NEW]
        with pytest.raises(DamagedValue):
            decrypt(sealed, AAD)

    @pytest.mark.parametrize(
        "keys",
        [
            [],
            ["x"],
            ["1:short"],
            ["1:" + base64.b64encode(b"o" * 31).decode()],
            ["256:" + OLD[2:]],
            ["-1:" + OLD[2:]],
            [OLD, "1:" + NEW[2:]],
        ],
    )
    def test_bad_keys_are_refused_without_being_shown(self, settings, keys):
        settings.FIELD_KEYS = keys
        with pytest.raises(ImproperlyConfigured) as fault:
            encrypt("x", AAD)
        assert OLD[2:] not in str(fault.value)


class TestBlindIndex:
    @given(texts, texts)
    def test_equal_values_and_only_those_are_equal(self, one, other):
        assert (blind_index("phone", one) == blind_index("phone", other)) == (one == other)
        assert len(blind_index("phone", one)) == 16

    def test_purposes_do_not_mix(self):
        assert blind_index("phone", "1") != blind_index("tail", "1")


class FieldTest(SimpleTestCase):
    def test_it_survives_a_migration(self) -> None:
        for field in (
            EncryptedTextField(aad="a.b.c", blank=True, default=""),
            EncryptedJSONField(aad="a.b.d", default=dict),
        ):
            _name, path, args, kwargs = field.deconstruct()
            clone = type(field)(*args, **kwargs)
            assert path == f"resilience.lib.crypto.{type(field).__name__}"
            assert clone.aad == field.aad
            assert clone.get_default() == field.get_default()
            assert clone.deconstruct()[3] == kwargs
            assert copy.deepcopy(field).aad == field.aad

    def test_it_cannot_be_unique_or_indexed(self) -> None:
        for wish in ("unique", "db_index", "primary_key"):
            with pytest.raises(TypeError):
                EncryptedTextField(aad="a.b.c", **{wish: True})

    def test_a_required_one_may_not_be_empty(self) -> None:
        with pytest.raises(ValidationError):
            HouseholdPhone._meta.get_field("number").clean("", None)

    def test_its_form_field_has_the_models_words(self) -> None:
        field = Household._meta.get_field("door_note").formfield(help_text="why")
        assert str(field.help_text) == "why"
        assert not field.required
        assert field.label == Household._meta.get_field("door_note").verbose_name.capitalize()

    def test_json_has_a_json_form_field(self) -> None:
        field = EncryptedJSONField(aad="a.b.d", default=dict, blank=True).formfield()
        assert field.clean('{"a": 1}') == {"a": 1}

    def test_checks_pass(self) -> None:
        for model in (Resident, Household, HouseholdPhone, RequestDraft):
            assert model.check(databases=["default"]) == []

    def test_a_fingerprint_is_bytes_from_every_driver(self) -> None:
        assert BlindIndexField().from_db_value(memoryview(b"x" * 16), None, connection) == b"x" * 16
        assert BlindIndexField().from_db_value(None, None, connection) is None


class StoredTest(CastTestCase):
    def stored(self, row: models.Model, column: str) -> bytes:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM {row._meta.db_table} WHERE id = %s", [row.pk])  # noqa: S608
            return bytes(cursor.fetchone()[0])

    def test_the_database_holds_no_plain_text(self) -> None:
        stored = self.stored(self.wang, "phone")
        assert b"19900000001" not in stored
        assert decrypt(stored, AAD) == "19900000001"
        assert Resident.unscoped.get(pk=self.wang.pk).phone == "19900000001"

    def test_empty_is_empty(self) -> None:
        self.wang.phone = ""
        self.wang.save(update_fields=["phone"])
        assert self.stored(self.wang, "phone") == b""
        assert Resident.unscoped.get(pk=self.wang.pk).phone == ""
        assert self.wang in Resident.unscoped.filter(phone="")
        assert self.wang not in Resident.unscoped.exclude(phone="")

    def test_bulk_writes_are_sealed_too(self) -> None:
        self.wang.phone = "19900000008"
        Resident.unscoped.bulk_update([self.wang], ["phone"])
        assert Resident.unscoped.get(pk=self.wang.pk).phone == "19900000008"
        Resident.unscoped.filter(pk=self.wang.pk).update(phone="19900000009")
        assert decrypt(self.stored(self.wang, "phone"), AAD) == "19900000009"

    def test_it_cannot_be_searched_by_mistake(self) -> None:
        for lookup in ("phone", "phone__in", "phone__contains", "phone__gt", "phone__startswith", "phone__iexact"):
            value = ["19900000001"] if lookup.endswith("__in") else "19900000001"
            with self.subTest(lookup), pytest.raises(FieldError) as fault:
                list(Resident.unscoped.filter(**{lookup: value}))
            assert "19900000001" not in str(fault.value)
        with pytest.raises(FieldError):
            list(Resident.unscoped.filter(phone=models.F("id_number")))
        assert not Resident.unscoped.filter(phone__isnull=True).exists()

    def test_damage_is_said_and_the_ciphertext_not_shown(self) -> None:
        damaged = self.stored(self.wang, "phone")[:-1] + b"\0\0"
        with connection.cursor() as cursor:
            cursor.execute("UPDATE households_resident SET phone = %s WHERE id = %s", [damaged, self.wang.pk])
        with pytest.raises(DamagedValue):
            Resident.unscoped.get(pk=self.wang.pk)

    def test_a_dump_is_sealed_and_loads_again(self) -> None:
        dump = serializers.serialize("json", [self.wang])
        assert "19900000001" not in dump
        [loaded] = serializers.deserialize("json", dump)
        loaded.save()
        assert Resident.unscoped.get(pk=self.wang.pk).phone == "19900000001"

    def test_a_damaged_dump_is_not_taken_for_text(self) -> None:
        rows = json.loads(serializers.serialize("json", [self.wang]))
        rows[0]["fields"]["phone"] = rows[0]["fields"]["phone"][:-8] + "AAAAAAA="
        with pytest.raises(DeserializationError):
            list(serializers.deserialize("json", json.dumps(rows)))

    def test_json_keeps_its_shape(self) -> None:
        answers: Any = {"text": "灯坏了", "day": date(2026, 3, 7), "phones": ["19900000001"], "n": 3}
        draft = RequestDraft.objects.create(answers=answers)
        again = RequestDraft.objects.get(pk=draft.pk)
        assert again.answers == {**answers, "day": "2026-03-07"}
        dump = serializers.serialize("json", [again])
        assert "灯坏了" not in dump
        assert "19900000001" not in dump
        [loaded] = serializers.deserialize("json", dump)
        assert loaded.object.answers == again.answers
        assert RequestDraft.objects.get(pk=RequestDraft.objects.create().pk).answers == {}

    def test_a_fingerprint_finds_the_row(self) -> None:
        HouseholdPhone.unscoped.create(
            household=self.household, number="19900000001", label="",
            number_index=blind_index("phone", "19900000001"), tail_index=blind_index("tail", "0001"),
        )  # fmt: skip
        found = HouseholdPhone.unscoped.get(number_index=blind_index("phone", "19900000001"))
        assert found.number == "19900000001"
        assert isinstance(found.number_index, bytes)
        assert found in HouseholdPhone.unscoped.filter(tail_index__in=[blind_index("tail", "0001")])
