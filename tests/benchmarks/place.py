"""The benchmark's town: the same in both sizes, and the same each time.

One district, ten communities of four grids, 400 buildings, 14,400 households. Grid 1 and its worker are the same
whatever the number of requests: one worker's day does not grow with the town. `requests.py` fills the other grids.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from households.actions.requests import phone_index
from households.models import (
    Appointment,
    Building,
    CareRule,
    Category,
    Grid,
    Household,
    HouseholdPhone,
    NeedKind,
    Region,
    Resident,
    ResidentNeed,
    Responsibility,
)
from resilience.accounts.models import User
from resilience.lib.crypto import blind_index

from .tables import Row, fill

COMMUNITIES, GRIDS, BUILDINGS = 10, 4, 10  # each in the one before
ENTRANCES, FLOORS, DOORS = 2, 6, 3
HOUSEHOLDS_A_BUILDING = ENTRANCES * FLOORS * DOORS
HOUSEHOLDS_A_GRID = BUILDINGS * HOUSEHOLDS_A_BUILDING
HOUSEHOLDS = COMMUNITIES * GRIDS * HOUSEHOLDS_A_GRID
FIRST_COMMUNITY = 11  # ids 1–3 are the city, the district and the subdistrict
DESK, DISTRICT, WALKER, ADMIN = 1, 2, 3, 4  # user ids; the worker of grid n is `worker_of(n)`
DUE_DOORS = 30
LONG_STORY = 200  # the household whose file is opened
_FROM = date(2024, 1, 1)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
_GIVEN = ("秀英", "建国", "桂兰", "志强", "玉梅", "海燕", "德福", "晓东", "文静", "国栋", "雪梅", "永红")
CATEGORIES = (
    ("groceries", "物资代购", "Groceries", "shopping-basket"),
    ("medicine", "代购药品", "Medicine", "pill"),
    ("doctor", "就医陪护", "See a doctor", "stethoscope"),
    ("meal", "热餐", "Hot meal", "utensils"),
    ("repair", "维修", "Repair", "wrench"),
    ("talk", "心理疏导", "Talk to someone", "message-circle"),
    ("question", "咨询", "Ask a question", "circle-help"),
    ("suggest", "建议", "Suggest", "lightbulb"),
    ("other", "其他", "Other", "ellipsis"),
)


def community_of(grid: int) -> int:
    return FIRST_COMMUNITY + (grid - 1) // GRIDS


def grid_of(household: int) -> int:
    return (household - 1) // HOUSEHOLDS_A_GRID + 1


def building_of(household: int) -> int:
    return (household - 1) // HOUSEHOLDS_A_BUILDING + 1


def worker_of(grid: int) -> int:
    return WALKER if grid == 1 else 10 + grid


def uid(kind: int, number: int) -> uuid.UUID:
    """The same for the same row, in every run."""
    return uuid.UUID(int=(kind << 64) + number, version=4)


def phone_of(household: int) -> str:
    return f"199{household:08}"


def name_of(number: int) -> str:
    return _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number // 7 % len(_GIVEN)]


def address_of(household: int) -> str:
    entrance, _floor, door = _door(household)
    return f"{_building_name(building_of(household))} {entrance} 单元 {door}"


def _building_name(building: int) -> str:
    return f"西园小区 {building} 号楼"


def _door(household: int) -> tuple[int, int, str]:
    at = (household - 1) % HOUSEHOLDS_A_BUILDING
    entrance, floor = at // (FLOORS * DOORS) + 1, at // DOORS % FLOORS + 1
    return entrance, floor, f"{floor}0{at % DOORS + 1}"


def build(now: datetime) -> None:
    """Fill an empty database with the town; `now` is the moment everything is counted from."""
    fill(Region, _regions())
    grids = range(1, COMMUNITIES * GRIDS + 1)
    fill(Grid, ({"id": n, "code": _grid_code(n), "name": f"第{n}网格", "community_id": community_of(n)} for n in grids))
    fill(Building, _buildings())
    fill(User, _users())
    fill(Appointment, _appointments())
    fill(Category, _categories())
    fill(NeedKind, _need_kinds())
    fill(CareRule, ({"id": n, "kind_id": n, "every_days": 7 * n} for n in (1, 2, 3)))
    fill(Household, _households(now))
    fill(Resident, _residents())
    fill(HouseholdPhone, _phones())
    fill(ResidentNeed, _needs(now.date()))
    everyone = range(1, HOUSEHOLDS + 1)
    fill(Responsibility, ({"id": n, "household_id": n, "worker_id": worker_of(grid_of(n))} for n in everyone))


def _regions() -> Iterator[Row]:
    code = "620103001"
    tops = ((1, 4, "city", "兰州市"), (2, 6, "district", "七里河区"), (3, 9, "subdistrict", "西园街道"))
    for number, digits, level, name in tops:
        yield {"id": number, "code": code[:digits], "level": level, "name": name, "parent_id": number - 1 or None}
    for number in range(COMMUNITIES):
        place = {"id": FIRST_COMMUNITY + number, "code": f"{code}{number + 1:03}", "name": f"西园第{number + 1}社区"}
        yield {**place, "level": "community", "parent_id": 3}


def _grid_code(grid: int) -> str:
    return f"620103001{(grid - 1) // GRIDS + 1:03}{(grid - 1) % GRIDS + 1:03}"


def _buildings() -> Iterator[Row]:
    for number in range(1, COMMUNITIES * GRIDS * BUILDINGS + 1):
        grid = (number - 1) // BUILDINGS + 1
        yield {
            "id": number,
            "uid": uid(1, number),
            "community_id": community_of(grid),
            "grid_id": grid,
            "name": _building_name(number),
            "storeys": FLOORS,
            "entrances": ENTRANCES,
            "walk_order": number,
        }


def _users() -> Iterator[Row]:
    people = {DESK: "陈静", DISTRICT: "周主任", ADMIN: "管理员"}
    people |= {worker_of(grid): name_of(grid) for grid in range(1, COMMUNITIES * GRIDS + 1)}
    for number, name in people.items():
        is_admin = number == ADMIN
        user = {"id": number, "uid": uid(2, number), "username": f"user{number}", "name": name, "password": "!"}
        yield {**user, "is_staff": is_admin, "is_superuser": is_admin}


def _appointments() -> Iterator[Row]:
    same = {"region_id": None, "grid_id": None, "from_date": _FROM}
    yield {**same, "id": 1, "user_id": DESK, "role": "staff", "region_id": FIRST_COMMUNITY}
    yield {**same, "id": 2, "user_id": DISTRICT, "role": "staff", "region_id": 2}
    for grid in range(1, COMMUNITIES * GRIDS + 1):
        yield {**same, "id": 2 + grid, "user_id": worker_of(grid), "role": "worker", "grid_id": grid}


def _categories() -> Iterator[Row]:
    for number, (code, zh, en, icon) in enumerate(CATEGORIES, 1):
        yield {"id": number, "code": code, "name_zh": zh, "name_en": en, "icon": icon, "position": number}


def _need_kinds() -> Iterator[Row]:
    kinds = (("alone", "独居老人", "Lives alone"), ("disabled", "残障人士", "Disabled"), ("chronic", "慢病", "Ill"))
    for number, (code, zh, en) in enumerate(kinds, 1):
        yield {"id": number, "code": code, "name_zh": zh, "name_en": en, "position": number}


def _due(household: int, day: date) -> date:
    """The first doors of grid 1 are due by today, some of them late; nobody else's before next week."""
    if household <= DUE_DOORS:
        return day - timedelta(days=household % 4)
    return day + timedelta(days=7 + household % 20)


