"""The administration of files, of people, and of fields that choose a row."""

from __future__ import annotations

from households.models import (
    Building,
    EventKind,
    FileChange,
    Household,
    HouseholdPhone,
    Resident,
    ServiceRequest,
    State,
)
from resilience.accounts.models import User
from tests import factories as f
from tests.admin_base import AdminTestCase, url


class FilesTests(AdminTestCase):
    def test_an_edit_of_a_household_is_an_entry_of_its_history(self) -> None:
        page = url(Household, "change", self.household.pk)
        data = {**self.form_of(page), "care_colour": "red", "door_note": "先打电话", "why": "走访"}
        assert self.client.post(page, data).status_code == 302
        change = FileChange.unscoped.get(household=self.household)
        assert (change.action, change.by, change.why) == ("amended", self.admin, "走访")
        assert {row["field"] for row in change.changes} == {"care_colour", "door_note"}
        assert "先打电话" not in str(change.changes)

    def test_a_door_written_wrongly_is_corrected_with_an_entry(self) -> None:
        page = url(Household, "change", self.household.pk)
        data = {**self.form_of(page), "door": "503", "floor": 5, "entrance": 2, "why": "看错了门牌"}
        assert self.client.post(page, data).status_code == 302
        self.household.refresh_from_db()
        assert (self.household.entrance, self.household.door) == (2, "503")
        change = FileChange.unscoped.get(household=self.household)
        assert (change.action, change.by, change.why) == ("door_corrected", self.admin, "看错了门牌")

    def test_no_two_files_come_to_one_door_and_none_outside_the_building(self) -> None:
        f.make_household(self.building, 2, "301")
        page = url(Household, "change", self.household.pk)
        for wrong in ({"entrance": 2, "door": "301"}, {"entrance": 9}, {"floor": 40}):
            answer = self.client.post(page, {**self.form_of(page), **wrong}, follow=True)
            assert [message.level_tag for message in answer.context["messages"]][:1] == ["error"], wrong
        self.household.refresh_from_db()
        assert (self.household.entrance, self.household.floor, self.household.door) == (1, 5, "502")
        assert not FileChange.unscoped.exists()

    def test_a_phone_of_a_household_is_found_whole_and_shown_masked(self) -> None:
        number = self.household.phones.get().number
        page = self.searched(HouseholdPhone, number)
        assert [row.household for row in page.context["cl"].result_list] == [self.household]
        self.assertNotContains(self.client.get(url(HouseholdPhone, "changelist")), number)
        self.assertContains(page, "199****0001")

    def test_saving_without_a_change_writes_nothing(self) -> None:
        for model, row in ((Household, self.household), (Resident, self.wang)):
            page = url(model, "change", row.pk)
            assert self.client.post(page, self.form_of(page)).status_code == 302
        assert not FileChange.unscoped.exists()

    def test_a_new_phone_of_a_resident_is_found_by_and_noted(self) -> None:
        page = url(Resident, "change", self.wang.pk)
        answer = self.client.post(page, {**self.form_of(page), "phone": "199 0000 7777"})
        assert answer.status_code == 302
        found = self.searched(Resident, "19900007777").context["cl"].result_list
        assert [row.pk for row in found] == [self.wang.pk]
        assert "199****7777" in str(FileChange.unscoped.get(household=self.household).changes)

    def test_a_wrong_id_number_is_refused_beside_its_field(self) -> None:
        page = url(Resident, "change", self.wang.pk)
        answer = self.client.post(page, {**self.form_of(page), "id_number": "620103194201010011"})
        assert answer.status_code == 200
        assert "id_number" in answer.context["adminform"].form.errors

    def test_an_old_mistake_in_the_register_does_not_stop_another_edit(self) -> None:
        Resident.unscoped.filter(pk=self.wang.pk).update(id_number="620103194201010011")
        page = url(Resident, "change", self.wang.pk)
        assert self.client.post(page, {**self.form_of(page), "name": "王秀瑛"}).status_code == 302
        assert Resident.unscoped.get(pk=self.wang.pk).name == "王秀瑛"

    def test_a_state_does_not_move_here(self) -> None:
        page = url(ServiceRequest, "change", self.filed.pk)
        data = {**self.form_of(page), "state": "closed", "worker": "", "escalation": 3, "address": "新地址"}
        assert self.client.post(page, data).status_code == 302
        again = self.again(self.filed)
        assert (again.state, again.worker, again.escalation, again.address) == (
            State.ASSIGNED, self.worker, 0, "新地址"
        )  # fmt: skip
        event = again.events.last()
        assert event is not None
        assert (event.kind, event.by, event.is_public) == (EventKind.EDITED, self.admin, False)

    def test_a_new_phone_of_a_request_is_found_by(self) -> None:
        page = url(ServiceRequest, "change", self.filed.pk)
        assert self.client.post(page, {**self.form_of(page), "phone": "19900008888"}).status_code == 302
        found = self.searched(ServiceRequest, "199-0000-8888").context["cl"].result_list
        assert [row.pk for row in found] == [self.filed.pk]


