"""What nobody should send, and what people do send, to every form: refused beside its field, or taken clean.

Relied on, and not shown again:
- `tests/test_access.py`: who may send what where, each method and actor, with an empty form;
- `tests/reliability/test_fuzz.py`: forms damaged at random, damaged bodies, headers and cookies, never a 500;
- `tests/lib/test_inputs.py`, `test_forms.py`, `test_photos.py`: what each parser takes, refuses and says;
- `tests/test_bounds.py`: what got past all of them is refused by the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from households import reference
from households.forms.prints import PrintForm
from households.models import Campaign, Category, Photo, ServiceRequest
from households.views.life_events import OF_HOUSEHOLD, OF_RESIDENT
from resilience.lib import forms as fields
from tests import factories as f
from tests.bad_forms import BUTTONS, ELSEWHERE, FORMS, POSTED, SEARCHES, Sent, typed
from tests.bad_input import BadInputTestCase, form_of
from tests.base import CastTestCase, Response
from tests.households.ask import DETAILS, WHAT
from tests.surface import TABLE, address

SCRIPT = "<script>alert(1)</script>"
ODD = f"王\x00秀\u202e英👨\u200d👩 {SCRIPT} {{{{ 7|add:7 }}}} ‘’"
LONG = "长" * 10_000
NO_DAYS = (
    "0001-01-01", "9999-12-31", "1899-12-31", "2100-01-02", "2026-02-30", "2026-13-01", "0000-00-00", "-2026-01-01",
    "0", "\x00", "😀", "\u202e2026-01-01", SCRIPT, LONG, "２０２６-０２-３０", "2026-11-23T10:00",
)  # fmt: skip
NO_NUMBERS = (
    "-99", "99999", "2147483648", "9" * 30, "1.5", "1e3", "NaN", "\x00", "😀", "\u202e1234", SCRIPT, LONG,
)  # fmt: skip
# What pages use in their addresses, and what a button of theirs would send.
QUERY = "?do=resolve&step=confirm&kind=visit&q=金雀&remove=1&size=150&language=en"
# As phones and people write them.
ODD_DAYS = ("２０２６-１１-０１", "2026年11月1日", " 2026．11．1 ")
ODD_NUMBERS = ("１", " 2 ", "+3")


class TestTheTable(CastTestCase):
    def test_it_has_a_form_for_every_address_that_takes_a_post(self) -> None:
        known = set(FORMS) | BUTTONS | SEARCHES | set(ELSEWHERE)
        words = "Name its form in FORMS with a good answer; or in BUTTONS, if nothing can be typed there"
        assert known == POSTED, f"no row: {sorted(POSTED - known)}. {words}. Gone: {sorted(known - POSTED)}"

    def test_it_knows_every_event_of_a_life(self) -> None:
        tried = {name: {sent.more["what"] for sent in FORMS[name]} for name in ("household-event", "resident-event")}
        assert tried == {"household-event": set(OF_HOUSEHOLD), "resident-event": set(OF_RESIDENT)}


class TestForgery(BadInputTestCase):
    def test_it_takes_no_post_without_the_token_of_its_form(self) -> None:
        """From a page elsewhere, in the browser of somebody signed in, or of nobody."""
        before = self.state()
        for name in sorted(POSTED):
            for sent in FORMS.get(name, (None,)):
                for actor in {"anonymous", sent.actor if sent else "admin"}:
                    browser = self.browser(actor, enforce_csrf_checks=True)
                    data = self.filled(sent) if sent else {"size": "150", "language": "en", "door": "1/701"}
                    response = browser.post(self.path(name, sent), data)
                    if response.status_code != 403:
                        self.faults.append(f"{name} as {actor}: {response.status_code}")
        self.check()
        assert self.state() == before


@pytest.mark.once
class TestLooking(BadInputTestCase):
    def test_it_changes_nothing_when_a_link_is_only_looked_at(self) -> None:
        """As previews of chats, scanners of mail and crawlers do: every address, with queries that pages use."""
        before, stored = self.state(), Photo.unscoped.count()
        for name, rule in TABLE.items():
            ids = self.ids(rule.about)
            for actor in ("anonymous", "worker", "clerk", "auditor", "admin"):
                browser = self.browser(actor)
                browser.head(address(name, ids))
                browser.get(address(name, ids))
                browser.get(address(name, ids) + QUERY)
                browser.get(address(name, ids) + QUERY, headers={"HX-Request": "true"})
            after = self.state()
            changed = [label for label in before if before[label] != after[label]]
            if changed:
                self.faults.append(f"looking at {name} changes {changed}")
                before = after
        self.check()
        assert Photo.unscoped.count() == stored


class TestAddresses(BadInputTestCase):
    def test_a_nul_in_an_address_names_nothing(self) -> None:
        """Of a page, of a form as it was sent from one, and of the administration."""
        count = 0
        for name, rule in TABLE.items():
            ids = self.ids(rule.about)
            for each in (key for key, value in ids.items() if isinstance(value, str)):
                path = address(name, {**ids, each: "a\0b"})
                for method in ("get", "post"):
                    status = getattr(self.browser("admin"), method)(path).status_code
                    count += 1
                    if status not in (403, 404, 405):
                        self.faults.append(f"{method} {path}: {status}")
        self.check()
        assert count > 50
        for page in ("change", "history", "delete"):
            path = reverse(f"admin:households_category_{page}", args=["a\0b"])
            assert self.browser("admin").get(path).status_code == 404, path


class TestWords(BadInputTestCase):
    """Every form, each of its fields in turn."""

    def send(self, name: str, sent: Sent, /, **changes: Any) -> Response:
        """The good form with these changes, undone afterwards; what it stored is looked at before."""
        return self._send(name, sent, changes, rereads=True)

    def try_out(self, name: str, sent: Sent, /, **changes: Any) -> Response:
        """The same, but what it stored is nothing odd: no page is read again."""
        return self._send(name, sent, changes, rereads=False)

    def _send(self, name: str, sent: Sent, changes: dict[str, Any], *, rereads: bool) -> Response:
        with transaction.atomic():
            data = {**self.filled(sent), **changes}
            response = self.browser(sent.actor).post(self.path(name, sent), data)
            if response.status_code < 400 and changes and rereads:
                self.reread(f"{name} {list(changes)}={str(changes)[:60]}")
            transaction.set_rollback(True)
        return response

    def reread(self, where: str) -> None:
        """Every page that may list what was stored opens, and runs nothing."""
        reference.forget()
        for actor, path in self.pages():
            response = self.browser(actor).get(path)
            if response.status_code not in (200, 302):
                self.faults.append(f"{where}: afterwards {actor} reads {path}: {response.status_code}")
            elif "<script>alert" in response.content.decode():
                self.faults.append(f"{where}: {path} shows it raw")

    def pages(self) -> Iterator[tuple[str, str]]:
        household = [self.planted.household.uid]
        yield from (("worker", reverse(name, args=household)) for name in ("household", "household-door"))
        yield from (("worker", reverse(name)) for name in ("round", "special-needs-list"))
        yield from (("clerk", reverse(name)) for name in ("desk", "people", "calls", "households", "not-visited-list"))
        yield from (("clerk", reverse(name)) for name in ("campaigns", "invitations", "openings"))
        for campaign in (self.planted.campaign, Campaign.objects.latest("pk")):
            yield "clerk", reverse("campaign", args=[campaign.uid])
        yield "clerk", reverse("resident", args=[self.resident.uid])
        yield "clerk", reverse("building", args=[self.building.uid])
        yield from (("anonymous", reverse(name)) for name in ("ask-details", "ask-check"))
        for row in (self.request, ServiceRequest.unscoped.latest("pk"), self.closed):
            yield "clerk", reverse("request", args=[row.code])
            yield "anonymous", reverse("track", args=[row.token])

    def forms(self) -> Iterator[tuple[str, Sent]]:
        for name, all_sent in FORMS.items():
            yield from ((name, sent) for sent in all_sent)

    def shown_again(self, where: str, response: Response, name: str, data: dict[str, Any]) -> str:
        """The words of the fault beside that field; noted when it is not there, or anything typed is lost."""
        form = form_of(response)
        if response.status_code != 422 or form is None:
            self.faults.append(f"{where}: {response.status_code}, not the form again {form and dict(form.errors)}")
            return ""
        page = unescape(response.content.decode())
        is_hidden = name in form.fields and form[name].is_hidden
        if not is_hidden and (name not in form.errors or f'id="{form[name].auto_id}_error"' not in page):
            self.faults.append(f"{where}: no fault beside it, but {dict(form.errors)}")
        for other, value in data.items():
            is_typed = isinstance(form.fields.get(other), fields.ParsedField) and not form[other].is_hidden
            # A password or an ID number is not shown again; a browser sends line breaks and NUL otherwise.
            if is_typed and isinstance(value, str) and value.replace("\r", "") not in page:
                self.faults.append(f"{where}: {other} is lost")
        return " ".join(form.errors.get(name, []))

    def test_it_takes_a_good_form(self) -> None:
        """Else what follows would show nothing."""
        for name, sent in self.forms():
            response = self.send(name, sent)
            form = form_of(response)
            if response.status_code != (200 if sent.form is PrintForm else sent.answer):
                self.faults.append(f"{name} {sent.more}: {response.status_code} {form and dict(form.errors)}")
        self.check()

    def test_it_takes_odd_words_and_shows_them_as_text(self) -> None:
        for name, sent in self.forms():
            kinds = (fields.TextField, fields.NameField)
            odd = {each: self.shortened(sent, each) for each in typed(sent, kinds) if "search" not in each}
            response = self.send(name, sent, **odd) if odd else None
            if response is None:
                continue
            if response.status_code >= 400 and response.status_code != 422:
                self.faults.append(f"{name} {sent.more}: {response.status_code}")
            elif "<script>alert" in response.content.decode():
                self.faults.append(f"{name} {sent.more}: shows it raw")
        self.check()

    def test_it_searches_for_whatever_is_typed(self) -> None:
        for name in sorted(SEARCHES):
            for words in (ODD, LONG, SCRIPT, "\x00", "王\x00", "%", "_", "\\", "'\"; --", "1" * 60, "\u202e"):
                response = self.browser("clerk").post(self.path(name), {"q": words, "after": words})
                if response.status_code not in (200, 303):
                    self.faults.append(f"{name} {words[:20]!r}: {response.status_code}")
                elif "<script>alert" in response.content.decode():
                    self.faults.append(f"{name} {words[:20]!r}: shows it raw")
        self.check()

    def shortened(self, sent: Sent, name: str) -> str:
        return ODD[: getattr(sent.form.base_fields[name], "longest", 60)]

    def test_it_says_the_limit_of_what_is_too_long_and_loses_nothing(self) -> None:
        for name, sent in self.forms():
            for each in typed(sent, (fields.TextField, fields.NameField)):
                most = getattr(sent.form.base_fields[each], "longest", 60)
                long = LONG + "末" * max(0, most + 1 - len(LONG))
                where, data = f"{name} {sent.more} {each}", {**self.filled(sent), each: long}
                words = self.shown_again(where, self.send(name, sent, **{each: long}), each, data)
                if words and str(most) not in words:
                    self.faults.append(f"{where}: does not say that {most} fit, but {words[:90]}")
        self.check()

    def test_it_keeps_ten_thousand_characters_of_need_whole(self) -> None:
        for name, sent in (("door", FORMS["door"][0]), ("desk-new", FORMS["desk-new"][0])):
            with transaction.atomic():
                browser = self.browser(sent.actor)
                response = browser.post(self.path(name, sent), {**self.filled(sent), "text": LONG})
                assert response.status_code == 303, name
                if name == "door":
                    browser.post(reverse("ask-send"))
                filed = ServiceRequest.unscoped.latest("pk")
                assert filed.text == LONG, name
                for actor, key, page in (("clerk", filed.code, "request"), ("anonymous", filed.token, "track")):
                    assert LONG in self.browser(actor).get(reverse(page, args=[key])).content.decode(), (name, page)
                transaction.set_rollback(True)

    def test_it_adds_ten_thousand_characters_to_what_was_asked_before(self) -> None:
        """The event holds the needs and the words: more than the words alone may be."""
        tiles = [f.make_category(f"tile-{n}", name_zh="长" * 40, name_en="L" * 60).code for n in range(12)]
        reference.forget()
        browser = self.browser("anonymous")
        before = f.make_request(self.planted.household, phone="19900000001")
        data = {**WHAT, **DETAILS, "what": tiles, "text": LONG}
        browser.post(self.path("door"), data)
        assert browser.post(reverse("ask-kind"), {}).status_code == 303
        assert browser.post(reverse("ask-add"))["Location"] == reverse("ask-added")
        assert before.events.get(kind="note").note.endswith(LONG)
        assert Category.objects.filter(code__in=tiles).count() == 12

    def test_it_refuses_impossible_days_beside_the_field(self) -> None:
        self.refuses((fields.DateField, fields.BirthField), NO_DAYS)

    def test_it_refuses_impossible_numbers_beside_the_field(self) -> None:
        self.refuses((fields.IntegerField, fields.PhoneField, fields.TailField, fields.IdNumberField), NO_NUMBERS)

    def refuses(self, kinds: tuple[type, ...], values: tuple[str, ...]) -> None:
        count = 0
        for name, sent in self.forms():
            for each in typed(sent, kinds):
                for value in values:
                    if not fields.inputs.clean_text(value, max_length=20_000):
                        continue  # nothing but unseen characters: an empty field
                    where = f"{name} {sent.more} {each}={value[:20]!r}"
                    response = self.send(name, sent, **{each: value})
                    self.shown_again(where, response, each, {**self.filled(sent), each: value})
                    count += 1
        assert count > 50
        self.check()

    def test_it_reads_days_and_numbers_as_phones_write_them(self) -> None:
        for name, sent in self.forms():
            for kind, values in ((fields.DateField, ODD_DAYS), (fields.IntegerField, ODD_NUMBERS)):
                for each in typed(sent, (kind,)):
                    for value in values:
                        response = self.try_out(name, sent, **{each: value})
                        if response.status_code not in (200, 303) and not self.is_read(response, each):
                            self.faults.append(f"{name} {sent.more} {each}={value!r}: {response.status_code}")
        self.check()

    def is_read(self, response: Response, name: str) -> bool:
        """Refused, but not as something that is no day or number: it is too early, or not of this building."""
        form = form_of(response)
        return form is not None and all(fault.code != "invalid" for fault in form.errors.as_data().get(name, ()))
