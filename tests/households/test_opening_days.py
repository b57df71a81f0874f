"""/desk/openings/ and the message of the day: what those in charge hear of openings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from households.actions.opening_watch import send_digests
from households.models import Appointment, Opening, OpeningAllowance, OpeningRule, Region, Role
from resilience.chores import EVERY_DAY
from resilience.lib.dates import today
from resilience.lib.rows import NEVER
from resilience.outbox.models import Channel, Message
from tests import factories as f
from tests.base import CastTestCase


class OpeningDaysTestCase(CastTestCase):
    url = "/desk/openings/"

    def opening(self, *, days_ago: int = 0, by: Any = None, subject: Any = None, **more: Any) -> Opening:
        at = timezone.now() - timedelta(days=days_ago)
        times = {"opened_at": at, "last_at": at}
        return f.make_opening(subject or self.wang, by or self.worker, **times, **more)


class OpeningDaysTests(OpeningDaysTestCase):
    def test_says_who_opened_how_much_of_what_and_why(self) -> None:
        for _n in range(2):
            self.opening(fields="phone id_number", reason="visit")
        self.opening(reason="other", words="核对选民名单", is_at_night=True)
        self.sign_in(self.clerk)
        page = self.client.get(self.url)
        [line] = page.context["people"]
        assert (line.name, line.count, line.what["phone"], line.what["id_number"]) == ("马晓兰", 3, 3, 2)
        assert (line.why["visit"], line.why["other"], line.marks["is_at_night"]) == (2, 1, 1)
        for words in ("马晓兰", "王秀英", "核对选民名单", self.household.address):
            self.assertContains(page, words)

    def test_shows_one_day_and_leads_to_the_days_around_it(self) -> None:
        self.opening(days_ago=1)
        self.sign_in(self.clerk)
        assert self.client.get(self.url).context["people"] == []
        yesterday = (today() - timedelta(days=1)).isoformat()
        assert len(self.client.get(self.url, {"day": yesterday}).context["people"]) == 1
        for wrong in ("2999-01-01", "gestern", "0001-01-01"):
            assert self.client.get(self.url, {"day": wrong}).context["day"] == today()

    def test_shows_only_the_community_that_is_chosen_and_theirs(self) -> None:
        self.opening(by=self.foreign_worker, subject=self.zhang)
        self.sign_in(self.clerk)
        self.assertNotContains(self.client.get(self.url), "远方")
        assert self.client.get(self.url, {"place": self.away.code}).status_code == 404
        self.sign_in(self.admin)
        self.assertContains(self.client.get(self.url, {"place": self.away.code}), "远方")

    def test_turns_pages_without_a_gap(self) -> None:
        rows = [self.opening().pk for _n in range(60)]
        self.sign_in(self.clerk)
        first = self.client.get(self.url)
        second = self.client.get(self.url, {"after": first.context["next_cursor"]})
        assert (len(first.context["lines"]), len(second.context["lines"])) == (50, 10)
        assert {line.at for page in (first, second) for line in page.context["lines"]} == set(
            Opening.objects.filter(pk__in=rows).values_list("opened_at", flat=True)
        )
        assert self.client.get(self.url, {"after": "x"}).status_code == 200

    def test_names_households_that_many_people_opened(self) -> None:
        for user in (self.worker, self.lead, self.clerk):
            self.opening(by=user)
        self.sign_in(self.clerk)
        assert self.client.get(self.url).context["crowded"] == []
        self.opening(by=self.colleague)
        [crowded] = self.client.get(self.url).context["crowded"]
        assert (crowded.uid, crowded.address, crowded.people) == (self.household.uid, self.household.address, 4)

    def test_has_a_banner_for_whoever_opened_very_much(self) -> None:
        self.opening()
        self.sign_in(self.clerk)
        self.assertNotContains(self.client.get(self.url), 'class="notice bad"')
        self.opening(is_over=True)
        self.assertContains(self.client.get(self.url), 'class="notice bad"')
        self.assertNotContains(self.client.get(self.url), "/allow/")

    def test_is_for_staff_and_supervisors(self) -> None:
        for user in (self.worker, self.lead, f.make_auditor("auditor", self.home)):
            self.sign_in(user)
            assert self.client.get(self.url).status_code == 403
        supervisor = f.make_supervisor("supervisor", self.home)
        for user in (self.clerk, self.admin, supervisor):
            self.sign_in(user)
            assert self.client.get(self.url).status_code == 200

    def test_is_one_step_from_the_list_of_people(self) -> None:
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(reverse("people")), f'href="{self.url}"')
        self.sign_in(self.lead)
        self.assertNotContains(self.client.get(reverse("people")), f'href="{self.url}"')

    def test_takes_no_other_methods(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.post(self.url).status_code == 405


class AllowTests(OpeningDaysTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.allow = reverse("openings-allow", args=[self.worker.uid])

    def test_lets_a_colleague_open_more_for_an_hour(self) -> None:
        OpeningRule.objects.create(role=Role.WORKER, alarm_after=1, stop_after=2)
        self.opening(is_over=True)
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(self.url), f'action="{self.allow}"')
        answer = self.client.post(self.allow, {"place": self.home.code})
        self.assertRedirects(answer, f"{self.url}?place={self.home.code}", status_code=303)
        allowance = OpeningAllowance.objects.get()
        assert (allowance.user, allowance.by, allowance.community) == (self.worker, self.clerk, self.home)
        assert timedelta(minutes=59) < allowance.until_at - timezone.now() <= timedelta(hours=1)

    def test_works_with_htmx(self) -> None:
        self.sign_in(self.clerk)
        answer = self.client.post(self.allow, headers={"HX-Request": "true"})
        assert answer["HX-Redirect"].startswith(self.url)

    def test_nobody_lets_themselves(self) -> None:
        self.sign_in(self.clerk)
        answer = self.client.post(reverse("openings-allow", args=[self.clerk.uid]))
        assert answer.status_code in (303, 404)
        assert not OpeningAllowance.objects.exists()

    def test_is_for_those_in_charge_of_the_colleague(self) -> None:
        for user, status in ((self.foreign_clerk, 404), (self.lead, 403), (self.worker, 403)):
            self.sign_in(user)
            assert self.client.post(self.allow).status_code == status
        assert not OpeningAllowance.objects.exists()

    def test_being_in_charge_elsewhere_is_not_enough(self) -> None:
        """Staff of another community, and lead of the colleague's grid: they see them, and do not look over them."""
        Appointment.objects.create(user=self.foreign_clerk, role=Role.LEAD, grid=self.grid)
        self.sign_in(self.foreign_clerk)
        assert self.client.post(self.allow).status_code == 403
        assert not OpeningAllowance.objects.exists()

    def test_takes_no_other_methods(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.get(self.allow).status_code == 405


class DigestTests(OpeningDaysTestCase):
    def told(self) -> list[Message]:
        Message.objects.exclude(about="openings").delete()
        return list(Message.objects.order_by("pk"))

    def test_tells_of_each_community_and_day_once(self) -> None:
        self.opening(days_ago=1)
        self.opening(days_ago=1, by=self.clerk, is_elsewhere=True)
        self.opening(days_ago=2)
        self.opening(days_ago=1, by=self.foreign_worker, subject=self.zhang)
        self.opening()  # of today, which is not over
        send_digests()
        send_digests()
        told = self.told()
        assert sorted(each.recipient for each in told) == sorted(
            [f"desk:{self.home.pk}", f"desk:{self.home.pk}", f"desk:{self.away.pk}"]
        )
        yesterday = next(each for each in told if (today() - timedelta(days=1)).isoformat() in each.body)
        assert "2" in yesterday.body
        assert f"/desk/openings/?place={self.home.code}" in yesterday.body

    def test_reaches_those_in_charge_by_mail(self) -> None:
        district = Region.objects.get(code=self.home.code[:6])
        for person, email in (
            (f.make_supervisor("supervisor", self.home), "s@example.org"),
            (f.make_supervisor("above", district), "district@example.org"),
            (f.make_staff("other", self.away), "foreign@example.org"),
            (self.worker, "worker@example.org"),
        ):
            person.email = email
            person.save(update_fields=["email"])
        self.opening(days_ago=1)
        send_digests()
        mails = {each.recipient for each in self.told() if each.channel == Channel.EMAIL}
        assert mails == {"s@example.org", "district@example.org"}

    def test_names_nobody_and_no_door(self) -> None:
        self.opening(days_ago=1, reason="other", words="核对选民名单")
        send_digests()
        [message] = self.told()
        for name in ("王", "马晓兰", "worker", self.household.address, "核对", "1990"):
            assert name not in message.body

    def test_is_done_every_day(self) -> None:
        self.opening(days_ago=1)
        assert EVERY_DAY["openings told of"](NEVER) == 1
