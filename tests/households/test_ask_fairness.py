"""Two hundred neighbours behind one address, and somebody among them who floods us from it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import time_machine
from django.conf import settings
from django.test import Client, override_settings

from households.actions import ask_limits
from households.models import Household, RequestDraft, ServiceRequest
from resilience.accounts import limits
from resilience.accounts.models import RateCount
from resilience.lib.errors import TooMany
from tests import factories as f
from tests.base import Response

from .ask import DETAILS, WHAT, AskCase, door_path, spend

NEIGHBOURS, FLOOD, MINUTES = 200, 5_000, 10
LIFE = {**WHAT, "urgency": "life"}


class NeighboursTests(AskCase):
    def test_lets_all_of_them_ask_within_ten_minutes_while_one_sends_five_thousand(self) -> None:
        homes = [f.make_household(self.building, n % 3 + 1, f"{n % 6 + 1}{n:03}") for n in range(NEIGHBOURS // 2)]
        let_in = 0
        with time_machine.travel("2026-11-23T08:00:00Z", tick=False) as clock:
            for number in range(NEIGHBOURS):
                let_in += self.flood(FLOOD // NEIGHBOURS)
                home = homes[number // 2] if number % 2 else None
                filed = self.ask(f"1990001{number:04}", home)
                assert filed.status_code == 303, f"neighbour {number}"
                clock.shift(timedelta(minutes=MINUTES) / NEIGHBOURS)
        assert ServiceRequest.unscoped.count() == NEIGHBOURS
        in_ten_minutes = limits.ASK_ADDRESS.most * (1 + MINUTES / 60)
        assert limits.ASK_ADDRESS.most - NEIGHBOURS < let_in <= in_ten_minutes < FLOOD

    def flood(self, times: int) -> int:
        """How many are let in. The first by the page; the rest only by what that counts, or it would take minutes."""
        let_in = int(Client().post("/ask/", WHAT).status_code == 303)
        for _ in range(times - 1):
            with suppress(TooMany):
                ask_limits.begin("127.0.0.1")
                let_in += 1
        return let_in

    def ask(self, phone: str, scanned: Household | None) -> Response:
        """As a person does: what the page asks for besides, they give."""
        client, details = Client(), {**DETAILS, "phone": phone}
        if scanned:
            client.post(door_path(scanned), {**WHAT, **details})
        else:
            answer = client.post("/ask/", WHAT)
            if answer.status_code == 429:
                assert 'name="phone"' in answer.content.decode()
                client.post("/ask/", {**WHAT, "phone": phone})
            self.pick_door(client=client)
            client.post("/ask/details/", details)
        return client.post("/ask/send/")


class PhoneFirstTests(AskCase):
    def setUp(self) -> None:
        super().setUp()
        spend(limits.ASK_ADDRESS, "127.0.0.1")

    def test_says_what_can_be_done_and_keeps_what_was_tapped(self) -> None:
        answer = self.client.post("/ask/", WHAT)
        page = answer.content.decode()
        assert (answer.status_code, answer["Retry-After"]) == (429, str(limits.ASK_ADDRESS.wait))
        assert settings.DUTY_PHONE in page
        assert 'value="groceries" id="id_what_0" checked' in page
        assert 'name="phone"' in page
        assert RequestDraft.objects.count() == 0

    def test_never_asks_for_the_phone_twice(self) -> None:
        assert self.client.post("/ask/", {**WHAT, "phone": "199 0000 0001"}).status_code == 303
        self.pick_door()
        assert 'value="199 0000 0001"' in self.client.get("/ask/details/").content.decode()

    def test_does_not_go_on_with_what_is_no_phone(self) -> None:
        for phone in ("", "abc", "1", "\x00"):
            answer = self.client.post("/ask/", {**WHAT, "phone": phone})
            assert answer.status_code == 429
            assert answer.context["form"].errors["phone"]
        assert RequestDraft.objects.count() == 0

    def test_ends_who_gives_one_phone_again_and_again_and_nobody_else(self) -> None:
        statuses = [Client().post("/ask/", {**WHAT, "phone": "19900000001"}).status_code for _ in range(12)]
        assert statuses == [303] * limits.ASK_PHONE_BEGINS.most + [429] * 2
        assert Client().post("/ask/", {**WHAT, "phone": "19900000002"}).status_code == 303

    def test_ends_who_invents_phones_but_never_a_door_nor_a_danger_to_life(self) -> None:
        spend(limits.ASK_ADDRESS_PHONES, "127.0.0.1")
        assert self.client.post("/ask/", {**WHAT, "phone": "19900000001"}).status_code == 429
        assert Client().post("/ask/", LIFE).status_code == 303
        assert Client().post(door_path(self.household), {**WHAT, **DETAILS}).status_code == 303

    def test_leaves_other_addresses_alone(self) -> None:
        assert Client(REMOTE_ADDR="192.0.2.9").post("/ask/", WHAT).status_code == 303


class UncountedTests(AskCase):
    """What was refused is not filed by leaving out the page that refused it."""

    def test_files_nothing_of_a_phone_that_has_asked_too_often(self) -> None:
        spend(limits.ASK_PHONE, "19900000001")
        self.client.post("/ask/", WHAT)
        self.pick_door()
        assert self.client.post("/ask/details/", DETAILS).status_code == 429
        answer = self.client.post("/ask/send/")
        assert (answer.status_code, ServiceRequest.unscoped.count()) == (429, 0)
        assert int(answer["Retry-After"]) >= 1
        assert settings.DUTY_PHONE in answer.content.decode()
        assert DETAILS["text"] in answer.content.decode()
        assert self.client.post("/ask/add/").status_code in (303, 429)

    def test_counts_what_was_only_kept_while_typing_when_it_is_sent(self) -> None:
        self.client.post("/ask/", WHAT)
        self.pick_door()
        self.client.post("/ask/details/", {**DETAILS, "keep": "1"})
        spend(limits.ASK_PHONE, "19900000001")
        assert self.client.post("/ask/send/").status_code == 429
        RateCount.objects.all().delete()
        assert self.client.post("/ask/send/").status_code == 303
        assert ServiceRequest.unscoped.count() == 1

    def test_counts_one_form_once_however_often_it_is_looked_over(self) -> None:
        self.client.post("/ask/", WHAT)
        self.pick_door()
        for _ in range(limits.ASK_PHONE.most + 5):
            assert self.client.post("/ask/details/", DETAILS).status_code == 303

    def test_adds_nothing_to_what_was_asked_before_by_a_phone_that_is_refused(self) -> None:
        before = f.make_request(self.household)
        self.client.post(door_path(self.household), {**WHAT, **DETAILS, "keep": "1"})
        spend(limits.ASK_PHONE, "19900000001")
        assert self.client.post("/ask/add/").status_code == 429
        assert before.events.filter(kind="note").count() == 0

    def test_takes_no_mark_of_having_been_counted_from_a_form(self) -> None:
        self.client.post("/ask/", WHAT)
        self.pick_door()
        mark: dict[str, Any] = {ask_limits.COUNTED: ["19900000001", f"door {self.household.pk}"]}
        self.client.post("/ask/details/", {**DETAILS, **mark, "keep": "1"})
        assert ask_limits.COUNTED not in RequestDraft.objects.get().answers


class PlacesTests(AskCase):
    def ask(self) -> Response:
        self.client.post("/ask/", WHAT)
        self.pick_door()
        return self.client.post("/ask/details/", DETAILS)

    def test_asks_to_call_for_a_building_that_asks_too_often_and_for_no_other(self) -> None:
        spend(limits.ASK_BUILDING, str(self.building.pk))
        assert self.ask().status_code == 429
        self.pick_door(self.other_household)
        assert self.client.post("/ask/details/", DETAILS).status_code == 303

    def test_asks_to_call_for_a_community_unless_the_door_is_scanned(self) -> None:
        spend(limits.ASK_COMMUNITY, self.home.code)
        assert self.ask().status_code == 429
        assert Client().post(door_path(self.household), {**WHAT, **DETAILS}).status_code == 303

    def test_counts_an_address_in_words_for_its_community(self) -> None:
        spend(limits.ASK_COMMUNITY, self.home.code)
        self.client.post("/ask/", WHAT)
        self.client.post(f"/ask/where/{self.home.code}/unlisted/", {"address": "西园市场东门"})
        assert self.client.post("/ask/details/", DETAILS).status_code == 429

    def test_asks_everybody_to_call_when_there_is_too_much_in_all_but_never_in_danger(self) -> None:
        spend(limits.ASK_ALL, "")
        assert self.ask().status_code == 429
        assert Client().post(door_path(self.household), {**WHAT, **DETAILS}).status_code == 429
        assert Client().post(door_path(self.household), {**LIFE, **DETAILS})["Location"] == "/ask/danger/"

    def test_leaves_the_desk_to_its_work_meanwhile(self) -> None:
        for limit, who in ((limits.ASK_ALL, ""), (limits.ASK_COMMUNITY, self.home.code), (limits.TRACK_ALL, "")):
            spend(limit, who)
        self.sign_in(self.clerk)
        assert self.client.get("/desk/").status_code == 200
        answer = self.client.post(
            "/desk/new/",
            {
                "step": "file", "source": "hotline", "community": self.home.pk, "address": "西园市场东门",
                "what": ["groceries"], "urgency": "normal", **DETAILS,
            },
        )  # fmt: skip
        assert answer.status_code == 303
        assert ServiceRequest.unscoped.count() == 1


@override_settings(PROXY_HOPS=1)
class WhoseAddressTests(AskCase):
    def begin(self, forwarded: str) -> int:
        return Client(headers={"X-Forwarded-For": forwarded}).post("/ask/", WHAT).status_code

    def test_believes_no_address_but_the_one_its_proxy_wrote(self) -> None:
        spend(limits.ASK_ADDRESS, "203.0.113.1")
        invented = ("203.0.113.1", "198.51.100.7, 203.0.113.1", "127.0.0.1,,203.0.113.1", "x, ::1 , 203.0.113.1:4711")
        assert {self.begin(forwarded) for forwarded in invented} == {429}
        assert self.begin("203.0.113.1, 198.51.100.7") == 303

    def test_counts_all_addresses_of_one_ipv6_home_as_one(self) -> None:
        spend(limits.ASK_ADDRESS, "2001:db8:1:2::/64")
        assert {self.begin(f"2001:db8:1:2:{number:x}::{number:x}") for number in range(1, 9)} == {429}
        assert self.begin("2001:db8:1:3::1") == 303

    def test_counts_all_addresses_of_one_ipv6_home_as_one_for_codes_too(self) -> None:
        code = f.make_request(self.household).code
        statuses = [
            Client(headers={"X-Forwarded-For": f"2001:db8:1:2::{n:x}"})
            .post("/track/", {"code": code, "tail": "9999"})
            .status_code
            for n in range(limits.TRACK_CODE_ADDRESS.most + 1)
        ]
        assert statuses == [422] * limits.TRACK_CODE_ADDRESS.most + [429]
