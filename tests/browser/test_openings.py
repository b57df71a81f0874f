"""Opening what is sealed, in a stairwell and at a desk: few taps, with scripts and without, and hidden again."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from households.models import Opening, OpeningRule
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase
from tests.browser.conftest import Open, faults_of, session_of

CALL = 'a[href="tel:19900000001"]'


def door(cast: type[CastTestCase], *, is_due: bool) -> str:
    cast.household.next_due_date = today() if is_due else None
    cast.household.save(update_fields=["next_due_date"])
    return reverse("household-door", args=[cast.household.uid])


def seal(cast: type[CastTestCase]) -> str:
    return f"#seal-{cast.wang.uid.hex}-phone"


@pytest.mark.parametrize("js", [True, False])
def test_a_worker_whose_visit_is_due_calls_with_two_taps(cast: type[CastTestCase], open_page: Open, js: bool) -> None:
    page = open_page(door(cast, is_due=True), session=session_of(cast.worker), js=js)
    assert page.locator(CALL).count() == 0
    page.locator(f"{seal(cast)} button").click()
    expect(page.locator(CALL)).to_be_visible()
    assert faults_of(page, js=js) == []
    if js:
        expect(page.locator(CALL)).to_be_focused()
    else:  # a page of its own, with the way back
        page.locator("a.back").first.click()
        expect(page.locator(CALL)).to_have_count(0)


@pytest.mark.parametrize("js", [True, False])
def test_elsewhere_they_say_why_and_call_with_three_taps(cast: type[CastTestCase], open_page: Open, js: bool) -> None:
    page = open_page(door(cast, is_due=False), session=session_of(cast.worker), js=js)
    page.locator(f"{seal(cast)} a").click()
    page.locator("[value=asked]").click()
    expect(page.locator(CALL)).to_be_visible()
    assert Opening.objects.get().reason == "asked"


def test_enter_in_the_words_gives_the_reason_that_was_typed(cast: type[CastTestCase], open_page: Open) -> None:
    page = open_page(door(cast, is_due=False), session=session_of(cast.worker))
    page.locator(f"{seal(cast)} a").click()
    page.locator(f"{seal(cast)} summary").click()
    page.locator("#id_open_words").press_sequentially("急")
    page.keyboard.press("Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    page.locator("#id_open_words").fill("核对选民名单")
    page.keyboard.press("Enter")
    expect(page.locator(CALL)).to_be_visible()
    assert Opening.objects.get().words == "核对选民名单"


def hurry(page: Page) -> None:
    """Let the seconds until a value hides itself be few."""
    page.evaluate("document.body.addEventListener('htmx:afterSwap', () => document.querySelectorAll('[data-opened]')"
                  ".forEach(one => one.dataset.opened = '0.2'))")  # fmt: skip


def test_a_number_hides_itself_and_can_be_shown_again(cast: type[CastTestCase], open_page: Open) -> None:
    page = open_page(door(cast, is_due=True), session=session_of(cast.worker))
    hurry(page)
    page.locator(f"{seal(cast)} button").click()
    expect(page.locator("[data-hidden]")).to_be_visible()
    expect(page.locator(CALL)).to_have_count(0)
    assert "19900000001" not in page.content()
    page.locator("[data-hidden] a").click()
    expect(page.locator("[value=visit]").last).to_be_visible()


def test_nothing_opened_stays_in_the_browsers_memory_of_a_page(cast: type[CastTestCase], open_page: Open) -> None:
    page = open_page(door(cast, is_due=True), session=session_of(cast.worker))
    page.locator(f"{seal(cast)} button").click()
    expect(page.locator(CALL)).to_be_visible()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert "19900000001" not in page.content()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_fit_a_narrow_screen_with_the_largest_text(
    cast: type[CastTestCase], open_page: Open, language: str
) -> None:
    filed = f.make_request(cast.household, phone="19900000001")
    for user in (cast.worker, cast.lead, cast.clerk):
        f.make_opening(filed, user, reason="other", words="核对选民名单", is_over=True, is_elsewhere=True)
    OpeningRule.objects.create(role="worker", alarm_after=1, stop_after=2)
    page = open_page("/robots.txt", width=320, language=language, session=session_of(cast.clerk))
    base = page.url.replace("/robots.txt", "")
    page.context.add_cookies([{"name": "text_size", "value": "200", "url": base}])
    for path in (reverse("openings"), reverse("track-looked", args=[filed.token]),
                 reverse("household", args=[cast.household.uid]), reverse("request", args=[filed.code]),
                 reverse("resident-open", args=[cast.wang.uid]),
                 reverse("resident-open", args=[cast.wang.uid]) + "?what=phone"):  # fmt: skip
        page.goto(base + path)
        assert faults_of(page) == [], path
