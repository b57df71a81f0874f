"""Malformed requests to every address: never a 500, and no record that breaks a page.

Each batch fills in forms as they stand on the pages, with values nobody would send by mistake, then reads every list
and every record again, the administration's too. The worst fault is not the request that fails but the record that,
once saved, makes a page fail for everybody. CI sends 10,000, 6,000 on SQLite and 4,000 on PostgreSQL, which is
slower; `manage.py test --long` 100,000 on each; FUZZ_SEED=n sends others. Each part is a test of its own, for another
worker.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse

from households import reference
from households.models import Building, Household, Resident, ServiceRequest
from resilience.gate.processes import in_ci
from tests import factories as f
from tests.accounts.factor_help import confirm
from tests.base import CastTestCase, Response
from tests.canaries import nowhere, plant
from tests.leaks import hush
from tests.proof import tried
from tests.reliability import nasty
from tests.reliability.harvest import Form, Target, grouped, read
from tests.surface import TABLE, address

IN_CI = {"sqlite": 6_000, "postgresql": 4_000}
REQUESTS = int(os.environ.get("FUZZ") or (IN_CI[connection.vendor] if in_ci() else 1_000))
SEED = int(os.environ.get("FUZZ_SEED", "20261123"))
PARTS = 8 if REQUESTS >= 8_000 else 1
BATCH = 1_000  # what a batch has written is undone after every list was read again
SLOWEST = 2.0  # seconds of processor time
MOST_PAGES = 250  # a site is crawled from its front pages that far
AN_HOUR = timedelta(hours=1)
ROWS_REREAD = 12  # of each kind, the newest
# Whose eyes: an actor and the page a crawl begins on.
STARTS = {"anonymous": "/", "worker": "/round/", "clerk": "/desk/", "admin": "/admin/"}
READERS = {"worker": "worker", "helper": "worker", "auditor": "admin"}  # of lists that a clerk may not open
# Not followed or filled in: they end the session everything else needs.
LEAVES = ("/accounts/logout/", "/accounts/password/", "/admin/logout/", "/admin/password_change/")
FILTERS = (
    *("q", "place", "category", "urgency", "state", "worker", "overdue", "source", "after", "kind", "need", "colour"),
    *(
        "grid",
        "days",
        "codes",
        "code",
        "do",
        "item",
        "entrance",
        "building",
        "household",
        "next",
        "page",
        "p",
        "o",
        "e",
    ),
    *("_popup", "all", "id__exact", "step", "app_label", "model_name", "field_name", "term"),
)


DEEDS = (
    *("assign", "edit", "reply", "note", "pause", "resume", "resolve", "hand-over", "decline", "reject", "reopen"),
    *("cancel", "item"),
)
ASKING = ("ask", "ask-kind", "ask-where", "ask-details", "ask-check", "ask-danger")
HX = (
    *("HX-Request", "HX-Target", "HX-Boosted", "HX-Current-URL", "HX-Trigger", "HX-Prompt"),
    *("HX-History-Restore-Request", "HX-Current-URL-URI-AutoEncoded"),
)
ODD_HEADERS = ("If-None-Match", "Referer", "Accept", "X-Forwarded-For", "If-Modified-Since", "Range")
ODD_VALUES = ("", "x", '"' * 500, 'W/""', "a" * 3_000, "http://[::1", "1,2,3", "bytes=9-1")
COOKIES = ("sessionid", "draft", "csrftoken", "django_language", "messages", "text_size")
KINDS = (
    *("application/json", "text/plain", "", "multipart/form-data", "\xff"),
    *("application/x-www-form-urlencoded; charset=utf-16", "application/x-www-form-urlencoded; charset=nonsense"),
)
FILE_NAMES = ("a.jpg", "../../x.jpg", "", "字" * 300, "a\x00.jpg", "a.svg")


class TestFuzz(CastTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.planted = plant("金雀甲", 7, cls.building, cls.worker, "701")
        finer = f.make_category("oil", name_zh="油", name_en="Oil", parent=cls.category)
        f.make_category("repair", name_zh="维修", name_en="Repair")
        f.make_request(cls.household, category=finer)
        done = f.make_request(cls.other_household)
        ServiceRequest.unscoped.filter(pk=done.pk).update(state="resolved", worker=None, resolved_at=done.created_at)
        done.assignments.update(ended_at=done.created_at, end_reason="resolved")
        cls.done = done
        f.make_visit(cls.household, cls.worker)

    def setUp(self) -> None:
        super().setUp()
        hush(self)
        self.random = random.Random(SEED)
        self.count = 0
        self.faults: list[str] = []
        self.raised: list[str] = []
        got_request_exception.connect(self._note_exception)
        self.addCleanup(got_request_exception.disconnect, self._note_exception)
        self.clients = {actor: Client(raise_request_exception=False) for actor in STARTS}
        for actor in ("worker", "clerk", "admin"):
            self.clients[actor].force_login(getattr(self, actor))
            confirm(self.clients[actor], ahead=AN_HOUR)  # or the administration of people would never be reached

    def _note_exception(self, sender: Any, **_more: Any) -> None:
        fault = sys.exc_info()[1]
        self.raised.append(f"{type(fault).__name__}: {str(fault)[:200]}")

    # --- sending
    def send(self, actor: str, method: str, path: str, **more: Any) -> Response:
        """One request as that actor; what it changed stays, unless it failed."""
        client = self.clients[actor]
        self.raised.clear()
        began = time.process_time()
        with transaction.atomic():
            response = client.generic(method, path, **more)
            if response.streaming:
                b"".join(response.streaming_content)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        took = time.process_time() - began
        if response.status_code >= 500 or took > SLOWEST:
            sent = repr(more.get("data", b"")[:300])
            self.faults.append(
                f"{actor} {method} {path[:300]}: {response.status_code} in {took:.1f} s {'; '.join(self.raised)}\n"
                f"    {sent} {more.get('headers', '')}"
            )
        return response

    # --- what there is to send to
    def crawl(self, actor: str) -> tuple[list[Form], set[str]]:
        """Every form an actor meets, and every page, by following links from the first."""
        todo, seen = [STARTS[actor], *self._own_pages(actor)], set[str]()
        forms: dict[tuple[str, str, tuple[str, ...]], Form] = {}
        while todo and len(seen) < MOST_PAGES:
            path = todo.pop(0)
            shape = path if "do=" in path else path.partition("=")[0]
            if shape in seen or path.startswith((*LEAVES, "/static/")):
                continue
            seen.add(shape)
            response = self.send(actor, "GET", path)
            if response.status_code != 200 or "html" not in response.get("Content-Type", ""):
                continue
            found, links = read(path, response.content.decode())
            for form in found:
                if not form.action.startswith(LEAVES):
                    forms.setdefault((form.action, form.method, tuple(form.fields)), form)
            todo += sorted(links)
        return list(forms.values()), seen

    def _own_pages(self, actor: str) -> Iterator[str]:
        """What no link of a front page leads to: pages by a secret, and the table's."""
        if actor == "anonymous":
            yield from (address("door", self.planted.ids("door")), address("track", self.planted.ids("link")))
            yield from (reverse("track", args=[self.done.token]), address("track-cancel", self.planted.ids("link")))
            yield reverse("accounts:login")
            yield from self._start_asking()
        for name, rule in TABLE.items():
            if "GET" in rule.methods and rule.is_closed and rule.about and not rule.is_file:
                yield address(name, self.planted.ids(rule.about))
        codes = (self.planted.request.code, self.done.code)
        for code in codes if actor in ("worker", "clerk") else ():
            for deed in DEEDS:
                yield f"{reverse('request', args=[code])}?do={deed}"

    def _start_asking(self) -> Iterator[str]:
        """A form on its way, each step of which is then open."""
        body = nasty.urlencoded([("what", self.category.code), ("urgency", "normal")])
        self.send("anonymous", "POST", reverse("ask"), data=body, content_type="application/x-www-form-urlencoded")
        for name in ASKING:
            yield reverse(name)
        yield from (
            address(name, self.planted.ids(TABLE[name].about)) for name in ("ask-where-doors", "ask-where-unlisted")
        )

    def targets(self) -> list[Target]:
        found = []
        for actor in STARTS:
            forms, pages = self.crawl(actor)
            found += [Target(actor, form) for form in forms]
            shown = [
                Form(page.partition("?")[0], "get", fields={name: [] for name in FILTERS}) for page in sorted(pages)
            ]
            found += [Target(actor, form) for form in shown]
        for name, rule in TABLE.items():  # what no page led to
            ids = self.planted.ids(rule.about) if rule.about else {}
            actor = "clerk" if rule.is_closed else "anonymous"
            if not address(name, ids).startswith(LEAVES):
                found.append(Target(actor, Form(address(name, ids), "post" if "POST" in rule.methods else "get")))
        return found

    def pick(self, targets: dict[tuple[str, str], dict[str, list[Target]]]) -> Target:
        """Somebody, then an address, then one of its forms: as many for each. Now and then a page with a query."""
        method = "post" if self.random.random() < 0.7 else "get"
        by_address = targets[self.random.choice(list(STARTS)), method]
        return self.random.choice(by_address[self.random.choice(list(by_address))])

    # --- filling in
    def fresh(self, target: Target) -> Form:
        """Now and then the form as it stands on its page now: the request or the file may have moved on."""
        if not target.form.page or self.random.random() < 0.8:
            return target.form
        response = self.send(target.actor, "GET", target.form.page)
        forms = read(target.form.page, response.content.decode())[0] if response.status_code == 200 else []
        return next((form for form in forms if form.action == target.form.action), target.form)

    def fill(self, form: Form) -> list[tuple[str, str]]:
        """The form as a person might send it; two times in three with one to three values that nobody would."""
        pick = self.random
        fields = [(name, self._likely(name, offered)) for name, offered in form.fields.items()]
        if pick.random() < 0.35:
            return fields
        for _ in range(pick.choice((1, 1, 1, 2, 3))):
            name = pick.choice([*form.fields, *form.fields, pick.choice(FILTERS), "seen", "key", "step", "photos"])
            odd = (name, nasty.value(pick, name))
            if pick.random() < 0.3:
                fields.insert(pick.randrange(len(fields) + 1), odd)  # twice the same field
            else:
                fields = [*((n, t) for n, t in fields if n != name), odd]
        if pick.random() < 0.05:
            fields = [(nasty.value(pick)[:200], text) for _name, text in fields]
        return [(name, text[:120_000]) for name, text in fields]

    def _likely(self, name: str, offered: list[str]) -> str:
        """One of what the form offers, mostly not the empty one; else something a person might write."""
        chosen = self.random.choice(sorted(offered, key=bool)[-max(1, len(offered) - 1) :]) if offered else ""
        typed = not offered or offered == [""]
        return nasty.plausible(self.random, name) if typed or self.random.random() < 0.1 else chosen

    def headers(self) -> dict[str, str]:
        pick, headers = self.random, {}
        if pick.random() < 0.3:
            headers["HX-Request"] = "true"
        if pick.random() < 0.2:
            headers[pick.choice(HX)] = pick.choice(nasty.HTMX)
        if pick.random() < 0.1:
            headers["Accept-Language"] = pick.choice(nasty.LANGUAGES)
        if pick.random() < 0.1:
            headers[pick.choice(ODD_HEADERS)] = pick.choice(ODD_VALUES)
        return headers

    def cookies(self, actor: str) -> dict[str, str]:
        """Now and then a damaged one; what to put back afterwards."""
        jar, pick = self.clients[actor].cookies, self.random
        kept = {name: morsel.value for name, morsel in jar.items()}
        if pick.random() < 0.08:
            jar[pick.choice(COOKIES)] = pick.choice(nasty.COOKIES)
        return kept

    def fuzz(self, target: Target) -> None:
        self.count += 1
        pick, form = self.random, self.fresh(target)
        kept = self.cookies(target.actor)
        method = form.method.upper() if pick.random() < 0.9 else pick.choice(("GET", "POST", "PUT", "HEAD", "OPTIONS"))
        headers, fields = self.headers(), self.fill(form)
        path = form.action
        if pick.random() < 0.05:
            path = self._odd_path(path)
        if method in ("GET", "HEAD"):
            query = nasty.urlencoded([(name, text[:8_000]) for name, text in fields]).decode()
            self.send(target.actor, method, path.partition("?")[0], QUERY_STRING=query, headers=headers)
        else:
            body, kind = self.body(form, fields)
            self.send(target.actor, method, path, data=body, content_type=kind, headers=headers)
        jar = self.clients[target.actor].cookies
        for name in ("sessionid", "draft"):
            if name in kept:
                jar[name] = kept[name]

    def body(self, form: Form, fields: list[tuple[str, str]]) -> tuple[bytes, str]:
        pick, roll = self.random, self.random.random()
        if form.files or roll < 0.15:
            names = form.files or ["photos"]
            files = [
                (pick.choice(names), pick.choice(FILE_NAMES), pick.choice(FILES)) for _ in range(pick.randint(0, 5))
            ]
            whole = nasty.multipart(fields, files)
            broken = pick.random()
            if broken < 0.1:
                whole = whole[: pick.randrange(len(whole))]
            kind = "multipart/form-data; boundary=" + (
                "xYz" if broken > 0.05 else pick.choice(("", "other", "a" * 300))
            )
            return whole, kind
        plain = nasty.urlencoded(fields)
        if roll < 0.8:
            return plain, "application/x-www-form-urlencoded"
        odd = (plain, b"[" * 5_000, b"\xff\xfe", b"{}", b"&" * 3_000, b"a=" * 1_300)
        return pick.choice(odd), pick.choice(KINDS)

    def _odd_path(self, path: str) -> str:
        parts = path.partition("?")[0].strip("/").split("/")
        parts[self.random.randrange(len(parts))] = nasty.urlencoded([("", nasty.value(self.random)[:300])]).decode()[1:]
        return "/" + "/".join(parts) + "/"

    # --- reading again
    def reread(self) -> None:
        """Every list, the newest rows of everything, and the administration."""
        reference.forget()
        cache.clear()
        confirm(self.clients["admin"], ahead=AN_HOUR)
        for actor, path in self.pages():
            response = self.send(actor, "GET", path)
            if response.status_code not in (200, 302):
                self.faults.append(f"afterwards {actor} reads {path}: {response.status_code} {'; '.join(self.raised)}")

    def pages(self) -> Iterator[tuple[str, str]]:
        for name, rule in TABLE.items():
            if rule.is_list and rule.is_closed and not rule.about:
                yield READERS.get(rule.policy, "clerk"), address(name)
        yield from (("anonymous", reverse(name)) for name in ("home", "ask", "ask-where", "track-find"))
        yield from (("admin", page) for page in self._records())
        yield from (("anonymous", reverse("track", args=[row.token])) for row in _newest(ServiceRequest))
        for model in admin.site._registry:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            yield "admin", reverse(f"{name}_changelist")
            yield from (("admin", reverse(f"{name}_change", args=[row.pk])) for row in _newest(model)[:4])

    def _records(self) -> Iterator[str]:
        for household in _newest(Household):
            yield from (reverse("household", args=[household.uid]), reverse("household-door", args=[household.uid]))
        yield from (reverse("resident", args=[row.uid]) for row in _newest(Resident))
        yield from (reverse("building", args=[row.uid]) for row in _newest(Building))
        yield from (reverse("request", args=[row.code]) for row in _newest(ServiceRequest))

    # --- the tests
    def run_part(self, part: int) -> None:
        share = REQUESTS // PARTS
        targets = grouped(self.targets())
        self.random.seed(SEED + part)
        assert sum(len(addresses) for addresses in targets.values()) > 150, "the crawl found too little"
        self.reread()
        while self.count < share:
            with transaction.atomic():
                for _ in range(min(BATCH, share - self.count)):
                    self.fuzz(self.pick(targets))
                self.reread()
                transaction.set_rollback(True)
            if len(self.faults) > 30:
                break
        assert not self.faults, f"{len(self.faults)} faults (FUZZ_SEED={SEED}):\n" + "\n".join(self.faults[:30])
        assert self.count == share
        tried("malformed requests", self.count)

    def test_it_says_404_to_an_id_that_names_nothing(self) -> None:
        for name, rule in TABLE.items():
            if rule.about and "GET" in rule.methods:
                actor = "admin" if rule.is_closed and rule.policy not in ("worker", "helper") else "anonymous"
                assert self.send(actor, "GET", address(name, nowhere(rule.about))).status_code == 404, name
        assert not self.faults


def _part(number: int) -> Callable[[TestFuzz], None]:
    return lambda case: case.run_part(number)


for _number in range(PARTS):
    name = f"test_it_answers_whatever_is_sent_and_every_page_opens_afterwards_{_number + 1}_of_{PARTS}"
    setattr(TestFuzz, name, _part(_number))


FILES = nasty.files()


def _newest(model: type[models.Model]) -> list[Any]:
    return list(model._default_manager.order_by("-pk")[:ROWS_REREAD])
