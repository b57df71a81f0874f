"""2,816 real messages of residents to their city, filed as residents file: whole, found, read, assigned, tracked.

Every one goes through the public form of a household's door (the form, its answers kept, checked and sent, as without
JavaScript), and then through the pages of the desk and the resident. The browser is the benchmarks': Django's test
client leaves out the CSRF check and copies every template's context, which makes it three times as slow.
`-s` (without xdist) prints how many went in and how long it took.
"""

from __future__ import annotations

import csv
import re
import time
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from households import reference, search_index
from households.models import Household, ServiceRequest, Source, State
from households.search import search_requests
from resilience.accounts.models import User
from tests import factories as f
from tests.benchmarks.client import Answer, Browser
from tests.households.ask import door_path

pytestmark = [pytest.mark.shared_data, pytest.mark.django_db]
ALL = 2_816
LONGEST = 3_145  # characters of the longest text
PARTS = 8  # so that two processes share the work
DOORS = 40
SAMPLE = 20  # every so many are looked for through the desk's page as well
# On PostgreSQL all are filed and found too; of the pages of the desk and the resident every fourth is opened there.
STEP = 1 if connection.vendor == "sqlite" else 4


@dataclass(frozen=True, slots=True)
class Message:
    """One of them. `text` is title and text as somebody would type them into one box."""

    id: int
    user: str
    text: str

    @property
    def phone(self) -> str:
        """Of a prefix nobody has: the messages come without."""
        return f"199{self.id:08}"

    @property
    def address(self) -> str:
        """A network address of their own: an address that files a thousand requests an hour is stopped."""
        return f"10.{self.id >> 16}.{self.id >> 8 & 255}.{self.id & 255}"


def messages(file: Path) -> Iterator[Message]:
    with file.open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            yield Message(int(row["id"]), row["user"], f"{row['title']}\n{row['text']}")


def words_of(text: str) -> str:
    """Everything that can be read: no blanks, no line ends, nothing invisible."""
    return "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] not in "CZ")


def invisible(text: str) -> str:
    """The control and format characters; line ends, which a browser sends as two, are not among them."""
    return "".join(c for c in text if unicodedata.category(c)[0] == "C" and c not in "\r\n")


@pytest.fixture(scope="session")
def everything(civic_messages: Path) -> list[Message]:
    return list(messages(civic_messages))


