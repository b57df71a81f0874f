"""`/track/`: the way to a request by its code with the phone's end; guessing at it comes to an end."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from households.models import Consent, ServiceRequest
from resilience.accounts import limits
from resilience.lib.codes import format_code, new_code
from tests import factories as f

from .ask import spend, statements
from .test_track import TrackCase


class FindTests(TrackCase):
    def find(self, code: str, tail: str):
        return self.client.post("/track/", {"code": code, "tail": tail})

    def test_leads_to_the_request_with_code_and_last_four(self) -> None:
        for code in (self.filed.code, self.filed.code_label, self.filed.code_label.lower(), f" {self.filed.code} "):
            assert self.find(code, "0001")["Location"] == self.path
        assert self.find(self.filed.code, "０００１")["Location"] == self.path

    def test_takes_the_phone_of_who_asked_for_somebody_too(self) -> None:
        other = f.make_request(self.household, filer_name="王小明", filer_phone="19900004321", consent=Consent.AGREED)
        assert self.find(other.code, "4321")["Location"] == f"/track/{other.token}/"

    def test_says_the_same_to_a_wrong_phone_and_an_unknown_code(self) -> None:
        phoneless = f.make_request(self.household, phone="")
        unknown = new_code()
        bodies = set()
        for code, tail in ((self.filed.code, "9999"), (unknown, "9999"), (phoneless.code, "9999")):
            answer = self.find(code, tail)
            assert answer.status_code == 422
            body = answer.content.decode().replace(code, "")
            bodies.add(body[body.index("<main") : body.index("</main>")])
        assert len({_without_token(body) for body in bodies}) == 1

    def test_asks_as_often_for_an_unknown_code_as_for_a_wrong_phone(self) -> None:
        with CaptureQueriesContext(connection) as wrong:
            self.find(self.filed.code, "9999")
        with CaptureQueriesContext(connection) as unknown:
            self.find(new_code(), "9999")
        assert len(wrong) == len(unknown)

    def test_refuses_what_cannot_be_a_code(self) -> None:
        for code in ("", "123", "😀" * 50, "\x00" * 9, "<b>", "A" * 9000):
            assert self.find(code, "0001").status_code == 422
        for tail in ("", "12a4", "00001", "\x00\x00\x00\x00", "😀😀😀😀"):
            assert self.find(self.filed.code, tail).status_code == 422

    def test_ends_guessing_at_one_code_but_not_the_way_by_the_link(self) -> None:
        for _ in range(limits.TRACK_CODE_ADDRESS.most):
            assert self.find(self.filed.code, "9999").status_code == 422
        assert self.find(self.filed.code, "0001").status_code == 429
        assert self.client.get(self.path).status_code == 200

    def test_locks_nobody_out_of_a_code_that_a_stranger_guesses_at(self) -> None:
        stranger = Client(REMOTE_ADDR="192.0.2.9")
        for _ in range(limits.TRACK_CODE_ADDRESS.most + 5):
            stranger.post("/track/", {"code": self.filed.code, "tail": "9999"})
        assert self.find(self.filed.code, "0001").status_code == 303

    def test_counts_nobody_who_finds_their_request(self) -> None:
        for _ in range(limits.TRACK_CODE_ADDRESS.most + 5):
            assert self.find(self.filed.code, "0001").status_code == 303

    def test_ends_guessing_at_one_code_from_many_addresses(self) -> None:
        spend(limits.TRACK_CODE, self.filed.code)
        assert self.find(self.filed.code, "0001").status_code == 429

    def test_ends_guessing_of_one_address(self) -> None:
        spend(limits.TRACK_ADDRESS, "127.0.0.1")
        assert self.find(self.filed.code, "0001").status_code == 429
        assert Client(REMOTE_ADDR="192.0.2.9").post(
            "/track/", {"code": self.filed.code, "tail": "0001"}
        ).status_code == 303  # fmt: skip

    def test_ends_guessing_at_one_code_by_the_day(self) -> None:
        spend(limits.TRACK_CODE_DAY, self.filed.code)
        assert self.find(self.filed.code, "0001").status_code == 429

    def test_ends_guessing_from_anywhere_but_not_the_way_by_the_link(self) -> None:
        for number in range(limits.TRACK_CODE.most):
            stranger = Client(REMOTE_ADDR=f"198.51.100.{number}")
            assert stranger.post("/track/", {"code": new_code(), "tail": "9999"}).status_code == 422
        spend(limits.TRACK_ALL, "")
        answer = self.find(self.filed.code, "0001")
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) >= 1
        assert settings.DUTY_PHONE in answer.content.decode()
        assert f'value="{self.filed.code}"' in answer.content.decode()
        assert self.client.get(self.path).status_code == 200
        assert self.client.post(f"{self.path}note/", {"text": "还在等"}).status_code == 303

    def test_asks_two_statements_of_a_guess_and_three_of_who_is_right(self) -> None:
        for code, tail, most in ((new_code(), "0001", 2), (self.filed.code, "9999", 2), (self.filed.code, "0001", 3)):
            with CaptureQueriesContext(connection) as asked:
                self.find(code, tail)
            assert len(statements(asked.captured_queries)) == most

    def test_says_the_same_of_a_closed_request_as_of_one_that_never_was(self) -> None:
        ServiceRequest.unscoped.filter(pk=self.filed.pk).update(state="closed", worker=None)
        answers, asked = set(), set()
        for code in (self.filed.code, new_code()):
            with CaptureQueriesContext(connection) as captured:
                answer = self.find(code, "9999")
            body = _without_token(answer.content.decode()).replace(code, "").replace(format_code(code), "")
            answers.add((answer.status_code, body, len(answer.content)))
            asked.add(len(statements(captured.captured_queries)))
        assert len(answers) == len(asked) == 1


def _without_token(body: str) -> str:
    return "\n".join(line for line in body.splitlines() if "csrfmiddlewaretoken" not in line)


@pytest.mark.django_db
def test_it_answers_head_without_a_trace(client: Client) -> None:
    assert client.head("/track/").status_code == 200
