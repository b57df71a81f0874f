"""/households/<uid>/: the file."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from households.actions import life_events
from households.models import FileChange, LifeEvent, LifeKind, Presence, Relation
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase

STATEMENTS = 6


class HouseholdPageTests(CastTestCase):
    def url(self, household=None) -> str:
        return reverse("household", args=[(household or self.household).uid])

    def read(self, **query: str) -> str:
        response = self.client.get(self.url(), query)
        assert response.status_code == 200
        return response.content.decode()

    def test_shows_who_lives_there_and_how_to_reach_them(self) -> None:
        f.make_phone(self.household, "19900001234", "女儿")
        f.make_need(self.wang)
        self.household.door_note = "听力不好，请大声敲门"
        self.household.save(update_fields=["door_note"])
        self.sign_in(self.worker)
        page = self.read()
        for words in (
            "王秀英",
            "马晓兰",
            "西园小区1号楼",
            "女儿",
            "独居老人",
            self.household.file_number,
        ):
            assert words in page
        assert "199 **** 1234" in page
        assert "19900001234" not in page
        assert "听力不好" not in page
        assert reverse("household-open", args=[self.household.uid]) in page

    def test_never_shows_an_id_number(self) -> None:
        self.wang.id_number = "620103194203150028"
        self.wang.save(update_fields=["id_number"])
        self.sign_in(self.clerk)
        page = self.read()
        assert "620103194203150028" not in page
        assert "6201**********0028" in page

    def test_is_not_there_for_strangers(self) -> None:
        for user in (self.foreign_worker, self.foreign_clerk, self.colleague):
            self.sign_in(user)
            assert self.client.get(self.url()).status_code == 404

    def test_opens_for_all_who_serve_the_place(self) -> None:
        for user in (self.worker, self.lead, self.clerk, self.admin):
            self.sign_in(user)
            assert self.client.get(self.url()).status_code == 200

    def test_opens_for_whoever_has_a_request_of_it(self) -> None:
        filed = f.make_request(self.household)
        self.sign_in(self.colleague)
        assert self.client.get(self.url()).status_code == 404
        filed.__class__._base_manager.filter(pk=filed.pk).update(worker=self.colleague)
        assert self.client.get(self.url()).status_code == 200

    def test_sends_visitors_to_sign_in(self) -> None:
        assert self.client.get(self.url()).status_code == 302

    def test_refuses_somebody_who_serves_nowhere(self) -> None:
        self.sign_in(f.make_user("nobody"))
        assert self.client.get(self.url()).status_code == 403

    def test_cannot_be_posted_to(self) -> None:
        self.sign_in(self.worker)
        assert self.client.post(self.url()).status_code == 405

    def test_answers_htmx_with_the_timeline_alone(self) -> None:
        self.sign_in(self.worker)
        response = self.client.get(self.url(), headers={"HX-Request": "true"})
        assert b"<html" not in response.content
        assert b'id="timeline"' in response.content
        assert "HX-Request" in response["Vary"]

    def test_takes_six_statements_however_much_there_is(self) -> None:
        self.sign_in(self.worker)
        self.read()
        with CaptureQueriesContext(connection) as few:
            self.read()
        for number in range(12):
            person = f.make_resident(self.household, f"成员{number}")
            f.make_need(person)
            f.make_phone(self.household, f"1990000{number:04}")
            f.make_visit(self.household, self.worker)
            f.make_request(self.household)
            self.change(f"原因{number}")
            self.life(person)
        self.read()  # the small tables are read once and kept
        with CaptureQueriesContext(connection) as many:
            self.read()
        assert len(many) == len(few) <= STATEMENTS

    def change(self, why: str = "记错了", **more: object) -> FileChange:
        changes = [{"field": "care_colour", "old": "", "new": "red"}]
        return FileChange.unscoped.create(
            household=self.household, by=self.clerk, action="amended", changes=changes, why=why, **more
        )

    def life(self, resident, **more: object) -> LifeEvent:
        defaults = {"kind": LifeKind.MOVED_IN, "happened_date": date(2026, 3, 5), "by": self.clerk}
        return LifeEvent.unscoped.create(household=self.household, resident=resident, **{**defaults, **more})

    def test_tells_what_happened_newest_first_and_by_kind(self) -> None:
        now = timezone.now()
        f.make_visit(self.household, self.worker, note="煤气正常", happened_at=now - timedelta(days=3))
        f.make_request(self.household, text="灯坏了")
        self.change("儿子来电更正")
        self.life(self.wang, note="从老家搬来", reported_at=now - timedelta(days=1))
        self.sign_in(self.worker)
        page = self.read().split('id="timeline"')[1]
        places = [page.index(words) for words in ("儿子来电更正", "灯坏了", "从老家搬来", "煤气正常")]
        assert places == sorted(places)
        for kind, words in {
            "visit": "煤气正常",
            "request": "灯坏了",
            "change": "儿子来电更正",
            "life": "从老家搬来",
        }.items():
            only = self.read(kind=kind).split('id="timeline"')[1]
            found = [other for other in ("煤气正常", "灯坏了", "儿子来电更正", "从老家搬来") if other in only]
            assert found == [words]

    def test_tells_a_life_event_once_with_what_it_changed(self) -> None:
        son = f.make_resident(self.household, "王建军", relation=Relation.CHILD)
        happened = life_events.Happened(today(), self.worker, "去天水")
        life_events.went_away(son, happened=happened, stays_with=self.other_household)
        life_events.came_back(son, happened=happened)
        self.sign_in(self.clerk)
        entries = self.client.get(self.url()).context["story"].entries
        assert [entry.state for entry in entries if entry.subject == "王建军"] == ["came_back", "went_away"]
        assert all(entry.differences for entry in entries)
        assert entries[0].third == self.other_household.address
        changes = self.client.get(self.url(), {"kind": "change"}).context["story"].entries
        assert [entry.state for entry in changes] == ["life", "life"]

    def test_turns_its_pages_without_losing_or_repeating_an_entry(self) -> None:
        at = timezone.now() - timedelta(days=2)
        for number in range(70):
            self.change(f"第{number:03}条", at=at)
            f.make_visit(self.household, self.worker, note=f"走访{number:03}", happened_at=at)
        self.sign_in(self.worker)
        seen: list[str] = []
        story = self.client.get(self.url()).context["story"]
        while True:
            seen += [entry.words for entry in story.entries]
            if not story.next_cursor:
                break
            story = self.client.get(self.url(), {"after": story.next_cursor}).context["story"]
        assert len(seen) == len(set(seen)) == 140

    def test_begins_anew_for_a_damaged_cursor_or_kind(self) -> None:
        self.sign_in(self.worker)
        for query in (
            {"after": "%00"},
            {"after": "W10"},
            {"kind": "x' OR 1=1"},
            {"after": "WyI5OTk5LTEyLTMxIiwieCIsMV0"},
        ):
            assert self.client.get(self.url(), query).status_code == 200

    def test_keeps_who_lives_there_apart_from_who_is_registered_there(self) -> None:
        self.li.registered_household = self.household
        self.li.save(update_fields=["registered_household"])
        guest = f.make_resident(self.other_household, "客人甲", presence=Presence.AWAY, stays_with=self.household)
        gone = f.make_resident(self.household, "故人乙", presence=Presence.DIED)
        self.sign_in(self.lead)
        file = self.client.get(self.url()).context["file"]
        names = [[p.resident for p in group] for group in (file.living, file.guests, file.only_registered, file.past)]
        assert names == [[self.wang], [guest], [self.li], [gone]]

    def test_hides_the_address_of_a_file_out_of_sight(self) -> None:
        self.life(self.wang, kind=LifeKind.MOVED_OUT, other_household=self.foreign_household)
        self.sign_in(self.worker)
        page = self.read()
        assert "别处小区" not in page
        assert str(self.foreign_household.uid) not in page
        self.sign_in(self.admin)
        assert "别处小区9号楼" in self.read()

    def test_says_what_is_missing_and_when_it_was_confirmed(self) -> None:
        self.wang.birth_year = None
        self.wang.save(update_fields=["birth_year"])
        self.household.confirmed_at = timezone.now() - timedelta(days=400)
        self.household.save(update_fields=["confirmed_at"])
        self.sign_in(self.worker)
        file = self.client.get(self.url()).context["file"]
        assert [gap.what for gap in file.completeness.gaps] == ["birth"]
        assert file.is_stale

    def test_escapes_what_people_wrote(self) -> None:
        self.change("<script>alert(1)</script>")
        self.wang.name = "王<b>秀"
        self.wang.save(update_fields=["name"])
        self.sign_in(self.worker)
        page = self.read()
        assert "<script>alert" not in page
        assert "王&lt;b&gt;秀" in page
