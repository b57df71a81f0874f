"""What an event says: stored as codes and days, worded when it is read, in the reader's language."""

from __future__ import annotations

from datetime import date

from django.utils import translation

from households import reference, wording
from households.actions import answers, requests
from households.actions import items as item_verbs
from households.actions.escalation import escalate_due
from households.models import Actor, EventKind, ItemState, Outcome, Rating, RequestEvent, ServiceRequest, Urgency
from resilience.lib.dates import MIN_MOMENT
from tests import factories as f
from tests.base import CastTestCase


class SaidTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = f.make_request(
            self.household, items=(requests.NewItem(self.category), requests.NewItem(self.category, "大米"))
        )

    def both(self, kind: EventKind) -> tuple[str, str]:
        """The last event of that kind as read in Chinese and in English."""
        event = RequestEvent.unscoped.filter(service_request=self.filed, kind=kind).latest("id")
        with translation.override("zh-hans"):
            chinese = wording.said(event)
        with translation.override("en"):
            return chinese, wording.said(event)

    def test_an_answer_is_read_in_the_readers_language_and_its_words_as_they_were_written(self) -> None:
        with translation.override("en"):
            requests.resolve(self.filed, by=self.worker, actor=Actor.WORKER, what_was_done="送到了")
            answers.confirm(self.filed, outcome=Outcome.NOT_DONE, rating=Rating.DISSATISFIED, words="没有来")
        assert self.both(EventKind.REOPENED) == ("没有办好 · 不满意\n没有来", "not done · not satisfied\n没有来")

    def test_a_need_says_what_it_is_how_it_stands_and_when_it_comes_back(self) -> None:
        first = self.filed.items.order_by("id").first()
        assert first is not None
        day = date(2027, 1, 2)
        with translation.override("en"):
            item_verbs.report_item(
                self.filed, item=first.pk, by=self.worker, actor=Actor.WORKER, state=ItemState.FOR_NOW, next_date=day
            )
        chinese, english = self.both(EventKind.ITEM)
        assert chinese == "物资代购 · 这次已满足 · 2027年1月2日 再次需要"
        assert english.startswith("Groceries · fulfilled for now · needed again on ")

    def test_a_correction_names_what_was_and_what_is(self) -> None:
        medicine = f.make_category("medicine", name_zh="药", name_en="Medicine")
        requests.edit(self.filed, by=self.clerk, category=medicine, urgency=Urgency.URGENT, why="更急")
        assert self.both(EventKind.EDITED) == (
            "物资代购 → 药 · 本周 → 今天\n更急",
            "Groceries → Medicine · this week → today\n更急",
        )

    def test_what_happened_by_itself_says_why(self) -> None:
        ServiceRequest.unscoped.filter(pk=self.filed.pk).update(due_at=MIN_MOMENT, respond_by_at=MIN_MOMENT)
        escalate_due()
        assert self.both(EventKind.ESCALATED) == ("已告知社区", "desk told")
        self.filed = self.again(self.filed)
        requests.resolve(self.filed, by=self.worker, actor=Actor.WORKER, what_was_done="送到了")
        answers.close_unanswered(self.filed)
        assert self.both(EventKind.CLOSED)[1] == "Closed because nobody answered in time. It can be reopened."

    def test_what_is_needed_more_is_named(self) -> None:
        medicine = f.make_category("medicine", name_zh="药", name_en="Medicine")
        answers.add_words(self.filed, text="还要这些", needs=[medicine, self.category])
        assert self.both(EventKind.NOTE) == ("药，物资代购\n还要这些", "Medicine, Groceries\n还要这些")

    def test_an_event_of_an_earlier_release_keeps_its_words(self) -> None:
        RequestEvent.unscoped.create(service_request=self.filed, kind=EventKind.REOPENED, note="没有办 · 还是漏水")
        assert self.both(EventKind.REOPENED) == ("没有办 · 还是漏水",) * 2

    def test_a_code_nobody_knows_any_more_stays_as_it_is(self) -> None:
        details = {"outcome": "gone", "because": "gone", "asked": [987_654], "new key": 1}
        RequestEvent.unscoped.create(service_request=self.filed, kind=EventKind.NOTE, details=details)
        assert self.both(EventKind.NOTE)[1] == "gone · #987654 · gone"


class ValueTests(CastTestCase):
    def both(self, field: str, text: str) -> tuple[str, str]:
        with translation.override("zh-hans"):
            chinese = wording.value(field, text)
        with translation.override("en"):
            return chinese, wording.value(field, text)

    def test_a_door_is_read_in_the_readers_language(self) -> None:
        door = self.household.door_code
        for field in ("household", "stays_with"):
            assert self.both(field, door) == ("西园小区1号楼 1单元502", "西园小区1号楼 Entrance 1, 502")

    def test_a_need_is_read_in_the_readers_language(self) -> None:
        kind = f.make_need_kind()
        reference.forget()
        assert self.both("need", kind.code) == (kind.name_zh, kind.name_en)

    def test_what_earlier_releases_wrote_stays_as_it_is(self) -> None:
        assert self.both("need", "独居老人") == ("独居老人",) * 2
        assert self.both("stays_with", "北京女儿家 3#201") == ("北京女儿家 3#201",) * 2

    def test_a_request_keeps_the_address_in_the_houses_language(self) -> None:
        with translation.override("en"):
            filed = f.make_request(self.household)
        assert filed.address == self.household.posted_address
        assert "Entrance" not in filed.address
