"""/track/<token>/m/<key>/ and /track/<token>/message/: the link in a text message shows whose phone it is."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import time_machine
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from households import phone_proof
from households.models import ServiceRequest
from resilience.accounts.limits import LINK_ADDRESS, LINK_PHONE, LINK_REQUEST
from resilience.audit.models import Entry
from resilience.outbox.models import Message
from tests import factories as f
from tests.base import CastTestCase, Response, open_message
from tests.households.ask import DETAILS, OTHER, AskCase, spend

SENDING = {**settings.OUTBOX_CHANNELS, "sms": "resilience.outbox.channels.SmsGateway"}


def link_in(message: Message) -> str:
    """The path of the link that the message ends with."""
    return urlsplit(message.body.split()[-1].rpartition("：")[2]).path


class FiledTests(AskCase):
    """What whoever files gets, and what the phone gets."""

    def test_the_page_after_filing_has_not_what_the_message_has(self) -> None:
        self.fill(DETAILS)
        filed = self.send()
        page = self.client.get(f"/track/{filed.token}/?said=sent")
        message = Message.objects.get(channel="sms")
        assert message.recipient == filed.phone
        path = link_in(message)
        key = path.rstrip("/").rpartition("/")[2]
        assert path.startswith(f"/track/{filed.token}/m/")
        assert key not in page.content.decode() + str(self.client.cookies)
        assert "message" not in self.client.cookies
        self.client.get(path)
        assert "message" in self.client.cookies

    def test_the_message_goes_to_who_asks_for_somebody_else(self) -> None:
        self.fill(OTHER)
        self.send()
        assert Message.objects.get(channel="sms").recipient == OTHER["phone"]

    def test_neither_does_the_short_code_lead_there(self) -> None:
        filed = f.make_request(self.household)
        found = self.client.post("/track/", {"code": filed.code, "tail": filed.phone[-4:]})
        assert found["Location"] == f"/track/{filed.token}/"
        assert "message" not in self.client.cookies


class ByMessageTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = f.make_request(self.household)

    def opens(self, client: Client, filed: ServiceRequest | None = None) -> bool:
        """Whether the page of who looked takes that browser for the phone's."""
        found: bool = client.get(reverse("track-looked", args=[(filed or self.filed).token])).context["is_theirs"]
        return found

    def by(self, key: str) -> tuple[Client, Response]:
        client = Client()
        return client, client.get(reverse("track-by-message", args=[self.filed.token, key]))

    def test_it_leads_to_the_request_and_marks_the_browser(self) -> None:
        response = open_message(self.client, self.filed)
        assert (response.status_code, response["Location"]) == (302, f"/track/{self.filed.token}/")
        assert "no-store" in response["Cache-Control"]
        cookie = self.client.cookies["message"]
        assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 3600)
        assert not [secret for secret in (self.filed.phone, self.filed.token) if secret in cookie.value]
        assert self.opens(self.client)
        assert not self.opens(Client())

    def test_a_wrong_key_still_leads_to_the_request_and_marks_nothing(self) -> None:
        right = phone_proof.key_of(self.filed)
        for key in ("0" * 12, right[:-1], right.upper() if right != right.upper() else "x", right + "0", "ключ"):
            client, response = self.by(key)
            assert response["Location"] == f"/track/{self.filed.token}/"
            assert not self.opens(client), key

    def test_a_key_is_of_one_request_and_of_the_phone_it_has_now(self) -> None:
        other = f.make_request(self.household)
        client, _response = self.by(phone_proof.key_of(other))
        assert not self.opens(client)
        open_message(self.client, self.filed)
        assert not self.opens(self.client, other)
        old = phone_proof.key_of(self.filed)
        self.filed.phone = "19900000099"
        self.filed.save(update_fields=["phone", "phone_index"])
        assert not self.opens(self.client)
        client, _response = self.by(old)
        assert not self.opens(client)

    def test_a_request_without_a_phone_is_nobody_s(self) -> None:
        self.filed.phone = ""
        self.filed.save(update_fields=["phone", "phone_index"])
        client, _response = self.by(phone_proof.key_of(self.filed))
        assert not self.opens(client)

    def test_it_ends_after_an_hour(self) -> None:
        open_message(self.client, self.filed)
        with time_machine.travel(timezone.now() + phone_proof.MARKED_FOR + timedelta(minutes=1), tick=False):
            assert not self.opens(self.client)

    def test_no_other_cookie_of_ours_is_taken(self) -> None:
        open_message(self.client, self.filed)
        value = self.client.cookies["message"].value
        for forged in (
            value[:-1] + ("A" if value[-1] != "A" else "B"),
            value.split(":")[0],
            phone_proof.key_of(self.filed),
        ):
            client = Client()
            client.cookies["message"] = forged
            assert not self.opens(client)

    def test_it_is_only_looked_at_and_not_there_for_a_wrong_link(self) -> None:
        url = reverse("track-by-message", args=[self.filed.token, "0" * 12])
        assert self.client.post(url).status_code == 405
        assert self.client.get(reverse("track-by-message", args=["x" * 43, "0" * 12])).status_code == 404


