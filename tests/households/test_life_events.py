"""Life events: any sequence of them leaves a file that is true, and its past in place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from households import reference
from households.actions import life_events as verbs
from households.actions import needs
from households.actions.life_events import Happened
from households.actions.residents import Details, relation_to_new
from households.models import (
    FileChange,
    Household,
    LifeEvent,
    LifeKind,
    Presence,
    Relation,
    Resident,
    ResidentNeed,
)
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from tests import factories as f
from tests.base import CastTestCase

LIVING = (Presence.HERE, Presence.AWAY)


def assert_true(households: list[Household]) -> None:
    """What must hold of every file after every event."""
    for household in Household.unscoped.filter(pk__in=[each.pk for each in households]).select_related("contact"):
        contact = household.contact
        assert contact is None or (contact.household_id == household.pk and contact.presence in LIVING)
        living = Resident.unscoped.living().filter(household=household)
        assert contact is not None or not living.exists()
        assert living.filter(relation=Relation.CONTACT).exclude(pk=household.contact_id or 0).count() == 0
        door = ResidentNeed.unscoped.at_door(household.pk)
        due = [need.next_due_date for need in door if need.next_due_date]
        assert household.next_due_date == min(due, default=None)
    gone = ResidentNeed.unscoped.filter(resident__presence=Presence.DIED)
    assert not gone.filter(until_date__isnull=True).exists()
    assert not gone.filter(next_due_date__isnull=False).exists()
    moved = ResidentNeed.unscoped.filter(resident__presence=Presence.MOVED_OUT)
    assert not moved.filter(next_due_date__isnull=False).exists()


class LifeEventTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.son = f.make_resident(self.household, "王建军", sex="m", birth_year=1970, relation=Relation.CHILD)
        self.kind = f.make_need_kind()
        f.make_care_rule(self.kind, 7)
        reference.forget()

    def on(self, days_ago: int = 1, note: str = "") -> Happened:
        return Happened(today() - timedelta(days=days_ago), self.worker, note)

    def refused(self, match: str | None, verb: Callable[..., Any], *args: Any, **more: Any) -> Refused:
        before = LifeEvent.unscoped.count(), FileChange.unscoped.count()
        with pytest.raises(Refused) as caught:
            verb(*args, **more)
        assert caught.value.field == match
        assert (LifeEvent.unscoped.count(), FileChange.unscoped.count()) == before
        return caught.value

    def test_somebody_new_moves_in_and_an_empty_file_gets_a_contact(self) -> None:
        empty = f.make_household(self.building, 2, "101", floor=1)
        verbs.moved_in(empty, details=Details("赵一", birth_year=1990), happened=self.on())
        empty.refresh_from_db()
        event = LifeEvent.unscoped.get(household=empty)
        assert empty.contact
        assert (empty.contact.name, event.kind, event.happened_date) == ("赵一", "moved_in", self.on().day)
        assert empty.contact.relation == Relation.CONTACT
        assert event.reported_at.date() >= event.happened_date
        assert_true([empty])

    def test_moving_to_another_file_leaves_the_first_and_tells_both(self) -> None:
        verbs.moved_out(self.son, happened=self.on(), to=self.other_household, relation=Relation.TENANT)
        self.son.refresh_from_db()
        assert (self.son.household, self.son.relation) == (self.other_household, Relation.TENANT)
        kinds = set(
            LifeEvent.unscoped.filter(resident=self.son).values_list("household_id", "kind", "other_household_id")
        )
        first, second = self.household.pk, self.other_household.pk
        assert kinds == {(first, "moved_out", second), (second, "moved_in", first)}
        assert {change.household_id for change in FileChange.unscoped.filter(resident=self.son)} == {first, second}
        assert_true([self.household, self.other_household])

    def test_a_contact_who_leaves_names_another_in_the_same_step(self) -> None:
        self.refused("new_contact", verbs.moved_out, self.wang, happened=self.on(), elsewhere="天水")
        self.refused("new_contact", verbs.died, self.wang, happened=self.on(), new_contact=self.li)
        verbs.moved_out(self.wang, happened=self.on(), elsewhere="天水", new_contact=self.son)
        self.household.refresh_from_db()
        self.son.refresh_from_db()
        assert (self.household.contact, self.son.relation) == (self.son, Relation.CONTACT)
        assert_true([self.household])

    def test_the_last_to_leave_leaves_a_file_without_contact(self) -> None:
        verbs.moved_out(self.li, happened=self.on(), elsewhere="天水")
        self.other_household.refresh_from_db()
        assert self.other_household.contact is None
        assert Resident.unscoped.filter(household=self.other_household, presence=Presence.MOVED_OUT).count() == 1

    def test_death_ends_needs_and_cancels_no_request(self) -> None:
        need = needs.add(self.wang, kind=self.kind, since_date=date(2026, 1, 1), note="", by=self.worker)
        filed = f.make_request(self.household)
        verbs.died(self.wang, happened=self.on(2), new_contact=self.son)
        need.refresh_from_db()
        self.household.refresh_from_db()
        assert (need.until_date, need.next_due_date) == (self.on(2).day, None)
        assert self.household.next_due_date is None
        assert self.again(filed).is_open
        self.refused(None, verbs.died, self.wang, happened=self.on())

    def test_a_death_recorded_by_mistake_is_undone_by_another_event(self) -> None:
        verbs.died(self.son, happened=self.on())
        self.refused("note", verbs.restored, self.son, happened=self.on(0))
        verbs.restored(self.son, happened=self.on(0, "本人到社区说明"))
        self.son.refresh_from_db()
        assert self.son.presence == Presence.HERE
        kinds = LifeEvent.unscoped.filter(resident=self.son).values_list("kind", flat=True)
        assert set(kinds) == {"died", "restored"}

    def test_what_is_due_follows_somebody_who_stays_elsewhere(self) -> None:
        needs.add(self.wang, kind=self.kind, since_date=date(2026, 1, 1), note="", by=self.worker)
        self.household.refresh_from_db()
        due = self.household.next_due_date
        assert due == today()
        verbs.went_away(self.wang, happened=self.on(), stays_with=self.other_household, until=today() + timedelta(30))
        for household in (self.household, self.other_household):
            household.refresh_from_db()
        assert (self.household.next_due_date, self.other_household.next_due_date) == (None, due)
        verbs.came_back(self.wang, happened=self.on(0))
        for household in (self.household, self.other_household):
            household.refresh_from_db()
        assert (self.household.next_due_date, self.other_household.next_due_date) == (due, None)
        assert_true([self.household, self.other_household])

    def test_nothing_is_due_for_somebody_away_outside_the_register(self) -> None:
        needs.add(self.wang, kind=self.kind, since_date=date(2026, 1, 1), note="", by=self.worker)
        verbs.went_away(self.wang, happened=self.on(), elsewhere="西安的儿子家")
        self.household.refresh_from_db()
        assert self.household.next_due_date is None

    def test_a_family_splits_off_behind_another_door(self) -> None:
        wife = f.make_resident(self.household, "刘芳", relation=Relation.OTHER_KIN, birth_year=1972)
        to = f.make_household(self.building, 3, "601", floor=6)
        verbs.split_off(self.household, people=[wife, self.son], to=to, head=self.son, happened=self.on())
        to.refresh_from_db()
        assert to.contact == self.son
        assert set(to.residents.living()) == {wife, self.son}
        assert LifeEvent.unscoped.filter(household=self.household, kind=LifeKind.SPLIT_OFF).count() == 2
        assert_true([self.household, to])

    def test_splitting_off_leaves_somebody_and_the_contact(self) -> None:
        to = f.make_household(self.building, 3, "601", floor=6)
        both = [self.wang, self.son]
        self.refused("people", verbs.split_off, self.household, people=both, to=to, head=self.son, happened=self.on())
        self.refused(
            "people", verbs.split_off, self.household, people=[self.wang], to=to, head=self.wang, happened=self.on()
        )

    def test_a_new_head_changes_what_everybody_is_to_them(self) -> None:
        child = f.make_resident(self.household, "王小宝", relation=Relation.GRANDCHILD, birth_year=2015)
        verbs.new_head(self.son, happened=self.on())
        for person in (self.wang, self.son, child):
            person.refresh_from_db()
        assert self.son.relation == Relation.CONTACT
        assert self.wang.relation == Relation.PARENT
        assert child.relation == Relation.OTHER_KIN
        self.refused(None, verbs.new_head, self.son, happened=self.on())

    def test_a_child_is_born_on_its_birthday(self) -> None:
        day = self.on(3).day
        baby = Details("王安", birth_year=day.year, birth_date=day, sex="f", relation=Relation.GRANDCHILD)
        verbs.born(self.household, details=baby, happened=self.on(3))
        self.refused("day", verbs.born, self.household, details=baby, happened=self.on(2))
        assert Resident.unscoped.get(name="王安").age == 0

    def test_impossible_days_are_refused(self) -> None:
        tomorrow = Happened(today() + timedelta(days=1), self.worker)
        before_birth = Happened(date(1969, 12, 31), self.worker)
        for happened in (tomorrow, before_birth):
            self.refused("day", verbs.died, self.son, happened=happened)
            self.refused("day", verbs.moved_out, self.son, happened=happened, elsewhere="天水")
            self.refused("day", verbs.went_away, self.son, happened=happened)
        self.refused("day", verbs.moved_in, self.household, details=Details("甲"), happened=tomorrow)

    def test_events_come_in_the_order_they_happened(self) -> None:
        verbs.went_away(self.son, happened=self.on(5))
        self.refused("day", verbs.came_back, self.son, happened=self.on(6))

    def test_nobody_leaves_a_place_they_do_not_live_in(self) -> None:
        verbs.moved_out(self.son, happened=self.on(3), elsewhere="天水")
        self.refused(None, verbs.moved_out, self.son, happened=self.on(), elsewhere="西安")
        self.refused(None, verbs.went_away, self.son, happened=self.on())
        self.refused(None, verbs.came_back, self.son, happened=self.on())
        self.refused("to", verbs.moved_out, self.wang, happened=self.on(), to=self.household, new_contact=self.son)
        self.refused("to", verbs.went_away, self.wang, happened=self.on(), stays_with=self.household)

    def test_an_id_number_brings_somebody_back_from_another_file(self) -> None:
        number = "110101197001011238"
        details = Details("王建军", birth_year=1970, id_number=number)
        first = verbs.moved_in(self.foreign_household, details=details, happened=self.on(9))
        self.refused("id_number", verbs.moved_in, self.household, details=details, happened=self.on())
        verbs.moved_out(first, happened=self.on(3), elsewhere="七里河区")
        wrong = Details("别的名字", id_number=number)
        self.refused("id_number", verbs.moved_in, self.household, details=wrong, happened=self.on())
        again = verbs.moved_in(self.household, details=details, happened=self.on())
        assert (again.pk, again.household) == (first.pk, self.household)
        assert_true([self.household, self.foreign_household])

    def test_a_closed_file_takes_no_event(self) -> None:
        self.other_household.until_date = today()
        self.other_household.save(update_fields=["until_date"])
        self.refused(None, verbs.moved_out, self.son, happened=self.on(), to=self.other_household)


def test_relations_compose_and_nobody_else_is_the_contact() -> None:
    for first in Relation.values:
        for second in Relation.values:
            if first != Relation.CONTACT:
                assert relation_to_new(first, second) in set(Relation) - {Relation.CONTACT}


STEP = st.tuples(
    st.sampled_from(["in", "move", "out", "died", "restored", "head", "away", "back", "split", "need", "born"]),
    st.integers(0, 7),  # whom
    st.integers(0, 2),  # which file
    st.integers(0, 7),  # who is the contact afterwards
    st.integers(-1, 400),  # days ago
)


class AnySequenceTests(HypothesisTestCase):
    """Hypothesis plays a neighbourhood: three doors, anything may be tried, the impossible is refused."""

    @given(st.lists(STEP, min_size=1, max_size=14))
    def test_leaves_every_file_true_and_its_past_in_place(self, steps: list[tuple[str, int, int, int, int]]) -> None:
        reference.forget()
        community = f.make_community()
        grid = f.make_grid(community)
        building = f.make_building(grid)
        self.worker = f.make_worker("played", grid)
        self.kind = f.make_need_kind()
        f.make_care_rule(self.kind, 7)
        self.doors = [f.make_household(building, 1, f"{number}01", floor=number) for number in (1, 2, 3)]
        for door in self.doors[:2]:
            f.make_resident(door, f"户主{door.door}", is_contact=True, relation=Relation.CONTACT)
            f.make_resident(door, f"家人{door.door}", relation=Relation.CHILD, birth_year=1975)
        reference.forget()
        told = 0
        for step in steps:
            self.play(*step)
            events = LifeEvent.unscoped.count()
            assert events >= told
            told = events
            assert_true(self.doors)

    def play(self, what: str, whom: int, where: int, then: int, days_ago: int) -> None:
        people = list(Resident.unscoped.order_by("pk"))
        person, other = people[whom % len(people)], people[then % len(people)]
        door = Household.unscoped.get(pk=self.doors[where].pk)
        happened = Happened(today() - timedelta(days=days_ago), self.worker, "听说")
        day = happened.day
        plays: dict[str, Callable[[], object]] = {
            "in": lambda: verbs.moved_in(door, details=Details(f"新人{whom}"), happened=happened),
            "born": lambda: verbs.born(door, details=Details("宝宝", day.year, day), happened=happened),
            "move": lambda: verbs.moved_out(person, happened=happened, to=door, new_contact=other),
            "out": lambda: verbs.moved_out(person, happened=happened, elsewhere="外地", new_contact=other),
            "died": lambda: verbs.died(person, happened=happened, new_contact=other),
            "restored": lambda: verbs.restored(person, happened=happened),
            "head": lambda: verbs.new_head(person, happened=happened),
            "away": lambda: verbs.went_away(person, happened=happened, stays_with=door if then % 2 else None),
            "back": lambda: verbs.came_back(person, happened=happened),
            "split": lambda: verbs.split_off(
                person.household, people=[person], to=door, head=person, happened=happened
            ),
            "need": lambda: needs.add(person, kind=self.kind, since_date=day, note="", by=self.worker),
        }
        names = {each.pk: each.name for each in people}
        try:
            plays[what]()
        except Refused:
            assert {each.pk: each.name for each in Resident.unscoped.all()} == names
        assert set(names) <= set(Resident.unscoped.values_list("pk", flat=True))
