"""Every page there is, in both languages: no accessibility fault, no window too narrow, targets a thumb can hit.

`LOOKS` is the one table. A page of the resolver that is missing in it fails `test_it_looks_at_every_page_there_is`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from playwright.sync_api import Page, Route

from households import reference
from households.actions import care, twins
from households.actions import requests as verbs
from households.actions.defaults import install_defaults
from households.models import Actor, CareRule, Category, Photo, Relation, ServiceRequest
from households.views.life_events import OF_HOUSEHOLD, OF_RESIDENT
from resilience.lib.dates import today
from resilience.lib.photos import take_photo
from tests import factories as f
from tests.base import CastTestCase
from tests.households.ask import door_path
from tests.surface import GET, TABLE, endpoints

from .conftest import Open, faults_of, session_of

Scene = type[CastTestCase]
NARROW, PHONE, WIDE = 320, 390, 1440
LONG = "阿不都热合曼·买买提明·吐尔逊江·艾合买提·阿卜杜拉"
# Addresses that answer GET with something else than a page of ours.
NO_PAGES = {"start", "ask-photo", "health", "robots", "favicon"}
FAULTY = ("400.html", "500.html", "503.html")  # shown when nothing else works


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


def found_nothing_said(page: Page, scene: Scene) -> None:
    page.check("#id_visit_what_1")
    send(".thumb-bar button")(page, scene)


# --- the table --------------------------------------------------------------------------------------
GO_ON = "form[enctype] > button.wide"
SAVE = "main form button.button"
ENTRANCE = "?entrance=1"
RESIDENT = [
    at("home"),
    at("ask"),
    at("ask", do=send(GO_ON)),
    Look("ask-kind", lambda _: reverse("ask"), ask("/kind/")),
    Look("ask-often", lambda scene: door_path(scene.household), several),
    Look("ask-danger", lambda scene: door_path(scene.household), ask("/danger/", urgency="life")),
    at("ask-where"),
    at("ask-where", query="?q=没有这个地方"),
    at("ask-where-community", "home.code"),
    at("ask-where-doors", "building.uid"),
    at("ask-where-doors", "building.uid", query=ENTRANCE),
    Look("ask-where-unlisted", lambda _: reverse("ask"), ask("/unlisted/")),
    Look("ask-where-unlisted", lambda _: reverse("ask"), then(ask("/unlisted/"), send("main form .wide"))),
    Look("ask-details", lambda _: reverse("ask"), ask("/details/")),
    Look("ask-details", lambda _: reverse("ask"), then(ask("/details/"), send(GO_ON))),
    Look("ask-check", lambda scene: door_path(scene.household), ask("/check/"), prints=True),
    at("ask-added"),
    Look("door", lambda scene: door_path(scene.household)),
    Look("door", lambda scene: door_path(scene.household), send(GO_ON)),
    at("door", "", "x", status=404),
    at("track-find"),
    at("track-find", do=send(SAVE)),
    at("track-find", do=then(spoil_the_token, send(SAVE))),
    at("track", "assigned.token", prints=True),
    at("track", "resolved.token"),
    at("track", "resolved.token", do=send("#confirm button")),
    at("track", "joined.token"),
    at("track", "danger.token"),
    at("track-cancel", "assigned.token"),
    at("accounts:login"),
    at("accounts:login", do=send(SAVE)),
    at("accounts:logged_out"),
    Look("", lambda _: "/no/such/page/", status=404),
]
WORKER = [
    at("round"),
    at("round-households"),
    at("household-door", "household.uid"),
    at("household-door", "household.uid", do=found_nothing_said),
    at("request", "assigned.code"),
    at("request", "assigned.code", query="?do=resolve"),
    at("request", "assigned.code", query="?do=resolve", do=send("#deed button")),
    at("request", "assigned.code", query="?do=hand-over"),
    at("request", "resolved.code"),
    at("household", "household.uid"),
    at("resident", "wang.uid"),
    at("accounts:signed_in"),
    at("accounts:password"),
    at("accounts:password", do=send(SAVE)),
    Look("", lambda _: reverse("people"), status=403),
]
DESK = [
    at("desk"),
    at("desk", query="?overdue=1&state=rejected"),
    at("desk", query="?urgency=bogus"),
    at("desk-numbers"),
    at("desk-search"),
    at("desk-search", do=search_for("米")),
    at("desk-search", do=search_for("没有的词")),
    at("bulk-assign"),
    at("bulk-assign", query="?code={scene.assigned.code}&code={scene.nobodys.code}"),
    at("bulk-assign", query="?code={scene.assigned.code}", do=send("button[value=preview]")),
    at("bulk-assign", query="?code={scene.assigned.code}&code={scene.nobodys.code}", do=preview_assigning),
    at("twins"),
    at("twins", query="?codes={scene.assigned.code},{scene.nobodys.code}"),
    at("twins", query="?codes={scene.assigned.code},{scene.nobodys.code}", do=send("form.stack .actions button")),
    at("calls"),
    at("people"),
    at("person-back", "worker.uid"),
    at("person-leave", "worker.uid"),
    at("person-leave", "worker.uid", do=send("button[value=preview]")),
    at("person-leave", "worker.uid", do=preview_leaving),
    at("desk-new"),
    at("desk-new", do=find_door),
    at("desk-new", do=send("button[value=file]")),
    at("request", "nobodys.code"),
    at("request", "joined.code"),
    *(at("request", "assigned.code", query=f"?do={deed}") for deed in ("assign", "edit", "pause", "reject", "cancel")),
]
REGISTER = [
    at("households"),
    at("households", query="?q=没有这一户"),
    at("special-needs-list", prints=True),
    at("not-visited-list", prints=True),
    at("buildings"),
    at("buildings", query="?q=没有这一栋"),
    at("building", "building.uid", prints=True),
    at("building", "building.uid", query="?view=table"),
    at("building-open-door", "building.uid"),
    at("household", "household.uid"),
    at("household-amend", "household.uid"),
    at("household-phone-add", "household.uid"),
    at("household-phone-add", "household.uid", do=send(SAVE)),
    at("household-phone-remove", "household.uid"),
    at("household-responsible", "household.uid"),
    at("household-close", "household.uid"),
    at("resident-add", "household.uid"),
    at("resident-add", "household.uid", do=send(SAVE)),
    *(at("household-event", "household.uid", what) for what in OF_HOUSEHOLD),
    at("household-event", "household.uid", "split-off", do=send(SAVE)),
    at("resident", "wang.uid"),
    at("resident-amend", "wang.uid"),
    at("need-add", "wang.uid"),
    at("need-end", "wang.uid"),
    *(at("resident-event", "wang.uid", what) for what in OF_RESIDENT),
    at("resident-event", "wang.uid", "moved-out", do=send(SAVE)),
    at("door-codes", "building.uid", prints=True),
    at("door-code", "household.uid"),
]
ADMIN = [
    at("admin:index"),
    at("admin:households_category_changelist"),
    at("admin:households_category_change", "category.pk"),
    at("admin:households_category_history", "category.pk"),
    at("admin:households_category_add", do=send("[name=_save]")),
    at("admin:households_carerule_changelist"),
    at("admin:households_servicerequest_changelist", query="?q=王秀英"),
    at("admin:households_servicerequest_change", "assigned.pk"),
    at("admin:accounts_user_change", "worker.pk"),
    at("admin:password_change"),
]


# --- the scene --------------------------------------------------------------------------------------
@pytest.fixture
def scene(cast: Scene) -> Iterator[Scene]:
    """The cast with something of everything: long names, each state, photos, what is overdue."""
    install_defaults()
    reference.forget()
    cast.category = Category.objects.get(code="groceries")
    _fill_the_file(cast)
    cast.assigned = f.make_request(cast.household, text="家里没有米了，请帮忙买一袋。" * 12, person_name=LONG)
    cast.nobodys = f.make_request(cast.household, category=Category.objects.get(code="other"))
    cast.danger = f.make_request(cast.household, urgency="life")
    cast.resolved, cast.joined = f.make_request(cast.household), f.make_request(cast.household)
    verbs.resolve(cast.resolved, by=cast.worker, actor=Actor.WORKER, what_was_done="米送到了")
    twins.merge(cast.joined, into=cast.assigned, by=cast.clerk, why="同一家")
    for about in ({"service_request": cast.assigned}, {"service_request": cast.resolved}):
        _keep_photo(**about)
    past = timezone.now() - timedelta(days=2)
    ServiceRequest.objects.filter(pk__in=[cast.assigned.pk, cast.danger.pk]).update(created_at=past, due_at=past)
    yield cast
    reference.forget()


def _fill_the_file(cast: Scene) -> None:
    kind = CareRule.objects.filter(kind__isnull=False).first()
    need = kind.kind if kind and kind.kind else f.make_need_kind()
    for number, name in enumerate((LONG, "𠮷野㐂子", "王" * 30)):
        person = f.make_resident(cast.household, name, phone=f"1990000{number:04}", relation=Relation.OTHER_KIN)
        f.make_need(person, need, note="急救卡在衣服口袋里", last_met_date=today() - timedelta(days=60))
    f.make_need(cast.wang, need, last_met_date=today() - timedelta(days=60))
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
    " a.call, a.stop, .tabs a, .filter-chips a, .nav a, .numbers a, select, textarea, .pick label,"
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


def faults_for_residents(page: Page) -> list[str]:
    """Text of 7:1 in light and dark, main targets of 60 px, and room for text of twice the size."""
    found = faults_of(page, strict=True)
    page.emulate_media(color_scheme="dark")
    found += [f"dark {fault}" for fault in faults_of(page, strict=True)]
    page.emulate_media(color_scheme="light")
    found += too_small(page, MAIN, 60) + too_small(page, TARGETS, 44)
    # What the cookie of the largest text does.
    page.evaluate("document.documentElement.classList.add('text-200')")
    return found + [f"large text {fault}" for fault in too_wide(page, NARROW, PHONE)]


def faults_for_staff(page: Page) -> list[str]:
    found = faults_of(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark {fault}" for fault in faults_of(page)]
    page.emulate_media(color_scheme="light")
    on_the_way = page.locator("html.work:not(.desk)").count()  # with a thumb, in a stairwell
    return found + too_small(page, TARGETS, 44) + (too_small(page, MAIN, 60) if on_the_way else [])


def look_at(page: Page, origin: str, look: Look, scene: Scene, kind: str) -> list[str]:
    page.set_viewport_size({"width": WIDE if kind == "desk" else PHONE, "height": 844})
    answer = page.goto(origin + look.path(scene))
    if answer is None or answer.status != look.status:
        return [f"answers {answer and answer.status}"]
    if look.do:
        look.do(page, scene)
    found = too_wide(page, NARROW, PHONE, WIDE)
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
    seen = {look.name for look in (*RESIDENT, *WORKER, *DESK, *REGISTER)} - {""}
    assert pages == seen


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_residents_pages_have_no_fault(scene: Scene, open_page: Open, language: str) -> None:
    page = open_page("/robots.txt", language=language)
    assert_no_fault(look_over(page, RESIDENT, scene, "resident"))


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


@pytest.mark.parametrize("looks", [pytest.param(DESK, id="desk"), pytest.param(REGISTER, id="register")])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_desks_pages_have_no_fault(scene: Scene, open_page: Open, language: str, looks: list[Look]) -> None:
    page = open_page("/robots.txt", language=language, session=session_of(scene.clerk))
    assert_no_fault(look_over(page, looks, scene, "desk"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_the_administration_have_no_fault(scene: Scene, open_page: Open, language: str) -> None:
    page = open_page("/robots.txt", language=language, session=session_of(scene.admin))
    assert_no_fault(look_over(page, ADMIN, scene, "desk"))