@override_settings(OUTBOX_CHANNELS=SENDING)
class MessageTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = f.make_request(self.household, phone="19900000001")
        self.url = reverse("track-message", args=[self.filed.token])

    def test_it_says_where_the_message_went_and_no_whole_number(self) -> None:
        page = self.client.get(self.url)
        self.assertContains(page, "199****0001")
        self.assertNotContains(page, "19900000001")

    def test_it_sends_the_link_again_and_writes_it_down(self) -> None:
        response = self.client.post(self.url)
        assert (response.status_code, response["Location"]) == (303, f"{self.url}?said=sent")
        message = Message.objects.get(key__contains=":link:")
        assert (message.channel, message.recipient, message.about) == ("sms", "19900000001", self.filed.code)
        assert link_in(message) == reverse("track-by-message", args=[self.filed.token, phone_proof.key_of(self.filed)])
        row = Entry.objects.get(action="request.link_sent")
        assert (row.actor, row.subject_key, row.place) == ("resident", self.filed.code, self.home.code)
        self.assertContains(self.client.get(response["Location"]), "199****0001")

    def test_it_goes_to_who_asked_for_somebody_else_in_their_language(self) -> None:
        filed = f.make_request(self.household, filer_name="小李", filer_phone="19900000077", language="en")
        self.client.post(reverse("track-message", args=[filed.token]))
        message = Message.objects.get(key__contains=":link:")
        assert message.recipient == "19900000077"
        assert message.body.startswith("Your own link")

    def test_it_works_with_htmx(self) -> None:
        response = self.client.post(self.url, headers={"HX-Request": "true"})
        assert response["HX-Redirect"] == f"{self.url}?said=sent"

    def test_it_ends_for_one_request_for_one_phone_and_for_one_address(self) -> None:
        for limit, who in ((LINK_REQUEST, self.filed.token), (LINK_PHONE, "19900000001"), (LINK_ADDRESS, "127.0.0.1")):
            with self.subTest(limit.name):
                spend(limit, who)
                response = self.client.post(self.url)
                assert response.status_code == 429
                assert int(response["Retry-After"]) > 0
        assert not Message.objects.filter(key__contains=":link:").exists()
        assert not Entry.objects.filter(action="request.link_sent").exists()

    def test_without_text_messages_or_a_phone_it_says_to_come_to_the_desk(self) -> None:
        without = f.make_request(self.household, phone="")
        with override_settings(OUTBOX_CHANNELS={**SENDING, "sms": "resilience.outbox.channels.Console"}):
            self.says_desk(self.url)
        self.says_desk(reverse("track-message", args=[without.token]))
        assert not Message.objects.filter(key__contains=":link:").exists()

    def says_desk(self, url: str) -> None:
        self.assertContains(self.client.get(url), "请带身份证找社区工作人员")
        self.assertNotContains(self.client.get(url), '<form method="post"><input')
        assert self.client.post(url).status_code == 422

    def test_who_came_by_the_message_is_led_on(self) -> None:
        open_message(self.client, self.filed)
        page = self.client.get(self.url)
        self.assertContains(page, reverse("track-looked", args=[self.filed.token]))
        self.assertContains(page, reverse("track-data", args=[self.filed.token]))

    def test_an_unknown_link_is_nothing_and_other_methods_are_not_taken(self) -> None:
        assert self.client.get(reverse("track-message", args=["x" * 43])).status_code == 404
        assert self.client.put(self.url).status_code == 405
