"""/buildings/ and /buildings/<uid>/: the elevation."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

from django.db import connection
from django.test import SimpleTestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from households.elevation import DOOR_HEIGHT, DOOR_WIDTH, Door, DoorState, draw
from households.models import Household
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase

DOORS = st.lists(
    st.builds(
        Door,
        uid=st.builds(uuid4),
        entrance=st.integers(1, 60),
        floor=st.integers(-5, 120),
        door=st.text("0123456789AB-", min_size=1, max_size=10),
        is_late=st.booleans(),
        has_request=st.booleans(),
    ),
    max_size=60,
)


class DrawTests(SimpleTestCase):
    @given(DOORS, st.integers(1, 40), st.integers(1, 20))
    def test_every_door_has_its_own_place_inside_the_drawing(
        self, doors: list[Door], storeys: int, entrances: int
    ) -> None:
        drawing = draw(doors, storeys=storeys, entrances=entrances)
        cells = [cell for entrance in drawing.entrances for line in entrance.floors for cell in line.cells]
        assert {cell.door for cell in cells if cell.door} == set(doors)
        assert len({(cell.x, cell.y) for cell in cells}) == len(cells)
        for cell in cells:
            assert 0 <= cell.x <= drawing.width - DOOR_WIDTH
            assert 0 <= cell.y <= drawing.height - DOOR_HEIGHT
            assert cell.door is None or (cell.door.entrance, cell.door.floor) == (cell.entrance, cell.floor)
        assert sum(n for _state, _words, n in drawing.counts) == len(cells)

    def test_draws_the_highest_floor_first_and_doors_by_number(self) -> None:
        doors = [Door(uuid4(), 1, int(no[:-2]), no) for no in ("3402", "101", "1102", "1101", "3401")]
        drawing = draw(doors, storeys=34, entrances=2)
        assert [number for number, _lines in drawing.rows] == list(range(34, 0, -1))
        assert [cell.door.door for cell in drawing.entrances[0].floors[0].cells if cell.door] == ["3401", "3402"]
        assert len(drawing.entrances) == 2

    def test_the_worst_state_colours_the_door_and_all_are_told(self) -> None:
        door = Door(uuid4(), 1, 1, "101", is_late=True, has_request=True, has_needs=True)
        assert door.states == [DoorState.LATE, DoorState.REQUEST, DoorState.NEED]
        assert Door(uuid4(), 1, 1, "101").states == [DoorState.WELL]
        assert Door(uuid4(), 1, 1, "101", has_people=False).states == [DoorState.EMPTY]

    def test_nothing_is_told_of_anothers_door(self) -> None:
        door = Door(uuid4(), 1, 1, "101", "王秀英", is_mine=False, is_late=True, has_request=True)
        assert door.states == [DoorState.OTHER]


class BuildingPageTests(CastTestCase):
    def read(self, **query: str) -> str:
        response = self.client.get(reverse("building", args=[self.building.uid]), query)
        assert response.status_code == 200
        return response.content.decode()

    def test_tells_each_doors_state_in_colour_and_words(self) -> None:
        late = f.make_household(self.building, 1, "301", next_due_date=today() - timedelta(days=2))
        asking = f.make_household(self.building, 2, "302")
        needy = f.make_household(self.building, 2, "401")
        for household in (late, asking, needy):
            f.make_resident(household, "某人", is_contact=True)
        f.make_need(f.make_resident(needy, "病人"))
        f.make_request(asking)
        f.make_household(self.building, 3, "501")
        self.sign_in(self.worker)
        page = self.read()
        for household, state in ((late, "late"), (asking, "request"), (needy, "need"), (self.household, "well")):
            link = re.search(
                rf'<a href="/households/{household.uid}/" aria-label="([^"]+)"><rect class="([^"]+)"', page
            )
            assert link, household.door
            assert link[2] == f"d-{state}"
            assert household.door in link[1]
        assert 'class="d-empty"' in page

    def test_is_a_table_too(self) -> None:
        self.sign_in(self.worker)
        drawing, table = self.read(), self.read(view="table")
        assert '<svg class="elevation" xmlns' in drawing
        assert '<div class="hidden-text"><table>' in drawing
        assert '<svg class="elevation" xmlns' not in table
        assert f'href="/households/{self.household.uid}/">502 王秀英' in table

    def test_styles_nothing_inline(self) -> None:
        self.sign_in(self.worker)
        assert "style=" not in self.read()

    def test_takes_no_more_statements_for_more_doors(self) -> None:
        self.sign_in(self.worker)
        self.read()
        with CaptureQueriesContext(connection) as few:
            self.read()
        for number in range(40):
            f.make_need(f.make_resident(f.make_household(self.building, number % 3 + 1, f"{number % 6 + 1}9{number}")))
        with CaptureQueriesContext(connection) as many:
            self.read()
        assert len(many) == len(few) <= 6

    def test_hides_what_another_worker_serves_in_a_shared_tower(self) -> None:
        theirs = f.make_household(self.building, 2, "603", floor=6)
        Household.unscoped.filter(pk=theirs.pk).update(grid=self.other_grid)
        f.make_resident(theirs, "不该看见", is_contact=True)
        self.sign_in(self.worker)
        for page in (self.read(), self.read(view="table")):
            assert "603" in page
            assert "不该看见" not in page
            assert str(theirs.uid) not in page
        self.sign_in(self.clerk)
        assert "不该看见" in self.read()

    def test_does_not_exist_for_strangers(self) -> None:
        url = reverse("building", args=[self.building.uid])
        for user in (self.foreign_worker, self.foreign_clerk, self.colleague):
            self.sign_in(user)
            assert self.client.get(url).status_code == 404
        self.sign_in(f.make_user("nobody"))
        assert self.client.get(url).status_code == 403
        self.sign_in(self.worker)
        assert self.client.post(url).status_code == 405


class BuildingListTests(CastTestCase):
    def test_counts_the_doors_in_each_state_of_ones_own_places(self) -> None:
        f.make_household(self.building, 1, "301", next_due_date=today() - timedelta(days=2))
        f.make_need(self.wang)
        f.make_request(self.household)
        self.sign_in(self.worker)
        response = self.client.get(reverse("buildings"))
        (shown,) = response.context["buildings"]
        assert shown.counts == {"building_id": shown.pk, "doors": 2, "late": 1, "requests": 1, "needs": 1, "empty": 1}
        assert "别处小区" not in response.content.decode()

    def test_turns_pages_in_walking_order_and_finds_by_name(self) -> None:
        for number in range(70):
            f.make_building(self.grid, f"东园{number:02}号楼")
        self.sign_in(self.worker)
        first = self.client.get(reverse("buildings"))
        second = self.client.get(reverse("buildings"), {"after": first.context["next_cursor"]})
        names = [each.name for page in (first, second) for each in page.context["buildings"]]
        assert len(names) == len(set(names)) == 71
        found = self.client.get(reverse("buildings"), {"q": "东园07"}).context["buildings"]
        assert [each.name for each in found] == ["东园07号楼"]

    def test_takes_at_most_six_statements(self) -> None:
        self.sign_in(self.clerk)
        self.client.get(reverse("buildings"))  # the small tables are read once and kept
        with CaptureQueriesContext(connection) as few:
            self.client.get(reverse("buildings"))
        for number in range(30):
            f.make_household(f.make_building(self.grid, f"东园{number:02}号楼"), 1, "101")
        with CaptureQueriesContext(connection) as many:
            self.client.get(reverse("buildings"))
        assert len(many) == len(few) <= 6

    def test_reads_nothing_from_a_damaged_cursor(self) -> None:
        self.sign_in(self.worker)
        for cursor in ("x", "W10", "WzEsMiwiYSJd", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LDEsMV0"):
            assert self.client.get(reverse("buildings"), {"after": cursor}).status_code == 200
        assert Household.unscoped.exists()