class PeopleTests(AdminTestCase):
    def test_a_new_person_can_be_given_an_account(self) -> None:
        data = {
            "username": "new",
            "name": "新人",
            "usable_password": "true",
            "password1": f.PASSWORD,
            "password2": f.PASSWORD,
        }
        data |= {"appointments-TOTAL_FORMS": "0", "appointments-INITIAL_FORMS": "0"}
        assert self.client.post(url(User, "add"), data).status_code == 302
        assert User.objects.get(username="new").check_password(f.PASSWORD)

    def test_a_day_of_return_out_of_bounds_is_refused_beside_its_field(self) -> None:
        page = url(User, "change", self.worker.pk)
        for day in ("0001-01-01", "1899-12-31", "2100-01-02", "9999-12-31"):
            answer = self.client.post(page, {**self.form_of(page), "away_until_date": day})
            assert answer.status_code == 200
            faults = answer.context["adminform"].form.errors
            assert faults == {"away_until_date": ["日期应在 1900-01-01 到 2100-01-01 之间。"]}, day
        assert User.objects.get(pk=self.worker.pk).away_until_date is None
        assert self.client.post(page, {**self.form_of(page), "away_until_date": "2099-01-01"}).status_code == 302

    def test_somebody_with_work_is_not_switched_off(self) -> None:
        page = url(User, "change", self.worker.pk)
        answer = self.client.post(page, {**self.form_of(page), "is_active": ""})
        assert answer.status_code == 200
        assert "is_active" in answer.context["adminform"].form.errors
        assert User.objects.get(pk=self.worker.pk).is_active

    def test_somebody_without_work_is(self) -> None:
        page = url(User, "change", self.foreign_clerk.pk)
        assert self.client.post(page, {**self.form_of(page), "is_active": ""}).status_code == 302
        assert not User.objects.get(pk=self.foreign_clerk.pk).is_active


class ChoosingTests(AdminTestCase):
    def test_a_link_or_form_that_names_no_row_opens_the_page(self) -> None:
        """Django's own widget asks the database for a row of that number, whatever was sent."""
        for nonsense in ("é", "1e309", "9" * 30, "\x00"):
            assert self.client.get(url(Building, "add"), {"community": nonsense}).status_code == 200
            answer = self.client.post(url(Building, "add"), {"community": nonsense})
            assert answer.status_code == 200
            assert "community" in answer.context["adminform"].form.errors

    def test_a_person_whose_appointment_names_no_place_is_shown_again(self) -> None:
        page = url(User, "change", self.worker.pk)
        data = {**self.form_of(page), "appointments-0-grid": "é", "appointments-0-region": ""}
        assert self.client.post(page, data).status_code == 200
