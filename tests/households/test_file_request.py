"""Filing a request: the verb every form ends in."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import connection

from households.actions import requests as verbs
from households.models import Assignment, RequestEvent, ServiceRequest, State, Urgency
from resilience.outbox.models import Channel, Message
from tests import factories as f
from tests.base import CastTestCase


class FileRequestTests(CastTestCase):
    def test_goes_to_the_responsible_worker_with_its_events_clocks_and_messages(self) -> None:
        filed = f.make_request(self.household)
        assert (filed.state, filed.worker) == (State.ASSIGNED, self.worker)
        assert Assignment.objects.active().get(service_request=filed).worker == self.worker
        assert [event.to_state for event in filed.events.all()] == [State.SUBMITTED, State.ASSIGNED]
        assert filed.respond_by_at - filed.created_at == timedelta(hours=24)
        assert filed.due_at == filed.respond_by_at
        assert Message.objects.filter(about=filed.code).count() == 2

    def test_happens_once_per_key(self) -> None:
        key = uuid.uuid4()
        first, second = f.make_request(self.household, key=key), f.make_request(self.household, key=key)
        assert first.pk == second.pk
        assert ServiceRequest.unscoped.count() == 1
        assert RequestEvent.unscoped.count() == 2

    def told(self, filed: ServiceRequest, channel: Channel = Channel.WEBHOOK) -> set[str]:
        return {message.recipient for message in Message.objects.filter(about=filed.code, channel=channel)}

    def test_tells_worker_lead_and_desk_at_once_when_life_is_in_danger(self) -> None:
        self.clerk.email = "clerk@example.org"
        self.clerk.save(update_fields=["email"])
        everybody = {f"user:{self.worker.pk}", f"lead:{self.grid.pk}", f"desk:{self.home.pk}"}
        danger = f.make_request(self.household, urgency=Urgency.LIFE)
        assert self.told(danger) == everybody
        assert self.told(danger, Channel.EMAIL) == {"clerk@example.org"}
        calm = f.make_request(self.household)
        assert self.told(calm) == {f"user:{self.worker.pk}"}
        assert self.told(calm, Channel.EMAIL) == set()
        verbs.edit(self.again(calm), by=self.clerk, category=self.category, urgency=Urgency.LIFE, why="胸痛")
        assert self.told(calm) == everybody

    def test_waits_for_the_desk_when_the_responsible_worker_is_away(self) -> None:
        self.worker.away_until_date = verbs.timezone.localdate() + timedelta(days=3)
        self.worker.save(update_fields=["away_until_date"])
        assert f.make_request(self.household).state == State.SUBMITTED

    def test_keeps_the_phone_unreadable_in_the_table(self) -> None:
        filed = f.make_request(self.household, phone="19900001234")
        with connection.cursor() as cursor:
            cursor.execute("SELECT phone FROM households_servicerequest WHERE id = %s", [filed.pk])
            raw = cursor.fetchone()[0]
        assert b"19900001234" not in bytes(raw)
        assert self.again(filed).phone == "19900001234"
        assert ServiceRequest.unscoped.get(phone_index=verbs.phone_index("19900001234")) == filed
