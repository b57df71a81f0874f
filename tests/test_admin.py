"""The administration: all of it opens for an administrator, the tables for staff; what moves by a verb is read-only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from households import reference
from households.actions.defaults import install_defaults
from households.models import (
    Appointment,
    Building,
    CareRule,
    Category,
    ClockRule,
    EventKind,
    FileChange,
    Household,
    HouseholdPhone,
    HouseRules,
    NeedKind,
    Region,
    Resident,
    RetentionRule,
    ServiceRequest,
    SpecialDay,
    State,
)
from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.outbox.models import Message
from resilience.privacy.models import ConsentText
from tests import factories as f
from tests.accounts.factor_help import confirm
from tests.base import CastTestCase

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


class AdminTestCase(CastTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        install_defaults()
        f.make_phone(cls.household)
        f.make_need(cls.wang)
        f.make_visit(cls.household, cls.worker)
        cls.filed = f.make_request(cls.household)
        cls.district = Region.objects.get(code=cls.home.code[:6])

    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.admin)
        confirm(self.client)

    def searched(self, model: type[Model], typed: str) -> Any:
        return self.client.post(url(model, "changelist"), {"q": typed}, follow=True)

    def form_of(self, page: str) -> dict[str, Any]:
        """What a browser would send if one only pressed save."""
        context = self.client.get(page).context
        forms = [context["adminform"].form, *(form for each in context["inline_admin_formsets"] for form in each.forms)]
        forms += [each.formset.management_form for each in context["inline_admin_formsets"]]
        data = {}
        for form in forms:
            for name in form.fields:
                value = form[name].value()
                data[form.add_prefix(name)] = "" if value is None or value is False else value
        return data


class EveryPageTests(AdminTestCase):
    def test_opens_for_an_administrator(self) -> None:
        assert len(MODELS) > 15
        for model in MODELS:
            with self.subTest(model=model._meta.label):
                assert self.client.get(url(model, "changelist")).status_code == 200
                assert self.client.get(url(model, "changelist"), {"q": "王 620103"}).status_code == 200
                may_add = admin.site._registry[model].has_add_permission(_asked_by(self.admin))
                assert self.client.get(url(model, "add")).status_code == (200 if may_add else 403)
                row = model._default_manager.first()
                if row is not None:
                    assert self.client.get(url(model, "change", row.pk)).status_code == 200
                    assert self.client.get(url(model, "history", row.pk)).status_code == 200

    def test_is_closed_to_everybody_else(self) -> None:
        also_staff = f.make_user("office", is_staff=True)
        ended = f.make_staff("ended", self.home)
        ended.appointments.update(until_date=today() - timedelta(days=1))
        inactive = f.make_staff("inactive", self.home)
        User.objects.filter(pk=inactive.pk).update(is_active=False)
        for user in (self.worker, self.lead, also_staff, ended):
            self.sign_in(user)
            for page in ("/admin/", *(url(model, "changelist") for model in MODELS)):
                assert self.client.get(page).status_code == 403, (user, page)
        self.sign_in(inactive)  # a session of somebody inactive is nobody's
        for model in MODELS:
            answer = self.client.get(url(model, "changelist"))
            assert answer.status_code == 302
            assert "login" in answer["Location"]

    def test_asks_no_more_statements_for_more_rows(self) -> None:
        def statements(model: type[Model]) -> int:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert self.client.get(url(model, "changelist")).status_code == 200
            return len(queries)

        few = {model: statements(model) for model in MODELS}
        for n in range(12):
            household = f.make_household(self.building, 2, f"3{n:02}")
            resident = f.make_resident(household, f"陈{n}", is_contact=True)
            f.make_need(resident)
            f.make_responsible(household, self.worker)
            f.make_visit(household, self.worker)
            f.make_request(household)
        for model in MODELS:
            assert statements(model) <= few[model], model

    def test_lists_no_foreign_rows_to_choose_from(self) -> None:
        """A page must not carry a million doors in a <select>."""
        small = {Category, NeedKind}
        for model, page in admin.site._registry.items():
            if not page.has_change_permission(_asked_by(self.admin)):
                continue
            row = model._default_manager.first()
            form = page.get_form(_asked_by(self.admin), row)
            for name, field in form.base_fields.items():
                target = getattr(getattr(field, "queryset", None), "model", None)
                is_small = target is None or target in small
                assert is_small or name in (*page.autocomplete_fields, *page.raw_id_fields), (model, name)

    def test_masks_phones_and_id_numbers_in_lists(self) -> None:
        for model in (Resident, Household, ServiceRequest, Message):
            page = self.client.get(url(model, "changelist")).content.decode()
            assert "19900000001" not in page
        assert "199****0001" in self.client.get(url(Resident, "changelist")).content.decode()
        assert "199****0001" in self.client.get(url(Message, "changelist")).content.decode()

    def test_a_messages_own_page_says_what_the_resident_was_told_and_masks_whom(self) -> None:
        message = Message.objects.get(about=self.filed.code, channel="sms")
        page = self.client.get(url(Message, "change", message.pk)).content.decode()
        assert escape(message.body) in page
        assert "19900000001" not in page
        assert message.body not in self.client.get(url(Message, "changelist")).content.decode()

    def test_deletes_nothing_that_has_a_history(self) -> None:
        for model in (Household, Resident, ServiceRequest, User, Category, Appointment, Message):
            row = model._default_manager.first()
            assert row is not None
            assert self.client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
            assert model._default_manager.filter(pk=row.pk).exists()


def _asked_by(user: User) -> Any:
    class Asked:
        pass

    asked = Asked()
    asked.user = user
    asked.GET = {}
    return asked


TABLES = {Category, NeedKind, CareRule, ClockRule, ConsentText, HouseRules, SpecialDay}
"""Of the whole house: every office reads them, that of a city or district edits them."""


class ReadingTests(AdminTestCase):
    """The office of a community or subdistrict reads the tables, and changes nothing that holds elsewhere, too."""

    def setUp(self) -> None:
        super().setUp()
        self.subdistrict = f.make_staff("subdistrict", Region.objects.get(code=self.home.code[:9]), "街道")

    def test_reads_every_table_and_is_told_whose_it_is(self) -> None:
        SpecialDay.objects.create(date=today(), is_working=False, name="停水")
        for user in (self.clerk, self.subdistrict):
            self.sign_in(user)
            for model in TABLES:
                row = model._default_manager.first()
                assert row is not None
                for page in (url(model, "changelist"), url(model, "change", row.pk)):
                    self.assertContains(self.client.get(page), "由管理员和市、区办公室修改", msg_prefix=page)
                assert self.client.get(url(model, "history", row.pk)).status_code == 200

    def test_writes_none(self) -> None:
        for user in (self.clerk, self.subdistrict):
            self.sign_in(user)
            for model in TABLES:
                row = model._default_manager.first() or model(date=today(), name="停水")
                row.save()
                before = dict(model._default_manager.filter(pk=row.pk).values().get())
                for page in (url(model, "add"), url(model, "change", row.pk), url(model, "delete", row.pk)):
                    assert self.client.post(page, {"post": "yes", "name_zh": "x"}).status_code == 403, page
                assert model._default_manager.filter(pk=row.pk).values().get() == before

    def test_has_no_page_for_the_rules_of_retention(self) -> None:
        """What holds for everybody's records no office changes, not that of a city either."""
        rule = RetentionRule.objects.get(subject="visits")
        for user in (self.clerk, self.foreign_clerk, f.make_staff("district", self.district)):
            self.sign_in(user)
            pages = [url(RetentionRule, page) for page in ("changelist", "add")]
            pages += [url(RetentionRule, page, rule.pk) for page in ("change", "delete", "history")]
            for page in pages:
                assert self.client.get(page).status_code == 403, page
                assert self.client.post(page, {"post": "yes", "subject": "visits", "keep_days": 90}).status_code == 403
        assert list(RetentionRule.objects.filter(subject="visits").values_list("keep_days", flat=True)) == [730]


