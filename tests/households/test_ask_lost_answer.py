"""The answer to sending never arrived: the browser holds the old cookie, and the resident writes on."""

from __future__ import annotations

from django.core.files.storage import default_storage

from households.models import Photo, RequestDraft, ServiceRequest, Urgency
from resilience.outbox.models import Message

from .ask import DETAILS, WHAT, AskCase, photo

NEW_TEXT = "米和面都没有了，另外需要一袋盐。"


class LostAnswerTests(AskCase):
    def setUp(self) -> None:
        super().setUp()
        self.fill()
        before = self.client.cookies["draft"].value
        self.filed = self.send()
        self.client.cookies["draft"] = before
        self.path = f"/track/{self.filed.token}/"

    def notes(self) -> list[str]:
        return [event.note for event in self.filed.events.filter(kind="note")]

    def test_leads_from_every_page_to_what_was_filed(self) -> None:
        before = self.client.cookies["draft"].value
        for path in ("/ask/", "/ask/details/", "/ask/check/"):
            self.client.cookies["draft"] = before
            assert self.client.get(path)["Location"].startswith(self.path), path

    def test_begins_afresh_once_that_was_seen(self) -> None:
        self.client.get("/ask/")
        assert self.client.get("/ask/").status_code == 200

    def test_adds_the_words_and_photos_of_a_page_that_was_still_open(self) -> None:
        said = {**DETAILS, "text": NEW_TEXT, "photos": photo()}
        assert self.client.post("/ask/details/", said)["Location"] == "/ask/check/"
        assert NEW_TEXT in self.client.get("/ask/check/").content.decode()
        cookie = self.client.cookies["draft"].value
        assert self.send() == self.filed
        assert self.notes() == [NEW_TEXT]
        assert Photo.unscoped.get().event == self.filed.events.get(kind="note")
        self.client.cookies["draft"] = cookie  # lost again
        assert self.send() == self.filed
        assert self.notes() == [NEW_TEXT]
        assert ServiceRequest.unscoped.count() == 1

    def test_keeps_the_photo_that_was_picked_afterwards_when_drafts_are_purged(self) -> None:
        self.client.post("/ask/details/", {**DETAILS, "photos": photo()})
        self.send()
        RequestDraft.objects.all().delete()
        kept = Photo.unscoped.get()
        assert kept.service_request == self.filed
        assert default_storage.exists(str(kept.image.name))

    def test_adds_nothing_when_nothing_was_changed(self) -> None:
        assert self.client.post("/ask/details/", DETAILS)["Location"] == "/ask/check/"
        assert self.client.get("/ask/check/")["Location"].startswith(self.path)
        assert self.notes() == []

    def test_puts_the_phone_right_and_tells_the_new_one(self) -> None:
        self.client.post("/ask/details/", {**DETAILS, "phone": "19900000008"})
        self.send()
        filed = self.again(self.filed)
        assert filed.phone == "19900000008"
        event = self.filed.events.get(kind="note")
        assert (event.note, event.details) == ("", {"put_right": ["who"]})
        assert [message.recipient for message in Message.objects.all()].count("19900000008") == 1
        assert self.client.post("/track/", {"code": filed.code, "tail": "0008"})["Location"].startswith(self.path)

    def test_makes_it_a_matter_of_life_at_once(self) -> None:
        assert self.client.post("/ask/", {**WHAT, "urgency": "life"})["Location"] == "/ask/danger/"
        self.client.post("/ask/danger/")
        filed = self.again(self.filed)
        assert filed.urgency == Urgency.LIFE
        assert filed.due_at < self.filed.due_at
        event = self.filed.events.get(kind="note")
        assert (event.note, event.details) == ("", {"urgency": ["normal", "life"]})

    def test_tells_everybody_once_life_turns_out_to_be_in_danger(self) -> None:
        self.client.post("/ask/", {**WHAT, "urgency": "life"})
        before = Message.objects.count()
        self.client.post("/ask/danger/")
        told = {message.recipient for message in Message.objects.order_by("id")[before:]}
        assert {f"lead:{self.filed.grid_id}", f"desk:{self.filed.community_id}"} <= told

    def test_is_worded_in_the_language_of_who_reads(self) -> None:
        self.client.post("/ask/details/", {**DETAILS, "text": "", "name": "王秀兰"})
        self.send()
        self.sign_in(self.clerk)
        page = f"/requests/{self.filed.code}/"
        assert "原来写的话不要了。 · 姓名或电话已更正。" in self.client.get(page).content.decode()
        self.client.cookies["django_language"] = "en"
        said = "The words are taken back. · The name or the phone was put right."
        assert said in self.client.get(page).content.decode()

    def test_says_another_door_in_words(self) -> None:
        self.pick_door(self.other_household)
        self.send()
        assert self.notes() == [self.other_household.address]
        assert self.again(self.filed).household == self.household
