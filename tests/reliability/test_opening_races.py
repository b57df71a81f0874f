"""Many openings by one person at once: counted to the last, told of once, shown again without a second count."""

from __future__ import annotations

from households import reference
from households.actions.openings import open_values
from households.models import Household, Opening, OpeningReason, OpeningRule, Resident, Role, Sealed
from resilience.audit.models import Entry
from resilience.outbox.models import Message
from tests import factories as f
from tests.reliability.test_races import AT_ONCE, RaceTestCase

ALARM_AFTER = 12


class OpeningRaceTests(RaceTestCase):
    def setUp(self) -> None:
        super().setUp()
        people = [f.make_resident(self.household, f"家人{n}", phone=f"1990003{n:04}") for n in range(AT_ONCE)]
        rows = Resident.unscoped.select_related("household__community")
        self.people = [rows.get(pk=person.pk) for person in people]

    def limit(self, stop_after: int | None = None) -> None:
        OpeningRule.objects.create(role=Role.WORKER, alarm_after=ALARM_AFTER, stop_after=stop_after)
        reference.forget()

    def open(self, subject: Resident | Household) -> None:
        open_values(subject, fields=[Sealed.PHONE], reason=OpeningReason.VISIT, by=self.workers[0], role=Role.WORKER)

    def test_twenty_at_once_are_twenty_and_raise_one_alarm(self) -> None:
        self.limit()
        assert self.race(lambda n: self.open(self.people[n])) == ["ok"] * AT_ONCE
        assert Opening.objects.count() == AT_ONCE
        assert Opening.objects.filter(is_over=True).count() == AT_ONCE - ALARM_AFTER
        assert Entry.objects.filter(action="openings.alarm").count() == 1
        assert Message.objects.filter(about="openings").count() == 1

    def test_the_second_number_lets_through_just_as_many(self) -> None:
        self.limit(ALARM_AFTER + 3)
        assert self.race(lambda n: self.open(self.people[n])).count("ok") == ALARM_AFTER + 3
        assert Opening.objects.count() == ALARM_AFTER + 3

    def test_twenty_taps_on_one_button_are_one_opening_shown_twenty_times(self) -> None:
        assert self.race(lambda _n: self.open(self.people[0])) == ["ok"] * AT_ONCE
        assert Opening.objects.get().times == AT_ONCE
        assert Entry.objects.filter(action="openings.looked").count() == AT_ONCE
