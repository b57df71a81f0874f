"""What every answer of a server carries: pages and files, refusals and faults, to visitors and to the signed-in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

from django.core.files.base import ContentFile
from django.urls import reverse

from tests.canaries import Planted, nowhere, plant
from tests.security.observatory import policy_of
from tests.security.server import ServerTestCase
from tests.surface import ANY, TABLE, Rule, address

A_YEAR = 31_536_000
_STATIC = "/static/resilience/base.css"


class AnswerTests(ServerTestCase):
    world: Planted

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.world = plant("金雀甲", 7, cls.building, cls.worker, "701")

    def setUp(self) -> None:
        super().setUp()
        for photo in (self.world.photo, self.world.visit_photo):  # each test has a place for files of its own
            photo.image.storage.save(photo.image.name, ContentFile(b"a picture"))

    def ids(self, rule: Rule) -> dict[str, Any]:
        return self.world.ids(rule.about) if rule.about else {}

    def answers(self) -> Iterator[tuple[str, Any]]:
        """Every address there is, as a visitor and a lead (worker and desk in one) see it; and what is none."""
        for actor in (None, self.lead):
            if actor:
                self.sign_in(actor)
            for name, rule in TABLE.items():
                if name == "accounts:logout":
                    continue
                yield f"{actor} GET {name}", self.get(address(name, self.ids(rule)))
                if rule.about:
                    yield f"{actor} GET {name} of nobody", self.get(address(name, nowhere(rule.about)))
            for path in ("/", "/nowhere/", "/admin/", "/accounts/logout/", _STATIC, "/static/nothing.css"):
                yield f"{actor} GET {path}", self.get(path)

    def test_it_has_the_headers_that_say_what_a_browser_may_do_with_it(self) -> None:
        faults, count = [], 0
        for where, answer in self.answers():
            count += 1
            policy = policy_of(answer)
            is_right = (
                policy["default-src"] == {"'none'"}
                and {"'none'"} == policy.get("frame-ancestors", {"'none'"})
                and policy.get("object-src", {"'none'"}) == {"'none'"}
                and not re.search(r"unsafe|\*|https?:", answer["Content-Security-Policy"])
                and answer["X-Content-Type-Options"] == "nosniff"
                and answer["Referrer-Policy"] == "same-origin"
                and answer["Cross-Origin-Opener-Policy"] == "same-origin"
                and answer["Cross-Origin-Resource-Policy"] == "same-origin"
                and not answer.has_header("Access-Control-Allow-Origin")
                and not answer.has_header("Server")
                and not answer.has_header("X-Powered-By")
            )
            faults += [] if is_right else [f"{where}: {answer.status_code} {dict(answer.headers)}"]
        assert count > 200
        assert not faults, "\n".join(faults[:10])

    def test_it_is_for_https_only_for_a_year_and_with_all_subdomains(self) -> None:
        for where, answer in self.answers():
            said = answer.get("Strict-Transport-Security", "")
            age = re.fullmatch(r"max-age=(\d+); includeSubDomains; preload", said)
            assert age, f"{where}: {said}"
            assert int(age[1]) >= A_YEAR

    def test_it_says_what_it_is_and_in_which_letters(self) -> None:
        kinds = set()
        for where, answer in self.answers():
            kind = answer.get("Content-Type", "")
            kinds.add(kind)
            has_body = bool(b"".join(answer.streaming_content) if answer.streaming else answer.content)
            assert kind or not has_body, where
            assert not kind.startswith("text/") or kind.endswith(('charset="utf-8"', "charset=utf-8"))
        assert {"text/html; charset=utf-8", "application/json", "image/webp"} <= kinds

    def test_no_page_of_somebody_signed_in_or_behind_a_secret_is_stored(self) -> None:
        for where, answer in self.answers():
            name = where.split()[2]
            is_secret = name in TABLE and TABLE[name].policy == "by_secret"
            is_file_for_all = name.startswith(_STATIC) or name in ("robots", "health")
            if (where.startswith("None") and not is_secret) or is_file_for_all:
                continue
            assert "no-store" in answer.get("Cache-Control", ""), f"{where}: {answer.status_code}"

    def test_a_fault_of_ours_carries_them_too(self) -> None:
        self.sign_in(self.clerk)
        with mock.patch("households.views.people.with_loads", side_effect=ZeroDivisionError), self.assertLogs():
            answer = self.get(reverse("people"))
        assert answer.status_code == 500
        assert policy_of(answer)["default-src"] == {"'none'"}
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]

    def test_a_photo_opened_by_itself_can_do_nothing(self) -> None:
        answer = self.get(address("track-photo", self.world.ids("link_photo")))
        assert answer["Content-Type"] == "image/webp"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Content-Disposition"] == 'inline; filename="photo.webp"'

    def test_what_comes_over_http_is_sent_to_https_on_the_same_host(self) -> None:
        for name, rule in TABLE.items():
            path = address(name, self.ids(rule))
            answer = self.client.get(path)
            assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{path}"), name
            assert not answer.cookies

    def test_trace_gives_nothing_back(self) -> None:
        for actor in (None, self.clerk):
            if actor:
                self.sign_in(actor)
            for name, rule in TABLE.items():
                answer = self.client.trace(address(name, self.ids(rule)), secure=True, headers={"X-Mine": "canary-7c9"})
                assert "canary-7c9" not in answer.content.decode(), name
                assert answer.status_code in (302, 403, 404, 405) or rule.methods == ANY, name


class NothingElseTests(ServerTestCase):
    """What lies beside the application on its machine is no address."""

    def test_no_file_of_the_project_is_served(self) -> None:
        for actor in (None, self.admin):
            if actor:
                self.sign_in(actor)
            for path in (
                ".git/config", ".git/HEAD", ".env", "manage.py", "resilience/settings.py", "var/resilience.sqlite3",
                "requirements.txt", "static/../manage.py", "static/%2e%2e/manage.py", "static/..%2fmanage.py",
                "static//etc/passwd", "media/photos/", "media/", "photos/", "static/", "static/resilience/",
                "static/resilience", "admin/doc/", "api/", "swagger/", "openapi.json", "metrics", "debug/",
                "__debug__/", "server-status", "phpinfo.php", ".well-known/", "backup.sql", "dump.json",
            ):  # fmt: skip
                answer = self.get(f"/{path}")
                is_behind_the_login = path.startswith("admin/") and not actor
                assert answer.status_code == (302 if is_behind_the_login else 404), path
                assert b"SECRET_KEY" not in answer.content

    def test_the_watcher_s_address_tells_that_it_lives_and_no_more(self) -> None:
        assert self.get("/healthz").json() == {"database": "ok"}
