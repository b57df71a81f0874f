"""/desk/calls/: asking those who wait whether they still need it."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from households.models import EventKind, ServiceRequest, State
from tests import factories as f
from tests.base import CastTestCase


class CallDownTests(CastTestCase):
    url = "/desk/calls/"

    def setUp(self) -> None:
        super().setUp()
        self.waiting = self.aged(f.make_request(self.household, phone="19900007788"))

    def aged(self, service_request: ServiceRequest) -> ServiceRequest:
        asked = timezone.now() - timedelta(days=2)
        ServiceRequest.unscoped.filter(pk=service_request.pk).update(
            created_at=asked, due_at=asked + timedelta(hours=1)
        )
        return self.again(service_request)

    def answer(self, value: str, words: str = "", **headers: str):
        url = reverse("call-answer", args=[self.waiting.code])
        return self.client.post(url, {"answer": value, "words": words}, headers=headers or None)

    def test_shows_the_longest_waiting_with_the_phone_to_call(self) -> None:
        self.sign_in(self.clerk)
        page = self.client.get(self.url)
        self.assertContains(page, "199 **** 7788")
        self.assertNotContains(page, "19900007788")
        self.assertContains(page, f'action="{reverse("request-open", args=[self.waiting.code])}"')

    def test_leaves_out_who_asked_just_now_and_who_waits_elsewhere(self) -> None:
        fresh = f.make_request(self.household)
        foreign = self.aged(f.make_request(self.foreign_household))
        self.sign_in(self.clerk)
        response = self.client.get(self.url)
        self.assertNotContains(response, fresh.code_label)
        self.assertNotContains(response, foreign.code_label)

    def test_still_needed_counts_as_contact_and_is_not_asked_again_today(self) -> None:
        self.sign_in(self.clerk)
        self.assertRedirects(self.answer("still", "还要一袋米"), self.url, 303, fetch_redirect_response=False)
        called = self.again(self.waiting)
        assert called.responded_at is not None
        assert called.due_at == called.resolve_by_at
        event = called.events.get(kind=EventKind.CALLED)
        assert "还要一袋米" in event.note
        assert self.client.get(self.url).context["now"] is None

    def test_nobody_answered_is_no_contact(self) -> None:
        self.sign_in(self.clerk)
        self.answer("nobody")
        assert self.again(self.waiting).responded_at is None

    def test_not_needed_cancels_and_done_resolves(self) -> None:
        self.sign_in(self.clerk)
        self.answer("not")
        assert self.again(self.waiting).state == State.CANCELLED
        self.waiting = self.aged(f.make_request(self.household))
        self.answer("done")
        assert self.again(self.waiting).state == State.RESOLVED

    def test_a_wrong_key_is_taken_back_with_one_more_and_nothing_is_lost(self) -> None:
        self.sign_in(self.clerk)
        before = self.waiting
        response = self.answer("not")
        self.assertRedirects(response, f"{self.url}?last={before.code}", 303, fetch_redirect_response=False)
        undo = reverse("request-take-back", args=[before.code])
        self.assertContains(self.client.get(response["Location"]), f'action="{undo}"')
        self.assertRedirects(self.client.post(undo, {"next": self.url}), self.url, 303, fetch_redirect_response=False)
        again = self.again(before)
        assert (again.state, again.worker, again.reopened) == (State.ASSIGNED, self.worker, 0)
        assert abs(again.due_at - before.respond_by_at) < timedelta(seconds=30)
        assert (again.responded_at, again.closed_at) == (None, None)
        assert self.client.get(self.url).context["now"] == before, "nobody has been called"
        assert self.client.get(response["Location"]).context["undo"] is None

    def test_a_strangers_request_is_not_offered_for_undo(self) -> None:
        self.sign_in(self.clerk)
        self.answer("not")
        self.sign_in(self.foreign_clerk)
        assert self.client.get(f"{self.url}?last={self.waiting.code}").context["undo"] is None

    def test_a_second_answer_to_a_cancelled_one_is_refused_in_words(self) -> None:
        self.sign_in(self.clerk)
        self.answer("not")
        events = self.waiting.events.count()
        self.assertContains(self.answer("done", "她说修好了"), 'value="她说修好了"', status_code=422)
        assert self.again(self.waiting).state == State.CANCELLED
        assert self.waiting.events.count() == events

    def test_an_unknown_answer_changes_nothing_and_is_asked_again(self) -> None:
        self.sign_in(self.clerk)
        response = self.answer("<script>", "她要米")
        self.assertContains(response, "请从四个里选一个", count=2, status_code=422)  # in the summary and at the buttons
        self.assertContains(response, 'value="她要米"', status_code=422)
        assert self.again(self.waiting).state == State.ASSIGNED

    def test_words_that_are_too_long_are_kept_with_the_fault_beside_them(self) -> None:
        others = self.aged(f.make_request(self.household, phone="19900007799"))
        ServiceRequest.unscoped.filter(pk=others.pk).update(created_at=timezone.now() - timedelta(days=9))
        self.sign_in(self.clerk)
        long = "她说" * 250 + "了"
        response = self.answer("still", long)
        self.assertContains(response, long, status_code=422)
        self.assertContains(response, 'id="id_words_error"', status_code=422)
        self.assertNotContains(response, "请从四个里选一个", status_code=422)
        assert response.context["now"] == self.waiting  # who is on the phone, not who waits longest
        assert others in response.context["later"]
        assert not self.waiting.events.filter(kind=EventKind.CALLED).exists()

    def test_works_with_htmx(self) -> None:
        self.sign_in(self.clerk)
        response = self.answer("still", **{"HX-Request": "true"})
        assert response["HX-Redirect"] == self.url

    def test_is_the_desks_and_only_its_own(self) -> None:
        self.sign_in(self.worker)
        assert self.client.get(self.url).status_code == 403
        self.sign_in(self.foreign_clerk)
        assert self.answer("not").status_code == 404
        assert self.client.get(reverse("call-answer", args=[self.waiting.code])).status_code == 405

    def test_asks_the_database_the_same_number_of_times_for_one_and_for_thirty(self) -> None:
        self.sign_in(self.clerk)
        self.client.get(self.url)
        with self.assertNumQueries(4):
            self.client.get(self.url)
        for _ in range(30):
            self.aged(f.make_request(self.household))
        with self.assertNumQueries(4):
            self.client.get(self.url)
