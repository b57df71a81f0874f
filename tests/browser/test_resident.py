"""A resident asks by the code on the door, on a phone: with scripts and without, in both languages, over a bad line."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from households.actions import requests as verbs
from households.models import Actor, Photo, RequestDraft, ServiceRequest, State, Urgency
from tests import factories as f
from tests.base import CastTestCase
from tests.households.ask import door_path

from .conftest import Open, faults_of

WORDS = "家里没有米了，请带一袋五公斤的。"
BOTH = [pytest.param(js, language, id=f"{'js' if js else 'no-js'}-{language}")
        for js, language in itertools.product((True, False), ("zh-hans", "en"))]  # fmt: skip


@pytest.fixture
def picture(tmp_path: Path) -> str:
    file = tmp_path / "米.jpg"
    Image.new("RGB", (300, 200), "teal").save(file)
    return str(file)


def fill_in(page: Page, *, urgency: int = 2, phone: str = "19900000001") -> None:
    page.check("#id_what_0")
    page.check(f"#id_urgency_{urgency}")
    page.fill("#id_text", WORDS)
    page.fill("#id_name", "王秀英")
    page.fill("#id_phone", phone)


def go_on(page: Page) -> None:
    page.locator("form[enctype] > button.wide").click()


@pytest.mark.parametrize(("js", "language"), BOTH)
def test_it_takes_a_request_from_the_door_to_the_worker(
    cast: type[CastTestCase], open_page: Open, picture: str, js: bool, language: str
) -> None:
    page = open_page(door_path(cast.household), js=js, language=language)
    assert faults_of(page, js=js) == []
    fill_in(page, phone="12")
    page.set_input_files("#id_photos", picture)
    if js:  # sent as soon as it is picked
        expect(page.locator("#photos img")).to_have_count(1)
    go_on(page)
    expect(page.locator("#error-summary a")).to_have_attribute("href", "#id_phone")
    assert faults_of(page, js=js) == []
    expect(page.locator("#id_text")).to_have_value(WORDS)
    expect(page.locator("#photos img")).to_have_count(1)
    page.fill("#id_phone", "199 0000 0001")
    go_on(page)
    page.wait_for_url("**/ask/check/")
    assert faults_of(page, js=js) == []
    page.locator("form[action='/ask/send/'] button").click()
    page.wait_for_url("**/track/**")
    assert faults_of(page, js=js) == []
    filed = ServiceRequest.unscoped.get()
    expect(page.locator(".big-code")).to_have_text(filed.code_label)
    assert (filed.household, filed.worker, filed.language) == (cast.household, cast.worker, language)
    assert filed.photos.count() == 1
    page.go_back()  # to what was sent, not to a form that would send it again
    page.wait_for_url("**/track/**")
    assert ServiceRequest.unscoped.count() == 1


@pytest.mark.parametrize("js", [True, False])
def test_it_warns_first_when_a_life_is_in_danger(cast: type[CastTestCase], open_page: Open, js: bool) -> None:
    page = open_page(door_path(cast.household), js=js)
    fill_in(page, urgency=0)
    expect(page.locator(".only-danger a[href='tel:120']")).to_be_visible()  # at once, before anything is sent
    go_on(page)
    page.wait_for_url("**/ask/danger/")
    assert faults_of(page, js=js) == []
    page.locator("form[data-ask] > button.wide").click()
    page.wait_for_url("**/track/**")
    assert ServiceRequest.unscoped.get().urgency == Urgency.LIFE


@pytest.mark.parametrize("js", [True, False])
def test_it_finds_the_door_without_a_code(cast: type[CastTestCase], open_page: Open, js: bool) -> None:
    page = open_page("/", js=js)
    assert faults_of(page, js=js) == []
    page.locator(".tile a").first.click()
    expect(page.locator("#id_what_0")).to_be_checked()
    assert faults_of(page, js=js) == []
    page.check("#id_urgency_1")
    go_on(page)
    page.wait_for_url("**/ask/where/**")
    for _ in range(2):  # community, building; the building has one entrance
        assert faults_of(page, js=js) == []
        page.locator("a.card-row", has_text="西园").or_(page.locator("a.card-row").first).first.click()
        page.wait_for_load_state()
    assert faults_of(page, js=js) == []
    page.get_by_role("button", name="502").click()
    page.wait_for_url("**/ask/details/")
    assert faults_of(page, js=js) == []
    page.fill("#id_name", "王秀英")
    page.fill("#id_phone", "19900000001")
    go_on(page)
    page.wait_for_url("**/ask/check/")
    page.locator("form[action='/ask/send/'] button").click()
    page.wait_for_url("**/track/**")
    assert ServiceRequest.unscoped.get().household == cast.household


def test_it_keeps_what_is_typed_without_a_button_and_nothing_in_the_browser(
    cast: type[CastTestCase], open_page: Open
) -> None:
    page = open_page(door_path(cast.household))
    page.check("#id_what_0")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("#id_text").press_sequentially(WORDS[:8])
    page.goto("about:blank")
    page.go_back()
    expect(page.locator("#id_text")).to_have_value(WORDS[:8])
    expect(page.locator("#id_what_0")).to_be_checked()
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert RequestDraft.objects.count() == 1


@pytest.mark.parametrize("way", ["back", "link", "enter"])
def test_it_keeps_what_was_typed_a_moment_before_the_page_goes(
    cast: type[CastTestCase], open_page: Open, way: str
) -> None:
    page = open_page(door_path(cast.household))
    fill_in(page)
    go_on(page)
    page.wait_for_url("**/ask/check/")
    page.goto(page.url.replace("check", "details"))
    page.fill("#id_text", WORDS[:5])
    if way == "back":
        page.locator("button.back").click()
        page.wait_for_url("**/ask/")
    elif way == "link":
        page.locator(".brand").click()
        page.wait_for_url(lambda url: url.endswith(":" + url.split(":")[-1].split("/")[0] + "/"))
    else:
        page.locator("#id_name").press("Enter")
        page.wait_for_url("**/ask/check/")
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + "/ask/details/")
    expect(page.locator("#id_text")).to_have_value(WORDS[:5])


def test_it_says_so_when_the_answer_does_not_come(cast: type[CastTestCase], open_page: Open) -> None:
    page = open_page("/robots.txt")
    page.clock.install()
    page.goto(page.url.replace("/robots.txt", door_path(cast.household)))
    fill_in(page)
    page.route("**/h/**", lambda route: None if route.request.method == "POST" else route.continue_())
    go_on(page)
    page.clock.fast_forward(12_000)  # what was typed was being kept
    page.wait_for_timeout(200)
    page.clock.fast_forward(21_000)
    expect(page.locator("#live")).to_contain_text(page.locator("body").get_attribute("data-offline") or "?")
    expect(page.locator("#id_text")).to_have_value(WORDS)
    page.unroute("**/h/**")
    go_on(page)
    page.wait_for_url("**/ask/check/")


def test_it_loses_nothing_when_the_line_drops_while_sending(
    cast: type[CastTestCase], open_page: Open, picture: str
) -> None:
    page = open_page(door_path(cast.household))
    fill_in(page)
    page.context.set_offline(True)
    go_on(page)
    expect(page.locator("#live")).to_contain_text(page.locator("body").get_attribute("data-offline") or "?")
    expect(page.locator("#id_text")).to_have_value(WORDS)
    page.set_input_files("#id_photos", picture)
    page.context.set_offline(False)
    page.wait_for_timeout(300)
    go_on(page)
    page.wait_for_url("**/ask/check/")
    assert Photo.unscoped.count() == 1
    page.context.set_offline(True)
    page.locator("form[action='/ask/send/'] button").click()
    expect(page.locator("#live")).to_contain_text(page.locator("body").get_attribute("data-offline") or "?")
    page.context.set_offline(False)
    page.locator("form[action='/ask/send/'] button").click()
    page.wait_for_url("**/track/**")
    assert ServiceRequest.unscoped.get().text == WORDS


def test_it_files_once_however_often_the_button_is_tapped(cast: type[CastTestCase], open_page: Open) -> None:
    page = open_page(door_path(cast.household))
    fill_in(page)
    go_on(page)
    page.wait_for_url("**/ask/check/")
    page.locator("form[action='/ask/send/'] button").dblclick()
    page.wait_for_url("**/track/**")
    assert ServiceRequest.unscoped.count() == 1


@pytest.mark.parametrize(("js", "language"), BOTH)
def test_it_lets_the_resident_answer(cast: type[CastTestCase], open_page: Open, js: bool, language: str) -> None:
    filed = f.make_request(cast.household)
    verbs.resolve(filed, by=cast.worker, actor=Actor.WORKER, what_was_done="米送到了")
    page = open_page("/track/", js=js, language=language)
    assert faults_of(page, js=js) == []
    page.fill("#id_code", filed.code_label.lower())
    page.fill("#id_tail", "0001")
    page.locator("main form button").click()
    page.wait_for_url(f"**/track/{filed.token}/")
    assert faults_of(page, js=js) == []
    page.check("#id_outcome_0")
    page.check("#id_rating_0")
    page.locator("#confirm button").click()
    page.wait_for_load_state()
    expect(page.locator("#confirm")).to_have_count(0)
    filed.refresh_from_db()
    assert (filed.state, filed.outcome) == (State.CLOSED, "done")


@pytest.mark.parametrize("size", ["100", "200"])
def test_it_breaks_no_english_word_and_stands_no_letter_alone(
    cast: type[CastTestCase], open_page: Open, size: str
) -> None:
    page = open_page("/", width=390 if size == "100" else 320, language="en")
    page.context.add_cookies([{"name": "text_size", "value": size, "url": page.url.rstrip("/")}])
    page.reload()
    lines = """() => [...document.querySelectorAll('h1, h2, .tile span, .button, .numbers a')].flatMap((el) => {
        const range = document.createRange(), walker = document.createTreeWalker(el, NodeFilter.SHOW_TEXT), broken = [];
        for (let node; (node = walker.nextNode());) for (const word of node.data.matchAll(/[A-Za-z]+/g)) {
            range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word[0]);
        }
        return broken;
    })"""
    assert page.evaluate(lines) == []


def test_it_has_a_button_that_reads_the_page_aloud(cast: type[CastTestCase], open_page: Open) -> None:
    page = open_page("/")
    expect(page.locator("[data-read]")).to_be_visible()
    page.locator("[data-read]").click()
    assert page.evaluate("document.querySelector('[data-read]').getAttribute('aria-pressed')") in ("true", "false")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_fits_a_narrow_screen_with_the_largest_text(
    cast: type[CastTestCase], open_page: Open, language: str
) -> None:
    filed = f.make_request(cast.household)
    page = open_page("/", width=320, language=language)
    base = page.url.rstrip("/")
    page.context.add_cookies([{"name": "text_size", "value": "200", "url": base}])
    for path in ("/", "/ask/", door_path(cast.household), "/track/", f"/track/{filed.token}/", "/h/x/",
                 f"/track/{filed.token}/cancel/", f"/ask/where/building/{cast.building.uid}/"):  # fmt: skip
        page.goto(base + path)
        assert faults_of(page) == [], path


def test_it_opens_with_at_most_five_requests_and_thirty_kilobytes(cast: type[CastTestCase], open_page: Open) -> None:
    page = open_page("/robots.txt")
    seen: list[int] = []
    page.on("response", lambda answer: seen.append(len(answer.body())) if not answer.url.startswith("data:") else None)
    page.goto(page.url.replace("/robots.txt", door_path(cast.household)), wait_until="networkidle")
    assert len(seen) <= 5, seen
    assert sum(seen) <= 4 * 30_000, seen  # as they are; the real server compresses them to a quarter
