"""Consent: who may give it, to which words; and that taking it back stops at once what rests on it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from households.actions import needs, visits
from households.actions.visits import Seen
from households.models import Household, Resident, ResidentNeed, ServiceRequest, Visit, VisitMeans, VisitResult
from resilience.audit.models import Entry
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.lib.photos import take_photo
from resilience.outbox.actions import send_due
from resilience.outbox.models import Message
from resilience.privacy.actions import consents as verbs
from resilience.privacy.actions.consents import Word
from resilience.privacy.models import Answer, Consent, ConsentText, DataRequest, Given, Guardian, How, Purpose
from tests import factories as f
from tests.base import CastTestCase, Response, open_message
from tests.leaks import without_chance

YES = {"answer": "yes", "how": "door", "given_by": "self"}


class ConsentTests(CastTestCase):
    def say(self, purpose: Purpose, answer: Answer = Answer.YES, who: Resident | None = None, **more: Any) -> Consent:
        return verbs.say(who or self.wang, Word(purpose, answer, How.PAPER, **more), by=self.worker)

    def url(self, name: str, purpose: str = "sms") -> str:
        return reverse(name, args=[self.wang.uid, purpose])

    # --- giving
    def test_a_worker_notes_what_they_say(self) -> None:
        self.sign_in(self.worker)
        page = self.client.get(self.url("consent-say"))
        self.assertContains(page, ConsentText.objects.get(purpose="sms").words_zh[:20])
        assert self.client.post(self.url("consent-say"), YES).status_code == 303
        given = Consent.objects.get()
        assert (given.text.version, given.holds, given.recorded_by, given.how) == (1, True, self.worker, "door")
        entry = Entry.objects.get(action="consent.given")
        assert (entry.subject_key, entry.facts["version"]) == (self.wang.uid.hex, 1)
        self.assertContains(self.client.get(reverse("resident-data", args=[self.wang.uid])), "版")

    def test_an_unknown_purpose_is_nothing(self) -> None:
        self.sign_in(self.worker)
        assert self.client.get(self.url("consent-say", "everything")).status_code == 404
        assert self.client.post(self.url("consent-take-back", "everything")).status_code == 404

    def test_the_same_word_twice_is_one(self) -> None:
        assert self.say(Purpose.SMS) == self.say(Purpose.SMS)
        assert Consent.objects.count() == 1

    def test_a_yes_to_newer_words_takes_the_place_of_the_old(self) -> None:
        old = self.say(Purpose.SMS)
        ConsentText.objects.create(purpose="sms", version=2, words_zh="新", words_en="new", from_date=today())
        ConsentText.objects.create(
            purpose="sms", version=3, words_zh="将", words_en="to come", from_date=today() + timedelta(days=9)
        )
        new = self.say(Purpose.SMS)
        old.refresh_from_db()
        assert (new.text.version, old.holds) == (2, False)
        assert not Consent.objects.objecting().exists()

    def test_only_one_word_stands(self) -> None:
        self.say(Purpose.SMS)
        with pytest.raises(IntegrityError), transaction.atomic():
            f.make_consent(self.wang)

    # --- children
    def test_for_a_child_only_a_guardian_can_say_it(self) -> None:
        born = date(today().year - 10, 1, 1)
        child = f.make_resident(self.household, "王小小", birth_date=born, birth_year=born.year)
        with pytest.raises(Refused) as refused:
            self.say(Purpose.PHOTOS, who=child)
        assert refused.value.field == "given_by"
        given = self.say(
            Purpose.PHOTOS, who=child, given_by=Given.GUARDIAN, guardian=self.wang, guardian_is=Guardian.GRANDPARENT
        )
        assert (given.is_child, given.guardian, given.guardian_name) == (True, self.wang, "王秀英")
        with pytest.raises(IntegrityError), transaction.atomic():
            Consent.objects.filter(pk=given.pk).update(given_by="self", guardian=None, guardian_is="")

    def test_a_guardian_is_grown_up_named_and_somebody_else(self) -> None:
        child = f.make_resident(self.household, "王小小", birth_year=today().year - 3)
        teen = f.make_resident(self.household, "王中中", birth_year=today().year - 16)
        guardian = {"given_by": Given.GUARDIAN, "guardian_is": Guardian.PARENT}
        for more, field in (
            ({"given_by": Given.GUARDIAN, "guardian": self.wang}, "guardian_is"),
            (guardian, "guardian_name"),
            ({**guardian, "guardian": child}, "guardian"),
            ({**guardian, "guardian": teen}, "guardian"),
        ):
            with pytest.raises(Refused) as refused:
                self.say(Purpose.SMS, who=child, **more)
            assert refused.value.field == field

    def test_fourteen_is_old_enough_on_the_birthday(self) -> None:
        born = date(today().year - 14, today().month, 28 if today().day == 29 else today().day)
        self.say(Purpose.SMS, who=f.make_resident(self.household, "满十四", birth_date=born))
        younger = f.make_resident(self.household, "差一天", birth_date=born + timedelta(days=1))
        with pytest.raises(Refused):
            self.say(Purpose.SMS, who=younger)

    # --- taking back
    def test_taking_back_is_one_button_and_shows(self) -> None:
        self.say(Purpose.SMS)
        self.sign_in(self.worker)
        assert self.client.post(self.url("consent-take-back")).status_code == 303
        assert self.client.post(self.url("consent-take-back")).status_code == 303  # nothing more to take back
        assert Entry.objects.filter(action="consent.taken_back").count() == 1
        assert list(Consent.objects.objecting()) == list(Consent.objects.all())
        assert self.client.get(self.url("consent-take-back")).status_code == 405

    def test_special_needs_end_with_it_and_none_is_noted_any_more(self) -> None:
        f.make_care_rule(f.make_need_kind())
        need = f.make_need(self.wang)
        f.make_need(self.li)
        needs.refresh(self.household, self.wang)
        assert Household.unscoped.get(pk=self.household.pk).next_due_date is not None
        self.say(Purpose.CARE)
        verbs.take_back(self.wang, Purpose.CARE, by=self.worker)
        assert list(ResidentNeed.unscoped.active().values_list("resident", flat=True)) == [self.li.pk]
        assert ResidentNeed.unscoped.get(pk=need.pk).until_date == today()
        assert Household.unscoped.get(pk=self.household.pk).next_due_date is None
        note = {"kind": f.make_need_kind("heart"), "since_date": today(), "note": "", "by": self.worker}
        with pytest.raises(Refused):
            needs.add(self.wang, **note)
        self.say(Purpose.CARE)
        needs.add(self.wang, **note)

    def test_no_text_message_goes_to_who_said_no_not_even_one_that_waits(self) -> None:
        f.make_request(self.household)
        f.make_request(self.other_household, phone="19900000002", person_name="李国强")
        assert Message.objects.filter(channel="sms", state="waiting").count() == 2
        self.say(Purpose.SMS, Answer.NO)
        send_due()
        sent = {message.recipient: message.state for message in Message.objects.filter(channel="sms")}
        assert sent == {"19900000001": "failed", "19900000002": "sent"}

    def test_text_messages_go_to_who_never_said_no_or_changed_their_mind(self) -> None:
        self.say(Purpose.SMS, Answer.NO)
        self.say(Purpose.SMS)
        f.make_request(self.household)
        send_due()
        assert Message.objects.get(channel="sms").state == "sent"

    def test_no_photo_is_taken_where_somebody_said_no(self) -> None:
        upload = f.make_upload()
        seen = Seen(
            key=f.uuid.uuid4(),
            means=VisitMeans.DOOR,
            result=VisitResult.MET,
            photos=(take_photo(upload, upload.size or 0),),
        )
        self.say(Purpose.PHOTOS, Answer.NO)
        with pytest.raises(Refused) as refused:
            visits.log_visit(self.household, seen, by=self.worker)
        assert refused.value.field == "photos"
        assert not Visit.unscoped.exists()
        self.say(Purpose.PHOTOS)
        visits.log_visit(self.household, seen, by=self.worker)

    # --- their own page
    def by_message(self, filed: ServiceRequest) -> str:
        open_message(self.client, filed)
        return reverse("track-data", args=[filed.token])

    def test_they_agree_and_take_back_on_the_page_of_their_request(self) -> None:
        Resident.unscoped.filter(pk=self.wang.pk).update(birth_date=date(1942, 3, 15))
        url = self.by_message(f.make_request(self.household))
        page = self.client.post(url, {"name": "王秀英", "birth": "1942-03-15"})
        step = {"marked": page.context["marked"], "step": "consent", "purpose": "sms"}
        assert self.client.post(url, {**step, "answer": "yes"}).status_code == 200
        given = Consent.objects.get()
        assert (given.how, given.given_by, given.recorded_by, given.holds) == ("form", "self", None, True)
        assert self.client.post(url, {**step, "answer": "back"}).status_code == 200
        assert Consent.objects.objecting().exists()
        assert self.client.post(url, {**step, "answer": "perhaps"}).status_code == 422

    def take_back_care(self) -> Response:
        """On the page of their request."""
        Resident.unscoped.filter(pk=self.wang.pk).update(birth_date=date(1942, 3, 15))
        url = self.by_message(f.make_request(self.household))
        page = self.client.post(url, {"name": "王秀英", "birth": "1942-03-15"})
        return self.client.post(
            url, {"marked": page.context["marked"], "step": "consent", "purpose": "care", "answer": "no"}
        )

    def test_special_needs_do_not_end_there_before_somebody_has_called(self) -> None:
        """Nobody has seen who it is; and whoever needs somebody to come should know what ends."""
        need = f.make_need(self.wang, note="每周二透析")
        response = self.take_back_care()
        self.assertContains(response, "先给您打电话")
        need.refresh_from_db()
        assert need.until_date is None
        assert Consent.objects.objecting().get().resident == self.wang
        asked = DataRequest.objects.get()
        assert (asked.kind, asked.resident, asked.is_open, asked.recorded_by) == ("end_care", self.wang, True, None)
        assert Entry.objects.filter(action="data.asked", details__contains="end_care").count() == 1
        told = {message.recipient: message.body for message in Message.objects.filter(about="data")}
        assert told.keys() == {f"desk:{self.home.pk}", f"user:{self.worker.pk}"}
        assert reverse("data-request", args=[asked.uid]) in told[f"desk:{self.home.pk}"]
        assert reverse("resident-data", args=[self.wang.uid]) in told[f"user:{self.worker.pk}"]
        assert not [body for body in told.values() if "王秀英" in body or "502" in without_chance(body)]

    def test_they_are_called_once_however_often_they_say_so(self) -> None:
        f.make_need(self.wang)
        self.take_back_care()
        self.say(Purpose.CARE)
        self.take_back_care()
        assert DataRequest.objects.count() == 1

    def test_who_has_no_special_needs_is_not_called(self) -> None:
        self.assertContains(self.take_back_care(), "即刻生效")
        assert not DataRequest.objects.exists()

    def test_a_child_does_not_agree_there_alone(self) -> None:
        born = date(today().year - 9, 1, 1)
        f.make_resident(self.household, "王小小", birth_date=born, phone="19900000005")
        url = self.by_message(f.make_request(self.household, phone="19900000005"))
        page = self.client.post(url, {"name": "王小小", "birth": born.isoformat()})
        step = {"marked": page.context["marked"], "step": "consent", "purpose": "sms", "answer": "yes"}
        assert self.client.post(url, step).status_code == 422
        assert not Consent.objects.exists()

    def test_the_moment_of_taking_back_is_not_before_that_of_agreeing(self) -> None:
        given = self.say(Purpose.SMS)
        with pytest.raises(IntegrityError), transaction.atomic():
            Consent.objects.filter(pk=given.pk).update(ended_at=timezone.now() - timedelta(days=1))
