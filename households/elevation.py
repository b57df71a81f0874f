"""A building seen from outside: which door is where on the drawing, and in which state, as plain values.

Nothing here reads the database or knows SVG; lengths are units of the drawing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# An entrance of three doors fits a phone of 390 px, four of them a window of 1,440: see tests/browser/test_register.py.
DOOR_WIDTH, DOOR_HEIGHT = 84, 50
GAP = 6
FLOOR_LABEL = 44  # room for '34层' left of every entrance's doors
ENTRANCE_GAP = 20
HEAD, FOOT = 34, 34
MOST_COLUMNS = 40  # doors on one floor of one entrance; more is a slip in the register


class DoorState(StrEnum):
    """What matters most about a door, worst first."""

    LATE = "late"
    REQUEST = "request"
    NEED = "need"
    WELL = "well"
    EMPTY = "empty"
    OTHER = "other"  # served by somebody else: nothing of it is told
    UNFILED = "unfiled"


LABELS: dict[str, Promise] = {
    DoorState.LATE: _("visit overdue"),
    DoorState.REQUEST: _("open request"),
    DoorState.NEED: _("special needs"),
    DoorState.WELL: pgettext_lazy("door", "all well"),
    DoorState.EMPTY: _("nobody on file"),
    DoorState.OTHER: _("another grid"),
    DoorState.UNFILED: _("no file"),
}
SHORT: dict[str, Promise] = {
    DoorState.LATE: pgettext_lazy("short, on a door", "overdue"),
    DoorState.REQUEST: pgettext_lazy("short, on a door", "request"),
    DoorState.NEED: pgettext_lazy("short, on a door", "needs"),
    DoorState.WELL: pgettext_lazy("short, on a door", "well"),
    DoorState.EMPTY: pgettext_lazy("short, on a door", "nobody"),
    DoorState.OTHER: pgettext_lazy("short, on a door", "other"),
    DoorState.UNFILED: pgettext_lazy("short, on a door", "no file"),
}
LEGEND = (DoorState.LATE, DoorState.REQUEST, DoorState.NEED, DoorState.WELL, DoorState.EMPTY, DoorState.UNFILED)


@dataclass(frozen=True, slots=True)
class Door:
    """A household's door as read from the register."""

    uid: UUID
    entrance: int
    floor: int
    door: str
    contact: str = ""
    is_mine: bool = True
    is_late: bool = False
    has_request: bool = False
    has_needs: bool = False
    has_people: bool = True

    @property
    def states(self) -> list[DoorState]:
        """Everything that holds, worst first; never empty."""
        if not self.is_mine:
            return [DoorState.OTHER]
        told = (
            (DoorState.LATE, self.is_late),
            (DoorState.REQUEST, self.has_request),
            (DoorState.NEED, self.has_needs),
        )
        found = [state for state, holds in told if holds]
        return found or [DoorState.WELL if self.has_people else DoorState.EMPTY]


@dataclass(frozen=True, slots=True)
class Cell:
    """A place on the drawing: a door, or an opening without a file."""

    x: int
    y: int
    entrance: int
    floor: int
    door: Door | None

    @property
    def state(self) -> str:
        return self.door.states[0] if self.door else DoorState.UNFILED

    @property
    def short(self) -> Promise:
        return SHORT[self.state]

    @property
    def words(self) -> str:
        """All states in words: for the accessible name and the table."""
        states = self.door.states if self.door else [DoorState.UNFILED]
        return ", ".join(str(LABELS[state]) for state in states)

    @property
    def width(self) -> int:
        return DOOR_WIDTH

    @property
    def height(self) -> int:
        return DOOR_HEIGHT

    @property
    def middle(self) -> int:
        return self.x + DOOR_WIDTH // 2

    @property
    def first_line(self) -> int:
        return self.y + 20

    @property
    def label_middle(self) -> int:
        return self.y + 30

    @property
    def second_line(self) -> int:
        return self.y + 39


