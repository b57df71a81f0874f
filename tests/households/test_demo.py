"""`manage.py demo --no-serve`: a believable place, the same each time, nobody real in it."""

from __future__ import annotations

import io
from collections import Counter

import phonenumbers
from django.core.management import call_command
from django.test import TestCase
from stdnum.cn import ric

from households import reference
from households.models import Household, HouseholdPhone, RequestEvent, Resident, Responsibility, ServiceRequest, Visit
from resilience.accounts.models import User


def demo(*more: str) -> str:
    out = io.StringIO()
    call_command("demo", "--no-serve", "--households", "60", *more, stdout=out)
    return out.getvalue()


class DemoTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        reference.forget()
        demo()

    def test_fills_as_many_doors_as_asked_for_each_with_one_who_answers_for_it(self) -> None:
        assert Household.objects.count() == 60
        assert Responsibility.objects.active().count() == 60
        assert ServiceRequest.objects.exists()
        assert Visit.objects.exists()

    def test_changes_nothing_the_second_time(self) -> None:
        tables = (User, Household, Resident, ServiceRequest, RequestEvent, Visit)
        before = [table.objects.count() for table in tables]
        demo()
        assert [table.objects.count() for table in tables] == before

    def test_has_no_phone_that_anybody_could_have(self) -> None:
        numbers = {
            *(row.number for row in HouseholdPhone.objects.all()),
            *(row.phone for row in Resident.objects.all()),
            *(row.phone for row in ServiceRequest.objects.all()),
            *(row.filer_phone for row in ServiceRequest.objects.all()),
            *(user.phone for user in User.objects.all()),
        } - {""}
        assert numbers
        assert [n for n in numbers if phonenumbers.is_valid_number(phonenumbers.parse(n, "CN"))] == []

    def test_has_no_id_number_that_anybody_could_have(self) -> None:
        numbers = [row.id_number for row in Resident.objects.all() if row.id_number]
        assert numbers
        assert Counter(map(len, numbers)) == {18: len(numbers)}
        assert [number for number in numbers if ric.is_valid(number)] == []
