"""A resident's codes and links: unknown, ended, purged and somebody else's look and weigh the same to who guesses."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from households.actions import answers
from households.models import ServiceRequest, State
from resilience.accounts import limits
from resilience.accounts.models import RateCount
from resilience.lib.codes import new_code, new_token
from tests import factories as f
from tests.security.server import ServerTestCase

WRONG_TAIL = "9999"
_TOKEN = re.compile(r'(csrfmiddlewaretoken" value=")\w+')


class AlikeTests(ServerTestCase):
    kinds: dict[str, str]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        made = {name: f.make_request(cls.household) for name in ("open", "closed", "called off", "merged", "purged")}
        ServiceRequest.unscoped.filter(pk=made["closed"].pk).update(state=State.CLOSED, worker=None)
        ServiceRequest.unscoped.filter(pk=made["merged"].pk).update(
            state=State.MERGED, worker=None, merged_into=made["open"].pk
        )
        cancelled = ServiceRequest.unscoped.select_related("category", "community").get(pk=made["called off"].pk)
        answers.cancel(cancelled, why="不用了")
        made["nameless"] = f.make_request(cls.household, phone="")
        cls.codes = {name: each.code for name, each in made.items()} | {"unknown": new_code()}
        cls.tokens = {"purged": made["purged"].token, "unknown": new_token(), "malformed": "x" * 43}
        gone = ServiceRequest.unscoped.get(pk=made["purged"].pk)
        gone.events.all().delete()
        gone.items.all().delete()
        gone.assignments.all().delete()
        gone.delete()

    def look(self, ask: Callable[[Client], Any], *spoken: str) -> tuple[str, int]:
        """All that comes back, without what was sent and the form's token; and how often the database was asked."""
        RateCount.objects.all().delete()
        browser = Client()
        browser.get(reverse("track-find"), secure=True)  # so that each has its cookie
        with CaptureQueriesContext(connection) as asked:
            answer = ask(browser)
        text = f"{answer.status_code}\n{sorted(answer.items())}\n{answer.content.decode()}"
        for word in spoken:
            text = text.replace(word, "")
        return _TOKEN.sub(r"\1", re.sub(r"'Content-Length', '\d+'", "", text)), len(asked)

    def test_unknown_wrong_and_ended_codes_get_the_same_answer(self) -> None:
        for headers in ({}, {"HX-Request": "true"}):
            looks = {
                name: self.look(
                    lambda browser, code=code, headers=headers: browser.post(  # type: ignore[misc]
                        reverse("track-find"), {"code": code, "tail": WRONG_TAIL}, secure=True, headers=headers
                    ),
                    code,
                )
                for name, code in self.codes.items()
            }
            assert {name for name, look in looks.items() if look != looks["unknown"]} == set()
            assert looks["unknown"][0].startswith("422")

    def test_unknown_and_purged_links_get_the_same_answer(self) -> None:
        for name in ("track", "track-cancel"):
            looks = {
                kind: self.look(
                    lambda browser, token=token, name=name: browser.get(  # type: ignore[misc]
                        reverse(name, args=[token]), secure=True
                    ),
                    token,
                )
                for kind, token in self.tokens.items()
            }
            assert {kind for kind, look in looks.items() if look != looks["unknown"]} == set()
            assert looks["unknown"][0].startswith("404")

    def test_a_spent_limit_says_the_same_of_a_code_there_is_and_one_there_is_not(self) -> None:
        said = set()
        for code in (self.codes["open"], self.codes["unknown"]):
            RateCount.objects.all().delete()
            browser = Client()
            answer: Any = None
            for _time in range(limits.TRACK_CODE_ADDRESS.most + 1):
                answer = browser.post(reverse("track-find"), {"code": code, "tail": WRONG_TAIL}, secure=True)
            assert answer.status_code == 429
            said.add(_TOKEN.sub(r"\1", answer.content.decode().replace(code, "")))
        assert len(said) == 1

    def test_none_of_them_takes_longer(self) -> None:
        """The quickest of each within a quarter of the others', in time of the processor: what else runs has no say."""
        names = ("open", "closed", "unknown", "purged")
        spent: dict[str, list[int]] = {name: [] for name in names}
        browser = Client()
        order = random.Random(7)
        for _round in range(25):
            for name in order.sample(names, len(names)):
                RateCount.objects.all().delete()
                sent = {"code": self.codes[name], "tail": WRONG_TAIL}
                begun = time.thread_time_ns()
                browser.post(reverse("track-find"), sent, secure=True)
                spent[name].append(time.thread_time_ns() - begun)
        quickest = {name: min(taken) for name, taken in spent.items()}
        assert max(quickest.values()) < 1.25 * min(quickest.values()), quickest
