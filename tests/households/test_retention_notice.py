"""A rule of retention that was written lately waits a week, and what ends next is seen before it goes."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.urls import reverse
from django.utils import timezone

from households import reference
from households.actions import retention as verbs
from households.models import (
    Resident,
    RetentionRule,
    Subject,
)
from households.models.retention import NOTICE
from households.retention import LISTED_FOR
from resilience.accounts.models import User
from resilience.audit.models import Entry
from resilience.lib.dates import MIN_MOMENT, today
from resilience.outbox.models import Message
from tests import factories as f
from tests.households import purging as p
from tests.households.retaining import DAY, LONG_AGO, RetentionCase


class NoticeTests(RetentionCase):
    """A rule that somebody writes holds a week later, after everybody in charge was told; nothing of its kind goes
    meanwhile, whichever way it was written."""

    ADD = reverse("admin:households_retentionrule_add")

    def setUp(self) -> None:
        super().setUp()
        self.rule = RetentionRule.objects.get(subject="visits")
        self.change = reverse("admin:households_retentionrule_change", args=[self.rule.pk])
        self.sign_in(self.admin)

    def form(self, **more: object) -> dict[str, object]:
        return {"subject": "visits", "keep_days": 90, "from_date": "2020-01-01", "until_date": "", **more}

    def due(self) -> int:
        reference.forget()
        return verbs.list_due()[Subject.VISITS]

    def test_a_rule_made_shorter_takes_nothing_for_a_week(self) -> None:
        self.old_visit()
        verbs.list_due()
        self.tomorrow()
        assert self.client.post(self.change, self.form()).status_code == 302
        reference.forget()
        assert verbs.apply_due() == {}  # not what had been listed before, either
        assert self.due() == 0
        with time_machine.travel(timezone.now() + NOTICE - timedelta(minutes=1), tick=False):
            assert self.due() == 0
        with time_machine.travel(timezone.now() + NOTICE + timedelta(minutes=1), tick=False):
            assert self.due() == 1

    def test_no_way_of_writing_it_takes_something_at_once(self) -> None:
        self.old_visit()
        gone = reverse("admin:households_retentionrule_delete", args=[self.rule.pk])
        assert self.client.post(gone, {"post": "yes"}).status_code == 302
        assert self.client.post(self.ADD, self.form()).status_code == 302
        assert self.due() == 0
        new = RetentionRule.objects.get(subject="visits")
        RetentionRule.objects.filter(pk=new.pk).update(written_at=MIN_MOMENT, until_date="2021-01-01")
        assert self.due() == 0
        again = reverse("admin:households_retentionrule_change", args=[new.pk])
        for until in ("", (today() + DAY).isoformat()):  # a short one of long ago holds anew
            assert self.client.post(again, self.form(until_date=until)).status_code == 302
            assert self.due() == 0

    def test_one_that_only_ends_earlier_tells_nobody_and_waits_for_nobody(self) -> None:
        ends = self.form(keep_days=730, from_date=self.rule.from_date, until_date=today() + 9 * DAY)
        assert self.client.post(self.change, ends).status_code == 302
        self.rule.refresh_from_db()
        assert (self.rule.until_date, self.rule.written_at) == (today() + 9 * DAY, MIN_MOMENT)
        assert not Message.objects.filter(about="retention").exists()
        self.old_visit()
        assert self.due() == 1

    def test_every_administrator_and_supervisor_is_told_and_the_audit(self) -> None:
        supervisor = f.make_supervisor("supervisor", self.home.parent)
        ended = f.make_supervisor("ended", self.home.parent)
        ended.appointments.update(until_date=today() - DAY)
        for user in (supervisor, ended, self.admin, self.clerk, self.worker):
            User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.org")
        assert self.client.post(self.change, self.form()).status_code == 302
        told = Message.objects.filter(about="retention")
        assert {each.recipient for each in told} == {"supervisor@example.org", "admin@example.org"}
        assert all("90" in each.body and reverse("ends-next") in each.body for each in told)
        entry = Entry.objects.get(action="retention.changed")
        assert (entry.by, entry.subject_key) == (self.admin, "visits")

    def test_too_short_a_rule_is_refused_in_words(self) -> None:
        said = {"zh-hans": "至少保留 90 天", "en": "at least 90 days"}
        for language, words in said.items():
            page = self.client.post(self.change, self.form(keep_days=89), headers={"Accept-Language": language})
            self.assertContains(page, words)
        page = self.client.post(self.change, self.form(subject="messages", keep_days=6))
        self.assertContains(page, "至少保留 7 天")
        self.rule.refresh_from_db()
        assert self.rule.keep_days == 730

    def test_the_page_of_what_ends_next_shows_it_to_who_looks_over_it(self) -> None:
        assert self.client.post(self.change, self.form()).status_code == 302
        for user in (f.make_supervisor("supervisor", self.home.parent), self.clerk, self.admin):
            self.sign_in(user)
            page = self.client.get(reverse("ends-next"))
            line = next(line for line in page.context["lines"] if line.subject == Subject.VISITS)
            assert line.keep_days is None
            assert line.to_come.holds_from == timezone.localdate(timezone.now() + NOTICE)
            self.assertContains(page, "起：90 天")


class NextTests(RetentionCase):
    """/campaigns/next/: what ends next, for those whose places it is."""

    def test_it_counts_what_is_listed_and_what_comes_and_links_to_it(self) -> None:
        visit = self.old_visit()
        f.make_visit(self.household, self.worker, happened_at=timezone.now() - timedelta(days=720))
        f.make_visit(self.foreign_household, self.foreign_worker, happened_at=timezone.now() - LONG_AGO)
        verbs.list_due()
        self.sign_in(self.clerk)
        response = self.client.get(reverse("ends-next") + "?rule=visits")
        line = next(line for line in response.context["lines"] if line.subject == Subject.VISITS)
        assert (line.keep_days, line.listed, line.coming) == (730, 1, 1)
        assert abs(line.next_at - timezone.now() - LISTED_FOR) < timedelta(minutes=1)
        self.assertContains(response, reverse("household", args=[visit.household.uid]))
        self.assertNotContains(response, str(self.foreign_household.uid))

    def test_it_shows_rows_of_every_rule(self) -> None:
        self.old_visit()
        filed = self.old_request()
        p.plant_photo(service_request=filed)
        f.make_need(self.wang, until_date=today() - LONG_AGO, since_date=today() - LONG_AGO)
        gone = f.make_resident(self.household, "刘走远", presence="died")
        Resident.unscoped.filter(pk=gone.pk).update(created_at=timezone.now() - LONG_AGO)
        f.make_household(
            self.building, 3, "601", door_note="狗", from_date=today() - LONG_AGO, until_date=today() - LONG_AGO
        )
        verbs.list_due()
        self.sign_in(self.clerk)
        for subject in (*verbs.VERBS, "nonsense"):
            response = self.client.get(reverse("ends-next"), {"rule": subject})
            assert response.status_code == 200
            assert bool(response.context["rows"]) == (subject in verbs.VERBS)

    def test_it_is_the_offices_alone(self) -> None:
        for user in (self.worker, self.lead):
            self.sign_in(user)
            assert self.client.get(reverse("ends-next")).status_code == 403
