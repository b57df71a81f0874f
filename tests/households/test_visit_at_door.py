"""`/households/<uid>/door/`: everything due behind one door, and the visit in three taps."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.urls import reverse

from households import reference
from households.actions import care
from households.models import (
    Finding,
    Household,
    Means,
    Presence,
    ResidentNeed,
    ServiceRequest,
    Visit,
    VisitMeans,
    VisitResult,
)
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase, Response

DAY = timedelta(days=1)


class DoorTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.kind = f.make_need_kind()
        f.make_care_rule(self.kind, 7)
        reference.forget()
        self.need = f.make_need(self.wang, self.kind, last_met_date=today() - 10 * DAY)
        care.refresh_due(self.household)
        self.url = reverse("household-door", args=[self.household.uid])

    def send(self, what: str, **data: Any) -> Response:
        self.sign_in(self.worker)
        fields = {"key": str(uuid.uuid4()), "what": what, "needs": [str(self.need.pk)], **data}
        return self.client.post(self.url, fields)


class DoorPageTests(DoorTestCase):
    def test_shows_who_is_here_what_is_due_and_what_was_asked(self) -> None:
        filed = f.make_request(self.household)
        self.household.door_note = "耳背，用力敲门"
        self.household.save(update_fields=["door_note"])
        f.make_phone(self.household, "19900005555", "女儿")
        self.sign_in(self.worker)
        page = self.client.get(self.url)
        for words in ("王秀英", self.kind.name, "199 **** 0001", "199 **** 5555", "女儿"):
            self.assertContains(page, words)
        for sealed in ("耳背", "19900000001", "19900005555"):
            self.assertNotContains(page, sealed)
        self.assertContains(page, reverse("request-accept", args=[filed.code]))
        self.assertContains(page, f'value="{self.need.pk}"')
        self.assertContains(page, "checked", count=2)  # the need, and 'I take care of it'

    def test_a_guest_counts_here_and_somebody_away_does_not(self) -> None:
        guest = f.make_resident(self.other_household, "孙客人", presence=Presence.AWAY, stays_with=self.household)
        there = f.make_need(guest, self.kind)
        gone = f.make_resident(self.household, "周外出", presence=Presence.AWAY)
        absent = f.make_need(gone, self.kind)
        self.sign_in(self.worker)
        page = self.client.get(self.url)
        self.assertContains(page, f'value="{there.pk}"')
        self.assertNotContains(page, f'value="{absent.pk}"')
        self.assertContains(page, "周外出")

    def test_does_not_show_who_has_left(self) -> None:
        f.make_resident(self.household, "搬走的人", presence=Presence.MOVED_OUT)
        self.sign_in(self.worker)
        self.assertNotContains(self.client.get(self.url), "搬走的人")

    def test_does_not_exist_for_strangers(self) -> None:
        for stranger in (self.foreign_worker, self.foreign_clerk, self.colleague):
            self.sign_in(stranger)
            assert self.client.get(self.url).status_code == 404
            assert self.client.post(self.url, {"what": "well", "key": uuid.uuid4()}).status_code == 404
        assert not Visit.unscoped.exists()

    def test_refuses_somebody_who_serves_nowhere(self) -> None:
        self.sign_in(f.make_user("nobody"))
        assert self.client.get(self.url).status_code == 403

    def test_costs_six_statements_however_many_live_there(self) -> None:
        self.sign_in(self.worker)
        for people in (1, 6):
            for _n in range(people):
                f.make_need(f.make_resident(self.household), self.kind)
                f.make_request(self.household)
                f.make_phone(self.household, f"1990001{Household.unscoped.count()}{ServiceRequest.unscoped.count():03}")
            self.client.get(self.url)
            with self.assertNumQueries(6):
                self.client.get(self.url)


class RecordVisitTests(DoorTestCase):
    def test_met_and_all_well(self) -> None:
        response = self.send("well", note="精神不错")
        self.assertRedirects(response, reverse("round"), status_code=303, fetch_redirect_response=False)
        visit = Visit.unscoped.get()
        assert (visit.means, visit.result, visit.finding) == (VisitMeans.DOOR, VisitResult.MET, Finding.WELL)
        assert (visit.note, visit.worker) == ("精神不错", self.worker)
        assert ResidentNeed.unscoped.get(pk=self.need.pk).next_due_date == today() + 7 * DAY
        self.assertContains(self.client.get(reverse("round")), self.url)

    def test_every_tap_is_recorded_as_it_says(self) -> None:
        for what, means, result in (
            ("nobody", VisitMeans.DOOR, VisitResult.NOBODY),
            ("refused", VisitMeans.DOOR, VisitResult.REFUSED),
            ("phone", VisitMeans.PHONE, VisitResult.MET),
        ):
            assert self.send(what).status_code == 303
            visit = Visit.unscoped.latest("id")
            assert (visit.means, visit.result) == (means, result), what

    def test_something_found_becomes_a_request(self) -> None:
        response = self.send("found", category=str(self.category.pk), words="灶台漏气", urgency="urgent", is_mine="on")
        assert response.status_code == 303
        filed = ServiceRequest.unscoped.get()
        assert (filed.text, filed.worker, filed.urgency) == ("灶台漏气", self.worker, "urgent")
        assert Visit.unscoped.get().service_request == filed
        self.assertContains(self.client.get(reverse("round")), reverse("request", args=[filed.code]))

    def test_something_found_asks_what(self) -> None:
        response = self.send("phone-found", category="", words=" ", note="不放心")
        assert response.status_code == 422
        for target in ("#id_visit_category", "#id_visit_words"):
            self.assertContains(response, f'href="{target}"', status_code=422)
        self.assertContains(response, "不放心", status_code=422)
        assert not Visit.unscoped.exists()

    def test_words_of_a_finding_without_a_finding_are_not_filed(self) -> None:
        self.send("well", category=str(self.category.pk), words="灶台漏气")
        assert not ServiceRequest.unscoped.exists()

    def test_says_how_it_went_is_missing(self) -> None:
        response = self.send("")
        assert response.status_code == 422
        self.assertContains(response, 'href="#id_visit_what_0"', status_code=422)

    def test_a_double_tap_is_one_visit(self) -> None:
        key = str(uuid.uuid4())
        assert [self.send("well", key=key).status_code for _n in range(2)] == [303, 303]
        assert Visit.unscoped.count() == 1

    def test_a_damaged_form_is_refused_in_words(self) -> None:
        damages: tuple[dict[str, Any], ...] = (
            {"key": "x"},
            {"needs": ["9999999"]},
            {"needs": ["x"]},
            {"what": "danced"},
            {"category": "0"},
        )
        for damage in damages:
            assert self.send(**{"what": "well", **damage}).status_code == 422, damage
        assert not Visit.unscoped.exists()

    def test_an_earlier_day_is_bounded(self) -> None:
        for day in (today() + DAY, today() - 31 * DAY):
            response = self.send("well", earlier_date=day.isoformat())
            self.assertContains(response, 'href="#id_visit_earlier_date"', status_code=422)
        assert self.send("well", earlier_date=(today() - 3 * DAY).isoformat()).status_code == 303
        assert ResidentNeed.unscoped.get(pk=self.need.pk).last_met_date == today() - 3 * DAY

    def test_a_call_says_when_the_door_is_still_due(self) -> None:
        self.kind.rules.update(means=Means.DOOR)
        reference.forget()
        self.send("phone")
        levels = [message.level_tag for message in self.client.get(reverse("round")).context["messages"]]
        assert levels == ["success", "warning"]

    def test_keeps_photos_for_colleagues_only(self) -> None:
        assert self.send("well", photos=[f.make_upload(), f.make_upload()]).status_code == 303
        assert [photo.is_public for photo in Visit.unscoped.get().photos.all()] == [False, False]
        assert self.send("well", photos=[f.make_upload() for _n in range(5)]).status_code == 422

    def test_its_photos_are_on_the_file_and_nobody_elses_to_open(self) -> None:
        self.send("well", photos=[f.make_upload()])
        url = reverse("visit-photo", args=[Visit.unscoped.get().photos.get().uid])
        self.assertContains(self.client.get(reverse("household", args=[self.household.uid])), url)
        answer = self.client.get(url)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
        assert self.client.post(url).status_code == 405
        for stranger in (self.foreign_worker, self.foreign_clerk, self.colleague):
            self.sign_in(stranger)
            assert self.client.get(url).status_code == 404
        self.sign_in(f.make_user("nobody"))
        assert self.client.get(url).status_code == 403

    def test_a_closed_file_takes_no_visit(self) -> None:
        Household.unscoped.filter(pk=self.household.pk).update(until_date=today())
        assert self.send("well").status_code == 422

    def test_staff_who_call_stay_at_the_door(self) -> None:
        self.sign_in(self.clerk)
        response = self.client.post(self.url, {"key": uuid.uuid4(), "what": "phone", "needs": [self.need.pk]})
        self.assertRedirects(response, self.url, status_code=303, fetch_redirect_response=False)
