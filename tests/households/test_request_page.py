"""`/requests/<code>/`: what the page shows to whom."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from households.actions import assignments, requests
from households.actions.requests import NewItem
from households.models import Actor, ServiceRequest
from tests import factories as f
from tests.base import CastTestCase


class RequestPageTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = f.make_request(self.household)
        self.url = reverse("request", args=[self.filed.code])

    def test_tells_its_worker_everything_and_offers_what_fits(self) -> None:
        self.sign_in(self.worker)
        page = self.client.get(self.url)
        assert page.status_code == 200
        for words in ("家里没有米了", "王秀英", "199 **** 0001", self.filed.code_label, self.filed.address):
            self.assertContains(page, words)
        self.assertNotContains(page, "19900000001")
        self.assertContains(page, f'action="{reverse("request-open", args=[self.filed.code])}"')
        self.assertContains(page, reverse("request-accept", args=[self.filed.code]))
        self.assertContains(page, "?do=hand-over")
        self.assertNotContains(page, "?do=reject")

    def test_hides_the_phone_from_a_colleague_who_only_sees_it(self) -> None:
        other = f.make_worker("other", self.grid, "何平")
        self.sign_in(other)
        page = self.client.get(self.url)
        self.assertNotContains(page, "19900000001")
        self.assertContains(page, "199 **** 0001")
        self.assertNotContains(page, reverse("request-open", args=[self.filed.code]))
        self.assertNotContains(page, reverse("request-accept", args=[self.filed.code]))

    def test_shows_the_desk_the_assign_form_when_nobody_has_it(self) -> None:
        assignments.decline(self.filed, by=self.worker, reason="病了")
        self.sign_in(self.clerk)
        page = self.client.get(self.url)
        self.assertContains(page, reverse("request-assign", args=[self.filed.code]))
        self.assertContains(page, str(self.colleague.uid))
        self.assertContains(page, "病了")

    def test_does_not_exist_for_strangers(self) -> None:
        for stranger in (self.foreign_worker, self.foreign_clerk, self.colleague):
            self.sign_in(stranger)
            assert self.client.get(self.url).status_code == 404
        self.client.logout()
        assert self.client.get(self.url).status_code == 302

    def test_refuses_somebody_who_serves_nowhere(self) -> None:
        self.sign_in(f.make_user("nobody"))
        assert self.client.get(self.url).status_code == 403

    def test_is_read_only(self) -> None:
        self.sign_in(self.worker)
        assert self.client.post(self.url).status_code == 405

    def test_opens_a_form_by_its_name_and_alone_for_htmx(self) -> None:
        self.sign_in(self.worker)
        page = self.client.get(self.url, {"do": "decline"})
        self.assertContains(page, 'id="id_decline_reason"')
        part = self.client.get(self.url, {"do": "decline"}, headers={"HX-Request": "true"})
        self.assertContains(part, 'id="id_decline_reason"')
        self.assertNotContains(part, "<html")
        assert "HX-Request" in part["Vary"]

    def test_opens_no_form_the_viewer_may_not_send(self) -> None:
        self.sign_in(self.worker)
        self.assertNotContains(self.client.get(self.url, {"do": "reject"}), "id_reject_reason")
        self.assertNotContains(self.client.get(self.url, {"do": "<script>"}), "<script>")

    def test_shows_needs_each_with_its_state(self) -> None:
        filed = f.make_request(
            self.household, items=(NewItem(self.category, "降压药", 30), NewItem(self.category, "大米"))
        )
        self.sign_in(self.worker)
        page = self.client.get(reverse("request", args=[filed.code]))
        self.assertContains(page, "降压药")
        self.assertContains(page, "do=item&amp;item=", count=2)

    def test_says_how_long_it_waits_for_the_resident(self) -> None:
        requests.pause(self.filed, by=self.worker, actor=Actor.WORKER, question="几楼？")
        ServiceRequest.unscoped.filter(pk=self.filed.pk).update(paused_at=timezone.now() - timedelta(hours=5))
        self.sign_in(self.worker)
        page = self.client.get(self.url)
        assert page.context["clock"].look == "paused"
        self.assertContains(page, page.context["clock"].words)

    def test_escapes_what_people_write(self) -> None:
        filed = f.make_request(self.household, text="<script>alert(1)</script>", person_name="<b>x")
        self.sign_in(self.worker)
        page = self.client.get(reverse("request", args=[filed.code]))
        self.assertNotContains(page, "<script>alert")
        self.assertNotContains(page, "<b>x")

    def test_costs_six_statements_however_long_its_story(self) -> None:
        for at, viewer in ((1, self.worker), (2, self.clerk), (3, self.lead)):
            for _n in range(at * 7):
                requests.remark(self.filed, by=self.clerk, actor=Actor.DESK, text="记一笔")
            self.sign_in(viewer)
            self.client.get(self.url)
            with self.assertNumQueries(5):
                self.client.get(self.url)
        self.sign_in(self.clerk)
        with self.assertNumQueries(6):
            self.client.get(self.url, {"do": "assign"})
