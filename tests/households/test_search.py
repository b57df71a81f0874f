"""Search: what people say leads to the request or the household; the same on both databases."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from households import search_index
from households.models import Household, Resident, ServiceRequest
from households.search import LONGEST, search_households, search_requests
from tests import factories as f
from tests.base import CastTestCase


def found(text: str, **more: Any) -> set[str]:
    return set(search_requests(ServiceRequest.unscoped.all(), text, **more).values_list("code", flat=True))


def doors(text: str, **more: int) -> set[str]:
    return set(search_households(Household.unscoped.all(), text, **more).values_list("door", flat=True))


class RequestSearchTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.tap = f.make_request(
            self.household,
            text="厨房水管漏水，一直滴到楼下。Please call Li Wei",
            person_name="欧阳娜娜",
            phone="19911112222",
        )
        self.pills = f.make_request(
            self.other_household, text="要厄贝沙坦（38.9℃）", person_name="𠮷野𪚥", filer_name="阿依古丽·买买提",
            phone="19933334444", filer_phone="09318881234",
        )  # fmt: skip

    def test_finds_by_code_in_any_spelling(self) -> None:
        code = self.tap.code
        for spelling in (code, self.tap.code_label, code.lower(), f"  {code[:4]} {code[4:]} ", code.translate(_WIDE)):
            assert found(spelling) == {code}, spelling

    def test_finds_by_either_phone_and_by_the_household_s(self) -> None:
        for spelling in ("19911112222", "199 1111 2222", "+86 199-1111-2222", "１９９１１１１２２２２"):
            assert found(spelling) == {self.tap.code}, spelling
        assert found("0931-8881234") == found("8881234") == {self.pills.code}
        assert found("19900000002") == {self.pills.code}
        f.make_phone(self.household, "19955556666")
        assert found("19955556666") == {self.tap.code}

    def test_finds_no_phone_by_a_part_of_it(self) -> None:
        for part in ("2222", "1991111", "199****2222"):
            assert found(part) == set(), part

    def test_finds_names_of_one_and_two_characters_rare_ones_and_dots(self) -> None:
        assert found("欧") == found("娜娜") == found("欧阳") == {self.tap.code}
        assert found("𠮷") == found("𪚥") == found("野𪚥") == found("·") == found("丽·买") == {self.pills.code}
        assert found("娜欧") == found("𠮷𪚥") == set()

    def test_finds_words_of_the_text_whatever_the_case_and_the_spaces(self) -> None:
        assert found("漏水") == found("PLEASE") == found("li wei") == found("滴到 漏水") == {self.tap.code}
        assert found("38.9℃") == found("（38.9") == {self.pills.code}
        assert found("漏水 沙坦") == set()

    def test_finds_by_address_as_written_and_as_people_say_it(self) -> None:
        assert found("1号楼") == found("西园小区1号楼1单元502") == found("1-502") == found("502") == {self.tap.code}
        assert found("1号楼 漏水") == {self.tap.code}
        assert found("1号楼 沙坦") == set()
        assert found("西园小区") == {self.tap.code, self.pills.code}

    def test_words_do_not_reach_from_one_field_into_the_next(self) -> None:
        assert found("娜西园") == set()

    def test_finds_nothing_for_nothing_and_for_too_much(self) -> None:
        for text in ("", "   ", "\u3000", "\x00", "\u200b", "水" * (LONGEST + 1), "水" * 10_000):
            assert found(text) == set(), text[:20]

    def test_operators_and_quotes_are_only_characters(self) -> None:
        for text in (
            '"', "'", '"水"', "水*", "水 OR 沙", "水 NOT 沙", "NEAR(水 沙)", "doc:水", "^水", "-水", "水 AND", "%", "_",
            "水%", "\\", "');--", "水' OR '1'='1", "{水}", "水+沙", "(水",
        ):  # fmt: skip
            assert found(text) == set(), text

    def test_follows_what_is_corrected_moved_and_deleted(self) -> None:
        rows = ServiceRequest.unscoped.filter(pk=self.tap.pk)
        rows.update(text="暖气不热")
        assert (found("漏水"), found("暖气")) == (set(), {self.tap.code})
        rows.update(state="assigned", updated_at=self.tap.updated_at)
        assert found("暖气") == {self.tap.code}
        rows.update(community=self.away)
        assert found("暖气", community_id=self.away.pk) == {self.tap.code}
        assert found("暖气", community_id=self.home.pk) == set()
        rows.delete()
        assert found("暖气") == set()

    def test_stays_within_the_rows_it_is_given_and_the_community(self) -> None:
        foreign = f.make_request(self.foreign_household, text="漏水")
        assert found("漏水") == {self.tap.code, foreign.code}
        assert found("漏水", community_id=self.home.pk) == {self.tap.code}
        mine = ServiceRequest.unscoped.filter(community=self.home)
        for text in ("漏水", foreign.code, "909", "19900000099"):
            codes = set(search_requests(mine, text).values_list("code", flat=True))
            assert foreign.code not in codes, text

    def test_writing_costs_no_statement_more(self) -> None:
        asked = {"key": uuid.uuid4(), "text": "漏水" * 4_000}
        with self.assertNumQueries(_FILING):
            f.make_request(self.household, **asked)
        assert len(found("水漏水漏水漏")) == 1


_WIDE = {number: number + 0xFEE0 for number in range(33, 127)}
# household, savepoint, request, assignment, events, messages, savepoint: what filing costs without search.
_FILING = 9


class HouseholdSearchTests(CastTestCase):
    def test_finds_by_name_living_staying_and_not_who_left(self) -> None:
        assert doors("王秀英") == doors("秀英") == doors("王") == {"502"}
        f.make_resident(self.household, "赵小明", presence="moved_out")
        assert doors("小明") == set()
        Resident.unscoped.filter(pk=self.li.pk).update(presence="away", stays_with=self.household)
        assert doors("国强") == {"502", "301"}

    def test_finds_by_building_door_and_file_number(self) -> None:
        for text in (
            "1-502",
            "1单元502",
            "1单元502室",
            "西园小区1号楼1单元502",
            "1号楼1-502",
            "1-1-502",
            "１－５０２",
            "1—502",
        ):
            assert doors(text) == {"502"}, text
        assert doors("西园小区") == {"502", "301"}
        assert doors("2单元") == doors("301室") == doors("2号楼 李") == {"301"}
        assert doors(self.household.file_number) == doors(self.household.file_number.lower()) == {"502"}
        assert doors("1号楼 李") == doors("2-502") == set()

    def test_finds_by_phone(self) -> None:
        f.make_phone(self.other_household, "19955556666")
        assert doors("199 0000 0001") == {"502"}
        assert doors("19955556666") == {"301"}

    def test_follows_renaming_moving_and_dying(self) -> None:
        row = Resident.unscoped.filter(pk=self.wang.pk)
        row.update(name="王秀兰")
        assert (doors("秀英"), doors("秀兰")) == (set(), {"502"})
        row.update(household=self.foreign_household)
        assert doors("秀兰", community_id=self.away.pk) == {"909"}
        assert doors("秀兰", community_id=self.home.pk) == set()
        Household.unscoped.filter(pk=self.foreign_household.pk).update(community=self.home)
        assert doors("秀兰", community_id=self.home.pk) == {"909"}
        row.update(presence="died")
        assert doors("秀兰") == set()

    def test_stays_within_the_rows_it_is_given(self) -> None:
        mine = Household.unscoped.filter(community=self.home)
        for text in ("张不可见", "909", "19900000099", "别处"):
            assert not search_households(mine, text).exists(), text

    def test_finds_nothing_for_nothing(self) -> None:
        for text in ("", " ", "王" * 10_000, "王 OR 李", '"王"'):
            assert doors(text) == set(), text[:20]


class IndexTests(CastTestCase):
    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its indexes when a table changes")
    def test_is_filled_anew_when_an_altered_table_lost_its_triggers(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {search_index.REQUEST_WORDS}_insert")
        lost = f.make_request(self.household, text="漏水")
        assert found("漏水") == set()
        call_command("migrate", verbosity=0)
        assert found("漏水") == {lost.code}
        assert doors("秀英") == {"502"}

    def test_installing_twice_changes_nothing(self) -> None:
        here = f.make_request(self.household, text="漏水")
        with self.assertNumQueries(4):
            search_index.install()
        assert found("漏水") == {here.code}

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no list of entries that wait")
    def test_is_made_anew_when_it_was_made_otherwise(self) -> None:
        here = f.make_request(self.household, text="漏水")
        connection.check_constraints()  # none may be pending when a table changes
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {search_index.REQUEST_WORDS}")
            cursor.execute(f"CREATE INDEX {search_index.REQUEST_WORDS} ON {search_index.REQUESTS} (text)")
            cursor.execute("CREATE OR REPLACE FUNCTION resilience_fold(text) RETURNS text LANGUAGE sql AS 'SELECT $1'")
        call_command("migrate", verbosity=0)
        assert found("漏水") == {here.code}
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [search_index.REQUEST_WORDS])
            assert "gin_pending_list_limit='256'" in cursor.fetchone()[0]
            cursor.execute("SELECT resilience_fold(%s)", ["LI Wei\t\u3000É"])
            assert cursor.fetchone()[0] == search_index.fold("LI Wei\t\u3000É") == "liweiÉ"


# What `clean_text` leaves as it is, as every form does; no digits, which may be a phone or a door.
_KEPT = st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp", "Nd"))
_CLEAN = st.text(_KEPT, min_size=1, max_size=30).filter(lambda text: unicodedata.is_normalized("NFC", text))


class AnyTextTests(HypothesisTestCase):
    """A substring of the text finds it; nothing typed is an error."""

    @given(_CLEAN, st.data())
    def test_any_part_of_a_text_finds_it(self, text: str, data: st.DataObject) -> None:
        row = f.make_request(address="", community=f.make_community(), text=text)
        start = data.draw(st.integers(0, len(text) - 1))
        part = data.draw(st.integers(start + 1, len(text)).map(lambda end: text[start:end]))
        assert found(part) == ({row.code} if part.strip() else set())

    @given(st.text(max_size=200))
    @example("\ud800")
    @example("1-" * 40)
    def test_nothing_typed_is_an_error(self, text: str) -> None:
        list(search_requests(ServiceRequest.unscoped.all(), text))
        list(search_households(Household.unscoped.all(), text))