@dataclass(slots=True)
class Place:
    """A building with its people, a worker, and the browser of somebody at the desk."""

    doors: list[Household]
    worker: User
    desk: Browser


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The end of a request does not close the connection: it carries the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def place(one_connection: None) -> Place:
    reference.forget()
    cache.clear()
    community = f.make_community()
    grid = f.make_grid(community)
    building = f.make_building(grid)
    f.make_category("suggest", name_zh="建议", name_en="Suggest")
    signed_in = Client()
    signed_in.force_login(f.make_staff("clerk", community, "陈静"))
    cookies = {name: morsel.value for name, morsel in signed_in.cookies.items()}
    desk = Browser(WSGIHandler(), cookies=cookies)
    doors = [
        f.make_household(building, number // 15 + 1, f"{number % 15 // 3 + 1}0{number % 3}") for number in range(DOORS)
    ]
    return Place(doors, f.make_worker("worker", grid, "马晓兰"), desk)


def opened(answer: Answer, status: int = 200) -> str:
    page = answer.body.decode()
    assert answer.status == status, page[:2_000]
    return page


def sent(browser: Browser, page: str, path: str, fields: Mapping[str, str]) -> str:
    """Send a form of the page just shown, with its hidden fields; where it led."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    answer = browser.post(path, {**hidden, **fields})
    opened(answer, 303)
    return answer.header("Location")


def ask(stranger: Browser, message: Message, household: Household) -> ServiceRequest:
    """File it as a browser does: the door's form, the answers to check, send; gives what was stored."""
    door = door_path(household)
    fields = {"what": "suggest", "urgency": "normal", "is_for": "me", "name": message.user, "phone": message.phone}
    text = message.text.replace("\n", "\r\n")
    check = sent(stranger, opened(stranger.get(door)), door, {**fields, "text": text})
    shown = opened(stranger.get(check))
    tracking = sent(stranger, shown, reverse("ask-send"), {})
    filed = ServiceRequest.unscoped.get(token=urlsplit(tracking).path.strip("/").split("/")[-1])
    assert_shows(shown, filed.text)
    return filed


def assert_shows(page: str, text: str) -> None:
    """Every line of the text stands on the page, whole."""
    for line in text.splitlines():
        assert escape(line) in page


def assert_whole(message: Message, filed: ServiceRequest, household: Household) -> None:
    """Nothing that can be read was lost; only what cannot be seen was taken out."""
    assert words_of(filed.text) == words_of(message.text)
    assert not invisible(filed.text)
    assert filed.text.count("\n") == message.text.count("\n")
    assert (filed.household_id, filed.source, filed.state) == (household.pk, Source.DOOR, State.SUBMITTED)
    assert (filed.person_name, filed.phone) == (message.user, message.phone)


def some_words(text: str) -> str:
    """Six characters in a row from the middle of it, as somebody would remember them."""
    runs = re.findall(r"[\u4e00-\u9fff]{6,}", text)
    run = runs[len(runs) // 2]
    return run[len(run) // 2 - 3 : len(run) // 2 + 3]


def assert_found(filed: ServiceRequest) -> None:
    """By its code and by the phone, which lead to nothing else."""
    rows = ServiceRequest.unscoped.order_by("pk")
    for asked in (filed.code_label, filed.phone):
        assert list(search_requests(rows, asked, community_id=filed.community_id)) == [filed]


def assert_found_by_words(filed: ServiceRequest, docs: dict[str, str]) -> None:
    """By six characters from the middle of it; and all that say them, nothing else. `docs`: by code, as indexed."""
    said = some_words(filed.text)
    rows = search_requests(ServiceRequest.unscoped.all(), said, community_id=filed.community_id)
    expected = {code for code, doc in docs.items() if said in doc}
    assert filed.code in expected
    assert set(rows.values_list("code", flat=True)) == expected


def assert_found_at_desk(desk: Browser, filed: ServiceRequest) -> None:
    """The desk's page leads to it: a code straight away, words and a phone by a list."""
    path = reverse("desk-search")
    page = opened(desk.get(path))
    assert sent(desk, page, path, {"q": filed.code_label}) == reverse("request", args=[filed.code])
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    for asked in (some_words(filed.text), filed.phone):
        assert f"name=code value={filed.code}>" in opened(desk.post(path, {**hidden, "q": asked}))


def read_and_assign(place: Place, filed: ServiceRequest) -> None:
    """The desk reads it, and gives it to the worker."""
    page = opened(place.desk.get(reverse("request", args=[filed.code])))
    assert_shows(page, filed.text)
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen
    fields = {"worker": str(place.worker.uid), "seen": seen[1]}
    sent(place.desk, page, reverse("request-assign", args=[filed.code]), fields)


def assert_tracked(stranger: Browser, filed: ServiceRequest) -> None:
    """The resident reads their words, the code, and who has it."""
    page = opened(stranger.get(reverse("track", args=[filed.token])))
    assert filed.code_label in page
    assert "马晓兰" in page
    assert_shows(page, filed.text)


def test_it_reads_all_of_them(everything: list[Message]) -> None:
    assert len(everything) == ALL
    assert len({message.id for message in everything}) == ALL
    assert max(len(message.text.partition("\n")[2]) for message in everything) == LONGEST


def test_it_loses_nothing_that_can_be_read() -> None:
    """What the test above rests on: it would notice a lost character, and does not mind a lost zero-width space."""
    assert words_of("我们 小区\r\n©㎡\u200b") == words_of("我们小区\n ©㎡")
    assert words_of("我们小区") != words_of("我们小")
    assert invisible("小\u200b区\n") == "\u200b"


@pytest.mark.parametrize("part", range(PARTS))
def test_it_takes_every_message_whole_and_sees_it_through(
    part: int, everything: list[Message], place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = everything[part::PARTS]
    visitor = Browser(WSGIHandler())
    started = time.perf_counter()
    filed: list[ServiceRequest] = []
    for number, message in enumerate(mine):
        household = place.doors[number % DOORS]
        stranger = replace(visitor, cookies={}, address=message.address)
        filed.append(ask(stranger, message, household))
        assert_whole(message, filed[-1], household)
    took = time.perf_counter() - started
    assert ServiceRequest.unscoped.count() == len(mine)
    for each in filed:
        assert_found(each)
    docs = {each.code: search_index.fold(f"{each.person_name}\x1f{each.address}\x1f{each.text}") for each in filed}
    for each in filed:
        assert_found_by_words(each, docs)
    for each in filed[::SAMPLE]:
        assert_found_at_desk(place.desk, each)
    followed = filed[::STEP]
    for each in followed:
        read_and_assign(place, each)
        assert_tracked(replace(visitor, cookies={}), each)
    assert ServiceRequest.unscoped.filter(state=State.ASSIGNED, worker=place.worker).count() == len(followed)
    with capsys.disabled():
        more = time.perf_counter() - started - took
        print(
            f"\n{len(mine)} filed in {took:.0f} s; all found, {len(followed)} read, assigned, tracked in {more:.0f} s"
        )
