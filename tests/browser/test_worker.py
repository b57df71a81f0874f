"""A worker on the phone: accepts, visits, finds something, resolves; with scripts and without, in both languages."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from households import reference
from households.actions import care
from households.models import ResidentNeed, ServiceRequest, Source, State, Visit
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase

from .conftest import Open, faults_of, session_of

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
    expect(page.locator("#messages .good")).to_be_visible()
    assert faults_of(page, js=js) == []
    assert ResidentNeed.objects.get(pk=need.pk).next_due_date == today() + timedelta(days=7)
    assert ServiceRequest.objects.get(pk=filed.pk).responded_at

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
    expect(page.locator("#messages .good")).to_be_visible()
    expect(page.locator(".timeline img")).to_have_count(1)
    done = ServiceRequest.objects.get(pk=filed.pk)
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
    expect(page.locator("#messages .good")).to_have_count(2)
    found = ServiceRequest.objects.get()
    assert (found.source, found.worker) == (Source.VISIT, cast.worker)
    assert Visit.objects.get().service_request == found


def test_it_hands_over_in_place_and_says_when_somebody_was_faster(cast: type[CastTestCase], open_page: Open) -> None:
    filed = f.make_request(cast.household)
    page = open_page(f"/requests/{filed.code}/", session=session_of(cast.worker))
    page.locator('a[href^="?do=hand-over"]').click()
    expect(page.locator("#id_hand-over_why")).to_be_visible()
    assert "?do=" not in page.url  # only that part of the page was fetched
    assert faults_of(page) == []
    ServiceRequest.objects.filter(pk=filed.pk).update(reopened=1)
    page.locator("#id_hand-over_worker_0").check(force=True)
    page.fill("#id_hand-over_why", "我在外地")
    page.locator("#deed button").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#id_hand-over_why")).to_have_value("我在外地")
    page.locator("#deed button").click()
    page.wait_for_url("**/round/")
    assert ServiceRequest.objects.get(pk=filed.pk).worker != cast.worker


def test_targets_on_a_workers_pages_are_large_enough(cast: type[CastTestCase], open_page: Open) -> None:
    make_due(cast)
    filed = f.make_request(cast.household)
    session = session_of(cast.worker)
    for path in ("/round/", f"/households/{cast.household.uid}/door/", f"/requests/{filed.code}/"):
        page = open_page(path, session=session, width=320)
        sizes = page.eval_on_selector_all(
            "main .button, main a.stop, main .taps label, main .call",
            "all => all.map(one => Math.round(one.getBoundingClientRect().height))",
        )
        assert sizes, path
        assert min(sizes) >= 60, (path, sizes)
        assert faults_of(page) == []
