"""Statements that are made once: the same rows as the queryset, whatever is asked, on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext

from households.actions.requests import phone_index
from households.models import Appointment, Household, ServiceRequest, State
from resilience.accounts.models import User
from resilience.lib import prepared
from resilience.lib.dates import today
from resilience.lib.prepared import again
from tests import factories as f
from tests.base import CastTestCase


def appointments(user: int, day: date) -> QuerySet[Appointment, tuple[int, date]]:
    return Appointment.objects.on(day).filter(user=user).order_by("pk").values_list("pk", "from_date")


class TestPrepared(CastTestCase):
    def test_it_gives_what_the_queryset_gives(self) -> None:
        for user in User.objects.all():
            for day in (today(), today() - timedelta(days=40_000)):
                assert again("held", appointments, user=user.pk, day=day) == list(appointments(user.pk, day))

    def test_it_gives_whole_objects_with_what_belongs_to_them(self) -> None:
        def files(pk: int) -> QuerySet[Household]:
            return Household.unscoped.filter(pk=pk).select_related("building__grid").annotate(twice=F("floor") * 2)

        for household in (self.household, f.make_household(self.building, door="999")):
            (found,) = again("files", files, pk=household.pk)
            (wanted,) = files(household.pk)
            assert (found.__dict__ | {"_state": 0}) == (wanted.__dict__ | {"_state": 0})
            with CaptureQueriesContext(connection) as asked:
                assert found.building.grid == wanted.building.grid
            assert len(asked) == 0

    def test_it_asks_the_database_each_time(self) -> None:
        def names(name: str) -> QuerySet[User, tuple[str]]:
            return User.objects.filter(username=name).values_list("name")

        User.objects.filter(pk=self.worker.pk).update(name="改过的名字")
        with CaptureQueriesContext(connection) as asked:
            assert again("names", names, name=self.worker.username) == [("改过的名字",)]
            assert again("names", names, name="' OR ''='") == []
        assert len(asked) == 2

    def test_it_compares_moments(self) -> None:
        def since(at: datetime) -> QuerySet[ServiceRequest, tuple[str]]:
            return ServiceRequest.unscoped.filter(created_at__gte=at).values_list("code")

        request = f.make_request(self.household)
        assert again("since", since, at=request.created_at) == [(request.code,)]
        assert again("since", since, at=request.created_at + timedelta(seconds=1)) == []

    def test_it_compares_fingerprints(self) -> None:
        def of_phone(index: bytes) -> QuerySet[ServiceRequest, tuple[str]]:
            return ServiceRequest.unscoped.filter(phone_index=index).values_list("code")

        request = f.make_request(self.household, phone="19900000001")
        assert again("of phone", of_phone, index=phone_index("19900000001")) == [(request.code,)]
        assert again("of phone", of_phone, index=phone_index("19900000002")) == []

    def test_it_refuses_a_value_that_the_statement_does_not_hold(self) -> None:
        with pytest.raises(TypeError, match="day"):
            again("blind", lambda user, day: User.objects.filter(pk=user), user=1, day=today())

    def test_it_remembers_a_question_and_not_its_answer(self) -> None:
        made = []

        def rows() -> QuerySet[ServiceRequest, tuple[str]]:
            made.append(1)
            return ServiceRequest.unscoped.filter(state=State.SUBMITTED).values_list("code")

        assert again("submitted", rows) == []
        request = f.make_request(community=self.home, address="西园小区门口")
        assert again("submitted", rows) == [(request.code,)]
        assert len(made) == 1

    def test_it_keeps_no_more_than_so_many(self) -> None:
        for number in range(prepared.MOST_KEPT + 2):
            again(("number", number), lambda: User.objects.values_list("pk")[:1])
        assert len(vars(connections[DEFAULT_DB_ALIAS])["prepared_statements"]) <= prepared.MOST_KEPT
