"""/track/<token>/data/: after a second proof a resident asks for their own data, and fetches the copy once."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from households.models import Resident, ServiceRequest
from resilience.audit.models import Entry
from resilience.privacy.actions import data_requests as verbs
from resilience.privacy.models import Consent, DataRequest
from resilience.privacy.proof import PROOF_DAY, PROOF_LINK
from tests import factories as f
from tests.base import CastTestCase, Response, open_message
from tests.households.ask import spend
from tests.leaks import without_chance

ID_NUMBER = "620103194203150027"
RIGHT = {"id_tail": "150027"}


class TrackDataTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        rows = Resident.unscoped.filter(pk=self.wang.pk)
        rows.update(id_number=ID_NUMBER, birth_date=date(1942, 3, 15))
        self.request = f.make_request(self.household)
        self.url = self.by_message(self.request)
        self.message_url = reverse("track-message", args=[self.request.token])

    def by_message(self, filed: ServiceRequest) -> str:
        """The address of the page of that request, for who opened the link in its message."""
        open_message(self.client, filed)
        return reverse("track-data", args=[filed.token])

    def prove(self, **proof: str) -> Response:
        return self.client.post(self.url, proof or RIGHT)

    def step(self, step: str, **more: Any) -> Response:
        return self.client.post(self.url, {"marked": self.prove().context["marked"], "step": step, **more})

    def released(self) -> DataRequest:
        self.step("ask", kind="copy")
        one = DataRequest.objects.get()
        verbs.let_fetch(one, by=self.clerk)
        return one

    # --- the proof
    def test_the_page_of_the_request_leads_there(self) -> None:
        self.assertContains(self.client.get(reverse("track", args=[self.request.token])), self.url)

    def test_it_lets_in_by_the_end_of_the_id_number_or_by_name_and_birth(self) -> None:
        for proof in (RIGHT, {"name": "王秀英", "birth": "1942-03-15"}, {"id_tail": " 150027 "}):
            response = self.prove(**proof)
            assert response.status_code == 200
            assert response.context["marked"]

    def test_it_says_the_same_whatever_does_not_fit(self) -> None:
        """Wrong digits, a wrong day, and a phone that nobody of the register has: nobody learns which it was."""
        stranger = f.make_request(
            None, community=self.home, address="西园市场", phone="19900000055", person_name="路人"
        )
        elsewhere = f.make_request(self.other_household, phone="19900000001")
        nowhere = f.make_request(None, community=self.home, address="西园市场", phone="19900000001")
        told, asked = set(), set()
        for filed, proof in (
            (self.request, {"id_tail": "150028"}),
            (self.request, {"name": "王秀英", "birth": "1942-03-16"}),
            (self.request, {"name": "王秀", "birth": "1942-03-15"}),
            (stranger, RIGHT),
            (stranger, {"name": "路人", "birth": "1942-03-15"}),
            (elsewhere, RIGHT),
            (nowhere, RIGHT),
        ):
            url = self.by_message(filed)
            with CaptureQueriesContext(connection) as captured:
                response = self.client.post(url, proof)
            assert response.status_code == 422
            told.add(str(response.context["form"].non_field_errors()))
            asked.add(len(captured))
        assert len(told) == len(asked) == 1

    def test_only_who_opened_the_link_in_the_message_is_asked_anything(self) -> None:
        """Anybody can type a phone: with the link of one's own request, a name and a birth date are not enough."""
        for proof in (RIGHT, {"name": "王秀英", "birth": "1942-03-15"}, {"step": "ask", "kind": "copy"}, {}):
            response = Client().post(self.url, proof)
            assert (response.status_code, response["Location"]) == (303, self.message_url)
        assert Client().get(self.url)["Location"] == self.message_url
        marked = self.prove().context["marked"]
        said = {"marked": marked, "step": "consent", "purpose": "sms", "answer": "no"}
        assert Client().post(self.url, said)["Location"] == self.message_url
        assert not DataRequest.objects.exists()
        assert not Consent.objects.exists()

    def test_a_guest_is_known_where_they_stay(self) -> None:
        Resident.unscoped.filter(pk=self.wang.pk).update(presence="away", stays_with=self.other_household)
        filed = f.make_request(self.other_household, phone="19900000001")
        assert self.client.post(self.by_message(filed), RIGHT).status_code == 200

    def test_nobody_is_locked_out_by_tries_on_another_link_with_their_phone(self) -> None:
        other = f.make_request(self.household, phone="19900000001")
        for limit in (PROOF_LINK, PROOF_DAY):
            spend(limit, other.token)
            spend(limit, "19900000001")
        assert self.prove().status_code == 200

    def test_a_house_mate_with_the_same_phone_is_let_in_as_themselves_only(self) -> None:
        son = f.make_resident(self.household, "王建军", phone="19900000001", birth_date=date(1970, 1, 2), sex="m")
        response = self.prove(name="王建军", birth="1970-01-02")
        assert response.status_code == 200
        marked = response.context["marked"]
        self.client.post(self.url, {"marked": marked, "step": "ask", "kind": "copy"})
        assert DataRequest.objects.get().resident == son

    def test_whoever_misses_too_often_has_to_wait(self) -> None:
        for _try in range(PROOF_LINK.most):
            assert self.prove(id_tail="000000").status_code == 422
        response = self.prove()
        assert response.status_code == 429
        assert int(response["Retry-After"]) > 0

    def test_a_right_proof_costs_no_try(self) -> None:
        for _try in range(PROOF_LINK.most + 2):
            assert self.prove().status_code == 200

    def test_a_mark_is_of_this_link_only_and_not_for_long(self) -> None:
        other = f.make_request(self.household)
        marked = self.prove().context["marked"]
        for filed, said in (
            (other, marked),
            (self.request, marked[:-1] + ("A" if marked[-1] != "A" else "B")),
            (self.request, "forged"),
        ):
            response = self.client.post(self.by_message(filed), {"marked": said, "step": "ask", "kind": "copy"})
            assert response.status_code == 422
        assert not DataRequest.objects.exists()

    def test_an_unknown_link_is_nothing(self) -> None:
        assert self.client.get(reverse("track-data", args=["x" * 43])).status_code == 404
        assert self.client.put(self.url).status_code == 405

    # --- asking
    def test_it_writes_down_what_they_ask(self) -> None:
        response = self.step("ask", kind="copy")
        assert response.status_code == 200
        assert response.context["is_asked"]
        one = DataRequest.objects.get()
        assert (one.resident, one.recorded_by, one.identity) == (self.wang, None, "proof")
        assert one.service_request == self.request
        assert Entry.objects.get(action="data.asked").actor == "resident"

    def test_it_keeps_what_was_typed_when_something_is_wrong(self) -> None:
        response = self.step("ask", kind="correct", field_name="phone", value="123")
        assert response.status_code == 422
        self.assertContains(response, 'value="123"', status_code=422)
        assert self.step("ask", kind="restrict").status_code == 422

    def test_it_shows_neither_what_is_on_file_nor_what_was_asked_at_the_desk(self) -> None:
        f.make_data_request(self.wang, "delete", words="柜台说的")
        text = without_chance(self.prove().content.decode())
        for hidden in ("19900000001", ID_NUMBER, "柜台说的", "502"):
            assert hidden not in text

    # --- fetching
    def test_the_copy_is_fetched_once(self) -> None:
        one = self.released()
        assert self.prove().context["asked"][0].waits_to_be_fetched
        file = self.step("fetch", shape="file")
        assert json.loads(file.content)["data"]["person"][0]["id_number"] == ID_NUMBER
        assert "no-store" in file["Cache-Control"]
        again = self.step("fetch", shape="file")
        assert again.status_code == 422
        assert ID_NUMBER not in again.content.decode()
        one.refresh_from_db()
        assert one.fetched_at is not None
        assert Entry.objects.filter(action="data.fetched").count() == 1

    def test_it_is_read_as_a_page_too(self) -> None:
        self.released()
        self.assertContains(self.step("fetch", shape="page"), ID_NUMBER)

    def test_it_is_gone_after_its_time(self) -> None:
        one = self.released()
        DataRequest.objects.filter(pk=one.pk).update(fetch_until_at=timezone.now() - timedelta(seconds=1))
        assert self.step("fetch", shape="file").status_code == 422

    def test_a_wrong_form_of_it_does_not_use_it_up(self) -> None:
        one = self.released()
        assert self.step("fetch", shape="film").status_code == 422
        one.refresh_from_db()
        assert one.fetched_at is None

    def test_it_reads_the_answer_there_with_where_to_complain(self) -> None:
        self.step("ask", kind="delete")
        verbs.refuse(DataRequest.objects.get(), why=verbs.Refusal.DUTY, words="法律要求保存", by=self.clerk)
        text = self.prove().content.decode()
        assert "法律要求保存" in text
        assert "网信办" in text
