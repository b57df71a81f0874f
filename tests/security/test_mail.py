"""What leaves the house: no line of a mail becomes a header, and no line to colleagues gives anybody away."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.mail import BadHeaderError
from django.urls import reverse

from households.actions import telling
from households.models import EventKind, ServiceRequest
from resilience.outbox.channels import Email
from resilience.outbox.models import Channel, Message
from tests.households.ask import DETAILS, OTHER, WHAT, door_path
from tests.security.server import ServerTestCase

_BREAKS = ("\n", "\r", "\r\n")


@pytest.mark.parametrize("line_break", _BREAKS)
def test_a_line_break_makes_no_header(line_break: str) -> None:
    Email().send(recipient="desk@example.org", body=f"Subject\nBcc: x@example.org{line_break}more", key="k")
    (sent,) = mail.outbox
    assert sent.recipients() == ["desk@example.org"]
    assert "\nBcc:" not in sent.message().as_string().partition("\n\n")[0]
    with pytest.raises(BadHeaderError):
        Email().send(recipient=f"desk@example.org{line_break}Bcc: x@example.org", body="Subject", key="k")


class TellingTests(ServerTestCase):
    def test_what_goes_to_colleagues_names_no_person_no_phone_and_no_door(self) -> None:
        for user in (self.lead, self.clerk):
            user.email = f"{user.username}@example.org"
            user.save(update_fields=["email"])
        for details in (DETAILS, OTHER):
            self.post(door_path(self.household), {**WHAT, **details})
            self.post(reverse("ask-send"))
        for filed in ServiceRequest.unscoped.select_related("category", "community", "grid", "worker"):
            telling.danger(filed)
            telling.reopened(filed)
            telling.workers(filed, EventKind.NOTE)
        told = list(Message.objects.exclude(channel=Channel.SMS))
        assert {message.channel for message in told} == {Channel.WEBHOOK, Channel.EMAIL}
        secrets = {DETAILS["name"], DETAILS["text"], OTHER["name"], "19900000001", "19900000005", "0001"}
        secrets |= {str(self.household), self.household.door, self.building.name, "马晓兰"}
        secrets |= set(ServiceRequest.unscoped.values_list("token", flat=True))
        for message in told:
            assert [secret for secret in secrets if secret and secret in message.body.replace("\n", " ")] == []

    def test_what_goes_to_a_resident_is_a_code_and_a_link(self) -> None:
        self.post(door_path(self.household), {**WHAT, **DETAILS})
        self.post(reverse("ask-send"))
        filed = ServiceRequest.unscoped.get()
        (message,) = Message.objects.filter(channel=Channel.SMS)
        assert filed.token in message.body
        for secret in (DETAILS["name"], DETAILS["text"], "19900000001", self.household.door):
            assert secret not in message.body.replace(filed.token, "")
