"""Every page that amends a file or records an event: the same questions to each, then what each does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from django.urls import reverse

from households import reference
from households.actions.care import refresh_due
from households.models import (
    CareRule,
    FileChange,
    Household,
    HouseholdPhone,
    LifeEvent,
    Presence,
    Relation,
    Resident,
    ResidentNeed,
    Responsibility,
)
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase

OF_RESIDENT = ("moved-out", "died", "restored", "new-head", "went-away", "came-back")
OF_HOUSEHOLD = ("moved-in", "moved-here", "born", "split-off")


class EveryFormTests(CastTestCase):
    def urls(self) -> Iterator[str]:
        household, resident = [self.household.uid], [self.wang.uid]
        for name in ("household-amend", "household-phone-add", "household-phone-remove", "resident-add"):
            yield reverse(name, args=household)
        for name in ("resident-amend", "need-add", "need-end"):
            yield reverse(name, args=resident)
        yield from (reverse("household-event", args=[*household, what]) for what in OF_HOUSEHOLD)
        yield from (reverse("resident-event", args=[*resident, what]) for what in OF_RESIDENT)
        yield reverse("building-open-door", args=[self.building.uid])

    def managing_urls(self) -> Iterator[str]:
        for name in ("household-responsible", "household-close"):
            yield reverse(name, args=[self.household.uid])

    def test_each_opens_for_those_who_serve_the_place(self) -> None:
        for user in (self.worker, self.lead, self.clerk, self.admin):
            self.sign_in(user)
            for url in self.urls():
                assert self.client.get(url).status_code == 200, (url, user)

    def test_managing_is_for_those_who_manage(self) -> None:
        for user, status in ((self.worker, 403), (self.lead, 200), (self.clerk, 200), (self.admin, 200)):
            self.sign_in(user)
            for url in self.managing_urls():
                assert self.client.get(url).status_code == status
                assert self.client.head(url).status_code == status

    def test_none_exists_for_strangers(self) -> None:
        for user in (self.foreign_clerk, self.colleague):
            self.sign_in(user)
            for url in self.urls():
                assert self.client.get(url).status_code == 404, url
                assert self.client.post(url, {"why": "x"}).status_code == 404, url
        self.sign_in(self.foreign_clerk)
        for url in self.managing_urls():
            assert self.client.post(url, {"why": "x"}).status_code == 404
        assert not FileChange.unscoped.filter(household=self.household).exists()

    def test_a_single_request_there_does_not_let_a_worker_amend(self) -> None:
        filed = f.make_request(self.household)
        filed.__class__._base_manager.filter(pk=filed.pk).update(worker=self.colleague)
        self.sign_in(self.colleague)
        assert self.client.get(reverse("household", args=[self.household.uid])).status_code == 200
        for url in self.urls():
            assert self.client.get(url).status_code in (403, 404), url
        assert self.client.post(reverse("household-confirm", args=[self.household.uid])).status_code == 403

    def test_each_says_what_is_missing_and_keeps_what_was_typed(self) -> None:
        self.sign_in(self.clerk)
        for url in (*self.urls(), *self.managing_urls()):
            typed = dict.fromkeys(("note", "why", "label", "registered_elsewhere"), "打过的字")
            response = self.client.post(url, {**typed, "day": "没有这天"})
            if response.status_code == 303:  # nothing was required there and nothing differed
                assert "amend" in url
                continue
            assert response.status_code == 422, url
            page = response.content.decode()
            assert "error-summary" in page, url
            assert "打过的字" in page or "没有这天" in page, url

    def test_unknown_events_do_not_exist_and_methods_are_refused(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.get(f"/households/{self.household.uid}/events/flew/").status_code == 404
        assert self.client.get(f"/residents/{self.wang.uid}/events/flew/").status_code == 404
        for url in self.urls():
            assert self.client.put(url).status_code == 405
        assert self.client.get(reverse("household-confirm", args=[self.household.uid])).status_code == 405


class WhatEachDoesTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.worker)
        self.page = reverse("household", args=[self.household.uid])

    def send(self, name: str, args: list[object], data: Mapping[str, object], *, status: int = 303) -> str:
        response = self.client.post(reverse(name, args=args), data)
        assert response.status_code == status, response.content.decode()[:6000]
        return response.content.decode()

    def send_file(self, name: str, data: Mapping[str, object], *, status: int = 303) -> str:
        return self.send(name, [self.household.uid], data, status=status)

    def event(self, what: str, data: Mapping[str, object], *, who: Resident | None = None, status: int = 303) -> str:
        name, uid = ("resident-event", who.uid) if who else ("household-event", self.household.uid)
        return self.send(name, [uid, what], {"day": today().isoformat(), **data}, status=status)

    def last(self) -> FileChange:
        return FileChange.unscoped.order_by("-id")[0]

    def test_amending_records_from_what_to_what_and_why(self) -> None:
        self.send_file("household-amend", {"care_colour": "red", "door_note": "有狗"})
        self.send_file("household-amend", {"care_colour": "green", "door_note": "有狗"}, status=422)
        self.send_file("household-amend", {"care_colour": "green", "door_note": "有狗", "why": "身体好转"})
        change = self.last()
        assert (change.by, change.why, change.action) == (self.worker, "身体好转", "amended")
        assert change.changes == [{"field": "care_colour", "old": "red", "new": "green"}]
        notes = [
            row["new"] for each in FileChange.unscoped.all() for row in each.changes if row["field"] == "door_note"
        ]
        assert notes == ["***"]
        page = self.client.get(self.page).content.decode()
        assert "身体好转" in page

    def test_a_care_colour_sets_the_next_contact(self) -> None:
        CareRule.objects.create(colour="red", every_days=1)
        reference.forget()
        self.send_file("household-amend", {"care_colour": "red", "door_note": ""})
        self.household.refresh_from_db()
        assert self.household.next_due_date == today()

    def test_confirming_makes_the_file_fresh(self) -> None:
        Household.unscoped.filter(pk=self.household.pk).update(confirmed_at=None)
        self.send_file("household-confirm", {})
        self.household.refresh_from_db()
        assert self.household.confirmed_by == self.worker
        assert not self.household.is_stale(1)

    def test_phones_come_and_go_masked_in_the_history(self) -> None:
        self.send_file("household-phone-add", {"number": "１９９ ０００１ ２３４５", "label": "女儿"})
        self.send_file("household-phone-add", {"number": "19900012345"}, status=422)
        phone = HouseholdPhone.unscoped.get(household=self.household)
        self.send_file("household-phone-remove", {"phone": phone.pk, "why": "停机"})
        assert not HouseholdPhone.unscoped.exists()
        told = str([each.changes for each in FileChange.unscoped.all()])
        assert "19900012345" not in told
        assert "199****2345" in told

    def test_another_households_phone_cannot_be_removed(self) -> None:
        theirs = f.make_phone(self.other_household)
        self.send_file("household-phone-remove", {"phone": theirs.pk, "why": "x"}, status=422)
        assert HouseholdPhone.unscoped.filter(pk=theirs.pk).exists()

    def test_a_person_is_noted_and_amended(self) -> None:
        number = "110101197001011238"
        data = {"name": "欧阳·阿不都热合曼", "id_number": number, "relation": "child", "registered": "here"}
        self.send_file("resident-add", data)
        person = Resident.unscoped.get(name="欧阳·阿不都热合曼")
        assert (person.birth_date, person.sex, person.registered_household) == (date(1970, 1, 1), "m", self.household)
        assert number not in str([each.changes for each in FileChange.unscoped.all()])
        amended = {**data, "id_number": "", "birth": "1970-01-01", "sex": "m", "phone": "19900000055"}
        self.send("resident-amend", [person.uid], amended)
        person.refresh_from_db()
        assert (person.id_number, person.phone) == (number, "19900000055")
        page = self.send("resident-amend", [person.uid], {**amended, "birth": "1971", "why": "x"}, status=422)
        assert "1970-01-01" in page
        assert number not in page
        self.send("resident-amend", [person.uid], {**amended, "forget_id": "on", "why": "本人要求"})
        person.refresh_from_db()
        assert (person.id_number, person.id_number_index) == ("", None)

    def test_amending_a_phone_keeps_where_somebody_is_registered(self) -> None:
        self.wang.registered_household = self.other_household
        self.wang.save(update_fields=["registered_household"])
        form = self.client.get(reverse("resident-amend", args=[self.wang.uid])).context["form"]
        sent = {name: form[name].value() or "" for name in form.fields}
        self.send("resident-amend", [self.wang.uid], {**sent, "phone": "19900000066", "why": "换号"})
        self.wang.refresh_from_db()
        assert (self.wang.phone, self.wang.registered_household) == ("19900000066", self.other_household)
        self.send("resident-amend", [self.wang.uid], {**sent, "registered_elsewhere": "天水", "why": "迁户口"})
        self.wang.refresh_from_db()
        assert (self.wang.registered_elsewhere, self.wang.registered_household) == ("天水", None)

    def test_one_id_number_belongs_to_one_person(self) -> None:
        data = {"name": "甲", "id_number": "110101197001011238", "relation": "other"}
        self.send_file("resident-add", data)
        self.send_file("resident-add", {**data, "name": "乙"}, status=422)
        assert not Resident.unscoped.filter(name="乙").exists()

    def test_a_need_begins_and_ends(self) -> None:
        kind = f.make_need_kind()
        f.make_care_rule(kind, 7)
        reference.forget()
        self.send("need-add", [self.wang.uid], {"kind": kind.pk, "since": "2026-06-01", "note": "每周二透析"})
        self.send("need-add", [self.wang.uid], {"kind": kind.pk, "since": "2026-06-01"}, status=422)
        need = ResidentNeed.unscoped.get()
        self.household.refresh_from_db()
        assert self.household.next_due_date == need.next_due_date == today(), "not overdue by months at once"
        ResidentNeed.unscoped.update(next_due_date=today() - timedelta(days=3))  # noted three days ago
        refresh_due(self.household)
        assert ResidentNeed.unscoped.get().next_due_date == today() - timedelta(days=3), "a missed contact stays due"
        assert "透析" not in str(self.last().changes)
        ending = {"need": need.pk, "until": "2026-05-01", "why": "搬去与女儿同住"}
        self.send("need-end", [self.wang.uid], ending, status=422)
        self.send("need-end", [self.wang.uid], {**ending, "until": today().isoformat()})
        need.refresh_from_db()
        self.household.refresh_from_db()
        assert (need.until_date, self.household.next_due_date) == (today(), None)

    def test_a_need_that_does_not_fit_the_file_is_saved_with_a_warning(self) -> None:
        alone = f.make_need_kind("alone80", name_zh="独居老人（80岁以上）")
        Resident.unscoped.filter(pk=self.wang.pk).update(birth_year=today().year - 44)
        f.make_resident(self.household, "王小明")
        url = reverse("need-add", args=[self.wang.uid])
        response = self.client.post(url, {"kind": alone.pk, "since": "2026-06-01"}, follow=True)
        assert ResidentNeed.unscoped.filter(kind=alone).exists()
        warned = [str(message) for message in response.context["messages"] if message.level_tag == "warning"]
        assert len(warned) == 1
        assert "44" in warned[0]

    def test_somebody_elses_need_cannot_be_ended(self) -> None:
        need = f.make_need(self.li)
        self.send("need-end", [self.wang.uid], {"need": need.pk, "until": "2026-06-01", "why": "x"}, status=422)
        assert ResidentNeed.unscoped.active().filter(pk=need.pk).exists()

    def test_somebody_new_moves_in(self) -> None:
        self.event("moved-in", {"name": "新来的人", "relation": "tenant", "day": "2026-10-01", "note": "租住"})
        event = LifeEvent.unscoped.get()
        assert (event.resident.name, event.happened_date, event.note) == ("新来的人", date(2026, 10, 1), "租住")

    def test_a_child_is_born(self) -> None:
        self.event("born", {"name": "小满", "sex": "f", "relation": "grandchild", "day": "2026-11-01"})
        assert Resident.unscoped.get(name="小满").birth_date == date(2026, 11, 1)

    def test_somebody_of_another_file_is_found_by_name_within_ones_places_only(self) -> None:
        elsewhere = f.make_household(self.building, 2, "101", floor=1)
        f.make_resident(elsewhere, "马俊", is_contact=True)
        f.make_resident(elsewhere, "马俊杰")
        page = self.event("moved-here", {"person_search": "马俊", "relation": "kin"}, status=422)
        assert page.count('name="person"') == 2
        who = Resident.unscoped.get(name="马俊杰")
        self.event("moved-here", {"person_search": "马俊", "person": who.uid, "relation": "kin"})
        who.refresh_from_db()
        assert (who.household, who.relation) == (self.household, Relation.OTHER_KIN)
        self.event("moved-here", {"person_search": "张不可见", "relation": "kin"}, status=422)
        self.event("moved-here", {"person_search": "李国强", "relation": "kin"}, status=422)

    def test_a_contact_found_elsewhere_leaves_a_contact_behind(self) -> None:
        elsewhere = f.make_household(self.building, 2, "101", floor=1)
        first = f.make_resident(elsewhere, "马俊", is_contact=True)
        second = f.make_resident(elsewhere, "周敏")
        page = self.event("moved-here", {"person_search": "马俊", "relation": "kin"}, status=422)
        assert "new_contact" in page
        self.event("moved-here", {"person_search": "马俊", "relation": "kin", "new_contact": second.pk})
        elsewhere.refresh_from_db()
        first.refresh_from_db()
        assert (elsewhere.contact, first.household) == (second, self.household)

    def test_moving_out_to_a_door_that_is_found(self) -> None:
        to = f.make_household(self.building, 2, "101", floor=1)
        self.event("moved-out", {"to_search": "没有这样的门"}, who=self.wang, status=422)
        self.event("moved-out", {"to_search": "西园小区1号楼 2单元101"}, who=self.wang)
        self.wang.refresh_from_db()
        assert self.wang.household == to
        to.refresh_from_db()
        assert to.contact == self.wang

    def test_a_foreign_door_is_not_found(self) -> None:
        search = {"to_search": self.foreign_household.file_number, "to": str(self.foreign_household.uid)}
        page = self.event("moved-out", search, who=self.wang, status=422)
        assert "别处小区" not in page

    def test_death_shows_what_is_open_and_keeps_it_open(self) -> None:
        filed = f.make_request(self.household)
        url = reverse("resident-event", args=[self.wang.uid, "died"])
        assert filed.code_label in self.client.get(url).content.decode()
        self.event("died", {}, who=self.wang)
        self.wang.refresh_from_db()
        assert self.wang.presence == Presence.DIED
        assert self.again(filed).is_open
        page = self.client.get(self.page).content.decode()
        assert "王秀英" in page

    def test_going_away_and_coming_back(self) -> None:
        to = f.make_household(self.building, 2, "101", floor=1)
        until = (today() + timedelta(days=20)).isoformat()
        self.event("went-away", {"to_search": to.file_number, "until": until}, who=self.wang)
        self.wang.refresh_from_db()
        assert (self.wang.presence, self.wang.stays_with) == (Presence.AWAY, to)
        assert "王秀英" in self.client.get(reverse("household", args=[to.uid])).content.decode()
        self.event("came-back", {}, who=self.wang)
        self.wang.refresh_from_db()
        assert (self.wang.presence, self.wang.stays_with) == (Presence.HERE, None)

    def test_splitting_off_from_one_person_says_what_to_do_instead(self) -> None:
        url = reverse("household-event", args=[self.household.uid, "split-off"])
        self.client.cookies["django_language"] = "en"
        assert "Only the contact person lives here" in self.client.get(url).content.decode()
        f.make_resident(self.household, "王建军", relation=Relation.CHILD)
        assert "Only the contact person lives here" not in self.client.get(url).content.decode()

    def test_splitting_off_opens_a_file_for_the_new_door(self) -> None:
        son = f.make_resident(self.household, "王建军", relation=Relation.CHILD)
        split = {"people": [son.pk], "head": son.pk, "entrance": 3, "floor": 6, "door": "601"}
        self.event("split-off", {**split, "entrance": 9}, status=422)
        self.event("split-off", split)
        son.refresh_from_db()
        assert (son.household.door, son.household.contact) == ("601", son)
        assert son.household.file_number.startswith(self.grid.code)

    def test_opening_a_door_twice_is_refused(self) -> None:
        door = {"entrance": "2", "floor": "3", "door": "301"}
        self.send("building-open-door", [self.building.uid], door)
        self.send("building-open-door", [self.building.uid], door, status=422)
        assert Household.unscoped.filter(building=self.building, door="301").count() == 1

    def test_responsibility_changes_hands(self) -> None:
        self.sign_in(self.clerk)
        self.send_file("household-responsible", {"worker": self.colleague.pk, "why": "调整分工"})
        assert Responsibility.objects.active().get(household=self.household).worker == self.colleague
        self.send_file("household-responsible", {"worker": self.foreign_worker.pk}, status=422)

    def test_a_file_closes_when_nobody_lives_there(self) -> None:
        self.sign_in(self.clerk)
        self.send_file("household-close", {"why": "房屋拆除"}, status=422)
        self.event("moved-out", {"elsewhere": "新区"}, who=self.wang)
        self.send_file("household-close", {"why": "房屋拆除"})
        self.household.refresh_from_db()
        assert self.household.until_date == today()
        assert not Responsibility.objects.active().filter(household=self.household).exists()
        assert self.client.get(self.page).status_code == 200
