"""What the tests of retention share: rows that are old, and a day that passes."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from households.actions.defaults import install_defaults
from households.models import (
    DueRow,
    ServiceRequest,
    Visit,
)
from households.retention import LISTED_FOR
from resilience.outbox.models import Message
from tests import factories as f
from tests.base import CastTestCase

LONG_AGO = timedelta(days=4_000)
DAY = timedelta(days=1)


class RetentionCase(CastTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        install_defaults()

    def old_request(self, **more: object) -> ServiceRequest:
        filed = f.make_request(self.household)
        filed.assignments.update(ended_at=timezone.now(), end_reason="resolved")
        ServiceRequest.unscoped.filter(pk=filed.pk).update(
            state="closed", worker=None, updated_at=timezone.now() - LONG_AGO, **more
        )
        Message.objects.update(created_at=timezone.now() - LONG_AGO, state="sent")
        return filed

    def old_visit(self, **more: object) -> Visit:
        return f.make_visit(self.household, self.worker, happened_at=timezone.now() - LONG_AGO, note="旧", **more)

    def tomorrow(self) -> None:
        """What is listed has been for a day."""
        DueRow.objects.update(listed_at=timezone.now() - LISTED_FOR)
