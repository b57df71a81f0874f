"""/desk/new/: what comes by phone or over the counter, filed in one screen."""

from __future__ import annotations

import uuid

from households.forms.drafts import AskForm
from households.models import Consent, Household, ServiceRequest, Source, State
from tests import factories as f
from tests.base import CastTestCase


class DeskNewTests(CastTestCase):
    url = "/desk/new/"

    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.clerk)

    def answers(self, **changes: object) -> dict[str, object]:
        return {
            "key": str(uuid.uuid4()), "step": "file", "source": "hotline", "household": str(self.household.uid),
            "name": "王秀英", "phone": "19900000001", "is_for": "me", "what": [self.category.code],
            "urgency": "normal", "text": "要一袋米", "every_days": "", **changes,
        }  # fmt: skip

    def test_files_for_the_chosen_door_and_gives_the_code_to_read_out(self) -> None:
        response = self.client.post(self.url, self.answers(), follow=True)
        filed = ServiceRequest.unscoped.get()
        assert (filed.household, filed.source, filed.filed_by) == (self.household, Source.HOTLINE, self.clerk)
        assert (filed.state, filed.worker, filed.phone) == (State.ASSIGNED, self.worker, "19900000001")
        self.assertContains(response, filed.code_label)

    def test_finds_the_door_and_keeps_what_was_typed(self) -> None:
        response = self.client.post(self.url, self.answers(step="search", household="", q="王秀英", text="要两袋米"))
        self.assertContains(response, str(self.household.uid))
        self.assertContains(response, "要两袋米")
        self.assertNotContains(response, "error-summary")
        assert not ServiceRequest.unscoped.exists()

    def test_leaves_the_residents_form_in_its_own_words(self) -> None:
        def kept() -> str:
            """All that is said and offered by the fields that the forms share."""
            fields = AskForm().fields.items()
            return repr([
                (name, field.label, field.help_text, field.required, field.initial, field.error_messages,
                 [*getattr(field, "choices", [])], sorted(vars(field)), field.widget.attrs, sorted(vars(field.widget)))
                for name, field in fields
            ])  # fmt: skip

        before = kept()
        self.assertContains(self.client.get(self.url), "对方的原话")
        self.client.post(self.url, {"step": "file"})
        self.client.post("/ask/", {"what": ["groceries"], "urgency": "normal"})
        assert kept() == before
        assert AskForm().fields["text"] is AskForm().fields["text"]

    def test_searches_by_post_only(self) -> None:
        """A name or a phone in an address would stand in every log on the way."""
        self.assertNotContains(self.client.get(self.url, {"q": "王秀英"}), str(self.household.uid))

    def test_with_htmx_answers_only_the_part_with_the_doors(self) -> None:
        data = self.answers(step="search", household="", q="王秀英")
        response = self.client.post(self.url, data, headers={"HX-Request": "true"})
        self.assertContains(response, str(self.household.uid))
        self.assertNotContains(response, "<html")

    def test_never_finds_a_foreign_door(self) -> None:
        response = self.client.post(self.url, self.answers(step="search", household="", q="张不可见"))
        self.assertNotContains(response, str(self.foreign_household.uid))
        response = self.client.post(self.url, self.answers(household=str(self.foreign_household.uid)))
        assert response.status_code == 422
        assert not ServiceRequest.unscoped.exists()

    def test_takes_an_address_that_is_not_in_the_register(self) -> None:
        data = self.answers(household="", address="西园市场东门", community=self.home.pk)
        assert self.client.post(self.url, data).status_code == 303
        filed = ServiceRequest.unscoped.get()
        assert (filed.household, filed.address, filed.community) == (None, "西园市场东门", self.home)

    def test_refuses_a_foreign_community(self) -> None:
        data = self.answers(household="", address="别处", community=self.away.pk)
        assert self.client.post(self.url, data).status_code == 422

    def test_says_what_is_missing_beside_the_field_and_keeps_the_rest(self) -> None:
        response = self.client.post(self.url, self.answers(household="", phone="12", text="<b>要米</b>"))
        self.assertContains(response, "error-summary", status_code=422)
        self.assertContains(response, "&lt;b&gt;要米&lt;/b&gt;", status_code=422)
        assert {"phone", "address"} <= set(response.context["form"].errors)

    def test_sent_twice_files_once(self) -> None:
        data = self.answers()
        first, second = self.client.post(self.url, data), self.client.post(self.url, data)
        assert first["Location"] == second["Location"]
        assert ServiceRequest.unscoped.count() == 1

    def test_keeps_both_names_when_somebody_calls_for_another(self) -> None:
        data = self.answers(is_for="other", their_name="李奶奶", consent="agreed", name="小李", phone="19900000077")
        self.client.post(self.url, data)
        filed = ServiceRequest.unscoped.get()
        assert (filed.person_name, filed.filer_name, filed.consent) == ("李奶奶", "小李", Consent.AGREED)

    def test_a_door_named_in_the_link_is_chosen(self) -> None:
        response = self.client.get(self.url, {"household": str(self.household.uid)})
        self.assertContains(response, "checked")

    def test_a_lead_files_for_their_grid_only(self) -> None:
        self.sign_in(self.lead)
        assert self.client.post(self.url, self.answers()).status_code == 303
        assert self.client.post(self.url, self.answers(household=str(self.other_household.uid))).status_code == 422

    def test_is_not_for_workers_nor_strangers(self) -> None:
        self.sign_in(self.worker)
        assert self.client.get(self.url).status_code == 403
        self.client.logout()
        assert self.client.get(self.url).status_code == 302

    def test_takes_no_other_methods(self) -> None:
        assert self.client.delete(self.url).status_code == 405

    def test_takes_the_one_door_that_fits_and_fills_in_who_lives_there(self) -> None:
        data = self.answers(step="search", household="", q="王秀英", name="", phone="")
        form = self.client.post(self.url, data).context["form"]
        assert (form["household"].value(), form["name"].value()) == (str(self.household.uid), "王秀英")
        assert form["phone"].value() == ""
        part = self.client.post(self.url, data, headers={"HX-Request": "true"})
        self.assertContains(part, "199****0001")
        self.assertNotContains(part, "19900000001")

    def test_uses_the_phone_on_file_unseen_where_none_is_typed(self) -> None:
        answer = self.client.post(self.url, self.answers(phone=""))
        filed = ServiceRequest.unscoped.get()
        assert (answer.status_code, filed.phone) == (303, "19900000001")

    def test_wants_a_phone_of_anybody_else_who_asks(self) -> None:
        for typed in ({"name": "王小明", "phone": ""}, {"household": "", "address": "东巷 3 号", "phone": ""}):
            response = self.client.post(self.url, self.answers(**typed))
            assert response.status_code == 422
            assert "phone" in response.context["form"].errors
        assert not ServiceRequest.unscoped.exists()

    def test_uses_the_phone_on_file_of_who_needs_it_when_somebody_else_asks(self) -> None:
        data = self.answers(
            is_for="other", name="小李", phone="19900000077", their_name="王秀英", their_phone="", consent="agreed"
        )
        assert self.client.post(self.url, data).status_code == 303
        filed = ServiceRequest.unscoped.get()
        assert (filed.phone, filed.filer_phone) == ("19900000001", "19900000077")

    def test_overwrites_nobody_who_was_named(self) -> None:
        data = self.answers(step="search", household="", q="王秀英", name="王小明", phone="")
        part = self.client.post(self.url, data, headers={"HX-Request": "true"})
        self.assertContains(part, str(self.household.uid))
        self.assertNotContains(part, 'id="who"')
        assert self.client.post(self.url, data).context["form"]["name"].value() == "王小明"

    def test_names_whoever_lives_at_the_door_ticked_last(self) -> None:
        f.make_resident(f.make_household(self.building, 1, "402"), "王秀丽", is_contact=True, phone="19900000044")
        there = Household.unscoped.get(door="402")
        data = self.answers(step="look", q="王秀", household=str(there.uid), phone="")
        page = self.client.post(self.url, data)
        assert page.context["form"]["name"].value() == "王秀丽"
        self.assertContains(page, "199****0044")
        self.assertNotContains(page, "19900000044")

    def test_fills_in_whoever_needs_it_when_somebody_else_asks(self) -> None:
        data = self.answers(step="search", household="", q="王秀英", is_for="other", name="小李", phone="19900000077")
        form = self.client.post(self.url, data).context["form"]
        assert (form["name"].value(), form["their_name"].value()) == ("小李", "王秀英")

    def test_ticking_another_door_is_not_undone_by_the_search(self) -> None:
        data = self.answers(step="look", household=str(self.other_household.uid), q="王秀英")
        form = self.client.post(self.url, data).context["form"]
        assert form["household"].value() == str(self.other_household.uid)

    def test_files_for_no_door_that_nobody_looked_at(self) -> None:
        response = self.client.post(self.url, self.answers(household="", q="王秀英"))
        assert list(response.context["form"].errors) == ["household"]
        self.assertContains(response, str(self.household.uid), status_code=422)

    def test_finds_the_door_by_the_phone(self) -> None:
        response = self.client.post(self.url, self.answers(step="look", household=""))
        self.assertContains(response, str(self.household.uid))
        assert not response.context["form"]["household"].value()

    def test_says_what_the_door_or_the_phone_asked_for_before(self) -> None:
        before = f.make_request(self.household, phone="19900000055")
        later = self.answers(step="look", phone="")
        self.assertContains(self.client.post(self.url, later), before.code_label)
        by_phone = self.answers(step="look", household=str(self.other_household.uid), phone="199 0000 0055")
        self.assertContains(self.client.post(self.url, by_phone), before.code_label)
        other = self.answers(step="look", household=str(self.other_household.uid), phone="19900000056")
        self.assertNotContains(self.client.post(self.url, other), before.code_label)

    def test_shows_it_before_it_files_and_files_once_it_was_seen(self) -> None:
        before = f.make_request(self.household)
        data = self.answers()
        response = self.client.post(self.url, data)
        self.assertContains(response, before.code_label)
        assert ServiceRequest.unscoped.count() == 1
        assert self.client.post(self.url, {**data, "known": [before.code]}).status_code == 303
        assert ServiceRequest.unscoped.count() == 2

    def test_shows_nobody_a_request_of_a_foreign_place(self) -> None:
        foreign = f.make_request(self.foreign_household, phone="19900000001")
        self.assertNotContains(self.client.post(self.url, self.answers(step="look")), foreign.code_label)
        assert self.client.post(self.url, self.answers()).status_code == 303

    def test_keeps_the_photos_with_the_request(self) -> None:
        self.client.post(self.url, self.answers(photos=[f.make_upload(), f.make_upload("b.jpg")]))
        filed = ServiceRequest.unscoped.get()
        assert [photo.by for photo in filed.photos.all()] == [self.clerk] * 2
        broken = f.make_upload(content=b"no picture")
        response = self.client.post(self.url, self.answers(known=filed.code, photos=[broken]))
        assert list(response.context["form"].errors) == ["photos"]

    def test_speaks_to_the_desk_of_what_is_missing(self) -> None:
        self.client.cookies["django_language"] = "en"
        nothing = {"step": "file", "is_for": "other", "source": "desk", "urgency": "normal"}
        page = self.client.post(self.url, nothing).content.decode()
        for words in ("Write who is asking", "Choose at least one thing", "Say whether the person knows"):
            assert words in page
        for words in ("your name", "Tap ", "that you ask"):
            assert words not in page

    def test_odd_searches_are_harmless(self) -> None:
        for odd in ("\x00", "%", "'", '"', "AND OR NOT *", "𠮷", "x" * 10_000, "１３９", "(((", "-"):
            assert self.client.post(self.url, self.answers(step="search", q=odd)).status_code == 200

    def test_does_not_ask_the_database_more_often_for_more_doors(self) -> None:
        self.client.get(self.url)
        with self.assertNumQueries(6) as few:
            self.client.post(self.url, self.answers(step="search", household="", q="王"))
        for number in range(8):
            household = f.make_household(self.building, 2, f"{number + 1}88", floor=number + 1)
            f.make_resident(household, f"王{number}号", is_contact=True)
        assert Household.unscoped.count() > 8
        with self.assertNumQueries(len(few)):
            self.client.post(self.url, self.answers(step="search", household="", q="王"))
