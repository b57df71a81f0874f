"""`/desk/assign/`: several requests to one worker, with a preview."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from households.actions import assignments
from households.actions import requests as verbs
from households.models import Actor, Assignment, RequestEvent, ServiceRequest, State
from resilience.accounts.models import User
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase

URL = reverse("bulk-assign")


class BulkAssignTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.mine = f.make_request(self.household)
        self.theirs = f.make_request(self.other_household)
        self.foreign = f.make_request(self.foreign_household)
        self.sign_in(self.clerk)
        self.client.cookies["django_language"] = "en"

    def fields(self, *rows: ServiceRequest, worker: User | None = None, **more: Any) -> dict[str, object]:
        chosen = worker or self.colleague
        return {"code": [row.code for row in rows], "worker": str(chosen.uid), "note": "", "step": "preview", **more}

    def confirm(self, *rows: ServiceRequest, **more: Any) -> Callable[[], Any]:
        shown = self.client.post(URL, self.fields(*rows, **more)).content.decode()
        seen = re.findall(r'name="seen" value="([^"]+)"', shown)
        return lambda: self.client.post(URL, self.fields(*rows, **more, step="confirm", seen=seen))

    def of(self, row: ServiceRequest) -> object:
        return self.again(row).worker

    def test_shows_what_is_chosen_and_who_could_take_it(self) -> None:
        shown = self.client.get(f"{URL}?{urlencode([('code', self.mine.code), ('code', self.theirs.code)])}")
        words = shown.content.decode()
        assert shown.status_code == 200
        for expected in (
            self.mine.code_label,
            self.theirs.code_label,
            "马晓兰",
            "赵建国",
            "孙玉梅",
        ):
            assert expected in words
        assert "远方" not in words

    def test_previews_without_changing_anything(self) -> None:
        answer = self.client.post(URL, self.fields(self.mine, self.theirs))
        assert answer.status_code == 200
        assert "1 request goes to 赵建国" in answer.content.decode()
        assert "1 is with them already" in answer.content.decode()
        assert self.of(self.mine) == self.worker

    def test_gives_them_all_and_says_so(self) -> None:
        answer = self.confirm(self.mine, self.theirs, note="今天下午一起送")()
        assert (answer.status_code, answer.url) == (303, reverse("desk"))
        assert self.of(self.mine) == self.of(self.theirs) == self.colleague
        assert Assignment.objects.active().get(service_request=self.mine).worker == self.colleague
        event = RequestEvent.unscoped.filter(service_request=self.mine).latest("id")
        assert (event.by, event.to_worker, event.note) == (self.clerk, self.colleague, "今天下午一起送")
        assert "1 request is with 赵建国 now" in self.client.get(reverse("desk")).content.decode()

    def test_gives_none_when_one_has_changed_meanwhile_and_names_it(self) -> None:
        confirm = self.confirm(self.mine, self.theirs, worker=self.lead)
        verbs.remark(self.again(self.theirs), by=self.clerk, actor=Actor.DESK, text="打过电话")
        answer = confirm()
        assert answer.status_code == 422
        assert f"Changed since you looked: {self.theirs.code_label}." in answer.content.decode()
        assert self.of(self.mine) == self.worker
        again = self.client.post(URL, self.fields(self.mine, self.theirs, worker=self.lead))
        assert again.status_code == 200

    def test_gives_none_when_one_is_no_longer_open(self) -> None:
        confirm = self.confirm(self.mine, self.theirs, worker=self.lead)
        verbs.reject(self.again(self.theirs), by=self.clerk, reason="重复")
        assert confirm().status_code == 422
        assert self.of(self.mine) == self.worker

    def test_gives_nothing_that_was_not_previewed(self) -> None:
        answer = self.client.post(URL, self.fields(self.mine, step="confirm"))
        assert answer.status_code == 422
        assert self.of(self.mine) == self.worker

    def test_leaves_out_what_has_ended(self) -> None:
        verbs.reject(self.again(self.theirs), by=self.clerk, reason="重复")
        assert self.confirm(self.mine, self.theirs)().status_code == 303
        assert self.of(self.mine) == self.colleague
        assert self.again(self.theirs).state == State.REJECTED

    def test_shows_the_absent_and_does_not_let_choose_them(self) -> None:
        self.colleague.away_until_date = today() + timedelta(days=2)
        self.colleague.save(update_fields=["away_until_date"])
        shown = self.client.get(f"{URL}?code={self.mine.code}").content.decode()
        assert "赵建国 (away until" in shown
        assert str(self.colleague.uid) not in shown
        assert self.client.post(URL, self.fields(self.mine)).status_code == 422

    def test_warns_of_too_much(self) -> None:
        rows = [f.make_request(self.household) for _ in range(10)]
        assert "a lot more than colleagues" in self.client.post(URL, self.fields(*rows)).content.decode()
        assert "a lot more than colleagues" not in self.client.post(URL, self.fields(*rows[:2])).content.decode()

    def test_needs_somebody(self) -> None:
        answer = self.client.post(URL, {"code": [self.mine.code], "step": "preview"})
        assert answer.status_code == 422
        assert "Choose somebody." in answer.content.decode()

    def test_what_is_foreign_does_not_exist(self) -> None:
        answer = self.client.get(f"{URL}?code={self.foreign.code}&code={self.mine.code}")
        assert self.foreign.code_label not in answer.content.decode()
        assert "1 request you chose is not there any more" in answer.content.decode()
        assert self.client.post(URL, self.fields(self.foreign, worker=self.foreign_worker)).status_code in (200, 422)
        assert self.of(self.foreign) == self.foreign_worker
        assert self.client.post(URL, self.fields(self.mine, worker=self.foreign_worker)).status_code == 422

    def test_codes_that_are_none_are_left_out(self) -> None:
        for query in ("", "?code=", "?code=%00&code=<b>", "?code=" + "A" * 5_000, "?" + "code=A&" * 900):
            assert "No request is chosen" in self.client.get(URL + query).content.decode(), query[:40]

    def test_is_for_the_desk_only(self) -> None:
        for user, status in ((self.worker, 403), (self.lead, 200), (self.admin, 200)):
            self.sign_in(user)
            assert self.client.get(URL).status_code == status
        self.client.logout()
        assert self.client.get(URL).status_code == 302
        assert self.client.put(URL).status_code in (302, 405)

    def test_a_lead_gives_only_what_is_in_their_grid(self) -> None:
        self.sign_in(self.lead)
        assert self.confirm(self.mine, self.theirs, worker=self.lead)().status_code == 303
        assert (self.of(self.mine), self.of(self.theirs)) == (self.lead, self.colleague)

    def test_takes_the_same_few_statements_for_one_and_for_many(self) -> None:
        rows = [f.make_request(self.household) for _ in range(40)]
        for chosen in (rows[:1], rows):
            query = urlencode([("code", row.code) for row in chosen])
            self.client.get(f"{URL}?{query}")
            with self.assertNumQueries(5):  # session, user, appointments, requests, who could
                self.client.get(f"{URL}?{query}")

    def test_reassigning_ends_whoever_had_it(self) -> None:
        self.confirm(self.mine, worker=self.colleague)()
        self.confirm(self.mine, worker=self.lead)()
        ended = list(Assignment.objects.filter(service_request=self.mine, ended_at__isnull=False))
        assert {each.worker for each in ended} == {self.worker, self.colleague}
        assignments.accept(self.again(self.mine), by=self.lead)