class OddAddressTests(AdminTestCase):
    def test_a_filter_with_a_nul_is_refused_before_the_database_sees_it(self) -> None:
        for model in MODELS:
            for name in ("state__exact", "q"):
                assert self.client.get(url(model, "changelist"), {name: "a\x00"}).status_code == 400, model


class StaffTests(AdminTestCase):
    """The office of a district edits the tables of the house. Records, people and places stay closed to it."""

    TABLES = TABLES

    def setUp(self) -> None:
        super().setUp()
        self.office = f.make_staff("district", self.district, "区办公室")
        self.sign_in(self.office)

    def test_lists_the_tables_and_nothing_else(self) -> None:
        for page, apps in (("/admin/", {"households", "privacy"}), ("/admin/households/", {"households"})):
            listed = self.client.get(page).context["app_list"]
            names = {model["object_name"] for section in listed for model in section["models"]}
            assert names == {model.__name__ for model in self.TABLES if model._meta.app_label in apps}, page
        assert self.client.get("/admin/accounts/").status_code == 404
        assert self.client.get("/admin/outbox/").status_code == 404

    def test_opens_every_page_of_the_tables(self) -> None:
        SpecialDay.objects.create(date=today(), is_working=False, name="停水")
        for model in self.TABLES:
            row = model._default_manager.first()
            assert row is not None, model
            for page in (url(model, "changelist"), url(model, "change", row.pk), url(model, "history", row.pk)):
                assert self.client.get(page).status_code == 200, page
            may_add = 403 if model is HouseRules else 200
            assert self.client.get(url(model, "add")).status_code == may_add, model

    def test_closes_every_page_of_anything_else(self) -> None:
        for model in set(MODELS) - self.TABLES:
            pages = [url(model, "changelist"), url(model, "add")]
            if (row := model._default_manager.first()) is not None:
                pages += [url(model, page, row.pk) for page in ("change", "delete", "history")]
            for page in pages:
                assert self.client.get(page).status_code == 403, page
                assert self.client.post(page, {"post": "yes"}).status_code == 403, page

    def test_finds_no_people_and_no_places_by_a_field_that_chooses_them(self) -> None:
        for model, field in (("appointment", "user"), ("appointment", "grid"), ("building", "community")):
            sought = {"app_label": "households", "model_name": model, "field_name": field, "term": ""}
            assert self.client.get("/admin/autocomplete/", sought).status_code == 403, sought
        rule = {"app_label": "households", "model_name": "carerule", "field_name": "kind", "term": ""}
        assert self.client.get("/admin/autocomplete/", rule).status_code == 200

    def test_edits_a_table_and_the_history_says_who(self) -> None:
        category = Category.objects.get(code="meal")
        page = url(Category, "change", category.pk)
        assert self.client.post(page, {**self.form_of(page), "name_zh": "热饭"}).status_code == 302
        assert [row.history_user for row in category.history.all()[:1]] == [self.office]
        self.assertContains(self.client.get(url(Category, "history", category.pk)), self.office.name)

    def test_deletes_no_row_that_others_refer_to(self) -> None:
        for model in (Category, NeedKind, HouseRules):
            row = model._default_manager.first()
            assert row is not None
            assert self.client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
            assert model._default_manager.filter(pk=row.pk).exists()


