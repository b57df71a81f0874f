"""/households/ and the printed lists."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from households import access, reference, scope
from households.files import HouseholdFile
from households.lookup import search_residents
from households.models import Household, Resident
from households.search import search_households
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase, asking

LISTS = ("households", "special-needs-list", "not-visited-list")


class ListTests(CastTestCase):
    def shown(self, **query: str) -> list[Household]:
        response = self.client.get(reverse("households"), query)
        assert response.status_code == 200
        return response.context["households"]

    def test_shows_ones_own_places_only(self) -> None:
        self.sign_in(self.worker)
        assert self.shown() == [self.household]
        self.sign_in(self.clerk)
        assert set(self.shown()) == {self.household, self.other_household}
        self.sign_in(self.foreign_clerk)
        assert self.shown() == [self.foreign_household]

    def test_narrows_by_everything_a_link_can_say(self) -> None:
        kind = f.make_need_kind()
        f.make_need(self.wang, kind)
        reference.forget()
        other = f.make_household(self.building, 2, "101", floor=1, care_colour="red", confirmed_at=None)
        Household.unscoped.filter(pk=other.pk).update(next_due_date=today() - timedelta(days=1))
        f.make_request(self.household)
        self.sign_in(self.clerk)
        for query, found in (
            ({"need": "alone"}, [self.household]),
            ({"colour": "red"}, [other]),
            ({"stale": "1"}, [other]),
            ({"overdue": "1"}, [other]),
            ({"incomplete": "1"}, [other]),
            ({"unassigned": "1"}, [other]),
            ({"requests": "1"}, [self.household]),
            ({"building": str(self.building.uid)}, [other, self.household]),
            ({"grid": self.other_grid.code}, [self.other_household]),
            ({"grid": "620102"}, []),
        ):
            assert {row.pk for row in self.shown(**query)} == {row.pk for row in found}, query

    def test_searches_by_post_only_and_within_the_filter(self) -> None:
        """A name or a phone in an address would stand in every log on the way."""
        self.sign_in(self.clerk)
        for query, found in (
            ({"q": "王秀英"}, [self.household]),
            ({"q": "199 0000 0001"}, [self.household]),
            ({"q": "王秀英", "grid": self.other_grid.code}, []),
            ({"q": "没有这个人"}, []),
        ):
            answer = self.client.post(reverse("households"), query)
            assert answer.context["households"] == found, query
        assert len(self.shown(q="没有这个人")) == 2
        assert 'name="q"' not in self.client.get(reverse("special-needs-list"), {"q": "王秀英"}).content.decode()

    def test_leads_to_the_link_of_the_filter_when_no_words_are_sent(self) -> None:
        self.sign_in(self.clerk)
        sent = {"q": " ", "need": "", "colour": "red", "grid": self.grid.code, "overdue": "1", "nonsense": "1"}
        answer = self.client.post(reverse("households"), sent)
        assert answer.status_code == 303
        assert answer["Location"] == f"{reverse('households')}?colour=red&grid={self.grid.code}&overdue=1"
        assert self.client.get(answer["Location"]).status_code == 200

    def test_turns_the_pages_of_a_search_by_post_too(self) -> None:
        for number in range(60):
            f.make_household(self.building, number % 3 + 1, f"{number % 6 + 1}8{number}")
        self.sign_in(self.worker)
        first = self.client.post(reverse("households"), {"q": self.building.name})
        assert "?" not in first.content.decode().split('class="pager"')[1].split("</form>")[0]
        second = self.client.post(
            reverse("households"), {"q": self.building.name, "after": first.context["next_cursor"]}
        )
        seen = [row.pk for answer in (first, second) for row in answer.context["households"]]
        assert len(seen) == len(set(seen)) == 61

    def test_ignores_what_makes_no_sense(self) -> None:
        self.sign_in(self.worker)
        for query in (
            {"need": "\0"}, {"colour": "blue"}, {"building": "x"}, {"grid": "１２"}, {"after": "W10"}, {"days": "-1"},
            {"after": "WzEsMiwzLDQsNSw2XQ"}, {"q": "' OR 1=1 --"}, {"q": "a" * 5000}, {"days": "9" * 40}, {"q": "\0"},
        ):  # fmt: skip
            for name in LISTS:
                assert self.client.get(reverse(name), query).status_code == 200, query
            assert self.client.post(reverse("households"), {"q": "王", **query}).status_code == 200, query

    def test_turns_pages_without_losing_a_door(self) -> None:
        for number in range(120):
            f.make_household(self.building, number % 3 + 1, f"{number % 6 + 1}8{number}")
        self.sign_in(self.worker)
        seen: list[int] = []
        query: dict[str, str] = {}
        while True:
            response = self.client.get(reverse("households"), query)
            seen += [row.pk for row in response.context["households"]]
            if not response.context["next_cursor"]:
                break
            query = {"after": response.context["next_cursor"]}
        assert len(seen) == len(set(seen)) == 121

    def test_takes_at_most_six_statements(self) -> None:
        self.sign_in(self.clerk)
        for name in LISTS:
            self.client.get(reverse(name))  # the small tables are read once and kept
            with CaptureQueriesContext(connection) as few:
                self.client.get(reverse(name))
            for number in range(30):
                door = f.make_household(self.building, 3, f"{number % 6 + 1}{name[:1]}{number}")
                f.make_need(f.make_resident(door, "某人", is_contact=True))
            with CaptureQueriesContext(connection) as many:
                self.client.get(reverse(name))
            assert len(many) == len(few) <= 6, name

    def test_prints_people_with_needs_with_masked_phones(self) -> None:
        f.make_need(self.wang)
        f.make_need(self.zhang)
        self.sign_in(self.worker)
        page = self.client.get(reverse("special-needs-list")).content.decode()
        assert "王秀英" in page
        assert "199 **** 0001" in page
        assert "19900000001" not in page
        assert "张不可见" not in page
        assert "马晓兰" in page

    def test_prints_a_phone_of_the_household_for_who_has_none(self) -> None:
        baby = f.make_resident(self.household, "王小宝")
        f.make_need(baby)
        self.sign_in(self.worker)

        def printed() -> list[tuple[str, str]]:
            return [(number, whose) for _need, number, whose in self.client.get(url).context["needs"]]

        url = reverse("special-needs-list")
        assert printed() == [("19900000001", "王秀英")]
        f.make_phone(self.household, "19900007777", "女儿")
        assert printed() == [("19900007777", "女儿")]
        self.assertContains(self.client.get(url), '199 **** 7777 <span class="muted">女儿</span>')
        f.make_resident(self.other_household, "李老", birth_year=1930)

    def test_prints_doors_where_nobody_was_met_for_long(self) -> None:
        now = timezone.now()
        Household.unscoped.filter(pk=self.household.pk).update(last_contact_at=now - timedelta(days=40))
        Household.unscoped.filter(pk=self.other_household.pk).update(last_contact_at=now - timedelta(days=5))
        self.sign_in(self.clerk)
        assert self.client.get(reverse("not-visited-list")).context["doors"] == [self.household]
        both = self.client.get(reverse("not-visited-list"), {"days": "3"}).context["doors"]
        assert both == [self.household, self.other_household]

    def test_is_closed_to_visitors_and_to_those_who_serve_nowhere(self) -> None:
        nobody = f.make_user("nobody")
        for name in (*LISTS, "buildings"):
            self.client.logout()
            assert self.client.get(reverse(name)).status_code == 302
            self.sign_in(nobody)
            assert self.client.get(reverse(name)).status_code == 403
            self.sign_in(self.worker)
            posted = {"households": 303, "buildings": 405}.get(name, 422)  # a search; nothing; a print without purpose
            assert self.client.post(reverse(name)).status_code == posted


class LookupTests(CastTestCase):
    def doors(self, text: str) -> list[Household]:
        return list(search_households(Household.unscoped.select_related("building"), text))

    def test_finds_a_door_by_what_people_say(self) -> None:
        f.make_phone(self.household, "19900007777")
        for text in (
            "西园小区1号楼 1单元502", "1-502", "1号楼 502", "王秀英", "秀英", "199 0000 7777", "１９９０００００００１",
            self.household.file_number, self.household.file_number.lower(), self.household.address,
        ):  # fmt: skip
            assert self.doors(text) == [self.household], text

    def test_finds_nothing_for_nothing(self) -> None:
        for text in ("", "   ", "\0", "x" * 500):
            assert self.doors(text) == []

    def test_finds_people_with_rare_and_minority_names(self) -> None:
        for name in ("阿不都热合曼·买买提", "𠮷野", "〇"):
            person = f.make_resident(self.household, name)
            assert list(search_residents(Resident.unscoped.all(), name)) == [person]


class CompletenessTests(HypothesisTestCase):
    """The rule in Python and the filter in SQL say the same of any file."""

    @given(
        st.lists(
            st.tuples(st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["here", "away", "died"])),
            max_size=4,
        ),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    )
    def test_agrees_with_its_filter(
        self, people: list[tuple[bool, bool, bool, str]], has_contact: bool, has_phone: bool, has_responsible: bool
    ) -> None:
        community = f.make_community()
        grid = f.make_grid(community)
        worker = f.make_worker("judge", grid)
        household = f.make_household(f.make_building(grid), 1, "101")
        for number, (birth, sex, phone, presence) in enumerate(people):
            person = f.make_resident(
                household, f"人{number}", birth_year=1950 if birth else None, sex="f" if sex else "",
                phone="19900000001" if phone else "", presence=presence,
            )  # fmt: skip
            if has_contact and presence != "died":
                household.contact = person
                household.save(update_fields=["contact"])
        if has_phone:
            f.make_phone(household)
        if has_responsible:
            f.make_responsible(household, worker)
        viewer = access.Viewer(worker)
        row = access.household_file(asking("household", worker), household.uid)
        served = scope.seen_by_place(viewer, "household")
        stays = scope.seen_by_place(viewer, "stays_with")
        file = HouseholdFile(row, [], reach=viewer.reach, sees=served, sees_stay=stays)
        listed = Household.unscoped.incomplete().filter(pk=household.pk).exists()
        assert listed == (not file.completeness.is_complete)
        assert 0 <= file.completeness.percent <= 100
