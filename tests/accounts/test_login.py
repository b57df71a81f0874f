"""Signing in and out."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model, hashers
from django.test import Client
from django.urls import reverse

from resilience.accounts import limits
from resilience.accounts.devices import COOKIE
from resilience.accounts.models import RateCount, phone_index
from resilience.audit.models import Entry

PASSWORD = "a-long-door-key-7"
PHONE = "15409310001"
LOGIN = "/accounts/login/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def moment():
    """A clock that stands, so that no limit gives a try back meanwhile."""
    with time_machine.travel("2026-11-23T08:01:00Z", tick=False) as travelled:
        yield travelled


@pytest.fixture
def worker():
    return get_user_model().objects.create_user(
        "ma.xiaolan", password=PASSWORD, name="马晓兰", phone=PHONE, phone_index=phone_index(PHONE)
    )


def sign_in(client, username="ma.xiaolan", password=PASSWORD, **extra):
    headers = extra.pop("headers", None)
    return client.post(LOGIN, {"username": username, "password": password, **extra}, headers=headers)


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_it_works(client, worker):
    response = sign_in(client)
    assert response.status_code == 303
    assert response["Location"] == reverse("start")
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "typed", [PHONE, "154 0931 0001", "+86 154-0931-0001", "0086 15409310001", "１５４０９３１０００１", " ma.xiaolan "]
)
def test_a_phone_number_will_do_however_it_is_written(client, worker, typed):
    assert sign_in(client, username=typed).status_code == 303


def test_nobody_signs_in_by_a_phone_number_that_is_not_given(client, worker):
    get_user_model().objects.create_user("zhao", password=PASSWORD, name="赵")
    assert sign_in(client, username="").status_code == 422


def test_it_starts_a_new_session(client, worker):
    client.cookies["sessionid"] = "chosen-by-somebody-else"
    sign_in(client)
    assert client.cookies["sessionid"].value != "chosen-by-somebody-else"


def test_it_goes_on_to_the_page_that_was_asked_for(client, worker):
    assert sign_in(client, next="/households/?q=1")["Location"] == "/households/?q=1"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "///evil.example", "javascript:alert(1)", "/\\evil.example", "\x00/"],
)
def test_it_never_leads_elsewhere(client, worker, elsewhere):
    assert sign_in(client, next=elsewhere)["Location"] == reverse("start")
    client.logout()
    assert client.get(LOGIN, {"next": elsewhere}).context["next"] == ""


def test_it_answers_htmx_with_a_redirect_of_the_whole_page(client, worker):
    response = sign_in(client, next="/households/", headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response["HX-Redirect"] == "/households/"


def test_a_wrong_password_is_said_beside_nothing_that_was_typed_but_the_name(client, worker):
    response = sign_in(client, password="wrong-wrong-1")
    html = response.content.decode()
    assert response.status_code == 422
    assert 'role="alert"' in html
    assert 'value="ma.xiaolan"' in html
    assert "wrong-wrong-1" not in html
    assert not is_signed_in(client)


def test_a_name_nobody_has_and_a_closed_account_sound_like_a_wrong_password(client, worker):
    def words(response):
        return response.context["form"].non_field_errors()

    wrong = words(sign_in(client, password="wrong-wrong-1"))
    assert words(sign_in(client, username="nobody")) == wrong
    worker.is_active = False
    worker.save(update_fields=["is_active"])
    assert words(sign_in(client)) == wrong
    assert len(wrong) == 1


def test_an_empty_form_names_both_fields(client):
    form = sign_in(client, username="", password="").context["form"]
    assert set(form.errors) == {"username", "password"}


@pytest.mark.parametrize("text", ["\x00", "a" * 100_000, "😀" * 300, "'; DROP TABLE accounts_user; --", "\ud83d"])
def test_odd_input_is_a_fault_and_not_a_crash(client, text):
    text = text.encode("utf-8", "replace").decode()
    assert sign_in(client, username=text, password=text).status_code == 422


def test_too_many_tries_are_told_to_wait_even_with_the_right_password(client, worker):
    for _ in range(limits.SIGN_IN_NAME.most):
        assert sign_in(client, password="wrong-wrong-1").status_code == 422
    response = sign_in(client)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= limits.SIGN_IN_NAME.wait
    assert "2" in response.context["refused"]  # minutes: ten tries in fifteen
    assert not is_signed_in(client)


def test_spelling_the_name_differently_gives_no_more_tries(client, worker):
    for _ in range(limits.SIGN_IN_NAME.most):
        sign_in(client, username="ma.xiaolan", password="wrong-wrong-1")
    assert sign_in(client, username=" MA.Xiaolan ").status_code == 429


def test_the_limit_is_over_when_its_time_is(client, worker, moment):
    for _ in range(limits.SIGN_IN_NAME.most + 1):
        sign_in(client, password="wrong-wrong-1")
    moment.shift(timedelta(seconds=limits.SIGN_IN_NAME.wait))
    assert sign_in(client).status_code == 303


def test_nobody_can_lock_a_worker_out_from_another_address(client, worker):
    for _ in range(limits.SIGN_IN_NAME.most + 1):
        sign_in(client, password="wrong-wrong-1")
    client.defaults["REMOTE_ADDR"] = "198.51.100.7"
    assert sign_in(client).status_code == 303


# Spellings of one phone number and of one user name; None stands for a try of the other of the two.
PHONES = ("{0}", "{1} {2} {3}", "+86 {1}-{2}-{3}", "0086{0}", "０{0}", "\u200b{0}")
NAMES = ("{0}", " {0} ", "{upper}", "{wide}", "{0}\x00")


def spellings(name, phone):
    written = [one.format(phone, phone[:3], phone[3:7], phone[7:]) for one in PHONES]
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in name)
    return written, [one.format(name, upper=name.upper(), wide=wide) for one in NAMES]


def answers(tries):
    """What each of these tries is answered, by a client of its own: (what is typed, from which address)."""
    clients = [Client(REMOTE_ADDR=address) for _typed, address in tries]
    wrong = "wrong-wrong-1"
    return [
        sign_in(client, username=typed, password=wrong).status_code
        for client, (typed, _) in zip(clients, tries, strict=True)
    ]


HERE = "198.51.100.1"
MOST = limits.SIGN_IN_NAME.most
SOMEWHERE = [f"198.51.100.{number}" for number in range(2, 2 + limits.SIGN_IN_ACCOUNT.most)]
PATTERNS = {
    "each spelling after ten of the first": lambda phones, names: [
        *[(phones[0], HERE)] * MOST, *[(one, HERE) for one in phones], *[(names[0], HERE)] * MOST,
        *[(one, HERE) for one in names],
    ],
    "phone and name by turns": lambda phones, names: [(each[0], HERE) for each in (phones, names) * (MOST + 1)],
    "all spellings by turns": lambda phones, names: [(one, HERE) for one in (*phones, *names) * MOST],
    "the phone from everywhere, then the name": lambda phones, names: [
        *[(phones[0], address) for address in SOMEWHERE], *[(one, HERE) for one in (*phones, *names)],
    ],
    "the name from everywhere, then the phone": lambda phones, names: [
        *[(names[0], address) for address in SOMEWHERE], *[(one, HERE) for one in (*names, *phones)],
    ],
}  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("is_open", [True, False])
def test_no_sequence_of_tries_tells_who_has_an_account(worker, pattern, is_open):
    """Nor which user name goes with which phone: somebody known and somebody unknown are answered alike."""
    if not is_open:
        worker.is_active = False
        worker.save(update_fields=["is_active"])
    found = []
    for name, phone in (("ma.xiaolan", PHONE), ("ma.xiaohua", "15409310009")):
        found.append(answers(PATTERNS[pattern](*spellings(name, phone))))
        RateCount.objects.all().delete()  # what the addresses have spent
    known, unknown = found
    assert set(known) == {422, 429}
    assert known == unknown


def test_phone_number_and_user_name_together_get_some_three_thousand_tries_a_day():
    per_day = limits.SIGN_IN_ACCOUNT.most * (limits.DAY / limits.SIGN_IN_ACCOUNT.per)
    assert 2 * per_day <= 3_000


def test_one_account_cannot_be_tried_from_address_after_address(client, worker):
    answers = []
    for number in range(limits.SIGN_IN_ACCOUNT.most + 1):
        client.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        answers.append(sign_in(client, password="wrong-wrong-1").status_code)
    assert answers == [422] * limits.SIGN_IN_ACCOUNT.most + [429]
    client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    assert sign_in(client).status_code == 429


def test_whoever_spends_all_tries_elsewhere_locks_nobody_out_of_their_usual_device(client, worker):
    sign_in(client)
    client.post("/accounts/logout/")
    stranger = Client()
    for number in range(limits.SIGN_IN_ACCOUNT.most + 1):
        stranger.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        sign_in(stranger, password="wrong-wrong-1")
    assert sign_in(Client()).status_code == 429
    assert sign_in(client).status_code == 303


def test_a_usual_device_has_tries_of_its_own_and_no_more(client, worker):
    sign_in(client)
    client.post("/accounts/logout/")
    answers = [sign_in(client, password="wrong-wrong-1").status_code for _ in range(limits.SIGN_IN_DEVICE.most)]
    assert answers == [422] * limits.SIGN_IN_DEVICE.most
    assert sign_in(client).status_code == 429


def test_a_device_counts_as_usual_for_those_who_used_it_only(client, worker):
    other = get_user_model().objects.create_user("zhao", password=PASSWORD, name="赵")
    sign_in(client)
    client.post("/accounts/logout/")
    for _ in range(limits.SIGN_IN_NAME.most):
        sign_in(client, username=other.username, password="wrong-wrong-1")
    assert sign_in(client, username=other.username).status_code == 429
    assert sign_in(client).status_code == 303


@pytest.mark.parametrize("forged", ["", "x", "WyJrIixbXV0:1abcde:signature", "a" * 5_000])
def test_a_device_that_we_did_not_sign_is_a_stranger(client, worker, forged):
    client.cookies[COOKIE] = forged
    for _ in range(limits.SIGN_IN_NAME.most):
        sign_in(client, password="wrong-wrong-1")
    assert sign_in(client).status_code == 429


@pytest.mark.parametrize("case", ["nobody", "wrong", "closed", "nobody by phone"])
def test_every_refusal_costs_one_statement_and_one_hash(client, worker, monkeypatch, django_assert_num_queries, case):
    hashed = []
    hasher = type(hashers.get_hasher())
    really = hasher.encode

    def encode(*args, **kwargs):
        hashed.append(1)
        return really(*args, **kwargs)

    monkeypatch.setattr(hasher, "encode", encode)
    if case == "closed":
        worker.is_active = False
        worker.save(update_fields=["is_active"])
    name = {"nobody": "nobody", "nobody by phone": "15409310009"}.get(case, "ma.xiaolan")
    with django_assert_num_queries(4):  # whose account, the count, whose account again, the audit
        response = sign_in(client, username=name, password=PASSWORD if case == "closed" else "wrong-wrong-1")
    assert response.status_code == 422
    assert len(hashed) == 1


def test_one_address_cannot_try_name_after_name(client, monkeypatch):
    monkeypatch.setattr(limits, "SIGN_IN_ADDRESS", limits.Limit("login.address", 3, timedelta(minutes=15)))
    answers = [sign_in(client, username=f"name{n}").status_code for n in range(4)]
    assert answers == [422, 422, 422, 429]


def test_a_visitor_reads_it_without_sql(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get(LOGIN).status_code == 200


def test_who_is_signed_in_already_goes_to_work(client, worker):
    client.force_login(worker)
    assert client.get(LOGIN)["Location"] == reverse("start")


def test_wrong_methods_are_refused(client):
    assert client.put(LOGIN).status_code == 405
    assert client.get("/accounts/logout/").status_code == 405


def test_the_admin_has_no_door_of_its_own(client, worker):
    assert client.get("/admin/login/?next=/admin/")["Location"] == f"{LOGIN}?next=/admin/"
    client.post("/admin/login/", {"username": "ma.xiaolan", "password": PASSWORD})
    assert not is_signed_in(client)


def test_a_page_for_staff_sends_a_visitor_here_and_back(client):
    response = client.get("/accounts/password/")
    assert response["Location"] == f"{LOGIN}?next=/accounts/password/"


@pytest.mark.parametrize("path", ["/accounts/logout/", "/admin/logout/"])
def test_signing_out_ends_the_session_and_clears_the_browser(client, worker, path):
    client.force_login(worker)
    response = client.post(path)
    assert response["Location"] == reverse("accounts:logged_out")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_signed_in(client)
    assert client.get(response["Location"]).status_code == 200


def test_a_new_password_needs_the_old_one_and_keeps_this_session(client, worker):
    client.force_login(worker)
    new = {"old_password": "wrong", "new_password1": "a-new-door-key-8", "new_password2": "a-new-door-key-8"}
    assert client.post("/accounts/password/", new).status_code == 422
    response = client.post("/accounts/password/", {**new, "old_password": PASSWORD})
    assert response["Location"] == reverse("start")
    assert is_signed_in(client)
    worker.refresh_from_db()
    assert worker.check_password("a-new-door-key-8")


def test_the_old_password_cannot_be_guessed_in_an_open_session(client, worker, moment):
    """Counted with the second factor and the page that asks who one is: of the account, whichever session tries."""
    guess = {"old_password": "guess", "new_password1": "a-new-door-key-8", "new_password2": "a-new-door-key-8"}
    right = {**guess, "old_password": PASSWORD}
    client.force_login(worker)
    answers = [client.post("/accounts/password/", guess).status_code for _ in range(limits.FACTOR.most + 1)]
    assert answers == [422] * limits.FACTOR.most + [429]
    refused = client.post("/accounts/password/", right)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) == limits.FACTOR.wait
    assert refused.context["refused"]
    assert "a-new-door-key-8" not in refused.content.decode()
    other = Client()
    other.force_login(worker)
    assert other.post("/accounts/password/", right).status_code == 429
    worker.refresh_from_db()
    assert worker.check_password(PASSWORD)
    moment.shift(timedelta(seconds=limits.FACTOR.wait))
    assert client.post("/accounts/password/", right).status_code == 302


def test_a_wrong_old_password_is_written_down_and_a_right_one_costs_no_try(client, worker):
    client.force_login(worker)
    weak = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    for _ in range(limits.FACTOR.most + 2):
        assert client.post("/accounts/password/", weak).status_code == 422
    assert not Entry.objects.filter(action="user.not_proved").exists()
    assert client.post("/accounts/password/", {**weak, "old_password": "guess"}).status_code == 422
    entry = Entry.objects.get(action="user.not_proved")
    assert (entry.by, entry.subject_key, entry.facts) == (worker, worker.uid.hex, {"kind": "password"})


def test_a_password_has_an_upper_length(client, worker):
    client.force_login(worker)
    long = "door-key-" * 100
    data = {"old_password": PASSWORD, "new_password1": long, "new_password2": long}
    assert client.post("/accounts/password/", data).status_code == 422


@pytest.mark.parametrize(
    ("flags", "name"),
    [({"is_superuser": True, "is_staff": True}, "desk"), ({"is_staff": True}, "home"), ({}, "home")],
)
def test_everybody_starts_where_their_work_is(client, worker, flags, name):
    for flag, value in flags.items():
        setattr(worker, flag, value)
    worker.save(update_fields=list(flags) or None)
    client.force_login(worker)
    assert client.get(reverse("start"))["Location"] == reverse(name)
