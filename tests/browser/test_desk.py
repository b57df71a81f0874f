"""The desk all day long: with keys, with scripts and without, two desks at once, and while the queue moves below it."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from households.models import (
    Assignment,
    EventKind,
    RequestEvent,
    Responsibility,
    ServiceRequest,
    Source,
    State,
    Urgency,
)
from resilience.accounts.models import Session, User
from tests import factories as f
from tests.base import CastTestCase

from .conftest import Open, faults_of, session_of, sign_in

POLLED = 16_000  # milliseconds; the queue asks every 15 seconds
BOTH = [
    pytest.param(js, language, id=f"{'js' if js else 'no-js'}-{language}")
    for js, language in itertools.product((True, False), ("zh-hans", "en"))
]


def desk(cast: type[CastTestCase], open_page: Open, path: str = "/desk/", *, user: User | None = None) -> Page:
    return open_page(path, width=1440, session=session_of(user or cast.clerk))


def rows(page: Page) -> list[str]:
    """The codes on the screen, in order."""
    return page.eval_on_selector_all("#queue tbody input", "all => all.map(one => one.value)")


def row(page: Page, service_request: ServiceRequest) -> Locator:
    return page.locator(f"#queue tr:has([value='{service_request.code}'])")


def tick(page: Page, *chosen: ServiceRequest) -> None:
    for service_request in chosen:
        row(page, service_request).locator("input").check()


def again(service_request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.unscoped.select_related("worker").get(pk=service_request.pk)


def give(page: Page, worker: User) -> None:
    """On the page of requests to assign: choose, look, confirm."""
    page.check(f"input[name=worker][value='{worker.uid}']")
    page.locator("button[value=preview]").click()
    page.locator("button[value=confirm]").click()


def ages_ago(*service_requests: ServiceRequest) -> None:
    past = timezone.now() - timedelta(days=2)
    ServiceRequest.unscoped.filter(pk__in=[each.pk for each in service_requests]).update(
        created_at=past, due_at=past + timedelta(hours=1)
    )


# --- the whole way ----------------------------------------------------------------------------------
@pytest.mark.parametrize(("js", "language"), BOTH)
def test_it_leads_from_signing_in_to_a_request_that_is_given_joined_and_given_again(
    cast: type[CastTestCase], open_page: Open, js: bool, language: str
) -> None:
    first, second = f.make_request(cast.household), f.make_request(cast.household)
    page = open_page("/desk/", js=js, language=language, width=1440)
    sign_in(page, cast.clerk)
    page.wait_for_url("**/desk/")
    assert set(rows(page)) == {first.code, second.code}
    assert faults_of(page, js=js) == []

    # Both to a colleague, after a look at what would change.
    tick(page, first, second)
    page.locator("button[data-key=a]").click()
    page.wait_for_url("**/desk/assign/?**")
    assert faults_of(page, js=js) == []
    page.check(f"input[name=worker][value='{cast.colleague.uid}']")
    page.locator("button[value=preview]").click()
    expect(page.locator("#preview")).to_be_visible()
    assert faults_of(page, js=js) == []
    assert again(first).worker == cast.worker  # nothing has happened yet
    page.locator("button[value=confirm]").click()
    page.wait_for_url("**/desk/")
    expect(page.locator("#messages .good")).to_contain_text("赵建国")
    assert again(first).worker == again(second).worker == cast.colleague

    # They ask for the same: joined.
    tick(page, first, second)
    page.locator("button[data-key=m]").click()
    page.wait_for_url("**/desk/twins/?**")
    assert faults_of(page, js=js) == []
    page.check(f"input[name=into][value='{first.code}']")
    page.locator("form.stack .actions button").click()
    page.wait_for_url(f"**/requests/{first.code}/")
    assert again(second).merged_into == first
    assert faults_of(page, js=js) == []

    # And to somebody else after all.
    told = page.locator("#messages .good")
    joined = told.inner_text()
    page.locator("a[href^='?do=assign']").click()
    page.check(f"input[name=worker][value='{cast.lead.uid}']")
    page.locator("#deed button").click()
    expect(told).not_to_have_text(joined)
    assert again(first).worker == cast.lead
    assert Assignment.objects.filter(service_request=first).active().count() == 1


# --- keys -------------------------------------------------------------------------------------------
def test_it_is_worked_by_keys_alone(cast: type[CastTestCase], open_page: Open) -> None:
    for _ in range(3):
        f.make_request(cast.household)
    page = desk(cast, open_page)
    codes = rows(page)
    press = page.keyboard.press
    press("j")
    expect(page.locator(f"tr:has([value='{codes[0]}'])")).to_be_focused()
    press("j")
    press("j")
    press("j")  # the last one stays
    expect(page.locator(f"tr:has([value='{codes[2]}'])")).to_be_focused()
    press("k")
    expect(page.locator(f"tr:has([value='{codes[1]}'])")).to_be_focused()
    press("?")
    expect(page.locator("#keys")).to_be_focused()
    expect(page.locator("#keys")).to_be_in_viewport()
    press("?")  # and back to where one was
    expect(page.locator(f"tr:has([value='{codes[1]}'])")).to_be_focused()
    press("x")
    expect(page.locator(".bulk-bar output")).to_contain_text("1")
    press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("jk?")  # words here, not keys
    expect(page.locator("#q")).to_have_value("jk?")
    page.locator(f"tr:has([value='{codes[2]}']) input").focus()
    press("j")
    press("Enter")
    page.wait_for_url(f"**/requests/{codes[2]}/")


def test_a_names_the_best_worker_first_with_load_and_distance(cast: type[CastTestCase], open_page: Open) -> None:
    for building, latitude in ((cast.building, "36.06"), (cast.other_building, "36.07")):
        building.latitude, building.longitude = latitude, "103.80"
        building.save(update_fields=["latitude", "longitude"])
    filed = f.make_request(cast.household)
    page = desk(cast, open_page)
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_url(f"**/desk/assign/?code={filed.code}")
    choices = page.locator("label[for^=id_worker_]").all_inner_texts()
    assert re.search("马晓兰.*1 件", choices[0]), choices
    away = next(words for words in choices if "赵建国" in words)
    assert re.search(r"1[,，]?1\d0 ?米", away), away


def test_m_joins_twins_both_residents_read_it_and_they_are_separated_again(
    cast: type[CastTestCase], open_page: Open
) -> None:
    main, twin = f.make_request(cast.household), f.make_request(cast.household)
    page = desk(cast, open_page)
    tick(page, main, twin)
    page.keyboard.press("m")
    page.wait_for_url("**/desk/twins/?**")
    page.check(f"input[name=into][value='{main.code}']")
    page.fill("[name=why]", "母女两人都打了电话")
    page.locator("form.stack .actions button").click()
    page.wait_for_url(f"**/requests/{main.code}/")

    def told(service_request: ServiceRequest) -> str:
        resident = open_page(f"/track/{service_request.token}/")
        assert faults_of(resident) == []
        return resident.locator("main").inner_text()

    joined = told(twin)
    assert "马晓兰" in joined  # who has the one that goes on
    assert "母女" not in joined + told(main)  # why is said among colleagues only
    page.goto(page.url.replace(main.code, twin.code))
    assert faults_of(page) == []
    page.locator("form[action$='/unmerge/'] button").click()
    expect(page.locator("#messages .good")).to_be_visible()
    assert (again(twin).state, again(twin).merged_into) == (State.ACCEPTED, None)
    assert told(twin) != joined


# --- looking at the queue ---------------------------------------------------------------------------
def test_filters_are_in_the_address_and_the_back_button_takes_them_off(
    cast: type[CastTestCase], open_page: Open
) -> None:
    plain, urgent = f.make_request(cast.household), f.make_request(cast.household, urgency=Urgency.LIFE)
    page = desk(cast, open_page)
    assert set(rows(page)) == {plain.code, urgent.code}
    page.select_option("#f-urgency", "life")
    page.wait_for_url("**/desk/?*urgency=life*")
    expect(page.locator("#queue tbody tr")).to_have_count(1)
    assert rows(page) == [urgent.code]
    assert "place=" not in page.url  # what is not chosen is no part of the link
    page.go_back()
    page.wait_for_url("**/desk/")
    expect(page.locator("#queue tbody tr")).to_have_count(2)
    expect(page.locator("#f-urgency")).to_have_value("")
    page.go_forward()
    expect(page.locator("#queue tbody tr")).to_have_count(1)
    expect(page.locator("#f-urgency")).to_have_value("life")
    page.reload()  # the address alone says it all
    assert rows(page) == [urgent.code]


def test_what_others_file_appears_and_moves_nothing_under_the_hand(cast: type[CastTestCase], open_page: Open) -> None:
    filed = [f.make_request(cast.household) for _ in range(30)]
    page = desk(cast, open_page, "/healthz")
    page.emulate_media(reduced_motion="reduce")  # or a tick or a focus may still be scrolling the page smoothly
    page.clock.install()
    page.goto(page.url.replace("/healthz", "/desk/"))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[htmx.config.allowEval, htmx.config.responseHandling.length]") == [False, 5]  # app.js
    tick(page, filed[2], filed[25])
    row(page, filed[20]).locator("a").focus()
    page.evaluate("scrollTo({top: 600, behavior: 'instant'})")
    before = page.evaluate("scrollY")
    urgent = f.make_request(cast.other_household, urgency=Urgency.LIFE)  # due first: at the head
    page.clock.fast_forward(POLLED)
    expect(row(page, urgent)).to_have_class(re.compile("is-new"))
    assert rows(page)[0] == urgent.code
    expect(row(page, filed[20]).locator("a")).to_be_focused()
    assert page.eval_on_selector_all("#queue :checked", "all => all.map(one => one.value)") == [
        filed[2].code,
        filed[25].code,
    ]
    assert page.evaluate("scrollY") == before
    expect(page.locator("#live")).to_contain_text("1")  # said to whoever does not see it
    with page.expect_response(lambda answer: answer.url.endswith("/desk/")) as asked:
        page.clock.fast_forward(POLLED)
    assert asked.value.status == 304  # nothing new costs nothing
    expect(page.locator("#queue :checked")).to_have_count(2)


def test_a_session_that_ends_leads_through_the_login_back_to_the_same_look(
    cast: type[CastTestCase], open_page: Open
) -> None:
    urgent = f.make_request(cast.household, urgency=Urgency.LIFE)
    f.make_request(cast.household)
    page = desk(cast, open_page, "/desk/?urgency=life")
    page.wait_for_load_state("networkidle")  # the numbers on top come later, and would be led to the login themselves
    Session.objects.all().delete()
    page.select_option("#f-state", "assigned")
    page.wait_for_url("**/accounts/login/?next=**")
    sign_in(page, cast.clerk)
    page.wait_for_url("**/desk/?urgency=life")
    assert rows(page) == [urgent.code]


# --- two at once ------------------------------------------------------------------------------------
def test_the_second_of_two_desks_is_told_that_somebody_was_faster(cast: type[CastTestCase], open_page: Open) -> None:
    filed = f.make_request(cast.household)
    other_clerk = f.make_staff("clerk2", cast.home, "王建平")
    pages = [desk(cast, open_page, f"/desk/assign/?code={filed.code}", user=user) for user in (cast.clerk, other_clerk)]
    for page, worker in zip(pages, (cast.colleague, cast.lead), strict=True):
        page.check(f"input[name=worker][value='{worker.uid}']")
        page.fill("[name=note]", "带上秤")
        page.locator("button[value=preview]").click()
        expect(page.locator("#preview")).to_be_visible()
    for page in pages:
        page.locator("button[value=confirm]").click()
    pages[0].wait_for_url("**/desk/")
    told = pages[1].locator("#error-summary")
    expect(told).to_be_focused()
    expect(told).to_contain_text(filed.code_label)
    expect(pages[1].locator("[name=note]")).to_have_value("带上秤")
    assert faults_of(pages[1]) == []
    assert again(filed).worker == cast.colleague
    assert RequestEvent.unscoped.filter(service_request=filed, to_worker=cast.colleague).count() == 1
    assert not RequestEvent.unscoped.filter(service_request=filed, to_worker=cast.lead).exists()


# --- on the phone -----------------------------------------------------------------------------------
def test_a_call_is_recorded_by_one_key(cast: type[CastTestCase], open_page: Open) -> None:
    waiting = [f.make_request(cast.household, person_name=name) for name in ("王秀英", "马得福", "李兰")]
    for days, each in enumerate(waiting):
        ages_ago(each)
        ServiceRequest.unscoped.filter(pk=each.pk).update(created_at=timezone.now() - timedelta(days=9 - days))
    page = desk(cast, open_page, "/desk/calls/")
    assert faults_of(page) == []
    expect(page.locator("#call-now")).to_contain_text("王秀英")
    page.locator("#id_words").press_sequentially("还要 2 袋")  # figures in words answer nothing
    page.locator("h1").click()
    page.keyboard.press("1")
    expect(page.locator("#call-now")).to_contain_text("马得福")
    page.keyboard.press("2")
    expect(page.locator("#call-now")).to_contain_text("李兰")
    page.keyboard.press("4")
    expect(page.locator(".empty")).to_be_visible()
    assert faults_of(page) == []
    said = RequestEvent.unscoped.filter(kind=EventKind.CALLED).order_by("pk").values_list("note", flat=True)
    assert "还要 2 袋" in said[0]
    assert [again(each).state for each in waiting] == [State.ASSIGNED, State.CANCELLED, State.ASSIGNED]


@pytest.mark.parametrize("js", [True, False])
def test_what_comes_by_phone_is_filed_on_one_screen(cast: type[CastTestCase], open_page: Open, js: bool) -> None:
    page = open_page("/desk/new/", js=js, width=1440, session=session_of(cast.clerk))
    assert faults_of(page, js=js) == []
    page.fill("[name=text]", "灯不亮了")
    page.fill("#id_q", "502")
    page.locator("button[value=search]").click()
    page.locator(f"input[name=household][value='{cast.household.uid}']").check()
    expect(page.locator("[name=text]")).to_have_value("灯不亮了")  # searching forgets nothing
    page.locator("button[value=file]").click()
    expect(page.locator("#error-summary a").first).to_be_visible()
    assert faults_of(page, js=js) == []
    expect(page.locator("[name=text]")).to_have_value("灯不亮了")
    page.locator("input[name=what]").first.check(force=True)
    page.locator("input[name=urgency][value=normal]").check()
    page.fill("[name=name]", "王秀英")
    page.fill("[name=phone]", "199 0000 0001")
    page.locator("button[value=file]").click()
    page.wait_for_url("**/requests/**")
    filed = ServiceRequest.unscoped.get()
    expect(page.locator("#messages .good")).to_contain_text(filed.code_label)  # to be read out
    assert (filed.source, filed.household, filed.worker) == (Source.HOTLINE, cast.household, cast.worker)


# --- people -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("js", [True, False])
def test_a_colleague_leaves_after_a_look_at_who_takes_over(cast: type[CastTestCase], open_page: Open, js: bool) -> None:
    filed = f.make_request(cast.household)
    page = open_page("/desk/people/", js=js, width=1440, session=session_of(cast.clerk))
    assert faults_of(page, js=js) == []
    page.locator(f"a[href*='{cast.worker.uid}/leave/']").click()
    page.locator("button[value=preview]").click()
    expect(page.locator("#error-summary a").first).to_be_visible()
    assert faults_of(page, js=js) == []
    page.check("input[name=for_good][value=yes]")
    page.locator(f"input[name=receivers][value='{cast.colleague.pk}']").check()
    page.fill("[name=why]", "调到别的社区")
    page.locator("button[value=preview]").click()
    expect(page.locator("section[aria-labelledby=preview]")).to_contain_text("+ 1")
    assert faults_of(page, js=js) == []
    assert again(filed).worker == cast.worker
    page.locator("button[value=confirm]").click()
    page.wait_for_url("**/desk/people/")
    expect(page.locator("#messages .good")).to_contain_text("马晓兰")
    assert again(filed).worker == cast.colleague
    assert Responsibility.objects.active().get(household=cast.household).worker == cast.colleague
    assert not User.objects.get(pk=cast.worker.pk).is_active
