"""What is found by phone and ID number stays found, and one number stays one person's, while index keys are changed."""

from __future__ import annotations

import base64
import threading
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import override_settings

from households.actions import households, residents
from households.actions.drafts import asked_before
from households.lookup import search_residents
from households.models import Household, RequestDraft, Resident, ServiceRequest
from households.search import search_households, search_requests
from households.twin_search import likely_twins
from resilience.lib.crypto import blind_index, blind_indexes
from resilience.lib.errors import Refused
from tests import factories as f
from tests.base import CastTestCase
from tests.reliability.test_races import AT_ONCE, RaceTestCase

ONE = "1:" + base64.b64encode(b"1" * 32).decode()
TWO = "2:" + base64.b64encode(b"2" * 32).decode()
PHONE, NUMBER = "19911112222", "620103194201017238"


class FingerprintTests(CastTestCase):
    def test_it_is_what_it_always_was_while_no_key_of_its_own_is_set(self) -> None:
        assert blind_indexes("phone", PHONE) == (blind_index("phone", PHONE),)
        assert len(blind_index("phone", PHONE)) == 16

    @override_settings(INDEX_KEYS=[TWO, ONE])
    def test_it_begins_with_the_id_of_the_first_key_and_is_looked_for_under_all(self) -> None:
        written, *older = blind_indexes("phone", PHONE)
        assert written == blind_index("phone", PHONE)
        assert (written[0], len(written)) == (2, 17)
        with override_settings(INDEX_KEYS=[ONE]):
            assert older == list(blind_indexes("phone", PHONE))
        with override_settings(INDEX_KEYS=[]):
            assert older[-1] == blind_index("phone", PHONE)

    @override_settings(INDEX_KEYS=[ONE])
    def test_every_column_of_fingerprints_says_what_it_is_of(self) -> None:
        row = f.make_phone(self.household, PHONE)
        for name in ("number_index", "tail_index"):
            column: Any = row._meta.get_field(name)
            assert getattr(row, name) == column.fingerprints(row.number)[0]


class FoundTests(CastTestCase):
    """Rows of before the change, looked for after it."""

    def setUp(self) -> None:
        super().setUp()
        with override_settings(INDEX_KEYS=[]):
            f.make_phone(self.household, PHONE)
            self.tap = f.make_request(self.household, text="水管漏水", phone=PHONE)
            self.person = residents.add(self.household, details=self.details(), by=self.clerk)
        change = override_settings(INDEX_KEYS=[TWO, ONE])
        change.enable()
        self.addCleanup(change.disable)

    def details(self, name: str = "钱丰") -> residents.Details:
        return residents.Details(name=name, phone=PHONE, id_number=NUMBER)

    def test_it_finds_requests_households_and_people(self) -> None:
        assert set(search_requests(ServiceRequest.unscoped.all(), PHONE)) == {self.tap}
        assert set(search_households(Household.unscoped.all(), PHONE)) == {self.household}
        assert set(search_households(Household.unscoped.all(), PHONE[-4:])) == {self.household}
        for typed in (PHONE, NUMBER):
            assert set(search_residents(Resident.unscoped.all(), typed)) == {self.person}
        assert residents.held_by(NUMBER) == self.person

    def test_it_finds_them_in_the_administration(self) -> None:
        self.sign_in(self.admin)
        for page, typed in (("resident", NUMBER), ("resident", PHONE), ("householdphone", PHONE)):
            answer = self.client.post(f"/admin/households/{page}/", {"q": typed}, follow=True)
            assert answer.context["cl"].result_count == 1, page
        answer = self.client.post("/admin/households/servicerequest/", {"q": PHONE}, follow=True)
        assert answer.context["cl"].result_count == 1

    def test_it_knows_who_asked_before(self) -> None:
        draft = RequestDraft.objects.create(household=self.household, answers={"by_door": True})
        assert asked_before(draft, PHONE) == self.tap
        assert asked_before(draft, "19911113333") is None

    def test_it_sees_a_twin_by_its_phone(self) -> None:
        twin = f.make_request(self.other_household, text="水管漏水", phone=PHONE)
        assert twin.phone_index != self.tap.phone_index
        assert [row for row, _score in likely_twins(twin, ServiceRequest.unscoped.all())] == [self.tap]

    def test_it_refuses_a_number_that_the_file_or_the_register_has(self) -> None:
        with pytest.raises(Refused):
            residents.add(self.other_household, details=self.details("别人"), by=self.clerk)
        with pytest.raises(Refused):
            households.add_phone(self.household, number=PHONE, label="", by=self.clerk)

    def test_it_keeps_the_number_of_whoever_is_amended(self) -> None:
        assert residents.amend(self.person, details=self.details("钱峰"), by=self.clerk, why="写错了")
        assert Resident.unscoped.get(pk=self.person.pk).id_number_index == blind_index("id_number", NUMBER)

    def test_it_is_refused_by_the_database_too_once_both_have_the_new_fingerprint(self) -> None:
        residents.amend(self.person, details=self.details("钱峰"), by=self.clerk, why="写错了")
        with pytest.raises(IntegrityError), transaction.atomic():
            f.make_resident(self.other_household, "别人", id_number_index=blind_index("id_number", NUMBER))


class _EachItsOwn(threading.local):
    """Settings of a process: of its own keys."""

    FIELD_KEYS = settings.FIELD_KEYS
    INDEX_KEYS = [ONE]


class TurnedRoundTests(RaceTestCase):
    """A new key comes to the end of the ring of every process before it comes first in any: see `new_keys`."""

    def test_one_number_becomes_one_person_s_while_some_write_with_the_new_key(self) -> None:
        self.add_at_once([ONE, TWO], [TWO, ONE])

    def test_one_number_becomes_one_person_s_while_some_do_not_know_the_new_key(self) -> None:
        self.add_at_once([ONE], [ONE, TWO])

    def add_at_once(self, *rings: list[str]) -> None:
        building = self.household.building
        files = [f.make_household(building, 2, f"{n % 6 + 1}{n:02}") for n in range(AT_ONCE)]
        own = _EachItsOwn()

        def add(number: int) -> None:
            own.INDEX_KEYS = rings[number % 2]
            details = residents.Details(name=f"同名{number}", id_number=NUMBER)
            residents.add(files[number], details=details, by=self.clerk)

        with mock.patch("resilience.lib.crypto.settings", own):
            came_to = self.race(add)
        assert came_to.count("ok") == 1
        assert [row.id_number for row in Resident.unscoped.all()] == [NUMBER]
