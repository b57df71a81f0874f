"""What a server's log says of a request: enough to find the fault, nothing of a person, one line each."""

from __future__ import annotations

import io
import json
import logging
import re
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import IntegrityError
from django.test import SimpleTestCase, override_settings
from django.urls import reverse

from resilience.accounts import limits
from resilience.lib.logs import Lines
from tests import factories as f
from tests.base import CastTestCase

SECRETS = ("19912345678", "王秀英", "620102194001011234")


class Listening:
    """What went to the log, as the handler of the settings would have written it."""

    def __init__(self) -> None:
        self._out = io.StringIO()
        self._handler = logging.StreamHandler(self._out)
        self._handler.setFormatter(Lines())

    def __enter__(self) -> Listening:
        logging.getLogger().addHandler(self._handler)
        return self

    def __exit__(self, *args: object) -> None:
        logging.getLogger().removeHandler(self._handler)

    @property
    def text(self) -> str:
        return self._out.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


class LogTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.raise_request_exception = False

    def test_it_names_the_route_of_a_secret_link_and_not_the_secret(self) -> None:
        token = f.make_request(self.household).token
        with Listening() as log:
            self.client.put(reverse("track", args=[token]))
            self.client.get(reverse("track", args=["x" * 43]))
        refused, missing = log.lines
        assert (refused["status"], refused["method"], refused["route"]) == (405, "PUT", "track/<str:token>/")
        assert (missing["status"], missing["route"]) == (404, "track/<str:token>/")
        assert token not in log.text
        assert "x" * 43 not in log.text

    def test_it_says_nothing_of_an_address_that_is_none(self) -> None:
        with Listening() as log:
            self.client.get("/王秀英/19912345678/")
        assert [line["route"] for line in log.lines] == [""]
        assert "19912345678" not in log.text
        assert "\\u738b" not in log.text

    def test_it_says_where_something_was_raised_and_not_what_the_exception_says(self) -> None:
        self.sign_in(self.clerk)
        fault = IntegrityError(f"Key (phone)=({SECRETS[0]}) already exists: {SECRETS[1]} {SECRETS[2]}")
        with mock.patch("households.views.people.with_loads", side_effect=fault), Listening() as log:
            assert self.client.get(reverse("people"), {"q": SECRETS[1]}).status_code == 500
        (line,) = log.lines
        assert (line["level"], line["route"], line["raised"][0]["kind"]) == (
            "ERROR", "desk/people/", "django.db.utils.IntegrityError"
        )  # fmt: skip
        assert any(place.startswith("households/views/people.py:") for place in line["raised"][0]["where"])
        assert not [secret for secret in SECRETS if secret in log.text or secret in json.dumps(log.lines)]

    def test_the_page_of_a_fault_and_its_line_have_the_same_number(self) -> None:
        self.sign_in(self.clerk)
        numbers = set()
        for _time in range(3):
            with mock.patch("households.views.people.with_loads", side_effect=ZeroDivisionError), Listening() as log:
                page = self.client.get(reverse("people")).content.decode()
            (line,) = log.lines
            assert re.search(rf"\b{line['fault']}\b", page)
            numbers.add(line["fault"])
        assert all(re.fullmatch(r"[0-9]{6}", number) for number in numbers)
        assert len(numbers) > 1

    def test_it_says_by_their_id_who_was_refused_and_no_name(self) -> None:
        self.sign_in(self.worker)
        with Listening() as log:
            assert self.client.get(reverse("people")).status_code == 403
            assert self.client.get(reverse("household", args=[self.foreign_household.uid])).status_code == 404
            self.client.logout()
            self.client.get("/nowhere/")
        assert [(line["status"], line.get("by")) for line in log.lines] == [
            (403, self.worker.uid.hex), (404, self.worker.uid.hex), (404, None)
        ]  # fmt: skip
        assert log.lines[0]["route"] == "desk/people/"
        assert "worker" not in log.text.replace("WARNING", "")

    def test_it_says_which_limit_is_spent_and_not_by_whom(self) -> None:
        tries = (limits.TRACK_NOTE, "19912345678")
        with Listening() as log:
            for _time in range(limits.TRACK_NOTE.most):
                limits.count(tries)
            assert log.text == ""
            limits.count(tries)
            limits.count(tries)
            limits.count((limits.ASK_PHONE, "19912345678"))
        said = {line["said"] for line in log.lines}
        assert len(log.lines) == 2
        assert len(said) == 1
        assert re.fullmatch(r"limit track\.note is spent by [0-9a-f]{8}", said.pop())

    def test_it_says_nothing_of_a_field_that_the_administration_refused(self) -> None:
        self.sign_in(self.admin)
        with Listening() as log:
            asked = {"_to_field": "1990000000１"}
            assert self.client.get(reverse("admin:households_category_changelist"), asked).status_code == 400
        assert "1990000000" not in log.text
        assert "\\uff11" not in log.text
        assert log.lines[-1]["said"] == "django.contrib.admin.exceptions.DisallowedModelAdminToField"

    def test_a_refused_form_tells_the_other_page_s_host_and_not_its_address(self) -> None:
        client = self.client_class(enforce_csrf_checks=True)
        with Listening() as log:
            client.post(
                reverse("text_size"), secure=True, headers={"Referer": "https://elsewhere.example/track/never?q=1"}
            )
        assert log.lines[0]["status"] == 403
        assert "elsewhere.example/*" in log.text
        assert "never" not in log.text

    def test_nobody_writes_a_line_of_their_own(self) -> None:
        with Listening() as log:
            self.client.get("/x%0AERROR%20forged%0D%E2%80%A8forged/")
            logging.getLogger("a.third.party").warning("of %s", "a\nforged\u2028line\x1b[2J")
        assert len(log.lines) == 2
        assert log.text.isascii()
        assert log.text.count("\n") == 2
        assert "\x1b" not in log.text

    def test_every_line_has_its_moment_in_utc(self) -> None:
        with Listening() as log:
            self.client.get("/nowhere/")
        at = datetime.fromisoformat(log.lines[0]["at"])
        assert at.utcoffset() == timedelta(0)


class SettingsTests(SimpleTestCase):
    def test_there_is_one_way_out_and_it_is_that_one(self) -> None:
        said: dict[str, Any] = settings.LOGGING
        assert said["formatters"] == {"lines": {"()": "resilience.lib.logs.Lines"}}
        assert [handler["formatter"] for handler in said["handlers"].values()] == ["lines"]
        assert logging.getLogger("django").handlers == []
        assert logging.getLogger("django").propagate

    @override_settings(ADMINS=[("Admin", "admin@example.org")])
    def test_no_request_is_mailed_to_anybody(self) -> None:
        handlers = [
            type(handler).__name__
            for name in ("django", "django.request", "django.security", "")
            for handler in logging.getLogger(name).handlers
        ]
        assert "AdminEmailHandler" not in handlers
