"""Search in the administration is posted, so that no address and no log holds what was typed; and a colleague's phone
number is shown masked, as everybody's is."""

from __future__ import annotations

from households.models import HouseholdPhone, Resident, ServiceRequest
from resilience.accounts.models import User, have_phone, phone_index
from tests import factories as f
from tests.test_admin import AdminTestCase, url

PHONE, MASKED = "19900004321", "199****4321"


class SearchTests(AdminTestCase):
    def test_every_search_form_is_posted(self) -> None:
        for model in (User, Resident, ServiceRequest, HouseholdPhone):
            page = self.client.get(url(model, "changelist")).content.decode()
            assert '<form id="changelist-search" method="post"' in page, model
            assert "csrfmiddlewaretoken" in page

    def test_it_finds_by_whole_phone_and_by_code(self) -> None:
        by_phone = self.searched(Resident, "199 0000 0001").content.decode()
        assert "王秀英" in by_phone
        assert "李国强" not in by_phone
        for typed in (self.filed.code_label.lower(), "19900000001"):
            found = self.searched(ServiceRequest, typed)
            assert [row.pk for row in found.context["cl"].result_list] == [self.filed.pk]

    def test_no_word_that_was_typed_stands_in_an_address(self) -> None:
        for model, typed in ((Resident, "王秀英"), (Resident, "19900000001"), (User, "马晓兰")):
            answer = self.searched(model, typed)
            assert [str(row.name) for row in answer.context["cl"].result_list] == [
                "王秀英" if model is Resident else "马晓兰"
            ]
            addresses = [address for address, _status in answer.redirect_chain]
            assert len(addresses) == 1
            assert "id__in=" in addresses[0]
            assert "q=" not in addresses[0]

    def test_a_number_in_an_address_finds_nobody(self) -> None:
        for model in (Resident, ServiceRequest, HouseholdPhone):
            found = self.client.get(url(model, "changelist"), {"q": "19900000001"}).context["cl"].result_list
            assert list(found) == [], model

    def test_nothing_found_is_an_empty_list_and_no_word_the_whole(self) -> None:
        for typed in ("没有这个人", "\x00", "x" * 5_000):
            assert self.searched(Resident, typed).context["cl"].result_count == 0, typed[:9]
        whole = self.searched(Resident, "  ")
        assert whole.context["cl"].result_count == Resident.unscoped.count()

    def test_a_filter_stays_and_the_page_of_the_list_does_not(self) -> None:
        page = f"{url(Resident, 'changelist')}?presence=here&p=3&id__in=0"
        answer = self.client.post(page, {"q": "王秀英"})
        assert answer["Location"] == f"{url(Resident, 'changelist')}?presence=here&id__in={self.wang.pk}"

    def test_of_very_many_it_shows_the_first_and_says_so(self) -> None:
        Resident.unscoped.bulk_create(Resident(household=self.household, name=f"巴特{n}") for n in range(201))
        answer = self.searched(Resident, "巴特")
        assert answer.context["cl"].result_count == 200
        self.assertContains(answer, "200")

    def test_who_may_not_see_a_table_searches_none(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.post(url(Resident, "changelist"), {"q": "王秀英"}).status_code == 403
        assert self.client.post(url(User, "changelist"), {"q": "马晓兰"}).status_code == 403


class PhoneTests(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.person = f.make_user("phoned", "田英", phone=PHONE, phone_index=phone_index(PHONE))
        self.page = url(User, "change", self.person.pk)

    def save(self, **changes: str) -> None:
        assert self.client.post(self.page, {**self.form_of(self.page), **changes}).status_code == 302
        self.person = User.objects.get(pk=self.person.pk)

    def test_it_is_shown_masked(self) -> None:
        page = self.client.get(self.page)
        self.assertContains(page, MASKED)
        self.assertNotContains(page, PHONE)

    def test_saving_without_a_number_keeps_it_and_what_it_is_found_by(self) -> None:
        self.save(name="田英英")
        assert (self.person.name, self.person.phone) == ("田英英", PHONE)
        assert User.objects.get(have_phone(PHONE)) == self.person

    def test_a_new_one_takes_its_place(self) -> None:
        self.save(phone="199 0000 8765")
        assert self.person.phone == "19900008765"
        assert User.objects.get(have_phone("19900008765")) == self.person
        assert not User.objects.filter(have_phone(PHONE)).exists()

    def test_it_is_taken_off_when_that_is_asked_for(self) -> None:
        self.save(forget_phone="on")
        assert (self.person.phone, self.person.phone_index) == ("", None)

    def test_one_that_somebody_else_has_is_refused_beside_its_field_and_changes_nothing(self) -> None:
        f.make_user("other", phone="19900008765", phone_index=phone_index("19900008765"))
        answer = self.client.post(self.page, {**self.form_of(self.page), "phone": "19900008765"})
        assert set(answer.context["adminform"].form.errors) == {"phone"}
        assert User.objects.get(have_phone(PHONE)) == self.person
