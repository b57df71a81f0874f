"""A worker on the phone: accepts, visits, finds something, resolves; with scripts and without, in both languages."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from households import reference
from households.actions import assignments, care
from households.actions import requests as verbs
from households.models import Actor, ResidentNeed, ServiceRequest, Source, State, Visit
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase

from .conftest import Open, faults_of, session_of, sign_in

BOTH = [
    pytest.param(js, language, id=f"{'js' if js else 'no-js'}-{language}")
    for js, language in itertools.product((True, False), ("zh-hans", "en"))
]


def make_due(cast: type[CastTestCase]) -> ResidentNeed:
    kind = f.make_need_kind()
    f.make_care_rule(kind, 7)
    reference.forget()
    need = f.make_need(cast.wang, kind, last_met_date=today() - timedelta(days=10))
    care.refresh_due(cast.household)
    return need


@pytest.mark.parametrize(("js", "language"), BOTH)
def test_it_leads_a_worker_from_the_round_through_the_visit_to_the_answer(
    cast: type[CastTestCase], open_page: Open, tmp_path: Path, js: bool, language: str
) -> None:
    need, filed = make_due(cast), f.make_request(cast.household)
    picture = tmp_path / "米.jpg"
    Image.new("RGB", (300, 200), "teal").save(picture)
    page = open_page("/round/", js=js, language=language, session=session_of(cast.worker))
    assert faults_of(page, js=js) == []

    # Three taps: the door, how it went, save. On the way: accept what was asked there.
    page.locator("a.stop").first.click()
    expect(page.locator("#visit")).to_be_visible()
    assert faults_of(page, js=js) == []
    page.locator(f'form[action$="/{filed.code}/accept/"] button').click()
    expect(page.locator(f'form[action$="/{filed.code}/accept/"]')).to_have_count(0)
    page.check("#id_visit_what_0")
    page.locator(".thumb-bar button").click()
    page.wait_for_url("**/round/")
    expect(page.locator("#messages .good")).to_be_visible()
    assert faults_of(page, js=js) == []
    assert ResidentNeed.unscoped.get(pk=need.pk).next_due_date == today() + timedelta(days=7)
    assert ServiceRequest.unscoped.get(pk=filed.pk).responded_at

    # The request: report it as done, first without words.
    page.goto(page.url.replace("/round/", f"/requests/{filed.code}/"))
    expect(page.locator("#story")).to_be_visible()
    assert faults_of(page, js=js) == []
    page.locator('a[href^="?do=resolve"]').click()
    page.set_input_files("#id_resolve_photos", str(picture))
    page.locator("#deed button").click()
    expect(page.locator("#error-summary a")).to_have_attribute("href", "#id_resolve_what_was_done")
    assert faults_of(page, js=js) == []
    page.fill("#id_resolve_what_was_done", "米已送到门口")
    page.set_input_files("#id_resolve_photos", str(picture))
    page.locator("#deed button").click()
    page.wait_for_url("**/round/")
    expect(page.locator("#messages .good")).to_be_visible()
    page.goto(page.url.replace("/round/", f"/requests/{filed.code}/"))
    expect(page.locator(".timeline img")).to_have_count(1)
    done = ServiceRequest.unscoped.get(pk=filed.pk)
    assert (done.state, done.photos.count()) == (State.RESOLVED, 1)


@pytest.mark.parametrize(("js", "language"), BOTH)
def test_what_is_found_at_a_door_becomes_a_request_and_nothing_typed_is_lost(
    cast: type[CastTestCase], open_page: Open, js: bool, language: str
) -> None:
    make_due(cast)
    door = f"/households/{cast.household.uid}/door/"
    page = open_page(door, js=js, language=language, session=session_of(cast.worker))
    expect(page.locator("#id_visit_words")).to_be_hidden()
    page.check("#id_visit_what_1")
    page.fill("#id_visit_words", "灶台漏气，已关总阀")
    page.locator(".thumb-bar button").click()
    expect(page.locator("#error-summary a")).to_have_attribute("href", "#id_visit_category")
    assert faults_of(page, js=js) == []
    expect(page.locator("#id_visit_words")).to_have_value("灶台漏气，已关总阀")
    page.select_option("#id_visit_category", str(cast.category.pk))
    page.locator(".thumb-bar button").click()
    page.wait_for_url("**/round/")
    expect(page.locator("#messages .good")).to_have_count(2)
    found = ServiceRequest.unscoped.get()
    assert (found.source, found.worker) == (Source.VISIT, cast.worker)
    assert Visit.unscoped.get().service_request == found


def test_it_hands_over_in_place_and_says_when_somebody_was_faster(cast: type[CastTestCase], open_page: Open) -> None:
    filed = f.make_request(cast.household)
    page = open_page(f"/requests/{filed.code}/", session=session_of(cast.worker))
    page.locator('a[href^="?do=hand-over"]').click()
    expect(page.locator("#id_hand-over_why")).to_be_visible()
    assert "?do=" not in page.url  # only that part of the page was fetched
    assert faults_of(page) == []
    ServiceRequest.unscoped.filter(pk=filed.pk).update(reopened=1)
    page.locator("#id_hand-over_worker_0").check(force=True)
    page.fill("#id_hand-over_why", "我在外地")
    page.locator("#deed button").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#id_hand-over_why")).to_have_value("我在外地")
    page.locator("#deed button").click()
    page.wait_for_url("**/round/")
    assert ServiceRequest.unscoped.get(pk=filed.pk).worker != cast.worker


def test_targets_on_a_workers_pages_are_large_enough(cast: type[CastTestCase], open_page: Open) -> None:
    make_due(cast)
    filed = f.make_request(cast.household)
    session = session_of(cast.worker)
    for path in ("/round/", f"/households/{cast.household.uid}/door/", f"/requests/{filed.code}/"):
        page = open_page(path, session=session, width=320)
        sizes = page.eval_on_selector_all(
            "main .button, main a.stop, main .taps label",
            "all => all.map(one => Math.round(one.getBoundingClientRect().height))",
        )
        assert sizes, path
        assert min(sizes) >= 60, (path, sizes)
        small = page.eval_on_selector_all(
            "main a, main summary",
            "all => all.filter(one => one.getBoundingClientRect().height < 43.5).map(one => one.outerHTML)",
        )
        assert small == [], path
        assert faults_of(page) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_workers_pages_fit_a_narrow_screen_with_the_largest_text(
    cast: type[CastTestCase], open_page: Open, language: str
) -> None:
    make_due(cast)
    filed = f.make_request(cast.household)
    f.make_phone(cast.household, "19900005555", "女儿")
    page = open_page("/robots.txt", width=320, language=language, session=session_of(cast.worker))
    base = page.url.replace("/robots.txt", "")
    page.context.add_cookies([{"name": "text_size", "value": "200", "url": base}])
    for path in ("/round/", "/round/households/", f"/households/{cast.household.uid}/door/",
                 f"/requests/{filed.code}/", f"/requests/{filed.code}/?do=resolve"):  # fmt: skip
        page.goto(base + path)
        assert faults_of(page) == [], path
        one_a_line = page.eval_on_selector_all(
            "main .button, main .chip",
            "all => all.filter(one => one.innerText.length > 3 &&"
            " one.clientWidth < 4 * parseFloat(getComputedStyle(one).fontSize)).map(one => one.outerHTML)",
        )
        assert one_a_line == [], path


@pytest.fixture
def picture(tmp_path: Path) -> str:
    file = tmp_path / "米.jpg"
    Image.new("RGB", (300, 200), "teal").save(file)
    return str(file)


def picked(page: Page, selector: str) -> list[str]:
    """Names of the files chosen in an input."""
    return page.locator(selector).evaluate("input => [...input.files].map(file => file.name)")


def offline_words(page: Page) -> str:
    return page.locator("body").get_attribute("data-offline") or "?"


def test_a_visit_typed_without_network_stays_and_is_sent_later(
    cast: type[CastTestCase], open_page: Open, picture: str
) -> None:
    make_due(cast)
    door = f"/households/{cast.household.uid}/door/"
    page = open_page(door, session=session_of(cast.worker))
    page.check("#id_visit_what_1")
    page.fill("#id_visit_words", "灶台漏气，已关总阀")
    page.select_option("#id_visit_category", str(cast.category.pk))
    page.locator("details.more summary").click()
    page.fill("#id_visit_note", "耳背")
    page.set_input_files("#id_visit_photos", picture)
    page.context.set_offline(True)
    page.locator(".thumb-bar button").click()
    expect(page.locator("#live")).to_contain_text(offline_words(page))
    assert page.url.endswith(door)
    for field, words in (("words", "灶台漏气，已关总阀"), ("note", "耳背")):
        expect(page.locator(f"#id_visit_{field}")).to_have_value(words)
    expect(page.locator("#id_visit_what_1")).to_be_checked()
    assert picked(page, "#id_visit_photos") == ["米.jpg"]
    assert not Visit.unscoped.exists()
    page.context.set_offline(False)
    page.locator(".thumb-bar button").click()
    page.wait_for_url("**/round/")
    visit = Visit.unscoped.get()
    assert (visit.note, visit.photos.count()) == ("耳背", 1)
    assert ServiceRequest.unscoped.get().text == "灶台漏气，已关总阀"


def test_a_visit_outlives_the_sign_in(cast: type[CastTestCase], open_page: Open, picture: str) -> None:
    page = open_page(f"/households/{cast.household.uid}/door/", session=session_of(cast.worker))
    page.check("#id_visit_what_0")
    page.locator("details.more summary").click()
    page.fill("#id_visit_note", "耳背")
    page.set_input_files("#id_visit_photos", picture)
    page.context.clear_cookies(name="sessionid")
    for _n in range(2):  # said again when it is sent again too early
        page.locator(".thumb-bar button").click()
        expect(page.locator("#signed-out")).to_be_focused()
        expect(page.locator("#signed-out")).to_have_count(1)
        expect(page.locator("#live")).to_be_empty()
    assert faults_of(page) == []
    with page.expect_popup() as beside:
        page.locator("#signed-out a").click()
    sign_in(beside.value, cast.worker)
    beside.value.wait_for_url("**/accounts/signed-in/")
    assert faults_of(beside.value) == []
    beside.value.close()
    expect(page.locator("#id_visit_note")).to_have_value("耳背")
    page.locator(".thumb-bar button").click()
    page.wait_for_url("**/round/")
    visit = Visit.unscoped.get()
    assert (visit.note, visit.worker, visit.photos.count()) == ("耳背", cast.worker, 1)


def test_without_scripts_the_login_page_says_that_nothing_was_saved(cast: type[CastTestCase], open_page: Open) -> None:
    door = f"/households/{cast.household.uid}/door/"
    page = open_page(door, js=False, session=session_of(cast.worker))
    page.check("#id_visit_what_0")
    page.context.clear_cookies(name="sessionid")
    page.locator(".thumb-bar button").click()
    expect(page.locator("main .notice.bad")).to_be_visible()
    sign_in(page, cast.worker)
    page.wait_for_url(f"**{door}")
    assert not Visit.unscoped.exists()


def test_a_wrong_field_of_a_visit_keeps_its_photos(cast: type[CastTestCase], open_page: Open, picture: str) -> None:
    make_due(cast)
    page = open_page(f"/households/{cast.household.uid}/door/", session=session_of(cast.worker))
    page.locator("details.more summary").click()
    page.set_input_files("#id_visit_photos", picture)
    page.locator(".thumb-bar button").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#error-summary a")).to_have_attribute("href", "#id_visit_what_0")
    expect(page.locator("#id_visit_photos")).to_be_visible()
    assert picked(page, "#id_visit_photos") == ["米.jpg"]
    assert faults_of(page) == []
    page.check("#id_visit_what_0")
    page.locator(".thumb-bar button").click()
    page.wait_for_url("**/round/")
    assert Visit.unscoped.get().photos.count() == 1


def test_accepting_at_the_door_keeps_the_visit_that_is_being_typed(cast: type[CastTestCase], open_page: Open) -> None:
    filed = f.make_request(cast.household)
    page = open_page(f"/households/{cast.household.uid}/door/", session=session_of(cast.worker))
    page.check("#id_visit_what_1")
    page.fill("#id_visit_words", "灶台漏气")
    page.locator(f'form[action$="/{filed.code}/accept/"] button').click()
    expect(page.locator("#messages .good")).to_be_focused()
    expect(page.locator(f'form[action$="/{filed.code}/accept/"]')).to_have_count(0)
    expect(page.locator("#id_visit_words")).to_have_value("灶台漏气")
    expect(page.locator("#id_visit_what_1")).to_be_checked()


def test_a_report_keeps_its_photos_through_a_fault_and_a_lost_line(
    cast: type[CastTestCase], open_page: Open, picture: str
) -> None:
    filed = f.make_request(cast.household)
    page = open_page(f"/requests/{filed.code}/?do=resolve", session=session_of(cast.worker))
    page.set_input_files("#id_resolve_photos", picture)
    page.locator("#deed button").click()
    expect(page.locator("#error-summary")).to_be_focused()
    assert picked(page, "#id_resolve_photos") == ["米.jpg"]
    page.fill("#id_resolve_what_was_done", "米已送到")
    page.context.set_offline(True)
    page.locator("#deed button").click()
    expect(page.locator("#live")).to_contain_text(offline_words(page))
    page.context.set_offline(False)
    page.locator("#deed button").click()
    page.wait_for_url("**/round/")
    assert ServiceRequest.unscoped.get().photos.count() == 1


def test_a_residents_note_keeps_its_photos_and_other_words_on_the_page(
    cast: type[CastTestCase], open_page: Open, picture: str
) -> None:
    filed = f.make_request(cast.household)
    verbs.resolve(filed, by=cast.worker, actor=Actor.WORKER, what_was_done="米送到了")
    page = open_page(f"/track/{filed.token}/")
    page.fill("#id_words", "米是旧的")
    page.fill("#id_text", "字" * 2_001)
    page.set_input_files("#id_photos", picture)
    page.locator("#note-form button").click()
    expect(page.locator("#error-summary")).to_be_focused()
    assert picked(page, "#id_photos") == ["米.jpg"]
    expect(page.locator("#id_words")).to_have_value("米是旧的")
    page.fill("#id_text", "请再看看")
    page.context.set_offline(True)
    page.locator("#note-form button").click()
    expect(page.locator("#live")).to_contain_text(offline_words(page))
    assert picked(page, "#id_photos") == ["米.jpg"]
    page.context.set_offline(False)
    page.locator("#note-form button").click()
    expect(page.locator(".timeline img")).to_have_count(1)
    expect(page.locator("#id_text")).to_have_value("")
    assert picked(page, "#id_photos") == []
    expect(page.locator("#id_words")).to_have_value("米是旧的")
    assert faults_of(page) == []


def test_the_many_buttons_of_who_decides_stand_in_two_columns_on_a_phone(
    cast: type[CastTestCase], open_page: Open
) -> None:
    filed = f.make_request(cast.household)
    assignments.assign(filed, worker=cast.lead, by=cast.clerk)
    page = open_page(f"/requests/{filed.code}/", session=session_of(cast.lead))
    lefts = page.eval_on_selector_all(
        ".deed-buttons > li", "all => all.map(one => Math.round(one.getBoundingClientRect().left))"
    )
    assert len(lefts) > 9
    assert len(set(lefts)) == 2
    assert faults_of(page) == []
