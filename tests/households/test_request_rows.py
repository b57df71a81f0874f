"""Which requests: the filters answer from the indexes that were made for them, on both databases."""

from __future__ import annotations

from unittest import skipUnless

import pytest
from django.db import connection
from django.db.models import QuerySet

from households.models import ServiceRequest, State
from households.models.requests import RequestQuerySet
from tests import factories as f
from tests.base import CastTestCase


def plan(rows: QuerySet[ServiceRequest]) -> str:
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return "\n".join(row[3] for row in cursor.fetchall())


class TestRequestRows(CastTestCase):
    def rows(self) -> RequestQuerySet:
        return ServiceRequest.unscoped.all()

    def make_unassigned(self) -> ServiceRequest:
        return f.make_request(community=self.home, address="西园小区门口")

    def test_it_parts_open_requests_from_ended_ones(self) -> None:
        requests = {state: self.make_unassigned() for state in State if state not in (State.MERGED, *HAS_WORKER)}
        for state, each in requests.items():
            self.rows().filter(pk=each.pk).update(state=state)
        found = {one.state for one in self.rows().open()}
        assert found == {State.SUBMITTED, State.ACCEPTED, State.REOPENED}
        assert {one.state for one in self.rows().ended()} == set(requests) - found
        assert self.rows().open().count() + self.rows().ended().count() == self.rows().count()

    def test_it_finds_what_is_with_a_worker(self) -> None:
        mine, unassigned = f.make_request(self.household), self.make_unassigned()
        assert list(self.rows().of(self.worker)) == [mine]
        assert list(self.rows().unassigned()) == [unassigned]

    def test_it_takes_no_words_from_outside(self) -> None:
        for words in (["a'); --"], ["Ä"], [], ["a b"]):
            with pytest.raises(ValueError, match="constants"):
                list(self.rows().filter(state__among=words))

    @skipUnless(connection.vendor == "sqlite", "SQLite needs the condition of a partial index said word by word")
    def test_it_answers_from_the_partial_indexes(self) -> None:
        f.make_request(self.household)
        queue = self.rows().open().due_first()
        assert "INDEX request_queue" in plan(queue.filter(community=self.home))
        assert "TEMP B-TREE" not in plan(queue.filter(community=self.home))
        assert "INDEX request_queue_anywhere" in plan(queue)
        assert "INDEX request_of_worker" in plan(self.rows().of(self.worker).due_first())
        assert "INDEX request_ended_anywhere" in plan(self.rows().ended().filter(state="closed").due_last())


HAS_WORKER = (State.ASSIGNED, State.IN_PROGRESS)