@dataclass(frozen=True, slots=True)
class FloorLine:
    """A floor of an entrance: its label left of its doors, from left to right."""

    number: int
    label_x: int
    label_y: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Entrance:
    number: int
    x: int
    width: int
    floors: list[FloorLine] = field(default_factory=list)

    @property
    def middle(self) -> int:
        return self.x + FLOOR_LABEL + (self.width - FLOOR_LABEL) // 2

    @property
    def wall_x(self) -> int:
        return self.x + FLOOR_LABEL - GAP

    @property
    def wall_width(self) -> int:
        return self.width - FLOOR_LABEL + GAP


@dataclass(frozen=True, slots=True)
class Elevation:
    entrances: list[Entrance]
    width: int
    height: int

    @property
    def rows(self) -> list[tuple[int, list[FloorLine]]]:
        """(floor, its line in every entrance) from the top, for the table."""
        lines = zip(*(entrance.floors for entrance in self.entrances), strict=True)
        return [(row[0].number, list(row)) for row in lines]

    @property
    def wall_height(self) -> int:
        return self.ground_y - self.roof_y

    @property
    def roof_y(self) -> int:
        return HEAD - 12

    @property
    def ground_y(self) -> int:
        return self.height - FOOT + GAP

    @property
    def label_y(self) -> int:
        return self.height - 8

    @property
    def counts(self) -> list[tuple[str, Promise, int]]:
        """(state, words, doors) for the legend; every door counts once, by its worst state."""
        states = [cell.state for each in self.entrances for line in each.floors for cell in line.cells]
        shown = [*LEGEND, DoorState.OTHER] if DoorState.OTHER in states else list(LEGEND)
        return [(state, LABELS[state], states.count(state)) for state in shown]


def draw(doors: Iterable[Door], *, storeys: int, entrances: int) -> Elevation:
    """Every floor from the top storey to the ground, cellars where somebody lives; entrances from left to right."""
    placed: dict[tuple[int, int], list[Door]] = {}
    for door in doors:
        placed.setdefault((door.entrance, door.floor), []).append(door)
    floors = {floor for _entrance, floor in placed} | set(range(1, storeys + 1))
    order = sorted(floors, reverse=True)
    numbers = sorted({entrance for entrance, _floor in placed} | set(range(1, entrances + 1)))
    drawn: list[Entrance] = []
    x = 0
    for number in numbers:
        rows = [sorted(placed.get((number, floor), []), key=_door_order)[:MOST_COLUMNS] for floor in order]
        columns = max(1, *(len(row) for row in rows))
        drawn.append(_entrance(number, x, columns, order, rows))
        x += drawn[-1].width + ENTRANCE_GAP
    height = HEAD + len(order) * (DOOR_HEIGHT + GAP) + FOOT
    return Elevation(drawn, max(x - ENTRANCE_GAP, 1) + GAP, height)


def _entrance(number: int, x: int, columns: int, floors: list[int], rows: list[list[Door]]) -> Entrance:
    entrance = Entrance(number, x, FLOOR_LABEL + columns * (DOOR_WIDTH + GAP))
    for level, (floor, row) in enumerate(zip(floors, rows, strict=True)):
        y = HEAD + level * (DOOR_HEIGHT + GAP)
        padded: list[Door | None] = [*row, *([None] * (columns - len(row)))]
        cells = [
            Cell(x + FLOOR_LABEL + column * (DOOR_WIDTH + GAP), y, number, floor, door)
            for column, door in enumerate(padded)
        ]
        entrance.floors.append(FloorLine(floor, x + FLOOR_LABEL - 2 * GAP, y + 31, cells))
    return entrance


def _door_order(door: Door) -> tuple[Any, ...]:
    """101, 102, 1101: numbers as numbers, the rest as written."""
    digits = "".join(character for character in door.door if character.isascii() and character.isdigit())
    return (int(digits) if digits else 0, door.door)
