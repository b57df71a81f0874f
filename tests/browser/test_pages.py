"""Every page there is, in both languages: no accessibility fault, no window too narrow, targets a thumb can hit.

`looks.py` has the one table. A page of the resolver that is missing in it fails `test_it_looks_at_every_page_there_is`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.utils import timezone, translation
from playwright.sync_api import Page, Route

from households import reference
from households.actions import care, twins
from households.actions import requests as verbs
from households.actions.defaults import install_defaults
from households.models import Actor, CareRule, Category, Photo, Relation, ServiceRequest
from resilience.lib.dates import today
from resilience.lib.photos import take_photo
from tests import factories as f
from tests.surface import GET, TABLE, endpoints

from .conftest import Open, faults_of, session_of
from .looks import ADMIN, AUDITOR, DESK, EXPORTS, OFFICE, OWN, REGISTER, RESIDENT, WORKER
from .office import fill_the_exports, fill_the_office, give_factors
from .steps import FAULTY, LONG, NARROW, NO_PAGES, PHONE, WIDE, WIDTHS, Look, Scene

EVERYBODYS = (*RESIDENT, *WORKER, *OWN, *DESK, *OFFICE, *EXPORTS, *AUDITOR, *REGISTER)


@pytest.fixture
def scene(cast: Scene) -> Iterator[Scene]:
    """The cast with something of everything: long names, each state, photos, what is overdue."""
    install_defaults()
    reference.forget()
    cast.category = Category.objects.get(code="groceries")
    _fill_the_file(cast)
    cast.assigned = f.make_request(cast.household, text="家里没有米了，请帮忙买一袋。" * 12, person_name=LONG)
    cast.deletion = f.make_data_request(cast.wang, "delete", words="不想再留着了。" * 20)
    f.make_consent(cast.wang, "sms")
    cast.nobodys = f.make_request(cast.household, category=Category.objects.get(code="other"))
    cast.danger = f.make_request(cast.household, urgency="life")
    cast.resolved, cast.joined = f.make_request(cast.household), f.make_request(cast.household)
    verbs.resolve(cast.resolved, by=cast.worker, actor=Actor.WORKER, what_was_done="米送到了")
    twins.merge(cast.joined, into=cast.assigned, by=cast.clerk, why="同一家")
    for about in ({"service_request": cast.assigned}, {"service_request": cast.resolved}):
        _keep_photo(**about)
    past = timezone.now() - timedelta(days=2)
    ServiceRequest.unscoped.filter(pk__in=[cast.assigned.pk, cast.danger.pk]).update(created_at=past, due_at=past)
    yield cast
    reference.forget()


@pytest.fixture
def office(scene: Scene) -> Scene:
    """The scene with campaigns, openings, invitations, and what ends."""
    fill_the_office(scene)
    return scene


@pytest.fixture
def keyring(scene: Scene) -> Scene:
    """The scene, in which the lead has second factors."""
    give_factors(scene.lead)
    return scene


def _fill_the_file(cast: Scene) -> None:
    kind = CareRule.objects.filter(kind__isnull=False).first()
    need = kind.kind if kind and kind.kind else f.make_need_kind()
    for number, name in enumerate((LONG, "𠮷野㐂子", "王" * 30)):
        person = f.make_resident(cast.household, name, phone=f"1990000{number:04}", relation=Relation.OTHER_KIN)
        f.make_need(person, need, note="急救卡在衣服口袋里", last_met_date=today() - timedelta(days=60))
    f.make_need(cast.wang, need, note="心脏病。" * 20, last_met_date=today() - timedelta(days=60))
    f.make_phone(cast.household, "19900001234", "女儿")
    for number in range(12):
        f.make_visit(cast.household, cast.worker, note="一切正常。" * (number % 5))
    cast.household.door_note, cast.household.care_colour = "听力不好，请大声敲门", "red"
    cast.household.save(update_fields=["door_note", "care_colour"])
    care.refresh_due(cast.household)


def _keep_photo(**owner: Any) -> None:
    upload = f.make_upload()
    clean = take_photo(upload, upload.size or 0)
    photo = Photo(**owner, width=clean.width, height=clean.height)
    photo.image.save("photo.webp", ContentFile(clean.content), save=False)
    photo.save()


# --- looking ----------------------------------------------------------------------------------------
_SMALL = """(least) => [...document.querySelectorAll(least.of)].map(one => {
  const box = one.getBoundingClientRect();
  return {box, words: `${one.tagName} ${(one.innerText || one.name || '').trim().slice(0, 20)}`};
}).filter(({box}) => box.width && box.height && Math.round(box.height) < least.px)
  .map(({box, words}) => `${words}: ${Math.round(box.width)}×${Math.round(box.height)}`)"""
_SPILLING = """() => [...document.querySelectorAll("body *")]
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => `${one.tagName}.${one.className}`).slice(0, 5)"""
# What a finger presses. A box to tick counts with its label; a link within a sentence is words.
TARGETS = (
    ":is(a.button, button:not([aria-hidden]), a.back, a.card-row, .choice label, .tile label, .tile > a, summary,"
    " a.stop, .tabs a, .filter-chips a, .nav a, .beneath a, .numbers a, select, textarea, .pick label,"
    " .queue td:first-child label, input:not([type=hidden], [type=radio], [type=checkbox]))"
)
MAIN = (
    "main :is(a.button:not(.quiet), button.button:not(.quiet), .choice label, .tile label, .tile > a, a.card-row,"
    " .numbers a, select, textarea, input:not([type=hidden], [type=radio], [type=checkbox], [type=file]))"
)


def too_small(page: Page, of: str, px: int) -> list[str]:
    """Visible targets that are lower than that."""
    return [f"target {words}" for words in page.evaluate(_SMALL, {"of": of, "px": px})]


def too_wide(page: Page, *widths: int) -> list[str]:
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 844})
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{wider} px wider than {width}: {page.evaluate(_SPILLING)}"] if wider > 0 else []
    return found


def dark_faults(page: Page, *, strict: bool) -> list[str]:
    """In one language, as colours are the same in every other."""
    if page.locator("html").get_attribute("lang") == "en":
        return []
    page.emulate_media(color_scheme="dark")
    found = [f"dark {fault}" for fault in faults_of(page, strict=strict, only_colours=True)]
    page.emulate_media(color_scheme="light")
    return found


def faults_for_residents(page: Page) -> list[str]:
    """Text of 7:1 in light and dark, main targets of 60 px, and room for text of twice the size."""
    found = faults_of(page, strict=True) + dark_faults(page, strict=True)
    found += too_small(page, MAIN, 60) + too_small(page, TARGETS, 44)
    # What the cookie of the largest text does.
    page.evaluate("document.documentElement.classList.add('text-200')")
    return found + [f"large text {fault}" for fault in too_wide(page, NARROW, PHONE)]


def faults_for_staff(page: Page) -> list[str]:
    found = faults_of(page) + dark_faults(page, strict=False)
    on_the_way = page.locator("html.work:not(.desk)").count()  # with a thumb, in a stairwell
    return found + too_small(page, TARGETS, 44) + (too_small(page, MAIN, 60) if on_the_way else [])


def look_at(page: Page, origin: str, look: Look, scene: Scene, kind: str) -> list[str]:
    page.set_viewport_size({"width": WIDE if kind == "desk" else PHONE, "height": 844})
    answer = page.goto(origin + look.path(scene))
    if answer is None or answer.status != look.status:
        return [f"answers {answer and answer.status}"]
    if look.do:
        look.do(page, scene)
    found = too_wide(page, *WIDTHS)
    if look.prints:
        page.emulate_media(media="print")
        found += [f"on paper {fault}" for fault in too_wide(page, 718)]  # A4 without its margins
        page.emulate_media(media="screen")
    page.set_viewport_size({"width": WIDE if kind == "desk" else PHONE, "height": 844})
    return found + (faults_for_residents(page) if kind == "resident" else faults_for_staff(page))


def look_over(page: Page, looks: list[Look], scene: Scene, kind: str) -> dict[str, list[str]]:
    """What is wrong, by page."""
    origin = page.url.removesuffix("/robots.txt")
    page.emulate_media(reduced_motion="reduce")  # no colour half on its way to another
    kept = page.context.cookies()
    found: dict[str, list[str]] = {}
    for look in looks:
        page.context.clear_cookies()  # a draft begun on one page is not gone on with on the next
        page.context.add_cookies(kept)  # type: ignore[arg-type]
        if faults := look_at(page, origin, look, scene, kind):
            found[f"{look} {page.url.removeprefix(origin)}"] = faults
    return found


def is_djangos(fault: str) -> bool:
    """The text within select2's box, which Django brings along: the box around it has a name."""
    return "aria-input-field-name" in fault and "#select2-" in fault and "role=" not in fault


