"""What happens by itself: overdue requests escalate step by step, resolved ones close without an answer."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import timezone

from households import reference
from households.actions import requests as verbs
from households.actions.escalation import close_due, escalate_due
from households.models import Actor, Category, EventKind, HouseRules, ServiceRequest, SpecialDay, State, Urgency
from resilience.lib.rows import Stop
from resilience.outbox.models import Channel, Message
from tests import factories as f
from tests.base import CastTestCase


def make_late(service_request: ServiceRequest, **late: float) -> ServiceRequest:
    """Overdue by that much."""
    due = timezone.now() - timedelta(**late)
    ServiceRequest.unscoped.filter(pk=service_request.pk).update(due_at=due, respond_by_at=due)
    return service_request


def steps(service_request: ServiceRequest) -> list[str]:
    escalated = service_request.events.filter(kind=EventKind.ESCALATED)
    return [event.note for event in escalated]


def told(service_request: ServiceRequest) -> list[str]:
    chat = Message.objects.filter(channel=Channel.WEBHOOK, key__contains=":escalated:")
    messages = chat.filter(about=service_request.code).order_by("pk")
    return [message.recipient for message in messages]


class EscalateTests(CastTestCase):
    def test_tells_the_worker_then_the_lead_then_the_desk_each_once(self) -> None:
        late = make_late(f.make_request(self.household), minutes=1)
        everybody = [f"user:{self.worker.pk}", f"lead:{self.grid.pk}", f"desk:{self.home.pk}"]
        for level, minutes in enumerate((1, 61, 241), 1):
            make_late(late, minutes=minutes)
            assert escalate_due() == 1
            assert escalate_due() == 0
            assert self.again(late).escalation == level
            assert told(late) == everybody[:level]
            assert len(steps(late)) == level
        event = late.events.filter(kind=EventKind.ESCALATED).first()
        assert event is not None
        assert (event.actor, event.to_worker, event.is_public) == (Actor.SYSTEM, self.worker, False)

    def test_climbs_the_faster_the_more_urgent_it_is(self) -> None:
        for urgency, minutes, level in (
            (Urgency.NORMAL, 20, 1), (Urgency.URGENT, 20, 2), (Urgency.URGENT, 61, 3),
            (Urgency.LIFE, 1, 2), (Urgency.LIFE, 6, 3),
        ):  # fmt: skip
            late = make_late(f.make_request(self.household, urgency=urgency), minutes=minutes)
            escalate_due()
            assert self.again(late).escalation == level, (urgency, minutes)

    def test_tells_the_lead_and_the_desk_by_mail_if_they_left_an_address(self) -> None:
        for user in (self.lead, self.clerk, self.foreign_clerk, self.worker):
            user.email = f"{user.username}@example.org"
            user.save(update_fields=["email"])
        late = make_late(f.make_request(self.household), hours=30)
        escalate_due()
        mails = Message.objects.filter(about=late.code, channel=Channel.EMAIL).order_by("pk")
        assert [mail.recipient for mail in mails] == ["lead@example.org", "clerk@example.org"]
        assert late.code in mails[0].body
        assert "王秀英" not in mails[0].body

    def test_catches_up_on_every_step_after_standing_still(self) -> None:
        late = make_late(f.make_request(self.household), hours=30)
        assert escalate_due() == 1
        assert (self.again(late).escalation, len(steps(late)), len(told(late))) == (3, 3, 3)

    def test_tells_the_desk_at_once_when_nobody_has_it(self) -> None:
        late = make_late(f.make_request(community=self.home, address="西园街1号"), minutes=1)
        escalate_due()
        assert told(late) == [f"desk:{self.home.pk}"]

    def test_leaves_alone_what_is_in_time_waits_for_the_resident_or_is_done(self) -> None:
        f.make_request(self.household)
        paused = make_late(f.make_request(self.household), hours=9)
        verbs.pause(self.again(paused), by=self.worker, actor=Actor.WORKER, question="几点在家？")
        make_late(paused, hours=9)
        done = f.make_request(self.household)
        verbs.resolve(self.again(done), by=self.worker, actor=Actor.WORKER, what_was_done="好了")
        make_late(done, hours=9)
        assert escalate_due() == 0

    def test_shows_in_the_queue_as_changed(self) -> None:
        late = make_late(f.make_request(self.household), minutes=1)
        before = self.again(late).updated_at
        escalate_due()
        assert self.again(late).updated_at > before

    def test_follows_the_delays_staff_set(self) -> None:
        HouseRules.objects.update_or_create(id=1, defaults={"lead_after_minutes": 5, "desk_after_minutes": 6})
        reference.forget()
        late = make_late(f.make_request(self.household), minutes=5.5)
        escalate_due()
        assert self.again(late).escalation == 2

    def test_counts_working_hours_where_the_category_does(self) -> None:
        today = timezone.localdate()
        SpecialDay.objects.bulk_create(SpecialDay(date=today - timedelta(days=n)) for n in range(7))
        Category.objects.filter(pk=self.category.pk).update(in_working_hours=True)
        reference.forget()
        late = make_late(f.make_request(self.household), days=2)
        escalate_due()
        assert self.again(late).escalation == 1, "overdue since a holiday began: no working hour has passed"

    def test_a_row_that_cannot_be_read_stops_no_other(self) -> None:
        damaged = make_late(f.make_request(self.household), minutes=9)
        whole = make_late(f.make_request(self.household), minutes=8)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE households_servicerequest SET phone = phone_index WHERE id = %s", [damaged.pk])
        with self.assertLogs("resilience.lib.rows", "ERROR") as logs:
            assert escalate_due() == 1
        assert self.again(whole).escalation == 1
        assert [record.getMessage() for record in logs.records] == [
            f"escalate: row {damaged.pk} failed with DamagedValue"
        ]

    def test_stops_between_rows_when_asked(self) -> None:
        make_late(f.make_request(self.household), minutes=9)
        stop = Stop()
        stop.asked = True
        assert escalate_due(stop) == 0


class CloseTests(CastTestCase):
    def resolved(self, **ago: Any) -> ServiceRequest:
        filed = f.make_request(self.household)
        verbs.resolve(self.again(filed), by=self.worker, actor=Actor.WORKER, what_was_done="好了")
        ServiceRequest.unscoped.filter(pk=filed.pk).update(resolved_at=timezone.now() - timedelta(**ago))
        return filed

    def test_closes_what_nobody_answered_and_says_so(self) -> None:
        silent, fresh = self.resolved(days=3, minutes=1), self.resolved(days=2)
        assert close_due() == 1
        assert close_due() == 0
        assert self.again(silent).state == State.CLOSED
        assert self.again(fresh).state == State.RESOLVED
        last = silent.events.last()
        assert last is not None
        assert (last.kind, last.is_public) == (EventKind.CLOSED, True)
        assert Message.objects.filter(about=silent.code, key__contains=":closed:").count() == 1

    def test_waits_as_long_as_staff_say(self) -> None:
        HouseRules.objects.update_or_create(id=1, defaults={"close_after_days": 10})
        reference.forget()
        self.resolved(days=9)
        assert close_due() == 0


class AtOnceTests(TransactionTestCase):
    def test_several_at_once_write_each_step_once(self) -> None:
        reference.forget()
        grid = f.make_grid(f.make_community())
        household = f.make_household(f.make_building(grid))
        f.make_responsible(household, f.make_worker("worker", grid))
        late = [make_late(f.make_request(household), hours=30) for _ in range(8)]
        start = threading.Barrier(3)

        def work() -> None:
            start.wait()
            escalate_due()
            connections.close_all()

        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [len(steps(each)) for each in late] == [3] * 8
        assert [len(told(each)) for each in late] == [3] * 8
