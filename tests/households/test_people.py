"""/desk/people/: who serves here, and a leaver's work in one step."""

from __future__ import annotations

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from households.actions.assignments import assign, make_responsible
from households.actions.people import release_inactive
from households.handovers import Load, spread
from households.models import (
    Appointment,
    Assignment,
    EventKind,
    FileChange,
    Grid,
    Responsibility,
    Role,
    ServiceRequest,
    State,
)
from resilience.accounts.models import User
from resilience.audit.models import Entry
from resilience.chores import EVERY_ROUND
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase


class PeopleTests(CastTestCase):
    def test_lists_colleagues_with_what_they_have(self) -> None:
        f.make_request(self.household)
        self.sign_in(self.clerk)
        response = self.client.get(reverse("people"))
        self.assertContains(response, "马晓兰")
        self.assertNotContains(response, "远方")
        worker = next(row.person for row in response.context["people"] if row.person.pk == self.worker.pk)
        assert (worker.open_requests, worker.household_count) == (1, 1)

    def test_names_the_role_and_every_place_of_each_in_order(self) -> None:
        Appointment.objects.create(user=self.lead, role=Role.LEAD, grid=self.other_grid)
        early = f.make_worker("early", self.grid, "艾米")
        self.sign_in(self.clerk)
        lines = self.client.get(reverse("people")).context["people"]
        assert [line.person for line in lines] == [self.lead, early, self.worker, self.colleague, self.clerk]
        assert lines[0].roles == Role.LEAD.label
        assert "第1网格" in lines[0].places
        assert "第2网格" in lines[0].places

    def test_asks_the_database_the_same_number_of_times_for_more_people(self) -> None:
        self.sign_in(self.clerk)
        with self.assertNumQueries(5):
            self.client.get(reverse("people"))
        for number in range(8):
            f.make_worker(f"w{number}", self.grid)
        with self.assertNumQueries(5):
            self.client.get(reverse("people"))

    def test_is_the_desks_alone(self) -> None:
        self.sign_in(self.worker)
        assert self.client.get(reverse("people")).status_code == 403


class LeaveTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.url = reverse("person-leave", args=[self.worker.uid])
        self.theirs = f.make_request(self.household)

    def form(self, **changes: object) -> dict[str, object]:
        return {"for_good": "yes", "away_until": "", "receivers": [self.colleague.pk], "why": "调离", **changes}

    def test_previews_and_changes_nothing_yet(self) -> None:
        self.sign_in(self.clerk)
        response = self.client.post(self.url, self.form(step="preview"))
        row = response.context["preview"][0]
        assert (row["worker"], row["households"], row["requests"]) == (self.colleague, 1, 1)
        assert self.again(self.theirs).worker == self.worker

    def test_gives_everything_to_the_receiver_and_shuts_the_door(self) -> None:
        self.sign_in(self.clerk)
        self.assertRedirects(self.client.post(self.url, self.form(step="confirm")), reverse("people"), 303)
        assert self.again(self.theirs).worker == self.colleague
        assert Assignment.objects.active().get(service_request=self.theirs).worker == self.colleague
        assert Responsibility.objects.active().get(household=self.household).worker == self.colleague
        assert [row.why for row in FileChange.unscoped.filter(household=self.household, action="responsible")] == [
            "调离"
        ]
        self.worker.refresh_from_db()
        assert not self.worker.is_active
        assert not Appointment.objects.held().filter(user=self.worker).exists()

    def test_signs_the_leaver_out_everywhere(self) -> None:
        phone = self.client_class()
        phone.force_login(self.worker)
        self.sign_in(self.clerk)
        self.client.post(self.url, self.form(step="confirm"))
        assert phone.get(reverse("start")).status_code == 302

    def test_keeps_the_account_of_who_is_only_ill(self) -> None:
        until = today() + timedelta(days=5)
        self.sign_in(self.clerk)
        self.client.post(self.url, self.form(step="confirm", for_good="no", away_until=until.isoformat()))
        self.worker.refresh_from_db()
        assert (self.worker.is_active, self.worker.away_until_date) == (True, until)
        assert f.make_request(self.other_household).worker == self.colleague

    def test_says_what_is_missing_and_keeps_what_was_typed(self) -> None:
        self.sign_in(self.clerk)
        response = self.client.post(self.url, self.form(step="confirm", receivers=[], why="调到别处"))
        self.assertContains(response, "调到别处", status_code=422)
        response = self.client.post(self.url, self.form(step="confirm", for_good="no"))
        assert "away_until" in response.context["form"].errors
        assert self.again(self.theirs).worker == self.worker

    def test_refuses_a_receiver_who_is_away_and_a_foreign_one(self) -> None:
        self.colleague.away_until_date = today()
        self.colleague.save(update_fields=["away_until_date"])
        self.sign_in(self.clerk)
        assert self.client.post(self.url, self.form(step="confirm")).status_code == 422
        foreign = self.form(step="confirm", receivers=[self.foreign_worker.pk])
        assert self.client.post(self.url, foreign).status_code == 422
        assert self.again(self.theirs).worker == self.worker

    def test_offers_nobody_who_is_away_and_says_so(self) -> None:
        self.colleague.away_until_date = today()
        self.colleague.save(update_fields=["away_until_date"])
        self.sign_in(self.clerk)
        page = self.client.get(self.url)
        assert self.colleague not in page.context["form"].fields["receivers"].queryset
        assert list(page.context["absent"]) == [self.colleague]

    def test_previews_what_each_has_and_will_have(self) -> None:
        f.make_request(self.other_household)
        self.sign_in(self.clerk)
        row = self.client.post(self.url, self.form(step="preview")).context["preview"][0]
        assert (row["households_now"], row["households_then"]) == (1, 2)
        assert (row["requests_now"], row["requests_then"]) == (1, 2)

    def test_a_foreign_person_does_not_exist_and_workers_may_not(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.get(reverse("person-leave", args=[self.foreign_worker.uid])).status_code == 404
        self.sign_in(self.lead)
        assert self.client.get(self.url).status_code == 403
        self.sign_in(self.worker)
        assert self.client.post(self.url, self.form(step="confirm")).status_code == 403

    # --- who is more than this office decides about
    def elsewhere(self, user: User) -> None:
        """Who has all of their work elsewhere, and a small part of it here."""
        user.appointments.update(region=None, grid=Grid.objects.get(community=self.away))
        Appointment.objects.create(user=user, role="worker", grid=self.grid, from_date=date(2020, 1, 1))

    def test_who_serves_elsewhere_too_leaves_only_this_place(self) -> None:
        self.elsewhere(self.worker)
        f.make_responsible(away := f.make_household(self.foreign_building, 3), self.worker)
        there = f.make_request(away)
        assert self.again(there).worker == self.worker
        phone = self.client_class()
        phone.force_login(self.worker)
        self.sign_in(self.clerk)
        self.assertContains(self.client.get(self.url), "仍可照常登录")
        row = self.client.post(self.url, self.form(step="preview")).context["preview"][0]
        assert (row["households"], row["requests"]) == (1, 1)
        self.assertRedirects(self.client.post(self.url, self.form(step="confirm")), reverse("people"), 303)
        self.worker.refresh_from_db()
        assert self.worker.is_active
        assert phone.get(reverse("round")).status_code == 200
        ends = dict(self.worker.appointments.values_list("grid__community", "until_date"))
        assert ends == {self.home.pk: today(), self.away.pk: None}
        assert (self.again(self.theirs).worker, self.again(there).worker) == (self.colleague, self.worker)
        answers = dict(Responsibility.objects.active().values_list("household", "worker"))
        assert (answers[self.household.pk], answers[away.pk]) == (self.colleague.pk, self.worker.pk)
        assert Entry.objects.get(action="user.left_here").by == self.clerk

    def test_an_absence_of_theirs_is_an_administrators_to_write_down(self) -> None:
        self.elsewhere(self.worker)
        until = (today() + timedelta(days=5)).isoformat()
        ill = self.form(step="confirm", for_good="no", away_until=until)
        self.sign_in(self.clerk)
        response = self.client.post(self.url, ill)
        assert list(response.context["form"].errors) == ["away_until"]
        assert self.again(self.theirs).worker == self.worker
        self.sign_in(self.admin)
        assert self.client.post(self.url, ill).status_code == 303
        self.sign_in(self.clerk)
        back = reverse("person-back", args=[self.worker.uid])
        assert self.client.post(back).status_code == 422
        self.worker.refresh_from_db()
        assert self.worker.away_until_date
        self.sign_in(self.admin)
        assert self.client.post(back).status_code == 303

    def test_no_office_shuts_out_an_administrator_or_who_looks_on_there(self) -> None:
        Appointment.objects.create(user=self.admin, role="staff", region=self.home, from_date=date(2020, 1, 1))
        supervisor = f.make_supervisor("supervisor", self.home, "督导")
        self.sign_in(self.clerk)
        for user, status in ((self.admin, 303), (supervisor, 422)):
            url = reverse("person-leave", args=[user.uid])
            assert self.client.post(url, self.form(step="confirm")).status_code == status
            user.refresh_from_db()
            assert user.is_active
        assert self.admin.appointments.get().until_date == today()
        assert supervisor.appointments.get().until_date is None

    def test_an_administrator_ends_all_of_it(self) -> None:
        self.elsewhere(self.worker)
        self.sign_in(self.admin)
        assert self.client.post(self.url, self.form(step="confirm")).status_code == 303
        self.worker.refresh_from_db()
        assert not self.worker.is_active
        assert not self.worker.appointments.filter(until_date=None).exists()

    def go(self) -> None:
        until = today() + timedelta(days=5)
        self.sign_in(self.clerk)
        self.client.post(self.url, self.form(step="confirm", for_good="no", away_until=until.isoformat()))
        self.assertContains(self.client.get(reverse("people")), reverse("person-back", args=[self.worker.uid]))

    def test_whoever_is_back_gets_their_doors_again_and_no_others(self) -> None:
        given_on = f.make_household(self.building, 1, "302")
        f.make_responsible(given_on, self.worker)
        self.go()
        make_responsible(given_on, worker=self.lead, by=self.clerk)
        url = reverse("person-back", args=[self.worker.uid])
        assert self.client.get(url).context["lent"] == [(self.colleague, 1)]
        self.assertRedirects(self.client.post(url), reverse("people"), 303)
        answers = dict(Responsibility.objects.active().values_list("household", "worker"))
        assert answers[self.household.pk] == self.worker.pk
        assert (answers[given_on.pk], answers[self.other_household.pk]) == (self.lead.pk, self.colleague.pk)
        self.worker.refresh_from_db()
        assert self.worker.away_until_date is None
        assert f.make_request(self.household).worker == self.worker
        assert self.again(self.theirs).worker == self.colleague
        assert FileChange.unscoped.filter(household=self.household, action="responsible").count() == 2

    def test_nobody_is_back_who_was_not_away(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.post(reverse("person-back", args=[self.worker.uid])).status_code == 422
        assert self.client.get(reverse("person-back", args=[self.foreign_worker.uid])).status_code == 404
        self.sign_in(self.lead)
        assert self.client.get(reverse("person-back", args=[self.worker.uid])).status_code == 403

    def test_release_inactive_returns_stranded_requests_to_the_desk(self) -> None:
        self.worker.is_active = False
        self.worker.save(update_fields=["is_active"])
        assert release_inactive() == 1
        freed = self.again(self.theirs)
        assert (freed.state, freed.worker) == (State.ACCEPTED, None)
        assert freed.events.filter(kind=EventKind.HANDED_OVER).exists()
        assert release_inactive() == 0

    def why(self) -> str:
        return str(self.theirs.events.latest("id").details.get("because"))

    def test_release_frees_what_is_with_somebody_whose_appointment_has_ended(self) -> None:
        assert release_inactive() == 0
        Appointment.objects.filter(user=self.worker).update(until_date=today() - timedelta(days=1))
        assert release_inactive() == 1
        assert (self.again(self.theirs).worker, self.why()) == (None, "left")

    def test_release_frees_what_is_due_before_the_absent_are_back_and_leaves_them_the_rest(self) -> None:
        later = f.make_request(self.household)
        back = timezone.now() + timedelta(days=9)
        ServiceRequest.unscoped.filter(pk=later.pk).update(due_at=back, respond_by_at=back)
        self.worker.away_until_date = today() + timedelta(days=5)
        self.worker.save(update_fields=["away_until_date"])
        assert release_inactive() == 1
        assert (self.again(self.theirs).worker, self.why()) == (None, "away")
        assert self.again(self.theirs).due_at == self.theirs.due_at, "the clock never stops"
        assert self.again(later).worker == self.worker
        assert release_inactive() == 0

    def test_release_leaves_an_administrator_what_they_took(self) -> None:
        taken = f.make_request(self.other_household)
        assign(taken, worker=self.admin, by=self.admin)
        assert release_inactive() == 0

    def test_release_is_done_every_round(self) -> None:
        assert release_inactive in EVERY_ROUND.values()


doors = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 9)), unique_by=lambda door: door[0], max_size=120)
loads = st.lists(
    st.builds(Load, st.integers(1, 50), st.integers(0, 500)),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each.worker_id,
)


@given(doors, loads)
def test_spread_gives_every_door_once_and_keeps_buildings_whole(doors: list, loads: list) -> None:
    given_to = spread(doors, loads)
    assert set(given_to) == {household for household, _building in doors}
    assert set(given_to.values()) <= {load.worker_id for load in loads}
    for building in {building for _household, building in doors}:
        assert len({given_to[household] for household, at in doors if at == building}) == 1
