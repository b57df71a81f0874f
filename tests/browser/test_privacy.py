"""People's own data in a real browser: both languages, phone and desk, with scripts and without; nothing axe minds."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from households import phone_proof
from households.models import Resident
from resilience.privacy.actions.data_requests import let_fetch
from resilience.privacy.models import DataRequest
from tests import factories as f
from tests.base import CastTestCase
from tests.browser.conftest import Open, faults_of, session_of

Scene = type[CastTestCase]
SHOTS = os.environ.get("PRIVACY_SHOTS", "")  # a folder: what is looked at is kept as pictures


def look(page: Page, name: str, *, strict: bool = False) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    assert faults_of(page, strict=strict) == [], name


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1440)])
def test_the_office_finds_nothing_in_its_way(cast: Scene, open_page: Open, language: str, width: int) -> None:
    f.make_need(cast.wang, note="周二透析")
    f.make_consent(cast.wang, "sms")
    f.make_consent(cast.wang, "photos", "no")
    f.make_request(cast.household, person_name="王秀英")
    copy = f.make_data_request(cast.wang, words="请给我一份")
    fix = f.make_data_request(cast.wang, "correct", proposed={"field": "phone", "value": "19900000077"})
    gone = f.make_data_request(cast.wang, "delete")
    care = f.make_data_request(cast.wang, "end_care", identity="proof")
    pages = {
        "person": reverse("resident-data", args=[cast.wang.uid]),
        "consent": reverse("consent-say", args=[cast.wang.uid, "care"]),
        "new": reverse("data-request-new", args=[cast.wang.uid]),
        "list": reverse("data-requests"),
        "request": reverse("data-request", args=[copy.uid]),
        "answer": reverse("data-request-answer", args=[copy.uid]),
        "correct": reverse("data-request-do", args=[fix.uid]),
        "delete": reverse("data-request-do", args=[gone.uid]),
        "call": reverse("data-request", args=[care.uid]),
        "end-care": reverse("data-request-do", args=[care.uid]),
    }
    for name, path in pages.items():
        page = open_page(path, session=session_of(cast.clerk), language=language, width=width)
        look(page, f"{name}-{language}-{width}")
    page = open_page(pages["request"], session=session_of(cast.clerk), language=language, width=width)
    page.locator("[name=shape][value=page]").click()
    expect(page.locator("#copy")).to_be_visible()
    look(page, f"copy-{language}-{width}")


@pytest.mark.parametrize(("language", "width", "js"), [("zh-hans", 390, True), ("en", 1440, True), ("en", 390, False)])
def test_the_office_opens_a_proposed_number(cast: Scene, open_page: Open, language: str, width: int, js: bool) -> None:
    fix = f.make_data_request(cast.wang, "correct", proposed={"field": "phone", "value": "19900000077"})
    url = reverse("data-request-do", args=[fix.uid])
    page = open_page(url, session=session_of(cast.clerk), language=language, width=width, js=js)
    page.locator("[name=words]").fill("已核对")
    page.locator("#proposed button").click()
    expect(page.locator("#proposed")).to_contain_text("19900000077")
    expect(page.locator("[name=words]")).to_have_value("已核对")
    if js:
        assert page.url.endswith(url)
        look(page, f"proposed-{language}-{width}")


@pytest.mark.parametrize(("language", "width", "js"), [("zh-hans", 390, True), ("en", 1440, True), ("en", 390, False)])
def test_a_resident_asks_and_fetches_the_copy(
    cast: Scene, open_page: Open, language: str, width: int, js: bool
) -> None:
    Resident.unscoped.filter(pk=cast.wang.pk).update(birth_date=date(1942, 3, 15))
    filed = f.make_request(cast.household)
    url = reverse("track-data", args=[filed.token])
    page = open_page(url, language=language, width=width, js=js)
    expect(page).to_have_url(re.compile(reverse("track-message", args=[filed.token])))
    if js:
        look(page, f"message-{language}-{width}", strict=True)
    page.goto(urljoin(page.url, reverse("track-by-message", args=[filed.token, phone_proof.key_of(filed)])))
    page.locator(f"a[href='{url}']").click()
    page.locator("#prove-form button").click()
    expect(page.locator("#error-summary")).to_be_visible()
    if js:
        look(page, f"prove-{language}-{width}", strict=True)
    prove(page)
    page.locator("[name=kind][value=copy]").check()
    page.locator("#wish-form button").click()
    expect(page.locator(".notice.good")).to_be_visible()
    one = DataRequest.objects.get()
    let_fetch(one, by=cast.clerk)
    page.goto(page.url)
    prove(page)
    if js:
        look(page, f"my-data-{language}-{width}", strict=True)
    page.locator("[name=shape][value=page]").click()
    expect(page.locator("#copy")).to_contain_text("王秀英")
    if js:
        look(page, f"my-copy-{language}-{width}", strict=True)
    one.refresh_from_db()
    assert one.fetched_at is not None


def prove(page: Page) -> None:
    page.locator("#id_name").fill("王秀英")
    page.locator("#id_birth").fill("1942-03-15")
    page.locator("#prove-form button").click()
    expect(page.locator("#wish-form")).to_be_visible()
