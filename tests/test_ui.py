"""What templates are made of: tags and filters, the field template, the shell of every page."""

import re
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.forms import formset_factory
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from resilience import views
from resilience.accounts.models import User
from resilience.context_processors import House
from resilience.lib import icons
from resilience.lib.dates import moment_words
from resilience.lib.forms import BaseForm
from resilience.lib.widgets import Renderer
from resilience.templatetags import ui

ROOT = Path(settings.BASE_DIR)
NASTY = "<img src=x onerror=alert(1)>\"'"


class Asking(BaseForm):
    default_renderer = Renderer
    name = forms.CharField(label="Your name", help_text="As it stands on the door")
    note = forms.CharField(label="Note", required=False)
    who = forms.ChoiceField(label="For whom", choices=[("me", "Me"), ("kin", NASTY)], widget=forms.RadioSelect)
    may = forms.BooleanField(label="They agree")
    key = forms.UUIDField(widget=forms.HiddenInput)


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def faulty() -> Asking:
    return Asking({"name": "", "who": "", "key": "no"})


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


# --- chips, icons -------------------------------------------------------------------------------
@pytest.mark.parametrize("tag", ['{% state_chip "submitted" word %}', '{% clock_chip "soon" word word %}'])
def test_a_chip_escapes_what_people_wrote(tag):
    html = render(tag, word=NASTY)
    assert "<img" not in html
    assert "&lt;img" in html


def test_a_chip_says_its_state_in_a_word_an_icon_and_a_tone():
    html = render('{% state_chip "overdue" "2 hours late" %}')
    assert "2 hours late" in html
    assert "t-bad" in html
    assert "#triangle-alert" in html


def test_a_clock_that_has_a_moment_is_a_time_element():
    assert 'datetime="2026-11-23T08:00"' in render('{% clock_chip "ok" "3 days" "2026-11-23T08:00" %}')


@pytest.mark.parametrize("name", ["no-such-icon", NASTY, ""])
def test_an_unknown_icon_is_an_ellipsis(name):
    html = render("{% icon name %}", name=name)
    assert html.count("#ellipsis") == 1
    assert "<img" not in html


def test_every_icon_used_exists():
    used = {name for _tone, name in ui.LOOKS.values()}
    for folder in (ROOT / "templates", ROOT / "resilience", ROOT / "households"):
        for file in folder.rglob("*.html"):
            used |= set(re.findall(r'{% icon "([^"]+)" %}', file.read_text("utf-8")))
    assert used - set(icons.icon_names()) == set()
    assert len(used) > 15


def test_every_tone_is_styled():
    css = (ROOT / "resilience/static/resilience/base.css").read_text("utf-8")
    assert {tone for tone, _icon in ui.LOOKS.values() if f".{tone} " not in css} == set()


# --- links and phones ---------------------------------------------------------------------------
def test_query_with_changes_one_parameter_and_keeps_the_others():
    request = RequestFactory().get("/desk/?state=open&place=a&place=b&page=3")
    html = render('{% query_with state="closed" page=None %}', request=request)
    assert html == "?state=closed&amp;place=a&amp;place=b"


