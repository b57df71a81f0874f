"""/privacy/: residents read what is kept of them, and why."""

from __future__ import annotations

from django.test import TestCase
from django.urls import reverse
from django.utils.translation import override

from resilience import data_map
from resilience.lib.classified import Level
from tests.base import CastTestCase

URL = "/privacy/"


class PrivacyTests(TestCase):
    def page(self, language: str = "zh-hans") -> str:
        with self.assertNumQueries(0):
            answer = self.client.get(URL, headers={"accept-language": language})
        assert answer.status_code == 200
        return answer.content.decode()

    def test_it_says_of_every_use_what_why_on_which_basis_how_long_and_who(self) -> None:
        for language in ("zh-hans", "en"):
            text = self.page(language)
            with override(language):
                for use, _fields in data_map.groups():
                    for words in (use.title, use.what, use.purpose, use.basis, use.seen_by):
                        assert str(words)[1:] in text.replace("&#x27;", "'"), words  # the first letter may be a capital

    def test_it_lists_what_is_personal_or_sensitive_of_residents(self) -> None:
        listed = {row.where for _use, fields in data_map.groups() for row in fields}
        assert {"households.Visit.note", "households.Resident.birth_date", "outbox.Message.body"} <= listed
        assert not any(
            row.held and row.held.level == Level.INTERNAL for _use, fields in data_map.groups() for row in fields
        )
        assert "accounts.User.phone" not in listed  # staff are no residents

    def test_it_is_in_plain_chinese_without_names_of_columns(self) -> None:
        text = self.page()
        assert "您的权利" in text
        for word in ("door_note", "households.", "id_number", "retention"):
            assert word not in text

    def test_it_works_for_htmx_and_not_by_post(self) -> None:
        assert self.client.get(URL, headers={"hx-request": "true"}).status_code == 200
        assert self.client.post(URL).status_code == 405


class LinkTests(CastTestCase):
    def test_every_page_leads_to_it(self) -> None:
        link = f'href="{reverse("privacy")}"'
        assert link in self.client.get("/").content.decode()
        self.sign_in(self.clerk)
        assert link in self.client.get("/desk/").content.decode()
