"""A page in one state, and the steps that lead a browser to it: what `looks.py` puts its tables together from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from playwright.sync_api import Page

from tests.base import CastTestCase
from tests.factories import PASSWORD

Scene = type[CastTestCase]
NARROW, PHONE, WIDE = 320, 390, 1440
WIDTHS = (NARROW, PHONE, 820, 1024, 1280, WIDE)  # px; none may scroll sideways
LONG = "阿不都热合曼·买买提明·吐尔逊江·艾合买提·阿卜杜拉"
# Addresses that answer GET with something else than a page of ours.
NO_PAGES = {"start", "ask-photo", "health", "robots", "favicon"}
FAULTY = ("400.html", "500.html", "503.html")  # shown when nothing else works
GO_ON = "form[enctype] > button.wide"
SAVE = "main form button.button"
LOGIN = "form:has(#id_password) button"


@dataclass(frozen=True)
class Look:
    """One page in one state. `do` brings it there from where `path` leads."""

    name: str  # of its URL; "" for a page that has none
    path: Callable[[Scene], str]
    do: Callable[[Page, Scene], object] | None = None
    status: int = 200
    prints: bool = False

    def __str__(self) -> str:
        return self.name


def at(name: str, about: str = "", *more: str, query: str = "", **how: Any) -> Look:
    """The page of that URL name; `about` is the attribute of the scene its id is of: 'household.uid'."""

    def path(scene: Scene) -> str:
        found: Any = scene
        for step in about.split(".") if about else ():
            found = getattr(found, step)
        return reverse(name, args=[*([found] if about else []), *more]) + query.format(scene=scene)

    return Look(name, path, **how)


# --- getting a page into its state ------------------------------------------------------------------
def send(selector: str) -> Callable[[Page, Scene], None]:
    """Press it and wait for what comes: another page, or another `main` on this one."""

    def do(page: Page, _scene: Scene) -> None:
        page.eval_on_selector("main", "one => one.dataset.old = '1'")
        page.locator(selector).last.click()
        page.locator("main:not([data-old])").wait_for()
        page.wait_for_load_state()

    return do


def ask(ending: str, *, urgency: str = "normal") -> Callable[[Page, Scene], None]:
    """Answer what is asked, and go on until the step whose address ends so."""

    def do(page: Page, scene: Scene) -> None:
        page.check("#id_what_0")
        page.check(f"[name=urgency][value={urgency}]")
        if page.locator("#id_name").count():
            _say_who(page)
        for _ in range(3):
            if page.url.endswith(ending):
                return
            if "/where/" in page.url:
                break
            send("form[enctype] > button.wide")(page, scene)
        if ending == "/details/":
            page.goto(_address_of(page, "ask-where-doors", scene.building.uid) + "?entrance=1")
            send("[name=door]")(page, scene)
        elif ending == "/unlisted/":
            page.goto(_address_of(page, "ask-where-unlisted", scene.home.code))
        assert page.url.endswith(ending), page.url

    return do


def several(page: Page, scene: Scene) -> None:
    """Two needs, of which something comes back: which of them, and how often?"""
    page.check("#id_what_1")
    page.locator("[name=every_days]").first.evaluate(
        "one => { if (one.closest('details')) one.closest('details').open = true }"
    )
    page.select_option("select[name=every_days]", "7")
    ask("/often/")(page, scene)


def _say_who(page: Page) -> None:
    page.fill("#id_text", "家里没有米了，请带一袋五公斤的。" * 6)
    page.fill("#id_name", LONG)
    page.fill("#id_phone", "19900000001")


def _address_of(page: Page, name: str, *args: Any) -> str:
    scheme, _, rest = page.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}{reverse(name, args=args)}"


def then(*steps: Callable[[Page, Scene], object]) -> Callable[[Page, Scene], None]:
    def do(page: Page, scene: Scene) -> None:
        for step in steps:
            step(page, scene)

    return do


def spoil_the_token(page: Page, _scene: Scene) -> None:
    page.eval_on_selector("main form [name=csrfmiddlewaretoken]", "one => one.value = 'x'.repeat(64)")


def preview_assigning(page: Page, scene: Scene) -> None:
    page.check(f"input[name=worker][value='{scene.colleague.uid}']")
    send("button[value=preview]")(page, scene)


def preview_leaving(page: Page, scene: Scene) -> None:
    page.check("input[name=for_good][value=yes]")
    page.check(f"input[name=receivers][value='{scene.colleague.pk}']")
    page.fill("[name=why]", "调到别的社区")
    send("button[value=preview]")(page, scene)


def search_for(words: str) -> Callable[[Page, Scene], None]:
    def do(page: Page, scene: Scene) -> None:
        page.fill("#q", words)
        send(".search button")(page, scene)

    return do


def find_door(page: Page, _scene: Scene) -> None:
    page.fill("#id_q", "502")
    page.locator("button[value=search]").click()
    page.wait_for_selector("input[name=household]", state="attached")


def sign_in(page: Page, scene: Scene) -> None:
    """As who has a second factor: the password was right, and it is asked for."""
    page.fill("#id_username", scene.lead.username)
    page.fill("#id_password", PASSWORD)
    send(LOGIN)(page, scene)
    assert page.url.endswith(reverse("accounts:second_factor")), page.url


def invite(page: Page, scene: Scene) -> None:
    """Back on the list, which shows the link this once."""
    page.fill("#id_name", LONG)
    page.check("[name=role][value=worker]")
    page.select_option("#id_place", scene.grid.code)
    send(SAVE)(page, scene)
    assert page.url.endswith(reverse("invitations")), page.url


def new_codes(page: Page, scene: Scene) -> None:
    send(f"form[action='{reverse('accounts:recovery_codes')}'] button")(page, scene)
    assert page.url.endswith(reverse("accounts:recovery_codes")), page.url


def open_it(page: Page, _scene: Scene) -> None:
    """Give the first reason, and see what was sealed."""
    page.locator("[name=reason]").first.click()
    page.locator("[data-opened]").wait_for()


def open_without_words(page: Page, _scene: Scene) -> None:
    page.locator("details summary").click()
    page.locator("[name=reason][value=other]").click()
    page.locator("#error-summary").wait_for()


def check_the_chain(page: Page, _scene: Scene) -> None:
    page.locator("#chain form button").click()
    page.locator("#chain .notice").wait_for()


def filter_backwards(page: Page, scene: Scene) -> None:
    page.fill("#id_since", "2026-02-01")
    page.fill("#id_until", "2026-01-01")
    send(".filters button")(page, scene)


def found_nothing_said(page: Page, scene: Scene) -> None:
    page.check("#id_visit_what_1")
    send(".thumb-bar button")(page, scene)


# --- the table --------------------------------------------------------------------------------------
