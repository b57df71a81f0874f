"""A real Chromium against a live server with the cast. Left out where no Chromium is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from households import reference
from resilience.accounts.models import User
from tests.accounts.factor_help import confirm
from tests.base import CastTestCase
from tests.factories import PASSWORD

# Playwright's sync API runs an event loop in this thread; Django's guard takes it for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": args}


@pytest.fixture
def cast(transactional_db: None) -> Iterator[type[CastTestCase]]:
    """The cast of `tests.base`, as attributes of a class."""
    reference.forget()

    class Cast(CastTestCase):
        pass

    Cast.setUpTestData()
    yield Cast
    reference.forget()


def is_our_fault(said: ConsoleMessage) -> bool:
    """What the policy refused; not what axe-core writes into the administration to read the `@import` of its sheets."""
    is_read_by_axe = said.page is not None and "/admin/" in said.page.url
    return "Content Security Policy" in said.text and not is_read_by_axe


@pytest.fixture
def open_page(live_server: LiveServer, browser: Browser) -> Iterator[Open]:
    """`open_page("/ask/", language="en", js=False, width=390)`: a page that fails the test on a script's fault."""
    contexts = []
    faults: list[str] = []

    def open_it(
        path: str = "/", *, language: str = "zh-hans", js: bool = True, width: int = 390, session: str = ""
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=js)
        contexts.append(context)
        cookies = [{"name": "django_language", "value": language, "url": live_server.url}]
        if session:
            cookies.append({"name": "sessionid", "value": session, "url": live_server.url})
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if is_our_fault(said) else None)
        page.goto(live_server.url + path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert not faults, faults


def session_of(user: User) -> str:
    """The cookie of somebody who has signed in, and for an hour need not show again who they are."""
    client = Client()
    client.force_login(user)
    confirm(client, ahead=timedelta(hours=1))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def sign_in(page: Page, user: User) -> None:
    """By name and password, on the page that asks for them."""
    page.fill("#id_username", user.username)
    page.fill("#id_password", PASSWORD)
    page.locator("form:has(#id_password) button").click()


def faults_of(page: Page, *, js: bool = True, strict: bool = False, only_colours: bool = False) -> list[str]:
    """What axe-core finds wrong on the page, and whether it is wider than its window.

    axe needs scripts: with `js=False` only the width is looked at (axe would wait for ever). `strict` asks for
    text of 7:1, as residents' pages have it, where AA asks for 4.5:1. `only_colours`: all that can have changed on
    a page that was looked at before and is dark now.
    """
    options: dict[str, Any] = {"runOnly": ["color-contrast", *(["color-contrast-enhanced"] if strict else [])]}
    if not only_colours:
        options = {"runOnly": AXE_TAGS, "rules": {"color-contrast-enhanced": {"enabled": strict}}}
    found = _axe_says(page, {**options, "resultTypes": ["violations"]}) if js else []
    words = [f"{fault['id']}: {[node['target'] for node in fault['nodes']][:3]}" for fault in found]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return words + ([f"{wider} px wider than the window"] if wider > 0 else [])


def _axe_says(page: Page, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Its half a megabyte goes to each page once."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(Axe().axe_script)
    found: list[dict[str, Any]] = page.evaluate("options => axe.run(options).then(said => said.violations)", options)
    return found
