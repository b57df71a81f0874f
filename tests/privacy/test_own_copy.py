"""A person's own copy: all that is kept of them, nothing of anybody else, and no table that nobody thought of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.test import TestCase
from django.utils import timezone
from django.utils.translation import override

from households.models import Household, HouseholdPhone, Resident, ServiceRequest, Visit
from resilience import data_map
from resilience.lib.classified import Level
from resilience.lib.crypto import BlindIndexField
from resilience.privacy.columns import IN_IT, LABELS, LEFT_OUT, NOT_IN_IT, SECTIONS
from resilience.privacy.kept import plan_of
from resilience.privacy.others import Others
from resilience.privacy.own_copy import FORMAT, as_json
from resilience.privacy.reader import copy_of
from tests import factories as f
from tests.base import CastTestCase
from tests.canaries import Planted, personal_models, plant
from tests.leaks import without_chance


def made(resident: Resident, language: str = "en") -> dict[str, Any]:
    """The copy as machines get it."""
    with override(language):
        found: dict[str, Any] = json.loads(as_json(copy_of(resident), timezone.now()))
        return found


def both_shapes(resident: Resident) -> str:
    """All that stands in the copy, for people and for machines, without what keys are called."""
    with override("en"):
        sections = copy_of(resident)
    told = "\n".join(words for one in sections for row in one.told for _label, words in row)
    return told + json.dumps(made(resident)["data"], ensure_ascii=False)


class TestTheTables(TestCase):
    def test_it_says_of_every_column_about_residents_that_it_is_in_it_or_why_not(self) -> None:
        unsaid = []
        for row in data_map.rows():
            about = row.held and row.held.use.about_residents and row.held.level in (Level.PERSONAL, Level.SENSITIVE)
            if not about or isinstance(row.field, BlindIndexField):
                continue
            table = row.model._meta.label
            is_named = row.field.name in IN_IT.get(table, "").split() or row.where in LEFT_OUT or table in LEFT_OUT
            unsaid += [] if is_named else [row.where]
        assert unsaid == [], f"put them into the copy (reader.py, IN_IT) or say why not (LEFT_OUT): {unsaid}"

    def test_it_knows_every_model_that_hangs_on_a_person(self) -> None:
        known = {*IN_IT, *(name for name in LEFT_OUT if name.count(".") == 1)}
        assert personal_models() - known == set()

    def test_it_names_no_column_that_is_gone(self) -> None:
        there = {row.where for row in data_map.rows()} | {row.model._meta.label for row in data_map.rows()}
        said = {f"{table}.{name}" for table, names in IN_IT.items() for name in names.split()} | set(LEFT_OUT)
        assert said <= there


class OwnCopyTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.planted = plant("金雀甲", 7, self.building, self.worker, "701")
        self.one = self.planted.resident

    def own_request(self, planted: Planted) -> ServiceRequest:
        """One that is theirs: by name and phone."""
        filed: ServiceRequest = f.make_request(
            planted.household, text=f"{planted.mark}自诉", person_name=planted.resident.name,
            phone=planted.resident.phone, items=(),
        )  # fmt: skip
        filed.items.create(category=filed.category, words=f"{planted.mark}自件")
        filed.events.create(kind="reply", note=f"{planted.mark}公话", is_public=True, by=self.worker)
        filed.events.create(kind="note", note=f"{planted.mark}内话", is_public=False, by=self.worker)
        return filed

    def test_it_holds_what_the_file_says_of_who_lives_alone(self) -> None:
        filed = self.own_request(self.planted)
        text = both_shapes(self.one)
        mark = self.planted.mark
        for words in ("人", "户籍", "病情", "门注", "访", "来处", "事", "旧", "新", "因", "由", "自诉", "自件", "公话"):
            assert f"{mark}{words}" in text, words
        assert self.one.phone in text
        assert self.one.id_number in text
        assert filed.code in text
        assert filed.token not in text
        assert f"{mark}内话" not in text

    def test_it_has_the_messages_to_them_without_the_secret_of_the_link(self) -> None:
        filed = self.own_request(self.planted)
        data = made(self.one)["data"]
        assert [row["phone"] for row in data["messages"]] == [self.one.phone]
        assert data["messages"][0]["body"]
        assert filed.token not in json.dumps(data)

    def test_it_holds_nothing_of_anybody_else_in_the_household(self) -> None:
        """Canaries in both, in every field; names and numbers of each in words that are about the other."""
        other = plant("金雀乙", 6, self.building, self.worker, "601")
        self.own_request(self.planted)
        self.own_request(other)
        for model in (HouseholdPhone, Visit, ServiceRequest):
            model._default_manager.filter(household=other.household).update(household=self.planted.household)
        for rows in (other.household.life_events, other.household.changes, other.household.openings):
            rows.update(household=self.planted.household)
        Resident.unscoped.filter(pk=other.resident.pk).update(household=self.planted.household)
        self.one.needs.create(kind=f.make_need_kind("heart"), note=f"{other.resident.name}照看")
        self.one.needs.create(kind=f.make_need_kind("chronic"), note="儿子电话 199-0000-8888")
        Household.unscoped.filter(pk=self.planted.household.pk).update(door_note=f"{other.mark}门注")
        for one, foreign in ((self.planted, other), (other, self.planted)):
            resident = Resident.unscoped.get(pk=one.resident.pk)
            text = both_shapes(resident)
            assert one.mark in text
            assert f"{one.mark}病情" in text
            leaks = [canary for canary in (foreign.mark, *foreign.whole_numbers) if canary in text]
            assert leaks == []
            for withheld in ("门注", "访"):
                assert f"{one.mark}{withheld}" not in text
        assert "8888" not in without_chance(both_shapes(self.one))

    def test_it_says_of_a_request_for_somebody_else_only_that_there_was_one(self) -> None:
        filed: ServiceRequest = f.make_request(
            self.household, text="她又摔了", person_name="王秀英", phone="19900000001", filer_name=self.one.name,
            filer_phone=self.one.phone, items=(),
        )  # fmt: skip
        copy = made(self.one)["data"]
        assert [row["code"] for row in copy["asked_for_others"]] == [filed.code]
        text = json.dumps(copy, ensure_ascii=False)
        for words in ("她又摔了", "王秀英", "19900000001"):
            assert words not in text
        hers = made(self.wang)["data"]
        assert [(row["text"], row["by_somebody_else"]) for row in hers["requests"]] == [("她又摔了", True)]
        assert self.one.phone not in json.dumps(hers)
        assert self.one.name not in json.dumps(hers, ensure_ascii=False)

    def nameless(self, **more: Any) -> None:
        """Somebody asks with the person's phone, and says no name."""
        f.make_request(self.one.household, text="儿子不肯吃药", person_name="", phone=self.one.phone, **more)

    def test_a_request_without_a_name_is_theirs_while_nobody_else_has_the_phone(self) -> None:
        self.nameless()
        assert "儿子不肯吃药" in both_shapes(self.one)
        assert "unclear" not in plan_of(self.one).stays

    def test_a_request_without_a_name_is_nobody_s_when_others_have_the_phone(self) -> None:
        self.nameless()
        self.nameless(filer_phone=self.one.phone)
        ways: list[Callable[[], object]] = [
            lambda: f.make_resident(self.one.household, "王建军", phone=self.one.phone),
            lambda: f.make_resident(self.other_household, "王建军", phone=self.one.phone),
            lambda: f.make_phone(self.other_household, self.one.phone, "女儿"),
        ]
        for share in ways:
            with self.subTest(), transaction.atomic():
                share()
                told = both_shapes(self.one)
                assert "儿子不肯吃药" not in told
                assert made(self.one)["data"]["asked_for_others"] == []
                plan = plan_of(self.one)
                assert (plan.requests, plan.for_others) == ([], [])
                assert "unclear" in plan.stays
                transaction.set_rollback(True)

    def test_it_has_the_same_shape_for_everybody(self) -> None:
        copy, empty = made(self.one), made(f.make_resident(self.household, "空白"))
        assert copy["format"] == empty["format"] == FORMAT
        assert list(copy["data"]) == list(empty["data"]) == list(SECTIONS)
        for rows in copy["data"].values():
            for row in rows:
                assert set(row) <= set(LABELS)
                assert all(isinstance(value, str | int | bool | None) for value in row.values())
        assert copy["keys"].keys() == {*SECTIONS, *LABELS}
        assert len(copy["not_in_it"]) == len(NOT_IN_IT)

    def test_it_is_made_in_both_languages_with_the_same_keys(self) -> None:
        english, chinese = made(self.one), made(self.one, "zh-hans")
        assert english["keys"]["needs"] == "Special needs"
        assert chinese["keys"]["needs"] != english["keys"]["needs"]
        assert english["data"].keys() == chinese["data"].keys()
        assert [row["id_number"] for row in english["data"]["person"]] == [self.one.id_number]


class TestOthers(TestCase):
    def setUp(self) -> None:
        self.others = Others.than("王秀英", ("19900000001", "62010319420101123X"), ["李国强", "王", ""])

    def test_it_finds_names_and_numbers_that_are_not_ones_own(self) -> None:
        for words in (
            "问李国强",
            "电话19900000002",
            "199 0000 0002",
            "１９９００００００02",
            "62010319420101124X",
            "0931-2345678",
        ):
            assert self.others.are_in(words), words

    def test_it_lets_ones_own_numbers_and_days_through(self) -> None:
        for words in ("19900000001", "+8619900000001", "62010319420101123x", "2026-11-25 透析", "三楼 502", "王秀英"):
            assert not self.others.are_in(words), words
