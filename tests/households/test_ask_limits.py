"""`/ask/…`: how often, what was asked before, and what is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from households import wording
from households.actions import drafts as verbs
from households.models import Photo, RequestDraft, ServiceRequest
from resilience.accounts import limits
from tests import factories as f

from .ask import DETAILS, WHAT, AskCase, door_path, photo, spend


class AskLimitsTests(AskCase):
    def test_asks_to_call_when_an_address_begins_too_many(self) -> None:
        self.spend_address()
        answer = self.client.post("/ask/", WHAT)
        assert answer.status_code == 429
        assert settings.DUTY_PHONE in answer.content.decode()
        assert 'value="groceries" id="id_what_0" checked' in answer.content.decode()

    def test_lets_two_hundred_neighbours_behind_one_address_finish_what_they_began(self) -> None:
        self.client.post("/ask/", WHAT)
        self.spend_address()
        self.pick_door()
        assert self.client.post("/ask/details/", DETAILS).status_code == 303

    def test_never_refuses_a_danger_to_life(self) -> None:
        self.spend_address()
        spend(limits.ASK_DOOR, self.household.door_key)
        for path in ("/ask/", door_path(self.household)):
            self.client.cookies.clear()
            assert self.client.post(path, {**WHAT, "urgency": "life"})["Location"] == "/ask/danger/"

    def spend_address(self) -> None:
        spend(limits.ASK_ADDRESS, "127.0.0.1")

    def test_counts_the_forms_of_a_phone(self) -> None:
        spend(limits.ASK_PHONE, "19900000001")
        self.client.post("/ask/", WHAT)
        self.pick_door()
        answer = self.client.post("/ask/details/", DETAILS)
        assert answer.status_code == 429
        assert DETAILS["text"] in answer.content.decode()


class AskedBeforeTests(AskCase):
    def scan(self, phone: str = "19900000001"):
        self.client.post(door_path(self.household), {**WHAT, **DETAILS, "phone": phone})
        return self.client.get("/ask/check/").content.decode()

    def test_warns_who_scanned_the_door_and_has_the_phone(self) -> None:
        f.make_request(self.household, text="不可见的话")
        page = self.scan()
        assert 'action="/ask/add/"' in page
        assert "不可见的话" not in page

    def test_says_the_day_as_people_say_it(self) -> None:
        before = f.make_request(self.household)
        assert "您今天已经求助过" in self.scan()
        ServiceRequest.unscoped.filter(pk=before.pk).update(created_at=timezone.now() - timedelta(days=1))
        assert "您昨天已经求助过" in self.client.get("/ask/check/").content.decode()
        ServiceRequest.unscoped.filter(pk=before.pk).update(created_at=timezone.now() - timedelta(days=3))
        assert "您星期" in self.client.get("/ask/check/").content.decode()

    def test_tells_nothing_to_another_phone_nor_without_the_door_code(self) -> None:
        f.make_request(self.household)
        assert 'action="/ask/add/"' not in self.scan("19900000077")
        self.client.post("/ask/clear/")
        self.fill()
        assert 'action="/ask/add/"' not in self.client.get("/ask/check/").content.decode()

    def test_adds_the_words_once_and_shows_nothing(self) -> None:
        before = f.make_request(self.household)
        self.scan()
        cookie = self.client.cookies["draft"].value
        answer = self.client.post("/ask/add/")
        assert answer["Location"] == "/ask/added/"
        assert before.token not in self.client.get("/ask/added/").content.decode()
        self.client.cookies["draft"] = cookie
        self.client.post("/ask/add/")
        assert [wording.said(event) for event in before.events.filter(kind="note")] == [f"物资代购\n{DETAILS['text']}"]
        assert ServiceRequest.unscoped.count() == 1

    def test_never_blocks_a_new_one(self) -> None:
        f.make_request(self.household)
        self.scan()
        self.send()
        assert ServiceRequest.unscoped.count() == 2

    def test_adds_nothing_to_what_is_closed_meanwhile(self) -> None:
        before = f.make_request(self.household)
        self.scan()
        ServiceRequest.unscoped.filter(pk=before.pk).update(state="closed", worker=None)
        assert self.client.post("/ask/add/")["Location"] == "/ask/check/"
        assert before.events.filter(kind="note").count() == 0


class PurgeDraftsTests(AskCase):
    def test_forgets_what_is_a_day_old_with_its_photos_but_not_what_was_sent(self) -> None:
        self.fill({**DETAILS, "photos": photo()})
        filed = self.send()
        other = Client()
        other.post("/ask/", WHAT)
        other.post("/ask/details/", {**DETAILS, "photos": photo()})
        assert verbs.purge_drafts() == 0
        old = timezone.now() - timedelta(hours=25)
        RequestDraft.objects.update(created_at=old)
        Photo.unscoped.update(created_at=old)
        orphan = Photo.unscoped.get(service_request=None)
        with self.captureOnCommitCallbacks(execute=True):
            assert verbs.purge_drafts() == 2
        assert Photo.unscoped.get().service_request == filed
        assert not orphan.image.storage.exists(str(orphan.image.name))
        assert orphan.image.storage.exists(str(Photo.unscoped.get().image.name))

    def test_does_not_open_an_old_draft(self) -> None:
        self.fill()
        RequestDraft.objects.update(created_at=timezone.now() - timedelta(hours=25))
        assert self.client.get("/ask/check/")["Location"] == "/ask/"


@pytest.mark.parametrize("path", ["/ask/", "/ask/where/", "/ask/added/", "/track/"])
@pytest.mark.django_db
def test_it_answers_head(client: Client, path: str) -> None:
    assert client.head(path).status_code == 200
