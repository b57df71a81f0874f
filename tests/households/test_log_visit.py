"""Logging a visit: what it moves and what it must not."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from households import reference
from households.actions import care, life_events
from households.actions import requests as request_verbs
from households.actions.visits import Found, Seen, log_visit
from households.models import (
    Assignment,
    CareRule,
    EventKind,
    Household,
    Means,
    Presence,
    ResidentNeed,
    ServiceRequest,
    Source,
    State,
    Visit,
    VisitMeans,
    VisitResult,
)
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from tests import factories as f
from tests.base import CastTestCase

DAY = timedelta(days=1)


class VisitTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.kind = f.make_need_kind()
        f.make_care_rule(self.kind, 7, means=Means.ANY)
        reference.forget()
        self.need = f.make_need(self.wang, self.kind, since_date=today() - 40 * DAY, last_met_date=today() - 10 * DAY)
        care.refresh_due(self.household)

    def log(self, **seen: Any) -> Visit:
        seen = {"key": uuid.uuid4(), "means": VisitMeans.DOOR, "result": VisitResult.MET, **seen}
        seen.setdefault("needs", (self.need.pk,))
        return log_visit(self.door(), Seen(**seen), by=seen.pop("by", self.worker))[0]

    def door(self) -> Household:
        return Household.unscoped.select_related("building", "community", "contact").get(pk=self.household.pk)

    def due(self) -> Any:
        return ResidentNeed.unscoped.get(pk=self.need.pk).next_due_date


class LogVisitTests(VisitTestCase):
    def test_meeting_somebody_moves_what_was_due_and_keeps_how_late_it_was(self) -> None:
        assert self.door().next_due_date == today() - 3 * DAY
        visit = self.log()
        assert (self.due(), self.door().next_due_date) == (today() + 7 * DAY, today() + 7 * DAY)
        assert visit.due_date == visit.checks.get().due_date == today() - 3 * DAY
        assert self.door().last_contact_at == visit.happened_at

    def test_meeting_nobody_leaves_it_due(self) -> None:
        for result in (VisitResult.NOBODY, VisitResult.REFUSED):
            visit = self.log(result=result)
            assert not visit.checks.exists()
        assert self.due() == self.door().next_due_date == today() - 3 * DAY
        assert self.door().last_contact_at is None

    def test_a_call_does_not_count_where_the_rule_asks_for_the_door(self) -> None:
        CareRule.objects.update(means=Means.DOOR)
        reference.forget()
        self.log(means=VisitMeans.PHONE)
        assert self.due() == today() - 3 * DAY
        self.log(means=VisitMeans.DOOR)
        assert self.due() == today() + 7 * DAY

    def test_a_need_not_ticked_stays_due(self) -> None:
        self.log(needs=())
        assert self.due() == self.door().next_due_date == today() - 3 * DAY

    def test_happens_once_per_key(self) -> None:
        key = uuid.uuid4()
        assert self.log(key=key).pk == self.log(key=key).pk
        assert Visit.unscoped.count() == 1

    def test_a_key_of_somebody_elses_visit_gives_nothing_away(self) -> None:
        key = uuid.uuid4()
        self.log(key=key)
        with pytest.raises(Refused):
            log_visit(self.door(), Seen(key, VisitMeans.DOOR, VisitResult.NOBODY), by=self.lead)

    def test_an_older_visit_does_not_turn_the_newer_one_back(self) -> None:
        self.log()
        self.log(happened_at=timezone.now() - 5 * DAY)
        assert self.due() == today() + 7 * DAY
        met = self.door().last_contact_at
        assert met
        assert met > timezone.now() - DAY

    def test_refuses_the_future_and_what_is_long_ago(self) -> None:
        for moment in (timezone.now() + DAY, timezone.now() - 31 * DAY):
            with pytest.raises(Refused) as refused:
                self.log(happened_at=moment)
            assert refused.value.field == "happened_at"
        assert not Visit.unscoped.exists()

    def test_a_phone_that_runs_ahead_a_little_counts_as_now(self) -> None:
        visit = self.log(happened_at=timezone.now() + timedelta(minutes=5))
        assert visit.happened_at <= timezone.now()

    def test_checks_off_nobody_of_another_door(self) -> None:
        other = f.make_need(self.li, self.kind)
        self.log(needs=(self.need.pk, other.pk, 10**11))
        assert ResidentNeed.unscoped.get(pk=other.pk).last_met_date is None

    def test_what_was_found_becomes_a_request_of_the_worker_once(self) -> None:
        seen = {"key": uuid.uuid4(), "finding": "found", "found": Found(self.category, "灶台漏气")}
        visit = self.log(**seen)
        self.log(**seen)
        filed = ServiceRequest.unscoped.get()
        assert visit.service_request == filed
        assert (filed.source, filed.worker, filed.text) == (Source.VISIT, self.worker, "灶台漏气")
        assert (filed.filed_by, filed.phone, filed.address) == (self.worker, "19900000001", self.household_address())
        assert filed.responded_at is not None

    def household_address(self) -> str:
        return self.door().address

    def test_what_was_found_can_be_left_to_the_desk(self) -> None:
        self.log(finding="found", found=Found(self.category, "灶台漏气", is_mine=False))
        assert ServiceRequest.unscoped.get().state == State.SUBMITTED

    def test_who_finds_it_can_take_it_even_when_its_kind_goes_to_the_desk(self) -> None:
        repair = f.make_category("repair", goes_to_worker=False)
        self.log(finding="found", found=Found(repair, "灶台漏气"))
        assert ServiceRequest.unscoped.get().worker == self.worker

    def test_who_takes_what_they_found_has_accepted_it(self) -> None:
        repair = f.make_category("repair", goes_to_worker=False)
        for category in (self.category, repair):
            self.log(key=uuid.uuid4(), finding="found", found=Found(category, "灶台漏气"))
            filed = ServiceRequest.unscoped.latest("pk")
            assert Assignment.objects.active().get(service_request=filed).accepted_at
            assert filed.events.filter(kind=EventKind.ACCEPTED, by=self.worker).count() == 1
        self.log(key=uuid.uuid4(), finding="found", found=Found(self.category, "灶台漏气", is_mine=False))
        assert not ServiceRequest.unscoped.latest("pk").events.filter(kind=EventKind.ACCEPTED).exists()

    def test_nothing_is_kept_when_what_was_found_cannot_be_filed(self) -> None:
        with pytest.raises(AttributeError):
            self.log(finding="found", found=Found(None, "x"))  # type: ignore[arg-type]
        assert not Visit.unscoped.exists()
        assert self.due() == today() - 3 * DAY

    def test_having_met_them_stops_the_first_clock_of_my_requests_here(self) -> None:
        mine = f.make_request(self.household)
        elsewhere = f.make_request(self.other_household)
        self.log(result=VisitResult.NOBODY)
        assert self.again(mine).responded_at is None
        self.log()
        filed = self.again(mine)
        assert filed.responded_at
        assert filed.due_at == filed.resolve_by_at
        assert filed.events.filter(kind=EventKind.VISITED, is_public=True).count() == 1
        self.log()
        assert filed.events.filter(kind=EventKind.VISITED).count() == 1
        assert self.again(elsewhere).responded_at is None

    def test_leaves_the_clock_of_a_colleagues_request_alone(self) -> None:
        mine = f.make_request(self.household)
        request_verbs.end_assignment(mine, "reassigned")
        log_visit(self.door(), Seen(uuid.uuid4(), VisitMeans.DOOR, VisitResult.MET), by=self.lead)
        assert self.again(mine).responded_at is None


class RefreshDueTests(VisitTestCase):
    def test_the_earliest_of_needs_and_colour_counts(self) -> None:
        CareRule.objects.create(colour="red", every_days=1)
        reference.forget()
        self.household.care_colour = "red"
        self.household.last_contact_at = timezone.now() - 20 * DAY
        self.household.save(update_fields=["care_colour", "last_contact_at"])
        care.refresh_due(self.household)
        assert self.door().next_due_date == today() - 19 * DAY

    def test_a_colour_nobody_was_ever_met_for_stays_due_from_its_first_day(self) -> None:
        CareRule.objects.create(colour="red", every_days=1)
        reference.forget()
        Household.unscoped.filter(pk=self.other_household.pk).update(care_colour="red", next_due_date=today() - 4 * DAY)
        care.refresh_all()
        care.refresh_all()
        assert Household.unscoped.get(pk=self.other_household.pk).next_due_date == today() - 4 * DAY

    def test_a_colour_that_asks_for_the_door_is_not_met_by_phone(self) -> None:
        ResidentNeed.unscoped.all().delete()
        CareRule.objects.create(colour="red", every_days=1, means=Means.DOOR)
        reference.forget()
        Household.unscoped.filter(pk=self.household.pk).update(care_colour="red", next_due_date=None)
        self.log(needs=(), happened_at=timezone.now() - 5 * DAY)
        self.log(needs=(), means=VisitMeans.PHONE)
        assert self.door().next_due_date == today() - 4 * DAY

    def test_somebody_staying_elsewhere_is_due_at_that_door(self) -> None:
        self.wang.presence, self.wang.stays_with = Presence.AWAY, self.other_household
        self.wang.save(update_fields=["presence", "stays_with"])
        for door in (self.household, self.other_household):
            care.refresh_due(door)
        assert self.household.next_due_date is None
        assert self.other_household.next_due_date == today() - 3 * DAY

    def test_a_changed_rule_moves_every_door_in_a_fixed_number_of_statements(self) -> None:
        CareRule.objects.update(every_days=30)
        reference.forget()
        reference.care_by_kind(), reference.care_by_colour()
        with self.assertNumQueries(7):  # ids; savepoint, households, needs, two updates, savepoint
            everyone = care.refresh_all()
        assert everyone == Household.unscoped.count()
        assert self.door().next_due_date == today() + 20 * DAY

    def test_a_closed_door_is_never_due(self) -> None:
        Household.unscoped.filter(pk=self.household.pk).update(until_date=today())
        care.refresh_due(self.household)
        assert self.door().next_due_date is None


def test_register_verbs_refresh_through_this_module() -> None:
    assert life_events.care is care
