"""The needs of a request, one by one: done, for now, for good, needed again."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone

from households import wording
from households.actions import answers, requests
from households.actions import items as items_verbs
from households.actions.requests import NewItem
from households.models import (
    Actor,
    ItemState,
    Outcome,
    State,
)
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase

from .deeds import VerbTestCase


class ItemTests(VerbTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = f.make_request(
            self.household, items=(NewItem(self.category, "降压药", 30), NewItem(self.category, "大米"))
        )
        self.medicine, self.rice = self.filed.items.all()

    def test_one_done_leaves_the_other_open_and_starts_the_work(self) -> None:
        self.went_on(self.send("item", self.worker, item=self.rice.pk, state="done"))
        self.rice.refresh_from_db()
        self.medicine.refresh_from_db()
        assert (self.rice.state, self.medicine.state) == (ItemState.DONE, ItemState.OPEN)
        filed = self.again(self.filed)
        assert (filed.state, filed.due_at) == (State.IN_PROGRESS, filed.resolve_by_at)
        assert "大米" in wording.said(self.last_event())

    def test_for_now_rests_until_its_day(self) -> None:
        day = today() + timedelta(days=30)
        self.send("item", self.worker, item=self.rice.pk, state="done")
        self.went_on(self.send("item", item=self.medicine.pk, state="for_now", next_date=day.isoformat()))
        filed = self.again(self.filed)
        assert filed.state == State.IN_PROGRESS
        assert filed.due_at.astimezone().date() in (day, day - timedelta(days=1))
        requests.pause(filed, by=self.worker, actor=Actor.WORKER, question="够吗？")
        requests.resume(filed, by=self.worker, actor=Actor.WORKER)
        assert not filed.is_overdue()
        assert filed.resolve_by_at.date() >= day

    def test_for_now_wants_a_day_to_come(self) -> None:
        for day in ("", today().isoformat(), "2099-01-01", "soon"):
            response = self.send("item", self.worker, item=self.medicine.pk, state="for_now", next_date=day)
            self.stayed(response, "item_next_date")

    def test_a_need_of_another_request_is_refused(self) -> None:
        other = f.make_request(self.other_household, items=(NewItem(self.category, "面"),))
        response = self.send("item", self.worker, item=other.items.get().pk, state="done")
        assert response.status_code == 422
        assert other.items.get().state == ItemState.OPEN

    def needs(self) -> list[tuple[str, date | None]]:
        return list(self.filed.items.order_by("id").values_list("state", "next_date"))

    def test_done_means_this_time_when_a_need_comes_back(self) -> None:
        self.went_on(self.send("resolve", self.worker, what_was_done="都办好了"))
        day = today() + timedelta(days=30)
        assert self.needs() == [(ItemState.FOR_NOW, day), (ItemState.DONE, None)]
        filed = self.again(self.filed)
        assert (filed.state, filed.worker, filed.resolved_at) == (State.IN_PROGRESS, self.worker, None)
        assert timezone.localdate(filed.due_at, timezone.get_default_timezone()) == day
        assert "都办好了" in wording.said(self.last_event())
        assert self.last_event().is_public

    def test_done_keeps_the_day_that_was_set_for_the_next_time(self) -> None:
        day = today() + timedelta(days=3)
        self.send("item", self.worker, item=self.medicine.pk, state="for_now", next_date=day.isoformat())
        self.send("resolve", what_was_done="都办好了", again="for_now")
        assert self.needs() == [(ItemState.FOR_NOW, day), (ItemState.DONE, None)]

    def test_done_for_good_ends_every_need(self) -> None:
        self.went_on(self.send("resolve", self.worker, what_was_done="都办好了", again="for_good"))
        assert set(self.needs()) == {(ItemState.DONE, None)}
        assert self.state() == State.RESOLVED

    def test_the_form_asks_whether_it_comes_back_and_takes_it_for_so(self) -> None:
        self.sign_in(self.worker)
        url = reverse("request", args=[self.filed.code])
        page = self.client.get(url, {"do": "resolve"}).content.decode()
        assert re.search(r'value="for_now"[^>]* checked', page)
        assert "降压药" in page.split('name="again"')[1]
        self.send("item", item=self.medicine.pk, state="dropped")
        self.assertNotContains(self.client.get(url, {"do": "resolve"}), 'name="again"')

    def test_reopening_opens_again_what_the_report_closed_and_nothing_else(self) -> None:
        day = today() + timedelta(days=3)
        self.send("item", self.worker, item=self.medicine.pk, state="for_now", next_date=day.isoformat())
        third = self.filed.items.create(category=self.category, words="面粉")
        self.send("item", item=third.pk, state="done")
        self.send("resolve", what_was_done="都办好了", again="for_good")
        answers.confirm(self.again(self.filed), outcome=Outcome.NOT_DONE, rating="", words="没来")
        assert self.needs() == [(ItemState.FOR_NOW, day), (ItemState.OPEN, None), (ItemState.DONE, None)]

    def test_a_rest_that_is_over_when_it_is_reopened_is_open(self) -> None:
        self.send("resolve", self.worker, what_was_done="都办好了", again="for_good")
        event = self.last_event()
        assert event.details["closed"] == [[self.medicine.pk, "open", ""], [self.rice.pk, "open", ""]]
        event.details["closed"][0][1:] = ["for_now", today().isoformat()]
        event.save()
        answers.reopen(self.again(self.filed), words="没来")
        assert self.needs() == [(ItemState.OPEN, None)] * 2

    def test_a_request_without_needs_has_no_such_form(self) -> None:
        self.filed = f.make_request(self.household)
        assert self.send("item", self.worker, item=self.rice.pk, state="done").status_code == 422


class ReopenDueItemsTests(CastTestCase):
    def test_opens_what_is_needed_again_once(self) -> None:
        from_verb = f.make_request(self.household, items=(NewItem(self.category, "降压药", 30),))
        item = from_verb.items.get()
        day = today() + timedelta(days=30)
        items_verbs.report_item(
            from_verb, item=item.pk, by=self.worker, actor=Actor.WORKER, state=ItemState.FOR_NOW, next_date=day
        )
        assert items_verbs.reopen_due_items() == 0
        later = from_verb.due_at
        assert items_verbs.reopen_due_items(later) == 1
        assert items_verbs.reopen_due_items(later) == 0
        item.refresh_from_db()
        assert (item.state, item.next_date) == (ItemState.OPEN, None)
        assert from_verb.events.latest("id").actor == Actor.SYSTEM

    def test_leaves_what_has_ended(self) -> None:
        filed = f.make_request(self.household, items=(NewItem(self.category, "降压药", 30),))
        day = today() + timedelta(days=2)
        items_verbs.report_item(
            filed, item=filed.items.get().pk, by=self.worker, actor=Actor.WORKER, state=ItemState.FOR_NOW, next_date=day
        )
        requests.reject(filed, by=self.clerk, reason="搬走了")
        assert items_verbs.reopen_due_items(filed.due_at) == 0
