"""What is measured: each page, who opens it, the floor it stands on, and the goals of performance.md it has to meet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from resilience.lib.codes import sign_token

from . import place, requests
from .client import Answer, Browser
from .stage import Stage

Ask = Callable[[Stage], list[Answer]]
TABLE, ONE, PAIR = "table", "one", "pair"
_ROW = r"<tr><td><label>"
_LINK = r'/requests/([0-9A-Z]{9})/[">]'
DOOR = "door"  # the salt of a door code


class PageBroken(RuntimeError):
    """A page did not answer as it must, so its time would mean nothing."""


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the table: the floor it stands on and at most how many times that it may take.

    `goal` is the number in performance.md; 0 for its rule about pages without one. `growth`: goal 2 counts too.
    """

    name: str
    ask: Ask
    floor: str = ""
    goal: int = 0
    most: float = 2.0
    statements: int = 6
    growth: bool = False


def opened(who: str, path: Callable[[], str], shows: str = "", times: int = 0) -> Ask:
    """Open one page. `shows` is a pattern that its HTML must hold, `times` times when given."""

    def ask(stage: Stage) -> list[Answer]:
        browser = stage.people[who]
        return [checked(browser.get(path()), path(), shows, times)]

    return ask


def checked(answer: Answer, path: str, shows: str = "", times: int = 0) -> Answer:
    if answer.status != 200:
        raise PageBroken(f"{path} answered {answer.status} {answer.header('Location')}")
    found = len(re.findall(shows, answer.body.decode())) if shows else 0
    if shows and (found != times if times else not found):
        raise PageBroken(f"{path} shows {shows!r} {found} times, not {times or 'once or more'}")
    return answer


def sent(browser: Browser, shown: Answer, path: str, fields: dict[str, str]) -> Answer:
    """Send the form of a page just shown, with its hidden fields; a redirect must follow."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown.body.decode()))
    answer = browser.post(path, {**hidden, **fields})
    if answer.status not in (302, 303):
        raise PageBroken(f"POST {path} answered {answer.status}")
    return answer


def _floor_pair(stage: Stage) -> list[Answer]:
    """The bare form and its insert, behind the product's middleware."""
    browser = stage.people["floor"]
    shown = checked(browser.get("/form/"), "/form/")
    return [shown, sent(browser, shown, "/insert/", {"category": "热餐", "name": "王秀英", "address": "3 单元 501"})]


def _submit(stage: Stage) -> list[Answer]:
    """By the door's code: the form, its POST, the answers to check, and sending them. A new resident each time."""
    browser = stage.stranger()
    number = int(browser.address.split(".")[-1]) + 256 * int(browser.address.split(".")[-2])
    household = place.HOUSEHOLDS_A_GRID + 1 + number % (place.HOUSEHOLDS - place.HOUSEHOLDS_A_GRID)
    door = reverse("door", args=[sign_token(f"{household:020x}", DOOR)])
    fields = {"what": "meal", "urgency": "normal", "text": "想要两份热餐，中午送到门口就行。", "is_for": "me"}
    form = checked(browser.get(door), door)
    kept = sent(browser, form, door, {**fields, "name": "王秀英", "phone": f"1990{stage.rows % 97:02}{number:05}"})
    check = checked(browser.get(kept.header("Location")), kept.header("Location"))
    filed = sent(browser, check, reverse("ask-send"), {})
    if not filed.header("Location").startswith("/track/"):
        raise PageBroken(f"sending led to {filed.header('Location')}")
    return [form, kept, check, filed]


def _desk(**query: str) -> Callable[[], str]:
    return lambda: f"{reverse('desk')}?{urlencode(query)}" if query else reverse("desk")


def _search(stage: Stage) -> list[Answer]:
    """A word that stands in every twelfth request: fifty of those, and of no others. By POST, as the page does."""
    browser, path = stage.people["district"], reverse("desk-search")
    if not stage.search_token:  # fetched once: only the search itself is timed
        form = checked(browser.get(path), path).body.decode()
        stage.search_token = dict(re.findall(r'<input type="hidden" name="(csrf\w+)" value="([^"]*)"', form))
    answer = checked(browser.post(path, {**stage.search_token, "q": requests.WORD}), path)
    shown = set(re.findall(_LINK, answer.body.decode()))
    if len(shown) != 50 or not shown <= requests.codes_saying_word(stage.rows):
        raise PageBroken(f"{path} shows {len(shown)} requests, some without the word")
    return [answer]


def _detail() -> str:
    return reverse("request", args=[requests.code_of(requests.DETAIL)])


def _assign() -> str:
    """The same with the form open, which ranks who could take it."""
    return f"{_detail()}?do=assign"


def _file() -> str:
    return reverse("household", args=[place.uid(3, place.LONG_STORY)])


FLOORS = {
    TABLE: Page("bare 50-row table", opened("bare", lambda: "/table/", "<tr>", 51)),
    ONE: Page("bare one-row page", opened("bare", lambda: "/one/", place.address_of(2))),
    PAIR: Page("bare form + insert, all middleware", _floor_pair),
}
PAGES = (
    Page("home", opened("visitor", lambda: reverse("home")), TABLE, statements=0),
    Page("ask: door form, send", _submit, PAIR, goal=4, most=1 / 0.55, statements=5),
    Page("track", opened("visitor", lambda: reverse("track", args=[requests.token_of(requests.DETAIL)])), TABLE),
    Page("worker's round", opened("walker", lambda: reverse("round")), TABLE),
    Page("desk queue, a community", opened("desk", _desk(), _ROW, 50), TABLE, goal=1, most=1.0, growth=True),
    Page("desk queue, the district", opened("district", _desk(), _ROW, 50), TABLE, goal=1, most=1.0, growth=True),
    Page(
        "desk queue, filtered", opened("desk", _desk(urgency="normal"), _ROW, 50), TABLE, goal=1, most=1.0, growth=True
    ),
    Page("queue search, a word", _search, TABLE, growth=True),
    Page("request, 20 events", opened("desk", _detail), ONE, goal=5, most=5.0, growth=True),
    Page(
        "request, 20 events, assign form", opened("desk", _assign, 'name="worker"'), ONE, goal=5, most=5.0, growth=True
    ),
    Page(
        "household's file", opened("walker", lambda: reverse("household", args=[place.uid(3, place.LONG_STORY)])), TABLE
    ),
)
