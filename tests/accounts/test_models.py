"""Who has which phone number."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from resilience.accounts.models import User, phone_index

pytestmark = pytest.mark.django_db


def make(username: str, phone: str = "", *, is_indexed: bool = True) -> User:
    index = phone_index(phone) if is_indexed else None
    return User.objects.create_user(username, name=username, phone=phone, phone_index=index)


def test_a_number_is_one_persons():
    make("ma", "15409310001")
    with pytest.raises(IntegrityError):
        make("zhao", "15409310001")


def test_no_number_is_anybodys():
    make("ma")
    make("zhao")
    assert User.objects.by_login("") is None


def test_a_user_name_is_no_number():
    user = make("15409310001")
    with pytest.raises(ValidationError) as fault:
        user.full_clean(exclude=["password", "email"])
    assert set(fault.value.error_dict) == {"username"}


def test_a_number_opens_its_owners_account_whoever_took_it_for_a_name():
    make("15409310001")
    owner = make("ma", "15409310001")
    assert User.objects.by_login("154 0931 0001") == owner


def test_the_migration_finds_what_was_there_and_leaves_a_shared_number_to_nobody():
    phones = {"a": "15409310001", "b": "15409310002", "c": "15409310002", "d": ""}
    one, shared, too, nobody = (make(name, phone, is_indexed=False) for name, phone in phones.items())
    import_module("resilience.accounts.migrations.0004_sign_in_by_phone").index_phones(apps, None)
    for user in (one, shared, too, nobody):
        user.refresh_from_db()
    assert one.phone_index == phone_index("15409310001")
    assert [user.phone_index for user in (shared, too, nobody)] == [None] * 3