def assert_no_fault(found: dict[str, list[str]]) -> None:
    found = {page: left for page, faults in found.items() if (left := [one for one in faults if not is_djangos(one)])}
    lines = [f"{page}\n" + "\n".join(f"    {fault}" for fault in faults) for page, faults in found.items()]
    assert not found, "\n".join(lines)


# --- tests ------------------------------------------------------------------------------------------
def test_it_looks_at_every_page_there_is() -> None:
    offered = {each.name for each in endpoints() if not each.is_admin}
    pages = {name for name in offered if GET in TABLE[name].methods and not TABLE[name].is_file} - NO_PAGES
    seen = {look.name for look in EVERYBODYS} - {""}
    assert pages == seen


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_residents_pages_have_no_fault(office: Scene, keyring: Scene, open_page: Open, language: str) -> None:
    page = open_page("/robots.txt", language=language)
    assert_no_fault(look_over(page, RESIDENT, office, "resident"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_for_when_nothing_works_have_no_fault(scene: Scene, open_page: Open, language: str) -> None:
    page = open_page("/robots.txt", language=language)

    def serve(route: Route) -> None:
        with translation.override(language):
            route.fulfill(body=render_to_string(route.request.url.rpartition("/")[2]), content_type="text/html")

    page.route("**/*.html", serve)
    looks = [Look("", lambda _, name=name: f"/{name}") for name in FAULTY]  # type: ignore[misc]
    assert_no_fault(look_over(page, looks, scene, "resident"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_workers_pages_have_no_fault(scene: Scene, open_page: Open, language: str) -> None:
    page = open_page("/robots.txt", language=language, session=session_of(scene.worker))
    assert_no_fault(look_over(page, WORKER, scene, "worker"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_ones_own_account_have_no_fault(keyring: Scene, open_page: Open, language: str) -> None:
    page = open_page("/robots.txt", language=language, session=session_of(keyring.lead))
    assert_no_fault(look_over(page, OWN, keyring, "worker"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_the_office_have_no_fault(office: Scene, open_page: Open, language: str) -> None:
    page = open_page("/robots.txt", language=language, session=session_of(office.clerk))
    assert_no_fault(look_over(page, OFFICE, office, "desk"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_exports_have_no_fault(scene: Scene, open_page: Open, language: str) -> None:
    fill_the_exports(scene)
    page = open_page("/robots.txt", language=language, session=session_of(scene.clerk))
    assert_no_fault(look_over(page, EXPORTS, scene, "desk"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_auditors_pages_have_no_fault(office: Scene, open_page: Open, language: str) -> None:
    auditor = f.make_auditor("auditor", office.home, LONG)
    page = open_page("/robots.txt", language=language, session=session_of(auditor))
    assert_no_fault(look_over(page, AUDITOR, office, "desk"))


@pytest.mark.parametrize("looks", [pytest.param(DESK, id="desk"), pytest.param(REGISTER, id="register")])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_desks_pages_have_no_fault(scene: Scene, open_page: Open, language: str, looks: list[Look]) -> None:
    page = open_page("/robots.txt", language=language, session=session_of(scene.clerk))
    assert_no_fault(look_over(page, looks, scene, "desk"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_the_administration_have_no_fault(scene: Scene, open_page: Open, language: str) -> None:
    page = open_page("/robots.txt", language=language, session=session_of(scene.admin))
    assert_no_fault(look_over(page, ADMIN, scene, "desk"))
