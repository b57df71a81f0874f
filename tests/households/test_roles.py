"""What each role is for: who may be appointed where, what a volunteer, a supervisor and an auditor see of the house."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from households.actions.assignments import assign, make_responsible
from households.candidates import candidates
from households.models import Appointment, Grid, Region, RequestEvent, Role
from households.scope import households_for, requests_for
from households.viewer import Viewer
from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from tests import factories as f
from tests.accounts.factor_help import confirm
from tests.base import CastTestCase

SINCE = date(2026, 1, 1)


class RolesCase(CastTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.subdistrict = Region.objects.get(code=cls.home.code[:9])
        cls.district = Region.objects.get(code=cls.home.code[:6])
        cls.volunteer = f.make_volunteer("volunteer", cls.home, "林晓燕")
        cls.supervisor = f.make_supervisor("supervisor", cls.subdistrict, "丁志远")
        cls.auditor = f.make_auditor("auditor", cls.district, "秦岚")


class AppointmentTests(RolesCase):
    def appointed(self, user: User, role: Role, place: Region | Grid, **more: date) -> Appointment:
        where = {"region" if isinstance(place, Region) else "grid": place}
        return Appointment(user=user, role=role, **where, **{"from_date": SINCE, **more})

    def test_nobody_oversees_or_audits_one_grid(self) -> None:
        for role in (Role.SUPERVISOR, Role.AUDITOR):
            with pytest.raises(IntegrityError, match="appointment_above_grids_for_region"), transaction.atomic():
                self.appointed(f.make_user(f"new {role}"), role, self.grid).save()

    def test_there_is_no_other_role(self) -> None:
        with pytest.raises(IntegrityError, match="appointment_role_known"), transaction.atomic():
            Appointment.objects.filter(user=self.worker).update(role="mayor")

    def test_a_volunteer_helps_in_a_grid_or_a_community(self) -> None:
        for place in (self.grid, self.home):
            self.appointed(self.volunteer, Role.VOLUNTEER, place).full_clean()
        with pytest.raises(ValidationError) as refused:
            self.appointed(self.volunteer, Role.VOLUNTEER, self.district).full_clean()
        assert "region" in refused.value.message_dict

    def test_who_audits_has_no_other_role_at_the_same_time(self) -> None:
        mixed = (
            self.appointed(self.auditor, Role.STAFF, self.home),
            self.appointed(self.worker, Role.AUDITOR, self.district),
            self.appointed(self.admin, Role.AUDITOR, self.district),
            self.appointed(self.auditor, Role.WORKER, self.grid, until_date=SINCE),  # the first day of both
        )
        for each in mixed:
            with pytest.raises(ValidationError) as refused:
                each.full_clean()
            assert "role" in refused.value.message_dict, each

    def test_one_after_the_other_is_right(self) -> None:
        before = {"from_date": SINCE - timedelta(days=90), "until_date": SINCE - timedelta(days=1)}
        self.appointed(self.auditor, Role.STAFF, self.home, **before).full_clean()
        self.appointed(self.auditor, Role.AUDITOR, self.home).full_clean()

    def test_others_may_have_several(self) -> None:
        self.appointed(self.worker, Role.VOLUNTEER, self.other_grid).full_clean()
        self.appointed(self.clerk, Role.SUPERVISOR, self.district).full_clean()

    def test_who_got_another_role_all_the_same_audits_nothing_and_the_check_names_them(self) -> None:
        assert "resilience.E003" not in {each.id for each in run_checks(databases=["default"])}
        self.appointed(self.auditor, Role.STAFF, self.home).save()
        assert Viewer(self.auditor).roles == {Role.STAFF}
        said = [each.msg for each in run_checks(databases=["default"]) if each.id == "resilience.E003"]
        assert said == ["auditor audits, and has another role at the same time."]

    def test_the_check_names_an_auditor_who_is_an_administrator_too(self) -> None:
        User.objects.filter(pk=self.auditor.pk).update(is_superuser=True)
        assert list(Appointment.objects.mixed_with_audit().values_list("user", flat=True)) == [self.auditor.pk]

    def test_roles_that_held_one_after_the_other_are_not_named(self) -> None:
        before = {"from_date": SINCE - timedelta(days=90), "until_date": SINCE - timedelta(days=1)}
        self.appointed(self.auditor, Role.STAFF, self.home, **before).save()
        assert not Appointment.objects.mixed_with_audit().exists()


class AdminTests(RolesCase):
    """The forms where people are appointed refuse it in words."""

    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.admin)
        confirm(self.client)

    def form_of(self, user: User, *rows: dict[str, str], **more: str) -> dict[str, str]:
        data = {"username": user.username, "name": user.name, "is_active": "on", **more}
        data |= {"appointments-TOTAL_FORMS": str(len(rows)), "appointments-INITIAL_FORMS": "0"}
        for number, said in enumerate(rows):
            row = {"from_date": "2026-01-01", "user": str(user.pk), **said}
            data |= {f"appointments-{number}-{name}": value for name, value in row.items()}
        return data

    def test_an_auditor_is_given_no_other_role(self) -> None:
        page = reverse("admin:households_appointment_add")
        data = {"user": self.auditor.pk, "role": "staff", "region": self.home.pk, "from_date": "2026-06-01"}
        answer = self.client.post(page, data)
        assert answer.context["adminform"].form.errors == {
            "role": ["审计员查看他人的工作，因此在同一时间内不能兼任其他角色。"]
        }

    def test_nor_two_at_once_on_the_page_of_a_person(self) -> None:
        new = f.make_user("new")
        page = reverse("admin:accounts_user_change", args=[new.pk])
        rows = {"role": "auditor", "region": str(self.district.pk)}, {"role": "staff", "region": str(self.home.pk)}
        answer = self.client.post(page, self.form_of(new, *rows))
        assert answer.status_code == 200
        assert "审计员" in answer.content.decode()
        assert not new.appointments.exists()
        assert self.client.post(page, self.form_of(new, rows[0])).status_code == 302
        assert new.appointments.get().role == Role.AUDITOR

    def test_nor_made_an_administrator(self) -> None:
        page = reverse("admin:accounts_user_change", args=[self.auditor.pk])
        answer = self.client.post(page, self.form_of(self.auditor, is_superuser="on"))
        assert "is_superuser" in answer.context["adminform"].form.errors
        assert not User.objects.get(pk=self.auditor.pk).is_superuser

    def test_who_appoints_somebody_says_first_who_they_are(self) -> None:
        """A session left open on a desk gives nobody a role."""
        self.client.logout()
        self.sign_in(self.admin)
        asked, held = reverse("accounts:confirm"), Appointment.objects.count()
        new, old = reverse("admin:households_appointment_add"), self.clerk.appointments.get()
        data = {"user": self.worker.pk, "role": "staff", "region": self.home.pk, "from_date": "2026-06-01"}
        assert self.client.post(new, data)["Location"].startswith(asked)
        there = reverse("admin:households_appointment_change", args=[old.pk])
        assert self.client.get(there)["Location"].startswith(asked)
        assert self.client.post(there, {**data, "user": self.clerk.pk})["Location"].startswith(asked)
        assert Appointment.objects.count() == held
        confirm(self.client)
        assert self.client.post(new, data)["Location"] == reverse("admin:households_appointment_changelist")
        assert Appointment.objects.count() == held + 1

    def test_a_grid_is_not_enough_for_who_looks_on(self) -> None:
        page = reverse("admin:households_appointment_add")
        data = {"user": self.supervisor.pk, "role": "supervisor", "grid": self.grid.pk, "from_date": "2026-01-01"}
        self.assertContains(self.client.post(page, data), "不能是网格")


class StartTests(RolesCase):
    def test_everybody_lands_where_their_work_begins(self) -> None:
        lands = {
            self.volunteer: "round", self.worker: "round", self.lead: "round", self.clerk: "desk",
            self.supervisor: "desk", self.auditor: "desk-numbers", self.admin: "desk", f.make_user("new"): "home",
        }  # fmt: skip
        for user, name in lands.items():
            self.sign_in(user)
            self.assertRedirects(self.client.get(reverse("start")), reverse(name), msg_prefix=user.username)


class VolunteerTests(RolesCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = self.again(f.make_request(self.household, filer_name="王小明", filer_phone="19900000005"))
        assign(self.filed, worker=self.volunteer, by=self.clerk, note="放在门口")
        RequestEvent.unscoped.create(service_request=self.filed, kind="note", note="只给同事看", is_public=False)
        self.sign_in(self.volunteer)

    def test_sees_the_requests_with_them_and_nothing_else(self) -> None:
        other = f.make_request(self.household)
        viewer = Viewer(self.volunteer)
        assert list(requests_for(viewer)) == [self.filed]
        assert not households_for(viewer).exists()
        assert self.client.get(reverse("request", args=[self.filed.code])).status_code == 200
        assert self.client.get(reverse("request", args=[other.code])).status_code == 404
        assert self.client.get(reverse("household", args=[self.household.uid])).status_code == 403

    def test_reads_door_and_name_but_no_number_whole_and_no_word_of_colleagues(self) -> None:
        page = self.client.get(reverse("request", args=[self.filed.code])).content.decode()
        assert self.filed.address in page
        assert "王秀英" in page
        assert "放在门口" in page
        assert "只给同事看" not in page
        assert "19900000001" not in page
        assert "199 **** 0001" in page
        assert reverse("household-door", args=[self.household.uid]) not in page

    def test_a_colleague_reads_both(self) -> None:
        self.sign_in(self.worker)
        assert "只给同事看" in self.client.get(reverse("request", args=[self.filed.code])).content.decode()

    def test_has_them_as_a_round_that_leads_to_their_pages(self) -> None:
        page = self.client.get(reverse("round"))
        self.assertContains(page, reverse("request", args=[self.filed.code]))
        self.assertContains(page, "王秀英")
        self.assertNotContains(page, str(self.household.uid))
        self.assertNotContains(page, reverse("round-households"))

    def test_an_empty_round_says_so(self) -> None:
        self.sign_in(f.make_volunteer("second", self.home))
        self.assertContains(self.client.get(reverse("round")), "现在没有交给您的诉求")

    def test_can_be_given_a_request_after_the_workers(self) -> None:
        found = candidates(self.again(f.make_request(self.other_household)))
        assert [each.worker for each in found][-1] == self.volunteer
        assert "志愿者" in found[-1].words
        assert len(found) > 1

    def test_who_is_a_worker_there_too_is_no_volunteer(self) -> None:
        Appointment.objects.create(user=self.volunteer, role=Role.WORKER, grid=self.grid, from_date=SINCE)
        found = candidates(self.again(f.make_request(self.other_household)))
        assert not any(each.facts.is_volunteer for each in found)

    def test_never_answers_for_a_household(self) -> None:
        with pytest.raises(Refused):
            make_responsible(self.household, worker=self.volunteer, by=self.clerk)

    def test_loses_it_with_the_appointment(self) -> None:
        Appointment.objects.filter(user=self.volunteer).update(until_date=today() - timedelta(days=1))
        assert self.client.get(reverse("request", args=[self.filed.code])).status_code == 403


class SupervisorTests(RolesCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = f.make_request(self.household)
        self.foreign = f.make_request(self.foreign_household)
        self.sign_in(self.supervisor)

    def test_reads_queue_requests_files_lists_and_people_of_the_region(self) -> None:
        self.assertContains(self.client.get(reverse("desk")), self.filed.code_label)
        self.assertNotContains(self.client.get(reverse("desk")), self.foreign.code_label)
        self.assertContains(self.client.get(reverse("households")), "王秀英")
        self.assertContains(self.client.get(reverse("people")), "马晓兰")
        self.assertContains(self.client.get(reverse("not-visited-list")), self.household.address)
        for name, kwargs in (("request", {"code": self.filed.code}), ("household", {"uid": self.household.uid})):
            assert self.client.get(reverse(name, kwargs=kwargs)).status_code == 200
        for name, kwargs in (
            ("request", {"code": self.foreign.code}),
            ("household", {"uid": self.foreign_household.uid}),
        ):
            assert self.client.get(reverse(name, kwargs=kwargs)).status_code == 404

    def test_is_led_from_a_request_to_the_file_not_to_the_door(self) -> None:
        page = self.client.get(reverse("request", args=[self.filed.code]))
        self.assertContains(page, f'href="{reverse("household", args=[self.household.uid])}"')
        self.assertNotContains(page, reverse("household-door", args=[self.household.uid]))

    def test_finds_a_request_by_its_words(self) -> None:
        self.assertContains(self.client.post(reverse("desk-search"), {"q": "王秀英"}), self.filed.code_label)

    def test_changes_nothing(self) -> None:
        for name in ("request-note", "request-assign", "request-reply", "request-take-up"):
            assert self.client.post(reverse(name, args=[self.filed.code])).status_code == 403, name
        for name in ("household-amend", "household-confirm", "household-responsible", "household-door"):
            assert self.client.post(reverse(name, args=[self.household.uid])).status_code == 403, name


class AuditorTests(RolesCase):
    def test_sees_how_many_and_nobody(self) -> None:
        filed = f.make_request(self.household)
        self.sign_in(self.auditor)
        page = self.client.get(reverse("desk-numbers"))
        assert page.context["numbers"].open == 1
        for name in ("desk", "households", "people", "buildings", "special-needs-list"):
            assert self.client.get(reverse(name)).status_code == 403, name
        assert self.client.get(reverse("request", args=[filed.code])).status_code == 403
        assert not requests_for(Viewer(self.auditor)).exists()
        assert not households_for(Viewer(self.auditor)).exists()
