"""What a password must not be."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import override

from resilience.accounts.models import User
from resilience.accounts.passwords import LONGEST

PERSON = User(username="chen.jing", name="陈静怡", phone="13893310876", email="chen@example.org")

COMMON = [
    "password123", "1234567890", "qwertyuiop", "woaini1314", "WoAiNi5201314", "5201314520", "qq123456789",
    "QQ1234567890",    "a123456789", "zhang123456", "wangwei1990", "li123456789", "1qaz2wsx3edc", "aaaaaaaaaaaa",
    "admin123456", "mima123456",    "woaiwojia520", "abc1234567890", "iloveyou1314", "147258369147",
    "lanzhou2022", "shequ123456", "............",
]  # fmt: skip
KNOWN = [
    "13893310876", "tel13893310876", "my-3893310-door", "876-331089-33108", "chen.jing-door-9", "x-CHEN.JING-x9",
    "陈静怡的门牌钥匙九号",
]  # fmt: skip
NUMBERS = [
    "620103199003071234", "62010319900307123x", "199003071234", "19900307123X", "pw19900307123X", "0307123X-ab",
    "19900307-ab", "15000001111", "door15000001111",
]  # fmt: skip
GOOD = [
    "a-long-door-key-7", "plain-weather-27", "four words here ok", "茶杯窗台自行车蓝雨伞", "8374651092",
    "kettle7bicycle", "Tr0ub4dor&3 horse", "correct horse battery staple", "  spaces at both ends  ", "ошибка-кошка-7",
]  # fmt: skip


def faults(password: str, user: User | None = PERSON) -> list[str]:
    try:
        validate_password(password, user)
    except ValidationError as fault:
        return [str(error.code) for error in fault.error_list]
    return []


@pytest.mark.parametrize("password", COMMON)
def test_it_refuses_what_many_have(password):
    assert "password_too_common" in faults(password)


@pytest.mark.parametrize("password", KNOWN)
def test_it_refuses_what_others_know_of_one(password):
    assert "known" in faults(password)


@pytest.mark.parametrize("password", NUMBERS)
def test_it_refuses_id_numbers_their_ends_and_phones(password):
    assert {"number", "password_too_common"} & set(faults(password))


@pytest.mark.parametrize("password", GOOD)
def test_it_asks_for_no_kind_of_characters(password):
    assert faults(password) == []


def test_it_has_bounds():
    assert faults("tea-9-cup") == ["password_too_short"]
    assert faults(("kettle bicycle umbrella " * 20)[:LONGEST]) == []
    assert "too_long" in faults(("kettle bicycle umbrella " * 20)[: LONGEST + 1])


def test_it_looks_at_nobody_when_there_is_nobody():
    assert faults("13893310876", None) == ["number"]
    assert faults("kettle7bicycle", None) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.django_db
def test_its_words_stand_beside_the_new_password(client, language):
    user = User.objects.create_user("chen.jing", password="a-long-door-key-7", name="陈静怡")
    client.force_login(user)
    client.cookies["django_language"] = language
    data = {"old_password": "a-long-door-key-7", "new_password1": "woaini1314", "new_password2": "woaini1314"}
    response = client.post("/accounts/password/", data)
    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == ["new_password1"]
    with override(language):
        fault = form.errors["new_password1"][0]
    assert ("Many people" in fault) == (language == "en")
    assert fault in response.content.decode()
