"""Opening what is sealed: the verb `open_values`, its row, its audit and its limits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from households import reference
from households.actions import openings as verbs
from households.actions.openings import Opened, allow_more, open_values
from households.models import Household, Opening, OpeningReason, OpeningRule, Resident, Role, Sealed, ServiceRequest
from households.openings import Subject, seen_by_resident
from resilience.accounts.models import User
from resilience.audit.models import Entry
from resilience.lib.errors import Refused
from resilience.outbox.models import Channel, Message
from tests import factories as f
from tests.base import CastTestCase

PHONE, NOTE, NEED, ID = Sealed.PHONE, Sealed.DOOR_NOTE, Sealed.NEED_NOTE, Sealed.ID_NUMBER
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=timezone.get_default_timezone())


class OpeningTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.household.door_note = "耳背，用力敲门"
        self.household.save(update_fields=["door_note"])
        self.wang.id_number = "620103194203150028"
        self.wang.save(update_fields=["id_number"])
        f.make_phone(self.household, "19900005555", "女儿")
        f.make_need(self.wang, note="每周二透析")
        self.now = NOON
        clock = mock.patch.object(timezone, "now", side_effect=lambda: self.now)
        clock.start()
        self.addCleanup(clock.stop)

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def open(self, subject: Subject | None = None, *fields: Sealed, by: User | None = None, **more: Any) -> Opened:
        said: dict[str, Any] = {"reason": OpeningReason.VISIT, "role": Role.WORKER, **more}
        return open_values(subject or self.wang, fields=fields or [PHONE], by=by or self.worker, **said)

    def refused(self, *args: Any, **more: Any) -> str | None:
        with pytest.raises(Refused) as no:
            self.open(*args, **more)
        return no.value.field

    def limit(self, alarm_after: int, stop_after: int | None = None) -> None:
        OpeningRule.objects.update_or_create(
            role=Role.WORKER, defaults={"alarm_after": alarm_after, "stop_after": stop_after}
        )
        reference.forget()

    def people(self, count: int) -> list[Subject]:
        return [f.make_resident(self.household, f"家人{n}", phone=f"1990003{n:04}") for n in range(count)]


class OpenValuesTests(OpeningTestCase):
    def test_gives_what_was_asked_for_and_nothing_else(self) -> None:
        assert [(value.field, value.text) for value in self.open(self.wang, PHONE, ID).values] == [
            (PHONE, "19900000001"), (ID, "620103194203150028"),
        ]  # fmt: skip
        of_household = self.open(self.household, PHONE, NOTE, NEED).values
        assert [(value.field, value.whose, value.text) for value in of_household] == [
            (PHONE, "女儿", "19900005555"), (NOTE, "", "耳背，用力敲门"), (NEED, "王秀英 · 独居老人", "每周二透析"),
        ]  # fmt: skip
        filed = f.make_request(self.household, phone="19900000077", filer_phone="19900000078", filer_name="小李")
        of_request = self.open(filed, PHONE, Sealed.FILER_PHONE, NOTE, reason=OpeningReason.REQUEST).values
        assert [value.text for value in of_request] == ["19900000077", "19900000078", "耳背，用力敲门"]

    def test_writes_down_who_looked_at_what_and_why(self) -> None:
        filed = f.make_request(self.household)
        self.open(self.wang, ID, PHONE, reason=OpeningReason.REQUEST, about=filed)
        row = Opening.objects.get()
        assert (row.by, row.role, row.resident, row.household) == (self.worker, "worker", self.wang, self.household)
        assert (row.what, row.reason, row.about, row.opened_at) == ([PHONE, ID], "request", filed, NOON)
        assert (row.community, row.grid) == (self.home, self.grid)

    def test_writes_an_audit_row_without_a_value_or_a_word(self) -> None:
        self.open(self.wang, PHONE, ID, reason=OpeningReason.OTHER, words="王秀英托我查")
        entry = Entry.objects.get(action="openings.looked")
        assert (entry.by, entry.subject_key, entry.place) == (self.worker, self.wang.uid.hex, self.home.code)
        assert (entry.fields, entry.why) == ("phone,id_number", "other")
        told = str([getattr(entry, column.attname) for column in Entry._meta.concrete_fields])
        assert not any(value in told for value in ("19900000001", "620103194203150028", "王秀英"))
        for subject, kind in ((self.household, "household"), (f.make_request(self.household), "request")):
            self.open(subject, PHONE)
            assert Entry.objects.filter(action="openings.looked", subject_kind=kind).count() == 1

    def test_writes_neither_when_one_of_them_fails(self) -> None:
        with mock.patch.object(verbs, "record", side_effect=RuntimeError), pytest.raises(RuntimeError):
            self.open()
        assert not Opening.objects.exists()

    def test_another_reason_must_be_said_in_words_of_some_length(self) -> None:
        for words in ("", "急", "x" * 201):
            assert self.refused(reason=OpeningReason.OTHER, words=words) == "words"
        assert not Opening.objects.exists()
        self.open(reason=OpeningReason.OTHER, words="核对选民名单")
        assert Opening.objects.get().words == "核对选民名单"

    def test_keeps_no_words_beside_a_plain_reason(self) -> None:
        self.open(words="王秀英的邻居说她病了")
        assert Opening.objects.get().words == ""

    def test_refuses_what_is_not_on_file_or_not_of_such_a_thing(self) -> None:
        assert self.refused(self.li, ID) == "what"
        assert self.refused(self.household, ID) == "what"
        assert not Opening.objects.exists()

    def test_the_database_keeps_no_other_reason_without_words(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            f.make_opening(self.wang, self.worker, reason="other")
        for wrong in ({"reason": "idle"}, {"fields": ""}, {"times": 0}, {"last_at": NOON - timedelta(days=1)}):
            with pytest.raises(IntegrityError), transaction.atomic():
                f.make_opening(self.wang, self.worker, **wrong)


class RepeatTests(OpeningTestCase):
    def test_shows_again_within_ten_minutes_and_counts_once(self) -> None:
        self.open(self.wang, PHONE, NEED)
        self.later(minutes=9)
        again = self.open(self.wang, PHONE)
        assert [value.text for value in again.values] == ["19900000001"]
        assert (again.count, Opening.objects.get().times) == (1, 2)
        self.later(minutes=9)  # from when it was shown last
        assert self.open().count == 1
        self.later(minutes=11)
        assert self.open().count == 2

    def test_the_audit_has_a_row_of_every_time(self) -> None:
        self.open()
        self.open()
        entries = Entry.objects.filter(action="openings.looked", subject_kind="resident")
        assert sorted(entry.facts["repeat"] for entry in entries) == [0, 1]

    def test_more_of_the_same_person_or_anybody_else_counts(self) -> None:
        self.open(self.wang, PHONE)
        assert self.open(self.wang, PHONE, ID).count == 2
        assert self.open(self.household, PHONE).count == 3
        assert self.open(self.wang, PHONE, by=self.lead).count == 1


class AlarmTests(OpeningTestCase):
    def test_the_first_above_the_number_tells_those_in_charge_once(self) -> None:
        self.limit(3)
        self.clerk.email = "clerk@example.org"
        self.clerk.save(update_fields=["email"])
        Message.objects.all().delete()
        seen = [self.open(person).is_seen for person in self.people(6)]
        assert seen == [False, False, False, True, True, True]
        messages = Message.objects.all()
        assert {(each.channel, each.recipient) for each in messages} == {
            (Channel.WEBHOOK, f"desk:{self.home.pk}"), (Channel.EMAIL, "clerk@example.org"),
        }  # fmt: skip
        assert len(messages) == 2
        assert Entry.objects.get(action="openings.alarm").facts == {"count": 4, "role": "worker"}

    def test_the_message_names_neither_colleague_nor_resident(self) -> None:
        self.limit(1)
        Message.objects.all().delete()
        for person in self.people(2):
            self.open(person)
        body = Message.objects.get().body
        assert "/desk/openings/" in body
        assert not any(name in body for name in ("家人", self.worker.name, self.worker.username))

    def test_it_is_told_again_when_an_hour_has_passed(self) -> None:
        self.limit(1)
        people = self.people(4)
        self.open(people[0])
        self.open(people[1])
        self.later(minutes=61)
        self.open(people[2])
        assert Entry.objects.filter(action="openings.alarm").count() == 1
        self.open(people[3])
        assert Entry.objects.filter(action="openings.alarm").count() == 2

    def test_it_stops_nobody_unless_there_is_a_second_number(self) -> None:
        self.limit(1)
        assert [len(self.open(person).values) for person in self.people(5)] == [1] * 5
        self.limit(1, 6)
        assert self.open(self.household).count == 6
        assert self.refused(self.household, NOTE) is None
        assert Opening.objects.count() == 6

    def test_somebody_else_can_let_them_open_more_for_an_hour(self) -> None:
        self.limit(1, 2)
        people = self.people(4)
        self.open(people[0])
        self.open(people[1])
        self.refused(people[2])
        with pytest.raises(Refused):
            allow_more(self.worker, by=self.worker, community=self.home)
        allow_more(self.worker, by=self.clerk, community=self.home)
        assert self.open(people[2]).is_seen
        entry = Entry.objects.get(action="openings.allowed")
        assert (entry.by, entry.subject_key) == (self.clerk, self.worker.uid.hex)
        self.later(minutes=30)
        self.open(people[3])
        self.later(minutes=31)
        f.make_opening(self.wang, self.worker, opened_at=self.now, last_at=self.now)
        self.refused(self.household, NOTE)

    def test_what_one_place_allows_is_allowed_there_alone(self) -> None:
        self.limit(1, 2)
        people = self.people(3)
        self.open(people[0])
        self.open(people[1])
        allow_more(self.worker, by=self.foreign_clerk, community=self.away)
        self.refused(people[2])
        assert self.open(self.zhang).is_seen
        allow_more(self.worker, by=self.clerk, community=self.home)
        assert self.open(people[2]).is_seen

    def test_what_is_seen_already_is_shown_again_to_who_is_stopped(self) -> None:
        self.limit(1, 2)
        self.open(self.wang)
        self.open(self.household)
        assert self.open(self.wang).values

    def test_every_role_has_a_number_of_its_own(self) -> None:
        assert reference.opening_limits(Role.WORKER) == (40, None)
        assert reference.opening_limits(Role.STAFF) == (60, None)
        assert reference.opening_limits(Role.SUPERVISOR) == reference.opening_limits("administrator") == (20, None)

    def test_the_second_number_is_larger_than_the_first(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            OpeningRule.objects.create(role=Role.WORKER, alarm_after=10, stop_after=10)


class SecondLookTests(OpeningTestCase):
    def marks(self, *args: Any, **more: Any) -> tuple[bool, bool, bool]:
        self.open(*args, **more)
        row = Opening.objects.newest_first()[0]
        return row.is_elsewhere, row.is_at_night, row.is_namesake

    def test_a_worker_at_a_door_that_is_not_theirs(self) -> None:
        there = f.make_household(self.building, 1, "402")
        f.make_phone(there, "19900006666")
        assert self.marks(there) == (True, False, False)
        f.make_request(there)  # nobody answers for the door, so nobody has it
        self.later(minutes=20)
        assert self.marks(there) == (True, False, False)
        ServiceRequest.unscoped.update(worker=self.worker, state="assigned")
        self.later(minutes=20)
        assert self.marks(there) == (False, False, False)
        assert self.marks(self.wang) == (False, False, False)
        assert self.marks(there, by=self.clerk, role=Role.STAFF) == (False, False, False)

    def test_at_night_unless_it_is_an_emergency(self) -> None:
        self.later(hours=11)
        assert self.marks(self.wang) == (False, True, False)
        assert self.marks(self.household, NOTE, reason=OpeningReason.EMERGENCY) == (False, False, False)
        self.later(hours=7, minutes=1)
        assert self.marks(self.wang) == (False, False, False)

    def test_their_own_name_or_number(self) -> None:
        namesake = f.make_resident(self.household, self.worker.name, phone="19900004444")
        assert self.marks(namesake) == (False, False, True)
        assert self.marks(self.household) == (False, False, True)
        self.worker.phone = "19900000001"
        assert self.marks(self.wang) == (False, False, True)
        assert self.marks(self.wang, by=self.lead, role=Role.LEAD) == (False, False, False)


class SeenByResidentTests(OpeningTestCase):
    def what(self, filed: ServiceRequest) -> list[tuple[str, str, str]]:
        return [(look.name, look.what, look.why) for look in seen_by_resident(filed, reads_phone=True)]

    def test_tells_of_the_request_and_of_their_own_file(self) -> None:
        filed = f.make_request(self.household, phone="19900000001")
        self.open(filed, reason=OpeningReason.REQUEST)
        self.later(minutes=1)
        self.open(self.wang, ID, by=self.clerk, role=Role.STAFF, reason=OpeningReason.OTHER, words="核对选民名单")
        self.later(minutes=1)
        self.open(self.household, NOTE, reason=OpeningReason.REQUEST, about=filed)
        look = seen_by_resident(filed, reads_phone=True)[1]
        assert (look.role, look.at) == (str(Role.STAFF.label), NOON + timedelta(minutes=1))
        labels = {field: str(field.label) for field in Sealed}
        assert self.what(filed) == [
            ("马晓兰", labels[NOTE], f"{OpeningReason.REQUEST.label} {filed.code_label}"),
            ("陈静", labels[ID], "核对选民名单"),
            ("马晓兰", labels[PHONE], str(OpeningReason.REQUEST.label)),
        ]

    def test_tells_of_no_file_to_who_is_not_of_it(self) -> None:
        neighbours = f.make_request(self.household, phone="19900000088")
        for_her = f.make_request(self.household, phone="19900000001", filer_phone="19900000088", filer_name="小李")
        without = f.make_request(self.household, phone="", person_name="王秀英")
        self.open(self.wang)
        self.open(self.household)
        assert [self.what(each) for each in (neighbours, for_her, without)] == [[], [], []]

    def test_tells_of_nobody_else_in_the_household_and_of_no_other_request(self) -> None:
        filed = f.make_request(self.household, phone="19900000001")
        son = f.make_resident(self.household, "王小明", phone="19900000002")
        self.open(son)
        self.open(f.make_request(self.household, phone="19900000002"), reason=OpeningReason.ASKED)
        self.open(self.li, by=self.colleague)
        assert self.what(filed) == []

    def guest(self, note: str = "夜里要吸氧") -> Resident:
        """Of the other household, staying with Wang's."""
        guest = f.make_resident(
            self.other_household, "客人甲", phone="19900000066", presence="away", stays_with=self.household
        )
        f.make_need(guest, note=note)
        return guest

    def test_tells_a_guest_that_their_notes_were_shown_at_the_door_where_they_stay(self) -> None:
        guest = self.guest()
        about = f.make_request(self.household)
        self.open(self.household, PHONE, NOTE, NEED, reason=OpeningReason.REQUEST, about=about)
        self.later(minutes=20)
        self.open(self.household, NEED, reason=OpeningReason.OTHER, words="王秀英去透析了吗")
        told = [str(NEED.label)] * 2
        for household in (self.household, self.other_household):  # where they stay, and where they live
            looks = seen_by_resident(f.make_request(household, phone=guest.phone), reads_phone=True)
            assert [look.what for look in looks] == told
            assert not [look for look in looks if "王秀英" in look.why or about.code_label in look.why]
        assert Entry.objects.filter(action="openings.looked", subject_key=guest.uid.hex).count() == 2

    def test_tells_a_guest_of_no_look_that_did_not_show_theirs(self) -> None:
        guest = self.guest(note="")
        self.open(self.household, NEED)
        self.open(self.household, NOTE)
        assert self.what(f.make_request(self.household, phone=guest.phone)) == []
        assert not Opening.objects.filter(resident=guest).exists()

    def test_counts_a_look_that_showed_a_guest_s_notes_once(self) -> None:
        guest = self.guest()
        assert self.open(self.household, NEED).count == 1
        self.later(minutes=1)
        assert self.open(self.household, NEED).count == 1  # the same again
        assert Opening.objects.get(resident=guest).times == 2
        rows = Entry.objects.filter(action="openings.looked", subject_key=guest.uid.hex)
        assert ['"repeat":1' in row.details for row in rows.order_by("id")] == [False, True]
        assert self.open(self.wang).count == 2
        assert Opening.objects.looks().count() == 2

    def test_tells_a_guest_who_came_since_as_well(self) -> None:
        self.open(self.household, NEED)
        guest = self.guest()
        self.later(minutes=1)
        self.open(self.household, NEED)
        assert Opening.objects.filter(resident=guest).count() == 1

    def test_tells_a_guest_of_a_list_that_was_taken_out(self) -> None:
        guest = self.guest()
        rows = Household.unscoped.select_related("community").filter(pk=self.household.pk)
        count = verbs.show_in_list(rows, fields=[NEED], by=self.clerk, role_of=lambda _row: Role.STAFF, words="王秀英")
        assert count == 1
        look = Opening.objects.get(resident=guest)
        assert (look.fields, look.words, look.community) == (str(NEED), "", self.home)

    def test_tells_who_asks_from_the_flats_phone_of_the_household_only(self) -> None:
        filed = f.make_request(self.household, phone="19900005555")
        self.open(self.wang)
        self.open(self.household, NOTE)
        assert [what for _name, what, _why in self.what(filed)] == [str(NOTE.label)]
