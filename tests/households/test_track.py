"""`/track/…`: follow a request, answer, reopen, add, call off; by a secret link."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from unittest.mock import patch

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from households.actions import answers, assignments, requests, tracking, twins
from households.models import Actor, Outcome, Photo, ServiceRequest, State
from resilience.accounts import limits
from resilience.outbox.models import Message
from tests import factories as f
from tests.base import CastTestCase

from .ask import photo, statements


class TrackCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = f.make_request(self.household)
        self.path = f"/track/{self.filed.token}/"

    def page(self, client: Client | None = None) -> str:
        answer = (client or self.client).get(self.path)
        assert answer.status_code == 200
        return answer.content.decode()

    def resolve(self) -> None:
        requests.resolve(self.again(self.filed), by=self.worker, actor=Actor.WORKER, what_was_done="米送到了")


class TrackTests(TrackCase):
    def test_tells_the_state_who_has_it_by_when_and_what_was_said(self) -> None:
        requests.reply(self.again(self.filed), by=self.worker, actor=Actor.WORKER, text="下午三点送到")
        page = self.page()
        for part in (self.filed.code_label, "马晓兰", "下午三点送到", "家里没有米了", "西园小区1号楼"):
            assert part in page, part

    def test_shows_no_phone_no_name_and_no_note_among_colleagues(self) -> None:
        requests.remark(self.again(self.filed), by=self.clerk, actor=Actor.DESK, text="老人有些糊涂")
        assignments.hand_over(self.again(self.filed), to=self.colleague, by=self.worker, why="我今天请病假")
        page = self.page()
        for secret in ("老人有些糊涂", "请病假", "19900000001", "王秀英", str(self.household.uid)):
            assert secret not in page, secret
        assert "赵建国" in page

    def test_says_what_became_of_several_needs(self) -> None:
        meal = f.make_category("hot_meal", name_zh="热餐")
        several = f.make_request(
            self.household, items=(requests.NewItem(f.make_category()), requests.NewItem(meal, every_days=1))
        )
        page = self.client.get(f"/track/{several.token}/").content.decode()
        assert "热餐" in page
        assert "还没办完" in page
        assert "未办结" not in page

    def test_is_not_there_for_a_wrong_link(self) -> None:
        for token in (
            "x" * 43,
            "x" * 4000,
            "é",
            "%00" * 43,
            self.filed.code,
            self.filed.token[:-1],
            self.filed.token + "x",
        ):
            assert self.client.get(f"/track/{token}/").status_code == 404, token[:50]

    def test_is_never_stored_nor_found_by_search_engines(self) -> None:
        answer = self.client.get(self.path)
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]

    def test_takes_the_same_few_statements_for_one_event_and_fifty(self) -> None:
        self.page()
        with CaptureQueriesContext(connection) as few:
            self.page()
        for number in range(50):
            requests.reply(self.again(self.filed), by=self.worker, actor=Actor.WORKER, text=f"第{number}次")
        with CaptureQueriesContext(connection) as many:
            self.page()
        assert len(statements(many.captured_queries)) == len(statements(few.captured_queries)) <= 6

    def test_quotes_what_we_said_last_only_while_it_holds(self) -> None:
        requests.pause(self.again(self.filed), by=self.worker, actor=Actor.WORKER, question="几斤的米？")
        assert "几斤的米？" in self.head()
        self.client.post(f"{self.path}note/", {"text": "五斤"})
        assert "几斤的米？" not in self.head()
        self.resolve()
        assert "米送到了" in self.head()
        self.client.post(f"{self.path}confirm/", {"outcome": "not_done", "words": "没有收到"})
        assert "米送到了" not in self.head()
        assert "米送到了" in self.page()  # in the story

    def test_says_where_it_is_in_everyday_words(self) -> None:
        assert "已安排人" in self.head()
        requests.reject(self.again(self.filed), by=self.clerk, reason="归燃气公司管")
        assert "没法受理" in self.head()
        for word in ("派单", "不予受理", "结案", "未办结"):
            assert word not in self.page(), word

    def head(self) -> str:
        """The box at the top."""
        page = self.page()
        return page[page.index('class="card stack"') : page.index('class="big-code"')]

    def test_says_what_just_happened_and_shrugs_off_nonsense(self) -> None:
        answer = self.client.post(f"{self.path}note/", {"text": "还要盐"})
        assert "已收到，办理的人" in self.client.get(answer["Location"]).content.decode()
        self.resolve()
        answer = self.client.post(f"{self.path}confirm/", {"outcome": "done"})
        assert "谢谢您" in self.client.get(answer["Location"]).content.decode()
        assert self.client.get(f"{self.path}?said=%00<b>").status_code == 200

    def test_changes_nothing_when_it_is_only_looked_at(self) -> None:
        self.resolve()
        for path in ("confirm", "reopen", "note"):
            assert self.client.get(f"{self.path}{path}/").status_code == 405
        self.client.get(f"{self.path}cancel/")
        assert self.again(self.filed).state == State.RESOLVED


class MergedTrackTests(TrackCase):
    def test_follows_the_other_request_and_tells_nothing_of_the_other_person(self) -> None:
        other = f.make_request(self.other_household, text="邻居的话", person_name="李国强", phone="19900000002")
        answers.add_words(self.again(other), text="邻居补充的话")
        twins.merge(self.again(self.filed), into=self.again(other), by=self.clerk)
        requests.resolve(self.again(other), by=self.colleague, actor=Actor.WORKER, what_was_done="已给李国强家修好")
        page = self.page()
        assert "赵建国" in page
        for secret in ("邻居", "李国强", "19900000002", "西园小区2号楼", other.code_label, other.token):
            assert secret not in page, secret

    def test_begins_with_its_own_words_and_has_no_empty_answers(self) -> None:
        other = f.make_request(self.other_household)
        requests.reply(self.again(other), by=self.colleague, actor=Actor.WORKER, text="先给邻居送")
        self.filed = f.make_request(self.household)
        self.path = f"/track/{self.filed.token}/"
        twins.merge(self.again(self.filed), into=self.again(other), by=self.clerk)
        requests.reply(self.again(other), by=self.colleague, actor=Actor.WORKER, text="再给邻居送")
        requests.resolve(self.again(other), by=self.colleague, actor=Actor.WORKER, what_was_done="好了")
        page = self.page()
        story = page[page.index('class="timeline"') :]
        titles = re.findall(r"<li><strong>(.*?)</strong>", story)
        assert titles[0] == "赵建国说已办好"
        assert titles[-2:] == ["交给马晓兰办理", "您发出求助"]
        assert "赵建国回复" not in titles

    def test_tells_the_leading_one_nothing_of_who_joined(self) -> None:
        other = f.make_request(self.other_household, text="邻居的话", person_name="李国强")
        twins.merge(self.again(other), into=self.again(self.filed), by=self.clerk)
        for secret in ("邻居", "李国强", other.code_label):
            assert secret not in self.page(), secret


class ConfirmTests(TrackCase):
    def test_closes_with_done_and_a_rating(self) -> None:
        self.resolve()
        assert 'name="outcome"' in self.page()
        data = {"outcome": "done", "rating": "satisfied", "words": "谢谢"}
        assert self.client.post(f"{self.path}confirm/", data).status_code == 303
        closed = self.again(self.filed)
        assert (closed.state, closed.outcome, closed.rating) == (State.CLOSED, "done", "satisfied")
        assert "谢谢" in self.page()

    def test_reopens_with_not_done_and_with_not_satisfied(self) -> None:
        for data in ({"outcome": "not_done"}, {"outcome": "done", "rating": "not"}):
            self.resolve()
            assert self.client.post(f"{self.path}confirm/", data).status_code == 303
            assert self.again(self.filed).state == State.REOPENED
            requests.take_up(self.again(self.filed), by=self.clerk)

    def test_half_done_keeps_it_open_and_says_so_and_the_desk_hears_of_it(self) -> None:
        self.resolve()
        data = {"outcome": "half", "rating": "mostly", "words": "还差一袋"}
        assert self.client.post(f"{self.path}confirm/", data).status_code == 303
        half = self.again(self.filed)
        assert (half.state, half.outcome, half.rating) == (State.REOPENED, "half", "mostly")
        page = self.page()
        assert "办了一半" in page
        assert "已经办好，办结了" not in page
        told = Message.objects.filter(about=half.code, key__contains=":reopened:")
        assert f"desk:{self.home.pk}" in [message.recipient for message in told]

    def test_says_done_only_when_the_resident_did(self) -> None:
        self.resolve()
        answers.close_unanswered(self.again(self.filed))
        assert "已经办好，办结了" not in self.page()

    def test_shows_what_is_missing_and_keeps_the_words(self) -> None:
        self.resolve()
        answer = self.client.post(f"{self.path}confirm/", {"words": "写到一半"})
        assert answer.status_code == 422
        assert "写到一半" in answer.content.decode()
        assert 'href="#id_outcome_0"' in answer.content.decode()

    def test_counts_a_second_tap_once(self) -> None:
        self.resolve()
        for _ in range(2):
            assert self.client.post(f"{self.path}confirm/", {"outcome": "done"}).status_code == 303
        assert self.filed.events.filter(kind="confirmed").count() == 1

    def test_does_nothing_before_it_is_resolved(self) -> None:
        assert self.client.post(f"{self.path}confirm/", {"outcome": "done"}).status_code == 303
        assert self.again(self.filed).state == State.ASSIGNED

    def test_refuses_other_answers_than_it_offers(self) -> None:
        self.resolve()
        for data in ({"outcome": "x"}, {"outcome": "done", "rating": "x"}, {"outcome": "done", "words": "x" * 2001}):
            assert self.client.post(f"{self.path}confirm/", data).status_code == 422


class ReopenTests(TrackCase):
    def close(self) -> None:
        self.resolve()
        answers.confirm(self.again(self.filed), outcome=Outcome.DONE, rating="", words="")

    def test_opens_a_closed_one_again(self) -> None:
        self.close()
        assert 'name="words"' in self.page()
        assert self.client.post(f"{self.path}reopen/", {"words": "又坏了"}).status_code == 303
        assert self.again(self.filed).state == State.REOPENED

    def test_wants_a_word(self) -> None:
        self.close()
        assert self.client.post(f"{self.path}reopen/", {"words": ""}).status_code == 422

    def test_is_over_after_the_days_that_staff_set(self) -> None:
        self.close()
        ServiceRequest.unscoped.update(closed_at=timezone.now() - timedelta(days=15))
        assert f"{self.path}reopen/" not in self.page()
        self.client.post(f"{self.path}reopen/", {"words": "又坏了"})
        assert self.again(self.filed).state == State.CLOSED


class NoteTests(TrackCase):
    def test_adds_words_and_a_photo(self) -> None:
        assert self.client.post(f"{self.path}note/", {"text": "还要盐", "photos": photo()}).status_code == 303
        event = self.filed.events.get(kind="note")
        assert (event.note, event.actor, event.is_public) == ("还要盐", Actor.RESIDENT, True)
        assert Photo.unscoped.get().event == event
        assert "还要盐" in self.page()

    def test_lets_the_clock_run_again_when_we_had_asked(self) -> None:
        requests.pause(self.again(self.filed), by=self.worker, actor=Actor.WORKER, question="几斤？")
        assert "几斤？" in self.page()
        self.client.post(f"{self.path}note/", {"text": "五斤"})
        assert self.again(self.filed).paused_at is None

    def test_says_a_second_tap_once(self) -> None:
        for _ in range(2):
            self.client.post(f"{self.path}note/", {"text": "还要盐"})
        assert self.filed.events.filter(kind="note").count() == 1

    def test_adds_a_photo_once_however_often_its_form_arrives(self) -> None:
        key = self.page().split('name="key" value="')[1].split('"')[0]
        for _ in range(2):
            said = {"text": "还要盐", "photos": photo(), "key": key}
            assert self.client.post(f"{self.path}note/", said).status_code == 303
        assert self.filed.events.filter(kind="note").count() == 1
        assert Photo.unscoped.count() == 1
        self.client.post(f"{self.path}note/", {"text": "", "photos": photo(size=(50, 50)), "key": key})
        assert self.filed.events.filter(kind="note").count() == 2

    def test_adds_it_once_when_both_arrive_in_the_same_moment(self) -> None:
        key = uuid.uuid4()
        with patch.object(tracking, "_is_second_tap", return_value=False):
            for _ in range(2):
                tracking.add_note(self.again(self.filed), text="还要盐", key=key)
        assert self.filed.events.filter(kind="note").count() == 1

    def test_takes_a_note_whose_key_is_nonsense(self) -> None:
        assert self.client.post(f"{self.path}note/", {"text": "还要盐", "key": "x"}).status_code == 303
        assert self.filed.events.filter(kind="note").count() == 1

    def test_wants_words_or_a_photo_and_refuses_too_many(self) -> None:
        assert self.client.post(f"{self.path}note/", {"text": " "}).status_code == 422
        for number in range(limits.TRACK_NOTE.most):
            self.client.post(f"{self.path}note/", {"text": f"第{number}句"})
        answer = self.client.post(f"{self.path}note/", {"text": "还有"})
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) >= 1
        assert "还有" in answer.content.decode()

    def test_escapes_what_was_said(self) -> None:
        self.client.post(f"{self.path}note/", {"text": "<script>alert(1)</script>\x00"})
        assert "<script>alert" not in self.page()

    def test_is_not_offered_once_it_is_called_off(self) -> None:
        answers.cancel(self.again(self.filed), why="")
        assert f"{self.path}note/" not in self.page()
        assert self.client.post(f"{self.path}note/", {"text": "还要盐"}).status_code == 422


class CancelTests(TrackCase):
    def test_calls_it_off_on_a_page_of_its_own(self) -> None:
        assert self.client.get(f"{self.path}cancel/").status_code == 200
        assert self.client.post(f"{self.path}cancel/", {"why": "邻居帮了"}).status_code == 303
        assert self.again(self.filed).state == State.CANCELLED
        assert self.client.post(f"{self.path}cancel/").status_code == 303
        assert self.filed.events.filter(kind="cancelled").count() == 1

    def test_is_not_possible_once_it_is_done(self) -> None:
        self.resolve()
        assert self.client.get(f"{self.path}cancel/")["Location"] == self.path
        self.client.post(f"{self.path}cancel/")
        assert self.again(self.filed).state == State.RESOLVED
