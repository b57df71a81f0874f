"""`/ask/send/` from several connections in the same moment: one request."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django.test import Client, TransactionTestCase

from households import reference
from households.models import Assignment, RequestEvent, ServiceRequest
from resilience.outbox.models import Message
from tests import factories as f

from .ask import DETAILS, WHAT, door_path

TAPS = 8


class AskAtOnceTests(TransactionTestCase):
    def setUp(self) -> None:
        reference.forget()
        self.addCleanup(reference.forget)
        community = f.make_community()
        grid = f.make_grid(community)
        self.household = f.make_household(f.make_building(grid), 1, "502")
        f.make_responsible(self.household, f.make_worker("worker", grid, "马晓兰"))
        f.make_category()

    def test_files_one_request_for_eight_taps_at_once(self) -> None:
        first = Client()
        first.post(door_path(self.household), {**WHAT, **DETAILS})
        cookie = first.cookies["draft"].value
        together = threading.Barrier(TAPS)

        def tap(_number: int) -> tuple[int, str]:
            client = Client()
            client.cookies["draft"] = cookie
            together.wait()
            try:
                answer = client.post("/ask/send/")
                return answer.status_code, answer["Location"]
            finally:
                connection.close()

        with ThreadPoolExecutor(TAPS) as pool:
            answers = set(pool.map(tap, range(TAPS)))
        filed = ServiceRequest.unscoped.get()
        assert answers == {(303, f"/track/{filed.token}/?said=sent")}
        assert Assignment.objects.count() == 1
        assert RequestEvent.unscoped.count() == 2
        assert Message.objects.count() == 2
