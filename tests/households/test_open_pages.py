"""/households/<uid>/open/, /residents/<uid>/open/, /requests/<code>/open/: why, and then what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from households.models import Opening, OpeningRule, Presence, Resident, Role, ServiceRequest
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase, Response

HTMX = {"HX-Request": "true"}


class OpenPagesTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.household.door_note = "耳背，用力敲门"
        self.household.save(update_fields=["door_note"])
        f.make_phone(self.household, "19900005555", "女儿")
        f.make_need(self.wang, note="每周二透析")
        self.filed = f.make_request(self.household, phone="19900000077")
        self.of_household = reverse("household-open", args=[self.household.uid])
        self.of_wang = reverse("resident-open", args=[self.wang.uid])
        self.of_request = reverse("request-open", args=[self.filed.code])
        self.urls = (self.of_household, self.of_wang, self.of_request)
        self.sign_in(self.worker)

    def send(self, url: str, *what: str, reason: str = "emergency", **more: Any) -> Response:
        headers = more.pop("headers", None)
        return self.client.post(url, {"what": what, "reason": reason, **more}, headers=headers)


class OpenPagesTests(OpenPagesTestCase):
    def test_a_look_opens_nothing(self) -> None:
        for url in self.urls:
            for method in (self.client.get, self.client.head):
                page = method(f"{url}?what=phone&reason=emergency")
                assert page.status_code == 200
                assert "1990000" not in page.content.decode()
        assert not Opening.objects.exists()

    def test_asks_why_with_a_button_a_reason_and_the_number_masked(self) -> None:
        page = self.client.get(f"{self.of_wang}?what=phone")
        self.assertContains(page, "199 **** 0001")
        for reason in ("visit", f"request:{self.filed.code}", "asked", "emergency", "file", "other"):
            self.assertContains(page, f'name="reason" value="{reason}"')
        self.assertNotContains(self.client.get(f"{self.of_request}?what=phone"), 'value="visit"')

    def test_asks_why_somebody_wants_an_id_number_also_when_a_visit_is_due(self) -> None:
        Resident.unscoped.filter(pk=self.wang.pk).update(id_number="620103194203150028")
        self.household.next_due_date = today()
        self.household.save(update_fields=["next_due_date"])
        page = self.client.get(reverse("household", args=[self.household.uid]))
        self.assertContains(page, f"{self.of_wang}?what=id_number")
        self.assertContains(page, "6201**********0028")

    def test_asks_first_what_where_nothing_is_named(self) -> None:
        for query in ("", "?what=everything"):
            page = self.client.get(self.of_wang + query)
            self.assertContains(page, "?what=id_number")
            self.assertNotContains(page, 'name="reason"')

    def test_shows_the_value_with_a_link_that_calls_and_a_way_back(self) -> None:
        door = reverse("household-door", args=[self.household.uid])
        page = self.send(self.of_wang, "phone", next=door)
        self.assertContains(page, 'href="tel:19900000001"')
        self.assertContains(page, f'class="back" href="{door}"')
        assert page["Cache-Control"] == "no-store, private"
        assert Opening.objects.get().role == Role.WORKER

    def test_goes_back_to_no_other_house(self) -> None:
        page = self.send(self.of_wang, "phone", next="https://elsewhere.example/")
        self.assertNotContains(page, "elsewhere.example")

    def test_is_a_part_for_htmx_in_the_place_of_the_seal(self) -> None:
        seal = f'id="seal-{self.wang.uid.hex}-phone"'
        self.assertContains(self.client.get(reverse("household-door", args=[self.household.uid])), seal)
        for part in (
            self.client.get(f"{self.of_wang}?what=phone", headers=HTMX),
            self.send(self.of_wang, "phone", reason="", headers=HTMX),
            self.send(self.of_wang, "phone", headers=HTMX),
        ):
            self.assertContains(part, seal, status_code=part.status_code)
            text = part.content.decode()
            assert "<html" not in text
            assert "autofocus" in text  # where the focus goes
        self.assertContains(part, "tel:19900000001")

    def test_opens_several_at_once(self) -> None:
        page = self.send(self.of_household, "door_note", "need_note", reason="visit")
        self.assertContains(page, "耳背，用力敲门")
        self.assertContains(page, "每周二透析")
        assert Opening.objects.get().fields == "door_note need_note"

    def test_says_which_request_it_is_about(self) -> None:
        self.send(self.of_wang, "phone", reason=f"request:{self.filed.code}")
        assert Opening.objects.get().about == self.filed

    def test_takes_no_request_of_another_door_and_no_unknown_reason(self) -> None:
        other = f.make_request(self.other_household)
        closed = f.make_request(self.household)
        ServiceRequest.unscoped.filter(pk=closed.pk).update(state="closed", worker=None)
        for reason in ("", "idle", "request", f"request:{other.code}", f"request:{closed.code}"):
            assert self.send(self.of_wang, "phone", reason=reason).status_code == 422
        assert self.send(self.of_request, "phone", reason="visit").status_code == 422
        assert not Opening.objects.exists()

    def test_names_every_fault_and_keeps_what_was_typed(self) -> None:
        page = self.send(self.of_wang, "phone", reason="other", words="急")
        self.assertContains(page, 'href="#id_open_words"', status_code=422)
        self.assertContains(page, 'value="急"', status_code=422)
        page = self.client.post(self.of_wang)
        self.assertContains(page, 'href="#id_open_what_0"', status_code=422)
        self.assertNotContains(page, "1990000", status_code=422)

    def test_tells_whoever_opens_very_much_that_it_is_seen(self) -> None:
        OpeningRule.objects.create(role=Role.WORKER, alarm_after=1)
        self.assertNotContains(self.send(self.of_wang, "phone"), 'class="notice warn" role="status"')
        self.assertContains(self.send(self.of_household, "phone"), 'class="notice warn" role="status"')

    def test_needs_the_token_of_the_form(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.worker)
        assert strict.post(self.of_wang, {"what": "phone", "reason": "emergency"}).status_code == 403
        assert not Opening.objects.exists()

    def test_takes_no_other_methods(self) -> None:
        for url in self.urls:
            assert self.client.put(url).status_code == 405
            assert self.client.delete(url).status_code == 405


class WhoOpensTests(OpenPagesTestCase):
    def statuses(self, user: Any) -> list[int]:
        self.sign_in(user)
        return [self.send(url, "phone").status_code for url in self.urls]

    def test_those_who_work_there(self) -> None:
        for user, role in ((self.worker, "worker"), (self.lead, "lead"), (self.clerk, "staff")):
            assert self.statuses(user) == [200, 200, 200]
            assert set(Opening.objects.filter(by=user).values_list("role", flat=True)) == {role}
        assert self.statuses(self.admin) == [200, 200, 200]

    def test_a_stranger_finds_nothing(self) -> None:
        for user in (self.colleague, self.foreign_worker, self.foreign_clerk):
            assert self.statuses(user) == [404, 404, 404]

    def test_a_worker_of_the_place_who_does_not_have_the_request_opens_the_file_only(self) -> None:
        assert self.statuses(f.make_worker("other", self.grid)) == [200, 200, 403]

    def test_who_only_has_the_request_opens_its_phones_and_the_note_for_the_door(self) -> None:
        ServiceRequest.unscoped.filter(pk=self.filed.pk).update(worker=self.colleague)
        assert self.statuses(self.colleague) == [403, 403, 200]
        door = self.client.get(reverse("household-door", args=[self.household.uid]))
        self.assertContains(door, f'action="{self.of_request}"')
        self.assertNotContains(door, self.of_household)
        self.assertNotContains(door, self.of_wang)
        self.assertContains(self.send(self.of_request, "door_note", reason="request"), "耳背，用力敲门")

    def test_a_volunteer_opens_only_whom_to_call(self) -> None:
        helper = f.make_volunteer("helper", self.home)
        assert self.statuses(helper) == [403, 403, 404]
        ServiceRequest.unscoped.filter(pk=self.filed.pk).update(worker=helper)
        assert self.statuses(helper) == [403, 403, 200]
        assert Opening.objects.get(by=helper).role == Role.VOLUNTEER
        page = self.send(self.of_request, "door_note")
        self.assertNotContains(page, "耳背", status_code=422)
        page = self.client.get(reverse("request", args=[self.filed.code]))
        self.assertContains(page, 'name="what" value="phone"')
        self.assertNotContains(page, "door_note")

    def test_a_supervisor_opens_with_a_reason_and_never_by_one_tap(self) -> None:
        self.household.next_due_date = today()
        self.household.save(update_fields=["next_due_date"])
        supervisor = f.make_supervisor("supervisor", self.home)
        assert self.statuses(supervisor) == [200, 200, 200]
        for page in (reverse("household", args=[self.household.uid]), reverse("request", args=[self.filed.code])):
            self.assertContains(self.client.get(page), "open/?what=phone")
            self.assertNotContains(self.client.get(page), 'name="reason"')

    def test_an_auditor_opens_nothing(self) -> None:
        assert self.statuses(f.make_auditor("auditor", self.home)) == [403, 403, 403]

    def test_who_serves_the_door_where_somebody_stays_opens_all_but_the_id_number(self) -> None:
        guest = f.make_resident(self.other_household, "客人", phone="19900007009", id_number="620103194203150028")
        url = reverse("resident-open", args=[guest.uid])
        assert self.send(url, "phone").status_code == 404
        Resident.unscoped.filter(pk=guest.pk).update(presence=Presence.AWAY, stays_with=self.household)
        self.assertContains(self.send(url, "phone"), "tel:19900007009")
        self.assertNotContains(self.send(url, "id_number"), "620103194203150028", status_code=422)
        self.sign_in(self.colleague)
        self.assertContains(self.send(url, "id_number"), "620103194203150028")


class OneTapTests(OpenPagesTestCase):
    """Pages on which the reason is plain open by one tap, and the button says why."""

    def due(self, day: int) -> None:
        self.household.next_due_date = today() + timedelta(days=day)
        self.household.save(update_fields=["next_due_date"])

    def test_a_request_that_is_with_me(self) -> None:
        page = self.client.get(reverse("request", args=[self.filed.code]))
        self.assertContains(page, f'action="{self.of_request}"')
        self.assertContains(page, 'name="reason" value="request"')

    def test_a_request_that_has_ended_asks_why(self) -> None:
        ServiceRequest.unscoped.filter(pk=self.filed.pk).update(state="closed", worker=None)
        self.sign_in(self.clerk)
        page = self.client.get(reverse("request", args=[self.filed.code]))
        self.assertContains(page, f"{self.of_request}?what=phone")
        self.assertNotContains(page, 'name="reason"')

    def test_a_visit_that_is_due(self) -> None:
        ServiceRequest.unscoped.update(worker=self.lead)
        for name in ("household", "household-door"):
            url = reverse(name, args=[self.household.uid])
            self.due(0)
            self.assertContains(self.client.get(url), 'name="reason" value="visit"', count=3)
            self.due(1)
            self.assertNotContains(self.client.get(url), 'name="reason"')
            self.assertContains(self.client.get(url), f"{self.of_household}?what=door_note&amp;what=need_note")

    def test_the_door_of_a_request_that_is_with_me(self) -> None:
        page = self.client.get(reverse("household-door", args=[self.household.uid]))
        self.assertContains(page, f'name="reason" value="request:{self.filed.code}"', count=3)
        assert self.send(self.of_wang, "phone", reason=f"request:{self.filed.code}").status_code == 200

    def test_every_plain_reason_is_one_that_is_taken(self) -> None:
        self.due(0)
        for url in (self.of_household, self.of_wang):
            assert self.send(url, "phone", reason="visit").status_code == 200
        assert self.send(self.of_request, "phone", reason="request").status_code == 200
