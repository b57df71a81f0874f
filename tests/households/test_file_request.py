"""Filing a request: the verb every form ends in."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import connection

from households.actions import requests as verbs
from households.models import Assignment, RequestEvent, ServiceRequest, State
from resilience.outbox.models import Message
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
        assert ServiceRequest.objects.count() == 1
        assert RequestEvent.objects.count() == 2

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
        assert ServiceRequest.objects.get(phone_index=verbs.phone_index("19900001234")) == filed
