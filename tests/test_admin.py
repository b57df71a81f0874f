"""The administration: all of it opens for an administrator, the tables for staff; what moves by a verb is read-only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils.encoding import iri_to_uri
from django.utils.html import escape

from households import reference
from households.models import (
    Appointment,
    CareRule,
    Category,
    ClockRule,
    Household,
    HouseRules,
    NeedKind,
    Region,
    Resident,
    RetentionRule,
    ServiceRequest,
    SpecialDay,
)
from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.outbox.models import Message
from resilience.privacy.models import ConsentText
from tests import factories as f
from tests.admin_base import MODELS, AdminTestCase, url


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

    def test_says_404_to_an_id_that_is_none(self) -> None:
        for model in MODELS:
            for odd in ("{}", "\u200b", "\x00", "9" * 30):
                history = url(model, "history", odd)
                for path in (history, url(model, "change", odd), f"{history}1/", f"{history}{iri_to_uri(odd)}/"):
                    with self.subTest(path):
                        assert self.client.get(path).status_code in (302, 404)

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