def test_query_with_quotes_what_stood_in_the_address():
    request = RequestFactory().get("/desk/", {"q": NASTY})
    html = render('<a href="{% query_with page=2 %}">', request=request)
    assert "<img" not in html
    assert html.count('"') == 2


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812345678", "138 **** 5678"),
        ("+86 138 1234 5678", "138 **** 5678"),
        ("0931-8412345", "093 **** 2345"),
        ("8412345", "**** 345"),
        ("12345", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_phone_hides_the_middle(number, shown):
    assert ui.phone(number) == shown


# --- fields -------------------------------------------------------------------------------------
def test_a_field_with_a_fault_says_so_and_points_to_it():
    html = faulty()["name"].as_field_group()
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert re.search(r'id="id_name_error">.*Fill in: Your name', html, re.S)
    assert re.search(r'id="id_name_helptext">As it stands on the door', html)


def test_a_group_is_a_fieldset_that_is_described_and_escapes_its_choices():
    html = faulty()["who"].as_field_group()
    assert '<fieldset aria-describedby="id_who_error">' in html
    assert "<legend>For whom" in html
    assert 'for="id_who_1"' in html
    assert "<img" not in html


def test_only_what_may_stay_empty_is_marked():
    assert "(optional)" in Asking()["note"].as_field_group()
    assert "(optional)" not in Asking()["name"].as_field_group()


def test_a_label_may_be_the_heading_of_its_page():
    html = render('{% include "includes/_field.html" with field=field heading=True %}', field=Asking()["name"])
    assert re.search(r'<label for="id_name"><h1>Your name</h1>', html)


def test_the_summary_links_each_fault_to_its_field_in_the_same_words():
    form = faulty()
    html = render('{% include "includes/_error_summary.html" %}', form=form)
    assert "There are 4 things to put right" in html
    for target, words in (
        ("id_name", "Fill in: Your name"),
        ("id_who_0", "Choose: For whom"),
        ("id_may", "Tick: They agree"),
    ):
        assert f'<a href="#{target}">{words}</a>' in html
    assert "<li>Enter a valid UUID.</li>" in html  # hidden: nowhere to jump to


def test_the_summary_is_silent_without_faults():
    assert render('{% include "includes/_error_summary.html" %}', form=Asking()).strip() == ""


def test_the_summary_takes_a_formset_too():
    rows = formset_factory(Asking)(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-name": "", "form-0-who": "me"}
    )
    found = ui.faults(Asking(), rows)
    assert ("id_form-0-name", "Fill in: Your name") in found


# --- the shell ----------------------------------------------------------------------------------
def visitor(path: str = "/", **cookies: str) -> House:
    request = RequestFactory().get(path)
    request.COOKIES.update(cookies)
    return House(request)


@pytest.mark.parametrize(
    ("cookie", "css", "following"),
    [("", "", "112"), ("112", "text-112", "150"), ("200", "text-200", "100"), (NASTY, "", "112"), ("1e9", "", "112")],
)
def test_text_size_is_one_of_four(cookie, css, following):
    house = visitor(text_size=cookie)
    assert (house.text_class, house.next_text_size) == (css, following)


def test_a_visitor_without_a_session_cookie_is_not_looked_up():
    request = RequestFactory().get("/")  # has no `user`: touching it would raise
    assert House(request).user is None
    assert House(request).nav == []


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("volunteer", ["round"]),
        ("worker", ["round", "households", "buildings"]),
        ("lead", ["round", "desk", "desk-new", "calls", "people", "households", "buildings", "exports"]),
        ("staff", ["desk", "desk-new", "calls", "people", "households", "buildings", "openings", "admin:index"]),
        ("supervisor", ["desk", "people", "households", "buildings", "openings"]),
        ("auditor", ["desk-numbers", "audit"]),
        (
            "administrator",
            ["desk", "desk-new", "calls", "people", "households", "buildings", "openings", "admin:index"],
        ),
        ("", []),
    ],
)
def test_the_navigation_shows_what_one_may_open(role, names):
    assert urls_of(as_seen("/", role).nav) == [reverse(name) for name in names]


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("lead", []),
        ("staff", ["openings", "data-requests", "exports", "campaigns"]),
        ("supervisor", ["openings", "exports", "campaigns"]),
        ("auditor", []),
        ("administrator", ["openings", "data-requests", "exports", "campaigns", "audit"]),
    ],
)
def test_what_lies_beneath_data_stands_below_it_on_each_of_its_pages(role, names):
    assert as_seen("/desk/", role).beneath == []
    for name in names:
        house = as_seen(reverse(name), role)
        assert urls_of(house.beneath) == [reverse(each) for each in names]


@pytest.mark.parametrize("role", ["staff", "supervisor", "administrator"])
@pytest.mark.parametrize(
    ("path", "entry", "below"),
    [
        ("/desk/", "desk", None),
        ("/desk/openings/?day=2026-01-01", "openings", "openings"),
        ("/exports/waiting/", "openings", "exports"),
        ("/campaigns/next/", "openings", "campaigns"),
    ],
)
def test_a_page_marks_its_own_entry_and_no_other(role, path, entry, below):
    house = as_seen(path, role)
    assert [link.url for link in house.nav if link.is_current] == [reverse(entry)]
    assert [link.url for link in house.beneath if link.is_current] == ([reverse(below)] if below else [])


def test_a_lead_whose_only_data_are_exports_has_them_as_an_entry():
    current = [link for link in as_seen("/exports/", "lead").nav if link.is_current]
    assert [(link.url, link.label) for link in current] == [(reverse("exports"), "Exports")]


