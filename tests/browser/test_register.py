"""The register in a real browser: no accessibility fault in either language, usable at 320 px and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from households.actions import life_events
from households.actions.life_events import Happened
from households.models import FileChange, Presence, Relation
from resilience.lib.dates import today
from tests import factories as f

from .conftest import faults_of, session_of

Open = Callable[..., Page]
LONG = "阿不都热合曼·买买提明·吐尔逊江·艾合买提·阿卜杜拉"


@pytest.fixture
def full(cast: Any) -> Any:
    """The cast with a file that has everything: 12 people, 200 entries, long and rare names."""
    kind = f.make_need_kind()
    for number, name in enumerate((LONG, "𠮷野㐂子", "〇", "王" * 30, *(f"成员{n}" for n in range(7)))):
        person = f.make_resident(cast.household, name, phone=f"1990000{number:04}", relation=Relation.OTHER_KIN)
        f.make_need(person, kind, next_due_date=today() - timedelta(days=2), note="急救卡在衣服口袋里")
    for number in range(200):
        f.make_visit(cast.household, cast.worker, note="一切正常。" * (number % 5))
    cast.household.door_note, cast.household.care_colour = "听力不好，请大声敲门", "red"
    cast.household.next_due_date = today() - timedelta(days=2)
    cast.household.save(update_fields=["door_note", "care_colour", "next_due_date"])
    f.make_request(cast.household)
    f.make_phone(cast.household, "19900001234", "女儿")
    FileChange.unscoped.create(
        household=cast.household, by=cast.clerk, action="amended", why="女儿来电",
        changes=[{"field": "care_colour", "old": "", "new": "red"}, {"field": "door_note", "old": "", "new": "***"}],
    )  # fmt: skip
    son = f.make_resident(cast.household, "王建军", relation=Relation.CHILD, birth_year=1970)
    life_events.went_away(son, happened=Happened(date(2026, 10, 1), cast.worker), stays_with=cast.other_household)
    return cast


def paths(cast: Any) -> list[str]:
    household, resident, building = cast.household.uid, cast.wang.uid, cast.building.uid
    return [
        reverse("households"),
        reverse("special-needs-list"),
        reverse("not-visited-list"),
        reverse("buildings"),
        reverse("building", args=[building]),
        reverse("building", args=[building]) + "?view=table",
        reverse("household", args=[household]),
        reverse("household-amend", args=[household]),
        reverse("resident", args=[resident]),
        reverse("resident-amend", args=[resident]),
        reverse("need-add", args=[resident]),
        reverse("resident-event", args=[resident, "moved-out"]),
        reverse("household-event", args=[household, "split-off"]),
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_of_the_register_has_a_fault_on_a_phone(full: Any, open_page: Open, language: str) -> None:
    """At a desk: `test_pages`."""
    session = session_of(full.lead)
    page = open_page("/healthz", language=language, width=320, session=session)
    origin = page.url.removesuffix("/healthz")
    found = {}
    for path in paths(full):
        answer = page.goto(origin + path)
        assert answer is not None
        assert answer.status == 200, path
        if faults := faults_of(page):
            found[path] = faults
    assert found == {}


def test_a_worker_records_that_somebody_moved_out_without_scripts(cast: Any, open_page: Open) -> None:
    page = open_page(reverse("household", args=[cast.household.uid]), js=False, session=session_of(cast.worker))
    page.locator(f'a[href="{reverse("resident", args=[cast.wang.uid])}"]').click()
    page.locator(f'a[href="{reverse("resident-event", args=[cast.wang.uid, "moved-out"])}"]').click()
    page.locator("[name=elsewhere]").fill("搬到天水女儿家")
    page.locator("[name=day]").fill("2026-11-01")
    page.locator("main form button.button").click()
    assert page.url.endswith(reverse("household", args=[cast.household.uid]))
    assert "搬到天水女儿家" in page.locator("#timeline").inner_text()
    cast.wang.refresh_from_db()
    assert cast.wang.presence == Presence.MOVED_OUT


@pytest.mark.parametrize("js", [True, False])
def test_a_search_for_a_name_stands_in_no_address(cast: Any, open_page: Open, js: bool) -> None:
    page = open_page(reverse("households"), js=js, session=session_of(cast.clerk))
    page.locator("#q").fill("王秀英")
    page.locator("form.side button.button").click()
    page.wait_for_load_state()
    assert page.url.endswith(reverse("households"))
    assert page.locator("tbody th").all_inner_texts() == [cast.household.address]


@pytest.mark.parametrize("name", ["households", "not-visited-list", "special-needs-list", "building"])
def test_a_printed_list_says_which_doors(cast: Any, open_page: Open, name: str) -> None:
    f.make_need(cast.wang)
    path = reverse(name, args=[cast.building.uid]) + "?view=table" if name == "building" else reverse(name)
    page = open_page(path, session=session_of(cast.worker))
    page.emulate_media(media="print")
    assert "502" in page.locator("tbody").inner_text()


@pytest.mark.parametrize("name", ["special-needs-list", "not-visited-list", "desk"])
def test_who_and_when_stand_on_every_printed_page(cast: Any, open_page: Open, name: str) -> None:
    """As the foot of a table, which Chromium repeats; what is fixed covers rows, or lands on the page after."""
    page = open_page(reverse(name), session=session_of(cast.clerk))
    said = page.locator(".on-paper")
    assert not said.is_visible()
    page.emulate_media(media="print")
    assert "陈静 · 20" in said.inner_text()
    display = "each => [getComputedStyle(each.parentElement).display, getComputedStyle(each).display]"
    assert said.evaluate(display) == ["table", "table-footer-group"]


def test_a_door_of_the_drawing_opens_its_file_by_keyboard(cast: Any, open_page: Open) -> None:
    page = open_page(reverse("building", args=[cast.building.uid]), session=session_of(cast.worker))
    door = page.locator("svg.elevation a").first
    door.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('household', args=[cast.household.uid])}")


@pytest.mark.parametrize(("entrances", "width"), [(4, 1440), (1, 390)])
def test_a_usual_building_fits_the_window(cast: Any, open_page: Open, entrances: int, width: int) -> None:
    """Four entrances of three flats a desk's, one of them a phone's."""
    building = f.make_building(cast.grid, "五号楼", storeys=6, entrances=entrances)
    for number in range(entrances * 3):
        f.make_household(building, number // 3 + 1, f"60{number % 3 + 1}", floor=6)
    page = open_page(reverse("building", args=[building.uid]), width=width, session=session_of(cast.worker))
    frame = page.locator(".elevation-frame")
    assert frame.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert page.get_by_role("group", name="按楼层列出各户").is_visible()


def test_only_the_frame_of_the_drawing_scrolls(cast: Any, open_page: Open) -> None:
    wide = f.make_building(cast.grid, "大楼", storeys=34, entrances=12)
    for entrance in range(1, 13):
        for number in range(1, 5):
            f.make_household(wide, entrance, f"34{number:02}", floor=34)
    page = open_page(reverse("building", args=[wide.uid]), width=320, session=session_of(cast.worker))
    widths = page.evaluate(
        "[document.documentElement.scrollWidth, document.querySelector('.elevation-frame').scrollWidth, innerWidth]"
    )
    assert widths[0] <= widths[2] < widths[1]
