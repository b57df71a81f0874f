"""Django's own log of the administration names nobody: whoever was meant is a kind and a uid."""

from __future__ import annotations

import importlib
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.test import RequestFactory

from households.models import Appointment, Category, Household, HouseholdPhone, Resident
from resilience.accounts.models import User
from resilience.audit.admin import Audited, is_about_people
from tests import factories as f
from tests.test_admin import AdminTestCase, url

STEP = "resilience.audit.migrations.0002_log_names_nobody"
NAMES = ("王秀英", "马晓兰", "19900000001", "西园小区")


class AdminLogTests(AdminTestCase):
    def save(self, row: Any, **more: str) -> None:
        page = url(type(row), "change", row.pk)
        response = self.client.post(page, {**self.form_of(page), **more})
        assert response.status_code == 302, response.context["errors"]

    def names_in_log(self) -> list[str]:
        written = [f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all()]
        return [line for line in written if any(name in line for name in NAMES)]

    def test_every_page_that_changes_a_row_about_somebody_is_audited(self) -> None:
        request = RequestFactory().get("/")
        request.user = self.admin
        for model, page in admin.site._registry.items():
            writes = page.has_add_permission(request) or page.has_change_permission(request)
            if is_about_people(model) and (writes or page.has_delete_permission(request)):
                assert isinstance(page, Audited), model

    def test_it_tells_who_is_somebody_from_tables_that_staff_edit(self) -> None:
        assert all(map(is_about_people, (Resident, Household, HouseholdPhone, Appointment, User)))
        assert not is_about_people(Category)

    def test_a_change_is_logged_by_kind_and_uid(self) -> None:
        self.save(self.wang, sex="f", birth_year="1943")
        entry = LogEntry.objects.get()
        assert (entry.object_repr, entry.action_flag) == (f"resident {self.wang.uid.hex}", CHANGE)
        assert entry.object_id == str(self.wang.pk)
        assert entry.get_edited_object() == self.wang
        assert "1943" not in entry.change_message

    def test_nobody_is_named_by_what_is_edited_beneath_its_owner(self) -> None:
        """A household's phones and people, a colleague's appointments."""
        self.save(self.worker, name="马小兰")
        page = url(User, "change", self.clerk.pk)
        form = self.form_of(page)
        prefix = next(key for key in form if key.endswith("-TOTAL_FORMS")).removesuffix("-TOTAL_FORMS")
        day = {f"{prefix}-0-until_date": "2099-01-01"}
        assert self.client.post(page, {**form, **day}).status_code == 302
        entry = LogEntry.objects.get(object_id=str(self.clerk.pk))
        held = self.clerk.appointments.get()
        assert entry.object_repr == f"user {self.clerk.uid.hex}"
        assert f"appointment {held.pk}" in entry.get_change_message()
        written = f"{entry.object_repr} {entry.change_message}"
        assert [name for name in (self.clerk.name, self.clerk.username, "马小兰") if name in written] == []

    def test_adding_and_deleting_name_nobody(self) -> None:
        request = RequestFactory().post("/")
        request.user = self.admin
        admin.site._registry[HouseholdPhone].log_deletions(request, self.household.phones.all())
        assert (
            LogEntry.objects.get(action_flag=DELETION).object_repr == f"householdphone {self.household.phones.get().pk}"
        )
        data = {"username": "zhao", "name": "赵", "usable_password": "true", "password1": f.PASSWORD}
        data |= {"password2": f.PASSWORD, "appointments-TOTAL_FORMS": "0", "appointments-INITIAL_FORMS": "0"}
        assert self.client.post(url(User, "add"), data).status_code == 302
        assert LogEntry.objects.get(action_flag=ADDITION).object_repr == f"user {User.objects.get(name='赵').uid.hex}"

    def test_a_table_is_logged_by_its_name(self) -> None:
        category = Category.objects.first()
        assert category is not None
        self.save(category, name_en="Water and pipes")
        assert LogEntry.objects.get().object_repr == str(Category.objects.get(pk=category.pk))

    def test_the_names_that_were_written_before_are_taken_out(self) -> None:
        step = importlib.import_module(STEP)
        said = [{"changed": {"name": "resident", "object": "王秀英", "fields": ["Sex"]}}]
        for row in (self.wang, self.household, self.worker, self.household.phones.get()):
            LogEntry.objects.log_actions(self.admin.pk, [row], CHANGE, change_message=said)
        category = Category.objects.first()
        assert category is not None
        LogEntry.objects.log_actions(self.admin.pk, [category], ADDITION, change_message="[]")
        step.name_nobody(apps, None)
        assert self.names_in_log() == []
        about = LogEntry.objects.filter(action_flag=CHANGE)
        assert set(about.values_list("object_repr", flat=True)) == {""}
        assert all('"fields": ["Sex"]' in entry.change_message for entry in about)
        assert LogEntry.objects.get(action_flag=ADDITION).object_repr == str(category)

    def test_the_step_knows_every_model_about_people_there_is(self) -> None:
        step = importlib.import_module(STEP)
        now = [model._meta for model in admin.site._registry if is_about_people(model)]
        assert {(each.app_label, each.model_name) for each in now} <= set(step.ABOUT_PEOPLE)
