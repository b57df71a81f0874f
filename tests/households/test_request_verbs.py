"""The forms of a request's page: each verb by its URL."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from households.actions import assignments, requests
from households.forms.deeds import seen_of
from households.models import (
    Actor,
    Assignment,
    EndReason,
    EventKind,
    ServiceRequest,
    State,
    Urgency,
)
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.outbox.models import Message
from tests import factories as f
from tests.base import CastTestCase

from .deeds import VerbTestCase


class WorkerVerbTests(VerbTestCase):
    def test_accept_keeps_it_and_tells_the_resident(self) -> None:
        self.went_on(self.send("accept", self.worker))
        assert Assignment.objects.active().get(service_request=self.filed).accepted_at
        assert (self.last_event().kind, self.last_event().is_public) == (EventKind.ACCEPTED, True)
        assert self.again(self.filed).responded_at is None

    def test_accept_twice_records_it_once(self) -> None:
        self.send("accept", self.worker)
        self.went_on(self.send("accept"))  # it is as they want it
        assert self.filed.events.filter(kind=EventKind.ACCEPTED).count() == 1

    def test_start_is_the_first_contact(self) -> None:
        self.went_on(self.send("start", self.worker))
        filed = self.again(self.filed)
        assert (filed.state, filed.due_at) == (State.IN_PROGRESS, filed.resolve_by_at)
        assert filed.responded_at

    def test_decline_gives_it_back_with_the_reason(self) -> None:
        response = self.send("decline", self.worker, reason="今天在医院")
        self.assertRedirects(response, reverse("round"), status_code=303, fetch_redirect_response=False)
        assert self.state() == State.ACCEPTED
        assert self.last_event().note == "今天在医院"
        assert Assignment.objects.get(service_request=self.filed).end_reason == EndReason.DECLINED

    def test_decline_without_a_reason_asks_for_one(self) -> None:
        self.stayed(self.send("decline", self.worker, reason=" "), "decline_reason")
        assert self.state() == State.ASSIGNED

    def test_hand_over_goes_to_a_colleague_and_the_clock_runs_on(self) -> None:
        self.went_on(self.send("hand-over", self.worker, worker=str(self.colleague.uid), why="我在外地"))
        filed = self.again(self.filed)
        assert (filed.worker, filed.due_at) == (self.colleague, self.filed.due_at)
        assert self.last_event().kind == EventKind.HANDED_OVER

    def test_hand_over_offers_no_stranger_nobody_away_and_not_oneself(self) -> None:
        self.colleague.away_until_date = today()
        self.colleague.save(update_fields=["away_until_date"])
        for user in (self.foreign_worker, self.colleague, self.worker, self.clerk):
            self.stayed(self.send("hand-over", self.worker, worker=str(user.uid), why="忙"), "hand-over_worker")
        self.stayed(self.send("hand-over", worker="nonsense", why="忙"), "hand-over_worker")
        assert self.again(self.filed).worker == self.worker

    def test_pause_asks_and_stops_the_clock_resume_lets_it_run(self) -> None:
        self.went_on(self.send("pause", self.worker, question="几楼？"))
        assert self.again(self.filed).paused_at
        assert self.last_event().is_public
        assert self.send("pause", question="再问").status_code == 422
        self.went_on(self.send("resume", note="五楼"))
        assert self.again(self.filed).paused_at is None

    def test_reply_is_public_and_a_note_is_not(self) -> None:
        self.went_on(self.send("reply", self.worker, text="下午去"))
        assert self.last_event().is_public
        assert self.again(self.filed).responded_at
        self.went_on(self.send("note", text="门铃坏了"))
        assert not self.last_event().is_public

    def test_note_is_open_to_colleagues_of_the_place_and_nothing_else_is(self) -> None:
        other = f.make_worker("other", self.grid, "何平")
        self.went_on(self.send("note", other, text="我见过她"))
        for verb in ("accept", "start", "decline", "hand-over", "reply", "pause", "resolve", "assign", "reject"):
            assert self.send(verb).status_code == 403, verb

    def test_resolve_says_what_was_done(self) -> None:
        self.went_on(self.send("resolve", self.worker, what_was_done="米已送到"))
        filed = self.again(self.filed)
        assert (filed.state, filed.worker) == (State.RESOLVED, None)
        assert Assignment.objects.get(service_request=self.filed).end_reason == EndReason.RESOLVED

    def test_resolve_leads_to_the_round_also_when_it_was_in_another_grid(self) -> None:
        self.filed = f.make_request(self.other_household)
        assignments.assign(self.filed, worker=self.worker, by=self.clerk)
        response = self.send("resolve", self.worker, what_was_done="米已送到")
        self.assertRedirects(response, reverse("round"), status_code=303)
        assert self.state() == State.RESOLVED

    def test_who_decides_stays_on_its_page(self) -> None:
        response = self.send("resolve", self.clerk, what_was_done="电话里办好了")
        self.assertRedirects(response, reverse("request", args=[self.filed.code]), status_code=303)

    def test_resolve_keeps_its_photo_with_the_event(self) -> None:
        response = self.send("resolve", self.worker, what_was_done="米已送到", photos=[f.make_upload()])
        self.went_on(response)
        photo = self.filed.photos.get()
        assert (photo.event, photo.by) == (self.last_event(), self.worker)

    def test_resolve_with_a_file_that_is_no_photo_loses_nothing_typed(self) -> None:
        upload = f.make_upload(content=b"no picture")
        response = self.send("resolve", self.worker, what_was_done="米已送到", photos=[upload])
        self.stayed(response, "resolve_photos")
        self.assertContains(response, "米已送到", status_code=422)
        assert not self.filed.photos.exists()

    def test_resolve_without_words_asks_for_them(self) -> None:
        self.stayed(self.send("resolve", self.worker, what_was_done=""), "resolve_what_was_done")

    def test_what_somebody_else_changed_meanwhile_is_shown_not_overwritten(self) -> None:
        seen = seen_of(self.filed)
        assignments.assign(self.filed, worker=self.colleague, by=self.clerk)
        response = self.send("resolve", self.worker, seen=seen, what_was_done="米已送到")
        assert response.status_code == 422
        self.assertContains(response, "error-summary", status_code=422)
        self.assertContains(response, "米已送到", status_code=422)
        assert self.again(self.filed).worker == self.colleague

    def test_what_cannot_be_done_any_more_is_kept_in_sight_and_not_offered_again(self) -> None:
        seen = seen_of(self.filed)
        assignments.hand_over(self.filed, to=self.lead, by=self.worker, why="病了")
        response = self.send("resolve", self.worker, seen=seen, what_was_done="米已送到")
        self.assertContains(response, "米已送到", status_code=422)
        again = f'action="{reverse("request-resolve", args=[self.filed.code])}"'
        self.assertNotContains(response, again, status_code=422)

    def test_what_is_out_of_sight_is_told_where_it_went(self) -> None:
        self.filed = f.make_request(self.other_household)
        assignments.assign(self.filed, worker=self.worker, by=self.clerk)
        seen, key = seen_of(self.again(self.filed)), str(uuid.uuid4())
        handed: dict[str, Any] = {"worker": str(self.colleague.uid), "why": "不顺路", "seen": seen, "key": key}
        self.went_on(self.send("hand-over", self.worker, **handed))
        self.went_on(self.send("hand-over", self.worker, **handed))  # the answer got lost
        late = {"seen": seen, "what_was_done": "米已送到", "photos": [f.make_upload()]}
        response = self.send("resolve", self.worker, **late)
        for words in ("米已送到", self.colleague.name, "照片"):
            self.assertContains(response, words, status_code=409)
        assert self.again(self.filed).worker == self.colleague
        assert not self.filed.photos.exists()
        assert self.client.get(reverse("request", args=[self.filed.code])).status_code == 404
        self.sign_in(self.foreign_worker)
        assert self.send("resolve", self.foreign_worker, **late).status_code == 404
        Assignment.objects.filter(service_request=self.filed, worker=self.worker).update(
            started_at=timezone.now() - timedelta(days=9), ended_at=timezone.now() - timedelta(days=8)
        )
        assert self.send("resolve", self.worker, **late).status_code == 404

    def test_what_was_pressed_elsewhere_is_as_they_want_it(self) -> None:
        old = seen_of(self.filed)
        self.send("start", self.worker)
        for verb in ("accept", "start"):
            self.went_on(self.send(verb, self.worker, seen=old))
        assert self.filed.events.filter(kind=EventKind.STARTED).count() == 1
        self.sign_in(self.clerk)
        filed = f.make_request(None, community=self.home, address="西园路口")
        self.filed, old = filed, seen_of(filed)
        for _n in range(2):
            self.went_on(self.send("take-up", self.clerk, seen=old))

    def test_who_has_read_what_changed_can_send_again(self) -> None:
        seen = seen_of(self.filed)
        ServiceRequest.unscoped.filter(pk=self.filed.pk).update(reopened=1)
        response = self.send("reply", self.worker, seen=seen, text="下午去")
        now = seen_of(self.again(self.filed))
        self.assertContains(response, f'name="seen" value="{now}"', status_code=422)
        self.assertNotContains(response, f'name="seen" value="{seen}"', status_code=422)

    def test_it_goes_back_where_the_person_came_from(self) -> None:
        response = self.send("accept", self.worker, next=reverse("round"))
        self.assertRedirects(response, reverse("round"), status_code=303, fetch_redirect_response=False)
        response = self.send("start", next="https://elsewhere.example/")
        assert response["Location"] == reverse("request", args=[self.filed.code])

    def test_the_same_form_twice_is_said_once(self) -> None:
        for verb, words in (("reply", "下午去"), ("note", "门铃坏了")):
            sent = {"text": words, "key": str(uuid.uuid4()), "seen": seen_of(self.filed)}
            kinds = {"reply": EventKind.REPLY, "note": EventKind.NOTE}
            told = Message.objects.count()
            self.went_on(self.send(verb, self.worker, **sent))
            told_once = Message.objects.count()
            self.went_on(self.send(verb, self.worker, **sent))
            assert self.filed.events.filter(kind=kinds[verb]).count() == 1, verb
            assert Message.objects.count() == told_once, verb
            assert told_once == told + (verb == "reply"), verb

    def test_words_corrected_after_a_lost_answer_are_said_too(self) -> None:
        key = str(uuid.uuid4())
        for text in ("下午去", "下午三点去"):
            self.went_on(self.send("reply", self.worker, text=text, key=key))
        assert self.filed.events.filter(kind=EventKind.REPLY).count() == 2

    def test_resolving_twice_by_the_same_form_says_it_is_done(self) -> None:
        sent = {"what_was_done": "米已送到", "key": str(uuid.uuid4()), "seen": seen_of(self.filed)}
        for _n in range(2):
            self.went_on(self.send("resolve", self.worker, **sent, photos=[f.make_upload()]))
        assert self.filed.photos.count() == 1
        assert self.filed.events.filter(kind=EventKind.RESOLVED).count() == 1

    def test_the_same_form_in_the_same_moment_is_said_once(self) -> None:
        sent: dict[str, Any] = {"text": "下午去", "key": str(uuid.uuid4())}
        self.send("reply", self.worker, **sent)
        with mock.patch("households.views.request_page.was_done", return_value=False):
            self.went_on(self.send("reply", self.worker, **sent))
        assert self.filed.events.filter(kind=EventKind.REPLY).count() == 1

    def test_a_key_is_nobody_elses(self) -> None:
        sent: dict[str, Any] = {"text": "下午去", "key": str(uuid.uuid4())}
        self.send("reply", self.worker, **sent)
        with pytest.raises(IntegrityError):
            self.send("reply", self.clerk, **sent)

    def test_a_damaged_key_is_no_key(self) -> None:
        for key in ("", "x"):
            self.went_on(self.send("reply", self.worker, text="下午去", key=key))
        assert set(self.filed.events.values_list("key", flat=True)) == {None}

    def test_htmx_is_sent_on_by_a_header(self) -> None:
        self.sign_in(self.worker)
        url = reverse("request-accept", args=[self.filed.code])
        response = self.client.post(url, headers={"HX-Request": "true"})
        assert response["HX-Redirect"] == reverse("request", args=[self.filed.code])

    def test_every_verb_is_post_only_and_unknown_to_strangers(self) -> None:
        verbs = (
            "accept", "start", "decline", "hand-over", "assign", "take-up", "reply", "note", "pause", "resume", "item",
            "resolve", "edit", "reject", "reopen", "cancel", "take-back",
        )  # fmt: skip
        for verb in verbs:
            url = reverse(f"request-{verb}", args=[self.filed.code])
            self.sign_in(self.worker)
            assert self.client.get(url).status_code == 405, verb
            for stranger in (self.foreign_worker, self.foreign_clerk, self.colleague):
                self.sign_in(stranger)
                assert self.client.post(url, {"text": "x"}).status_code == 404, verb
        assert self.filed.events.count() == 2


class DeskVerbTests(VerbTestCase):
    def test_worker_may_not_decide(self) -> None:
        for verb in ("assign", "take-up", "edit", "reject", "reopen", "cancel"):
            assert self.send(verb, self.worker).status_code == 403, verb

    def test_take_up_and_assign(self) -> None:
        assignments.decline(self.filed, by=self.worker, reason="病了")
        self.went_on(self.send("assign", self.clerk, worker=str(self.colleague.uid), note="她住得近"))
        assert self.again(self.filed).worker == self.colleague

    def test_take_up_only_what_nobody_has_taken_up(self) -> None:
        assert self.send("take-up", self.clerk).status_code == 422
        filed = f.make_request(None, community=self.home, address="西园路口")
        self.filed = filed
        self.went_on(self.send("take-up", self.clerk))
        assert self.state() == State.ACCEPTED

    def test_edit_counts_the_clocks_anew(self) -> None:
        data = {"category": str(self.filed.category_id), "urgency": "urgent", "why": "老人没吃的了"}
        self.went_on(self.send("edit", self.clerk, **data))
        filed = self.again(self.filed)
        assert filed.urgency == Urgency.URGENT
        assert filed.due_at - filed.created_at == timedelta(hours=1)

    def test_edit_refuses_a_category_that_is_not_offered(self) -> None:
        closed = f.make_category("closed", is_active=False)
        for category in (str(closed.pk), "0", "x"):
            response = self.send("edit", self.clerk, category=category, urgency="low", why="x")
            self.stayed(response, "edit_category")

    def test_reject_needs_a_reason_and_can_leave_the_rates(self) -> None:
        self.stayed(self.send("reject", self.clerk, reason=""), "reject_reason")
        self.went_on(self.send("reject", self.clerk, reason="属于物业", is_excluded="on"))
        filed = self.again(self.filed)
        assert (filed.state, filed.is_excluded, filed.worker) == (State.REJECTED, True, None)

    def test_reopen_counts_in_the_rates_again(self) -> None:
        self.send("reject", self.clerk, reason="属于物业", is_excluded="on")
        self.went_on(self.send("reopen", words="是我们的事"))
        filed = self.again(self.filed)
        assert (filed.state, filed.is_excluded) == (State.REOPENED, False)
        assert self.send("reopen", words="再来").status_code == 422
        assert self.again(self.filed).reopened == 1

    def test_cancel_on_their_word(self) -> None:
        self.went_on(self.send("cancel", self.clerk, why="女儿已经买了"))
        assert self.state() == State.CANCELLED
        assert self.last_event().by == self.clerk

    def test_a_cancelled_request_is_taken_back_by_staff_alone_and_its_clock_stood_still(self) -> None:
        requests.pause(self.again(self.filed), by=self.worker, actor=Actor.WORKER, question="几楼？")
        self.send("cancel", self.clerk, why="女儿已经买了")
        now = timezone.now()
        ServiceRequest.unscoped.filter(pk=self.filed.pk).update(closed_at=now - timedelta(days=2))
        cancelled = self.again(self.filed)
        assert self.send("take-back", self.worker).status_code == 403
        assert self.send("reopen", self.clerk, words="还要").status_code == 422
        self.went_on(self.send("take-back", self.clerk))
        filed = self.again(self.filed)
        assert (filed.state, filed.worker, filed.closed_at) == (State.ASSIGNED, self.worker, None)
        assert abs(filed.due_at - cancelled.due_at - timedelta(days=2)) < timedelta(minutes=1)
        assert filed.events.filter(kind=EventKind.TAKEN_BACK, by=self.clerk, is_public=True).count() == 1
        assert self.send("take-back").status_code == 422

    def test_what_is_taken_back_goes_to_the_desk_when_its_worker_is_away(self) -> None:
        self.send("cancel", self.clerk, why="女儿已经买了")
        self.worker.away_until_date = today()
        self.worker.save(update_fields=["away_until_date"])
        self.went_on(self.send("take-back"))
        assert (self.state(), self.again(self.filed).worker) == (State.REOPENED, None)

    def test_lead_decides_in_the_own_grid(self) -> None:
        self.went_on(self.send("reject", self.lead, reason="属于物业"))

    def test_long_words_are_counted_not_cut(self) -> None:
        response = self.send("reply", self.clerk, text="字" * 2_001)
        self.stayed(response, "reply_text")
        self.assertContains(response, "字" * 2_001, status_code=422)


class AssignmentVerbTests(CastTestCase):
    def test_only_the_worker_who_has_it_may_act_as_the_worker(self) -> None:
        filed = f.make_request(self.household)
        for verb in (
            lambda: assignments.start(filed, by=self.colleague),
            lambda: assignments.decline(filed, by=self.colleague, reason="x"),
            lambda: assignments.hand_over(filed, to=self.lead, by=self.colleague, why="x"),
            lambda: assignments.accept(filed, by=self.colleague),
        ):
            with pytest.raises(Refused):
                verb()
        assert ServiceRequest.unscoped.get(pk=filed.pk).state == State.ASSIGNED