def as_seen(path, role):
    request = RequestFactory().get(path)
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    request.user = cast(User, SimpleNamespace(is_authenticated=True))
    request.viewer = SimpleNamespace(roles={role})
    return House(request)


def urls_of(links):
    return [link.url for link in links]


def test_a_signed_out_session_has_no_navigation():
    request = RequestFactory().get("/")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    request.user = AnonymousUser()
    assert House(request).nav == []


@pytest.mark.parametrize("name", ["400.html", "500.html", "503.html"])
def test_fault_pages_need_no_context(name):
    html = render_to_string(name)
    assert "<h1>" in html
    assert 'href="tel:120"' in html


def test_a_page_that_is_not_there_costs_a_visitor_no_sql(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert b"tel:120" in response.content


def test_no_page_carries_inline_script_or_style():
    for file in (ROOT / "templates").rglob("*.html"):
        text = file.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|<script(?![^>]*\ssrc=)|javascript:", text), file


def test_a_switch_on_a_page_that_only_a_post_shows_leads_back_to_where_it_can_be_looked_at():
    request = RequestFactory().post("/requests/X/resolve/")
    for here, leads in ({"here": "/requests/X/"}, "/requests/X/"), ({}, "/requests/X/resolve/"):
        html = render_to_string("404.html", {**here, "house": House(request)})
        assert f'name="next" value="{leads}"' in html


# --- small views --------------------------------------------------------------------------------
def test_text_size_is_remembered_and_leads_back(client):
    response = client.post(reverse("text_size"), {"size": "150", "next": "/accounts/login/"})
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/"
    assert response.cookies["text_size"].value == "150"
    assert response.cookies["text_size"]["httponly"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"])
def test_text_size_never_leads_elsewhere(client, elsewhere):
    response = client.post(reverse("text_size"), {"size": "9", "next": elsewhere})
    assert response["Location"] == "/"
    assert "text_size" not in response.cookies


@pytest.mark.parametrize("name", ["text_size", "set_language", "accounts:logout"])
def test_a_link_preview_changes_nothing(client, name, db):
    response = client.get(reverse(name))
    assert response.status_code in (302, 405)
    assert not response.cookies
    assert "Clear-Site-Data" not in response


def test_the_language_can_be_chosen_without_signing_in(client):
    response = client.post(reverse("set_language"), {"language": "en", "next": "/accounts/login/"})
    assert response.cookies["django_language"].value == "en"


def test_a_form_without_its_token_is_told_what_to_do():
    response = Client(enforce_csrf_checks=True).post(reverse("text_size"), {"size": "150"})
    assert response.status_code == 403
    assert "<h1>" in response.content.decode()


def test_health_is_open_and_says_ok(client, db):
    response = client.get(reverse("health"))
    assert response.json() == {"database": "ok"}


def test_health_says_503_when_the_database_is_gone(client, db, monkeypatch):
    def gone(*_args, **_kwargs):
        raise views.DatabaseError("gone")

    monkeypatch.setattr(views, "connection", SimpleNamespace(cursor=gone))
    response = client.get(reverse("health"))
    assert response.status_code == 503
    assert response["Retry-After"] == "10"


def test_robots_are_asked_to_stay_away(client):
    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [("en", "24 Nov 2026", "24 Nov 2026, 07:47"), ("zh-hans", "2026年11月24日", "2026年11月24日 07:47")],
)
def test_days_have_one_shape_in_each_language(language, day, moment):
    at = datetime(2026, 11, 24, 7, 47)  # noqa: DTZ001 - as it stands on a page, in local time
    with translation.override(language):
        assert {date_format(at, name) for name in ("DATE_FORMAT", "SHORT_DATE_FORMAT")} == {day}
        assert {date_format(at, name) for name in ("DATETIME_FORMAT", "SHORT_DATETIME_FORMAT")} == {moment}
        assert Template("{{ at }}").render(Context({"at": at})) == moment
        assert moment_words(at) == moment


def test_no_template_spells_a_day_out_by_itself():
    """Only for machines: in `datetime="…"`."""
    own = re.compile(r"""(?<!datetime=")\{\{[^{}]*\|(?:date|time):"(?!\w*FORMAT"|c"|H:i:s")""")
    found = [path for path in (ROOT / "templates").rglob("*.html") if own.search(path.read_text("utf-8"))]
    assert found == []
