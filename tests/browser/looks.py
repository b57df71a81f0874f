"""Every page there is, for every kind of person, and how one comes to see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from playwright.sync_api import Page

from households.views.life_events import OF_HOUSEHOLD, OF_RESIDENT
from tests.base import CastTestCase
from tests.factories import PASSWORD
from tests.households.ask import door_path

Scene = type[CastTestCase]
NARROW, PHONE, WIDE = 320, 390, 1440
WIDTHS = (NARROW, PHONE, 820, 1024, 1280, WIDE)  # px; none may scroll sideways
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
GO_ON = "form[enctype] > button.wide"
SAVE = "main form button.button"
LOGIN = "form:has(#id_password) button"
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
    at("track-data", "assigned.token"),
    at("track-data", "assigned.token", do=send(SAVE)),
    at("track-looked", "assigned.token", prints=True),
    at("track-looked", "resolved.token"),
    at("accounts:login"),
    at("accounts:login", do=send(LOGIN)),
    Look("accounts:second_factor", lambda _: reverse("accounts:login"), sign_in),
    Look("accounts:second_factor", lambda _: reverse("accounts:login"), then(sign_in, send(SAVE))),
    at("accounts:logged_out"),
    at("invited", "invitation"),
    at("invited", "invitation", do=send("main form .wide")),
    at("invited", "", "x", status=404),
    at("privacy", prints=True),
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
    at("accounts:sessions"),
    at("accounts:factors"),
    at("accounts:confirm"),
    at("accounts:confirm", do=send(SAVE)),
    at("household-open", "household.uid"),
    at("household-open", "household.uid", query="?what=phone&what=door_note"),
    at("household-open", "household.uid", query="?what=phone&what=door_note", do=open_it),
    at("resident-open", "wang.uid"),
    at("resident-open", "wang.uid", query="?what=phone&what=need_note"),
    at("resident-open", "wang.uid", query="?what=phone", do=open_without_words),
    at("request-open", "assigned.code"),
    at("request-open", "assigned.code", query="?what=phone", do=open_it),
    Look("", lambda _: reverse("people"), status=403),
]
# Of who has second factors; `WORKER` has those of who has none.
OWN = [
    at("accounts:factors"),
    at("accounts:confirm"),
    at("accounts:confirm", do=send(SAVE)),
    at("accounts:add_app"),
    at("accounts:add_app", do=send(SAVE)),
    at("accounts:add_passkey"),
    Look("accounts:recovery_codes", lambda _: reverse("accounts:factors"), new_codes, prints=True),
]
DESK = [
    at("desk"),
    at("desk", query="?state=all"),
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
    at("person-back", "worker.uid"),
    at("person-leave", "worker.uid"),
    at("person-leave", "worker.uid", do=send("button[value=preview]")),
    at("person-leave", "worker.uid", do=preview_leaving),
    at("desk-new"),
    at("desk-new", do=find_door),
    at("data-requests"),
    at("data-request", "deletion.uid"),
    at("data-request-do", "deletion.uid"),
    at("data-request-answer", "deletion.uid"),
    at("data-request-answer", "deletion.uid", do=send(SAVE)),
    at("desk-new", do=send("button[value=file]")),
    at("request", "nobodys.code"),
    at("request", "joined.code"),
    *(at("request", "assigned.code", query=f"?do={deed}") for deed in ("assign", "edit", "pause", "reject", "cancel")),
]
OFFICE = [
    at("people"),
    at("people-dormant"),
    at("person-sessions", "worker.uid"),
    at("invitations"),
    at("invitation-new"),
    at("invitation-new", do=send(SAVE)),
    Look("invitations", lambda _: reverse("invitation-new"), invite),
    at("openings"),
    at("openings", query="?day=2026-01-01"),
    at("campaigns"),
    at("campaign-new"),
    at("campaign-new", do=send(SAVE)),
    *(at("campaign", f"{state}.uid") for state in ("running", "closing", "held", "asked", "ended")),
    at("campaign-close", "running.uid"),
    at("campaign-hold", "held.uid"),
    at("campaign-hold", "closing.uid", do=send(SAVE)),
    at("campaign-preview", "running.uid"),
    at("campaign-preview", "running.uid", do=send(SAVE)),
    at("campaign-preview", "closing.uid"),
    at("campaign-destroy", "closing.uid"),
    at("campaign-destroy", "closing.uid", do=send(SAVE)),
    at("campaign-approve", "asked.uid"),
    at("campaign-approve", "running.uid"),
    at("campaign-certificate", "ended.uid", prints=True),
    at("ends-next"),
    at("ends-next", query="?rule=requests"),
]
AUDITOR = [
    at("audit", prints=True),
    at("audit", query="?action=nothing"),
    at("audit", do=check_the_chain),
    at("audit", do=filter_backwards),
    at("desk-numbers"),
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
    at("resident-data", "wang.uid"),
    at("consent-say", "wang.uid", "sms"),
    at("consent-say", "wang.uid", "sms", do=send(SAVE)),
    at("data-request-new", "wang.uid"),
    at("data-request-new", "wang.uid", do=send(SAVE)),
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
