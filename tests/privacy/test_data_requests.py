"""/desk/data/…: what people ask about their own data, and that it is answered within 30 days."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from households.models import Opening
from resilience.audit.models import Entry
from resilience.lib.errors import Refused
from resilience.outbox.models import Message
from resilience.privacy.actions import data_requests as verbs
from resilience.privacy.actions.data_requests import Asking
from resilience.privacy.models import Asker, DataRequest, Identity, Kind, Refusal
from tests import factories as f
from tests.base import CastTestCase
from tests.canaries import plant

COPY = {"kind": "copy", "asker": "self", "identity": "card"}


class DataRequestTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.clerk)

    def url(self, name: str, one: DataRequest | None = None) -> str:
        return reverse(name, args=[one.uid if one else self.wang.uid])

    def ask(self, **more: Any) -> DataRequest:
        return verbs.ask(self.wang, Asking(**{"kind": Kind.COPY, "identity": Identity.CARD, **more}), by=self.clerk)

    # --- asking
    def test_it_writes_down_what_is_asked_with_a_clock_of_thirty_days(self) -> None:
        response = self.client.post(self.url("data-request-new"), COPY)
        made = DataRequest.objects.get()
        self.assertRedirects(response, self.url("data-request", made), status_code=303)
        assert made.due_at - made.asked_at == timedelta(days=30)
        assert (made.resident, made.recorded_by, made.state, made.days_left) == (self.wang, self.clerk, "asked", 29)
        entry = Entry.objects.get(action="data.asked")
        assert (entry.subject_key, entry.by, entry.place) == (self.wang.uid.hex, self.clerk, self.home.code)

    def test_it_wants_to_know_who_asks_for_somebody_else_and_what_lets_them(self) -> None:
        response = self.client.post(self.url("data-request-new"), {**COPY, "asker": "relative"})
        assert response.status_code == 422
        assert response.context["form"].errors.keys() == {"asker_name"}
        with pytest.raises(Refused) as refused:
            self.ask(asker=Asker.RELATIVE, asker_name="李芳")
        assert refused.value.field == "authority"

    def test_it_says_beside_the_field_what_cannot_stand_there(self) -> None:
        wrong = {**COPY, "kind": "correct", "field_name": "birth", "value": "去年"}
        response = self.client.post(self.url("data-request-new"), wrong)
        assert response.status_code == 422
        assert list(response.context["form"].errors) == ["value"]
        self.assertContains(response, "去年", status_code=422)

    def test_it_is_asked_for_once_until_it_is_answered(self) -> None:
        first = self.ask()
        assert self.client.post(self.url("data-request-new"), COPY).status_code == 422
        verbs.answer(first, words="给了", by=self.clerk)
        self.ask()
        assert DataRequest.objects.count() == 2

    def test_the_database_holds_what_must_never_be_false(self) -> None:
        one = self.ask()
        rows = DataRequest.objects.filter(pk=one.pk)
        wrong: tuple[dict[str, Any], ...] = (
            {"asker": "guardian"}, {"state": "done"}, {"closed_at": timezone.now()}, {"refusal": "duty"},
            {"state": "refused", "closed_at": timezone.now()}, {"due_at": one.asked_at},
        )  # fmt: skip
        for change in wrong:
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**change)

    def test_who_is_to_be_deleted_hears_of_it_when_somebody_else_wrote_it_down(self) -> None:
        """A text to the number on file, which names nobody. Of a copy, or what they asked themselves, none."""
        self.ask()
        verbs.ask(self.wang, Asking(kind=Kind.DELETE, identity=Identity.PROOF), by=None)
        assert not Message.objects.exists()
        verbs.ask(self.li, Asking(kind=Kind.DELETE, identity=Identity.KNOWN), by=self.clerk)
        told = Message.objects.get()
        assert (told.channel, told.recipient) == ("sms", "19900000002")
        assert settings.DUTY_PHONE in told.body
        assert "李国强" not in told.body

    # --- who
    def test_it_is_for_the_office_of_that_place_only(self) -> None:
        one = self.ask()
        for user, status in ((self.worker, 403), (self.lead, 403), (self.foreign_clerk, 404), (self.admin, 200)):
            self.sign_in(user)
            assert self.client.get(self.url("data-request", one)).status_code == status
        self.sign_in(self.foreign_clerk)
        assert "王秀英" not in self.client.get(reverse("data-requests")).content.decode()

    def test_a_worker_sees_no_requests_on_the_persons_page(self) -> None:
        one = self.ask()
        self.assertContains(self.client.get(self.url("resident-data")), self.url("data-request", one))
        self.sign_in(self.worker)
        response = self.client.get(self.url("resident-data"))
        assert response.status_code == 200
        self.assertNotContains(response, self.url("data-request", one))

    def test_the_persons_page_leads_there(self) -> None:
        self.assertContains(self.client.get(reverse("resident", args=[self.wang.uid])), self.url("resident-data"))

    def test_it_goes_with_who_moves_to_another_place(self) -> None:
        one = self.ask()
        type(self.wang)._base_manager.filter(pk=self.wang.pk).update(household=self.foreign_household)
        assert self.client.get(self.url("data-request", one)).status_code == 404
        self.sign_in(self.foreign_clerk)
        assert self.client.get(self.url("data-request", one)).status_code == 200
        verbs.take(one, by=self.foreign_clerk)
        assert Entry.objects.get(action="data.taken").place == self.away.code

    # --- the list
    def test_it_lists_what_is_due_first(self) -> None:
        now = timezone.now()
        later = f.make_data_request(self.li, asked_at=now - timedelta(days=2))
        over = f.make_data_request(self.wang, asked_at=now - timedelta(days=31))
        rows = list(self.client.get(reverse("data-requests")).context["asked"])
        assert rows == [over, later]
        assert [row.look for row in rows] == ["overdue", "submitted"]

    def test_it_goes_on_from_page_to_page(self) -> None:
        for number in range(53):
            f.make_data_request(f.make_resident(self.household, f"家人{number}"))
        url, seen = reverse("data-requests"), []
        first = self.client.get(url)
        seen += [row.pk for row in first.context["asked"]]
        second = self.client.get(url, {"after": first.context["next_cursor"]})
        seen += [row.pk for row in second.context["asked"]]
        assert len(seen) == len(set(seen)) == 53
        assert second.context["next_cursor"] == ""
        assert self.client.get(url, {"after": "nonsense"}).status_code == 200

    def test_it_shows_answered_ones_apart(self) -> None:
        one = self.ask()
        verbs.refuse(one, why=Refusal.DUTY, words="法律要求保存三年", by=self.clerk)
        assert list(self.client.get(reverse("data-requests")).context["asked"]) == []
        assert list(self.client.get(reverse("data-requests"), {"ended": "1"}).context["asked"]) == [one]

    # --- taking and answering
    def test_somebody_sees_to_it(self) -> None:
        one = self.ask()
        for _twice in range(2):
            assert self.client.post(self.url("data-request-take", one)).status_code == 303
        one.refresh_from_db()
        assert (one.state, one.taken_by) == ("in_hand", self.clerk)
        assert Entry.objects.filter(action="data.taken").count() == 1

    def test_it_is_refused_with_a_reason_and_words_only(self) -> None:
        one, url = self.ask(), self.url("data-request-answer", self.ask_deletion())
        assert self.client.post(url, {"deed": "refused", "words": "不行"}).context["form"].errors.keys() == {"refusal"}
        assert self.client.post(url, {"deed": "refused", "refusal": "duty"}).context["form"].errors.keys() == {"words"}
        url = self.url("data-request-answer", one)
        self.client.post(url, {"deed": "refused", "refusal": "who", "words": "请带身份证来"})
        one.refresh_from_db()
        assert (one.state, one.refusal, one.answer, one.closed_by) == ("refused", "who", "请带身份证来", self.clerk)
        assert Entry.objects.get(action="data.refused").why == "who"
        assert self.client.post(url, {"deed": "done"}).status_code == 422  # answered once

    def test_a_deletion_is_not_said_to_be_done_without_doing_it(self) -> None:
        response = self.client.post(self.url("data-request-answer", self.ask_deletion()), {"deed": "done"})
        assert response.status_code == 422
        assert DataRequest.objects.open().count() == 1

    def ask_deletion(self) -> DataRequest:
        return self.ask(kind=Kind.DELETE)

    # --- the copy
    def test_it_gives_the_copy_to_print_and_as_a_file_and_counts_it_as_opening(self) -> None:
        one = self.ask()
        page = self.client.post(self.url("data-request-copy", one), {"shape": "page"})
        self.assertContains(page, "19900000001")
        file = self.client.post(self.url("data-request-copy", one), {"shape": "file"})
        assert json.loads(file.content)["data"]["person"][0]["name"] == "王秀英"
        assert file["Content-Disposition"] == 'attachment; filename="my-data.json"'
        assert "no-store" in page["Cache-Control"]
        assert "no-store" in file["Cache-Control"]
        assert Opening.objects.get(resident=self.wang).by == self.clerk
        shapes = [entry.facts["shape"] for entry in Entry.objects.filter(action="data.copied").order_by("id")]
        assert shapes == ["page", "file"]

    def test_it_gives_no_copy_of_what_is_no_request_for_one(self) -> None:
        response = self.client.post(self.url("data-request-copy", self.ask_deletion()), {"shape": "page"})
        assert response.status_code == 303
        assert not Opening.objects.exists()
        assert self.client.get(self.url("data-request-copy", self.ask())).status_code == 405

    def test_a_refused_one_is_never_handed_out(self) -> None:
        """They could not make sure who asks: then nobody may be given it."""
        one = self.ask()
        verbs.refuse(one, why=Refusal.NOT_SURE_WHO, words="请带身份证来", by=self.clerk)
        self.assertNotContains(self.client.get(self.url("data-request", one)), self.url("data-request-copy", one))
        for shape in ("page", "file"):
            response = self.client.post(self.url("data-request-copy", one), {"shape": shape}, follow=True)
            self.assertRedirects(response, self.url("data-request", one), status_code=303)
            self.assertNotContains(response, "19900000001")
        assert not Opening.objects.exists()
        assert not Entry.objects.filter(action="data.copied").exists()

    def test_an_answered_one_is_handed_out_for_seven_days_more(self) -> None:
        one = self.ask()
        verbs.answer(one, words="给了", by=self.clerk)
        for days, may in ((6, True), (8, False)):
            DataRequest.objects.filter(pk=one.pk).update(closed_at=timezone.now() - timedelta(days=days))
            page = self.client.get(self.url("data-request", one)).content.decode()
            assert (self.url("data-request-copy", one) in page) == may
            assert (self.url("data-request-new") in page) != may
            response = self.client.post(self.url("data-request-copy", one), {"shape": "file"})
            assert response.status_code == (200 if may else 303)

    def test_it_names_each_sealed_thing_that_the_copy_shows(self) -> None:
        """The number of the flat that is theirs, and the note for the door of who lives alone, are the household's."""
        planted = plant("金雀甲", 7, self.building, self.worker, "701")
        lone = planted.resident
        f.make_phone(planted.household, lone.phone, "本人")
        f.make_data_request(lone, "correct", proposed={"field": "id_number", "value": "620103194203150027"})
        Opening.objects.all().delete()
        one = DataRequest.objects.get(resident=lone, kind="copy")
        text = self.client.post(self.url("data-request-copy", one), {"shape": "page"}).content.decode()
        for words in (lone.phone, lone.id_number, "金雀甲病情", "金雀甲门注", "620103194203150027"):
            assert words in text
        own, home = Opening.objects.order_by("-resident")
        assert (own.resident, own.fields.split(), own.reason) == (lone, ["phone", "need_note", "id_number"], "asked")
        assert (home.resident, home.household) == (None, planted.household)
        assert home.fields.split() == ["phone", "door_note"]

    def test_it_names_nothing_of_the_household_that_the_copy_withholds(self) -> None:
        self.client.post(self.url("data-request-copy", self.ask()), {"shape": "page"})
        assert list(Opening.objects.values_list("resident", "fields")) == [(self.wang.pk, "phone")]

    def test_it_counts_as_opening_what_they_propose_where_nothing_is_on_file(self) -> None:
        bare = f.make_resident(self.household, "空白")
        f.make_data_request(bare, "correct", proposed={"field": "phone", "value": "199 0000 0077"})
        page = self.client.post(self.url("data-request-copy", f.make_data_request(bare)), {"shape": "page"})
        self.assertContains(page, "199 0000 0077")
        assert list(Opening.objects.values_list("resident", "fields")) == [(bare.pk, "phone")]

    def test_what_was_asked_at_the_desk_is_handed_over_there(self) -> None:
        one = self.ask()
        response = self.client.post(self.url("data-request-fetch", one), follow=True)
        assert next(str(message) for message in response.context["messages"])
        one.refresh_from_db()
        assert one.fetch_until_at is None

    # --- the clock
    def test_those_in_charge_are_told_once_when_it_is_near_and_once_when_it_is_over(self) -> None:
        self.clerk.email = "clerk@example.org"
        self.clerk.save(update_fields=["email"])
        one = f.make_data_request(self.wang, asked_at=timezone.now() - timedelta(days=24))
        f.make_data_request(self.li, asked_at=timezone.now() - timedelta(days=3))
        assert (verbs.warn_due(), verbs.warn_due()) == (1, 0)
        assert {message.channel for message in Message.objects.filter(about="data")} == {"webhook", "email"}
        for message in Message.objects.filter(about="data"):
            assert "王秀英" not in message.body
            assert self.wang.uid.hex not in message.body.replace("-", "")
        DataRequest.objects.filter(pk=one.pk).update(
            asked_at=timezone.now() - timedelta(days=31), due_at=timezone.now() - timedelta(days=1)
        )
        assert (verbs.warn_due(), verbs.warn_due()) == (1, 0)
        assert Message.objects.filter(about="data").count() == 4
        verbs.answer(one, words="", by=self.clerk)
        assert verbs.warn_due() == 0