class TablesTests(AdminTestCase):
    def test_an_edit_is_seen_at_once_and_kept_in_the_history(self) -> None:
        category = Category.objects.get(code="meal")
        assert reference.categories()[category.pk].name_zh == "热餐"
        page = url(Category, "change", category.pk)
        answer = self.client.post(page, {**self.form_of(page), "name_zh": "热饭"})
        assert answer.status_code == 302
        assert reference.categories()[category.pk].name_zh == "热饭"
        assert [row.name_zh for row in category.history.all()] == ["热饭", "热餐"]
        assert category.history.first().history_user == self.admin

    def test_a_care_rule_sets_the_dates_of_its_doors_anew(self) -> None:
        need = self.wang.needs.get()
        need.last_met_date = need.since_date
        need.save(update_fields=["last_met_date"])
        rule = CareRule.objects.get(kind=need.kind)
        page = url(CareRule, "change", rule.pk)
        assert self.client.post(page, {**self.form_of(page), "every_days": 9}).status_code == 302
        need.refresh_from_db()
        assert (need.next_due_date - need.since_date).days == 9
        assert Household.unscoped.get(pk=self.household.pk).next_due_date == need.next_due_date

    def test_clock_rules_in_the_wrong_order_are_refused_in_words(self) -> None:
        answer = self.client.post(
            url(CareRule, "add"),
            {"every_days": 3, "means": "any", "from_date": "2026-01-01", "kind": "", "colour": ""},
        )
        assert answer.status_code == 200
        assert answer.context["errors"]


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