def _has_need(household: int) -> bool:
    return household <= DUE_DOORS or household % 10 == 0


def _households(now: datetime) -> Iterator[Row]:
    for number in range(1, HOUSEHOLDS + 1):
        entrance, floor, door = _door(number)
        grid = grid_of(number)
        yield {
            "id": number,
            "uid": uid(3, number),
            "community_id": community_of(grid),
            "grid_id": grid,
            "building_id": building_of(number),
            "entrance": entrance,
            "floor": floor,
            "door": door,
            "file_number": f"HD-{number:06}",
            "door_key": f"{number:020x}",
            "contact_id": 2 * number - 1,
            "confirmed_at": now - timedelta(days=number % 300),
            "next_due_date": _due(number, now.date()) if _has_need(number) else None,
            "from_date": _FROM,
        }


def _residents() -> Iterator[Row]:
    for number in range(1, 2 * HOUSEHOLDS + 1):
        household = (number + 1) // 2
        phone = phone_of(household) if number % 2 else ""
        yield {
            "id": number,
            "uid": uid(4, number),
            "household_id": household,
            "name": name_of(number),
            "birth_year": 1935 + number % 80,
            "sex": "fm"[number % 2],
            "relation": "contact" if number % 2 else "spouse",
            "phone": phone,
            "phone_index": phone_index(phone),
            "phone_tail_index": blind_index("phone_tail", phone[-4:]) if phone else None,
        }


def _phones() -> Iterator[Row]:
    for number in range(1, HOUSEHOLDS + 1):
        phone = phone_of(number)
        indexes = {"number_index": phone_index(phone), "tail_index": blind_index("phone_tail", phone[-4:])}
        yield {"id": number, "household_id": number, "number": phone, "label": "", **indexes}


def _needs(day: date) -> Iterator[Row]:
    for household in filter(_has_need, range(1, HOUSEHOLDS + 1)):
        yield {
            "id": household,
            "resident_id": 2 * household - 1,
            "kind_id": household % 3 + 1,
            "since_date": _FROM,
            "last_met_date": day - timedelta(days=20),
            "next_due_date": _due(household, day),
        }
