"""Where the demo happens: 下西园社区 in Qilihe, as the real one was: 9 buildings, 27 entrances, 574 households."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from django.contrib.auth.hashers import make_password
from simple_history.utils import bulk_create_with_history

from households.models import Appointment, Building, Compound, Grid, Region, Role
from resilience.accounts.models import User, phone_index

COMMUNITY = "620103001001"  # 下西园社区居委会, 西园街道, 七里河区
PASSWORD = "lanzhou-demo"  # noqa: S105  (printed for everybody: the demo refuses to run in production)
HOUSEHOLDS = 574
SINCE = date(2021, 3, 1)
_SHOPS = {(0, 1), (0, 2), (1, 1), (1, 4), (2, 1), (2, 3), (3, 1), (4, 2)}  # (building, entrance): no flat 101 there


@dataclass(frozen=True, slots=True)
class Plan:
    """A building before it is built. `doors` a floor; `grid` 0 or 1 of its block."""

    name: str
    entrances: int
    storeys: int
    doors: int
    is_old: bool
    built_year: int
    grid: int


BLOCK: tuple[Plan, ...] = (
    Plan("西园小区1号楼", 4, 6, 3, True, 1987, 0),
    Plan("西园小区2号楼", 4, 6, 3, True, 1987, 0),
    Plan("西园小区3号楼", 4, 6, 3, True, 1989, 0),
    Plan("西园小区4号楼", 3, 6, 3, True, 1991, 0),
    Plan("西园小区5号楼", 3, 6, 3, True, 1993, 0),
    Plan("西园小区6号楼", 3, 6, 3, True, 1996, 1),
    Plan("兰馨家园1号楼", 2, 17, 2, False, 2012, 1),
    Plan("兰馨家园2号楼", 2, 17, 2, False, 2012, 1),
    Plan("兰馨家园3号楼", 2, 17, 2, False, 2014, 1),
)


@dataclass(frozen=True, slots=True)
class Door:
    building: Building
    entrance: int
    floor: int
    number: str


@dataclass(slots=True)
class Place:
    """One block: its community, two grids, who serves them, and its doors in walking order."""

    community: Region
    grids: list[Grid]
    workers: list[User]  # the first is the lead
    desk: list[User]
    volunteers: list[User]
    admin: User
    doors: list[Door]

    @property
    def lead(self) -> User:
        return self.workers[0]


WORKERS = (
    ("lead", "孙玉梅"),
    ("worker1", "马晓兰"),
    ("worker2", "赵志强"),
    ("worker3", "李雪"),
    ("worker4", "杨海涛"),
    ("worker5", "周文娟"),
)
DESK = (("desk1", "陈静"), ("desk2", "王建平"))
VOLUNTEERS = (("volunteer", "林晓燕"),)
SUPERVISOR = ("supervisor", "丁志远")
AUDITOR = ("auditor", "秦岚")
ADMIN = ("admin", "何主任")
FIRST_NUMBER = 10  # of a block's people; before it are those who belong to none


def build_places(households: int, rng: Random) -> list[Place]:
    """As many blocks of 574 doors as it takes: the first in the real community, six to each, then the next one."""
    start = Region.objects.get(code=COMMUNITY)
    communities = [start, *Region.objects.under("620103").communities().exclude(pk=start.pk)]
    password = make_password(PASSWORD)
    admin = _user(*ADMIN, password, 1, is_staff=True, is_superuser=True)
    _people_above(start, password)
    places = []
    for block in range(-(-households // HOUSEHOLDS)):
        left = households - block * HOUSEHOLDS
        places.append(_build_block(communities[block // 6], block, min(left, HOUSEHOLDS), password, admin, rng))
    return places


def _build_block(community: Region, block: int, households: int, password: str, admin: User, rng: Random) -> Place:
    place = Place(community, _grids(community, block), [], [], [], admin, [])
    buildings = [_building(plan, at, block, place, rng) for at, plan in enumerate(BLOCK)]
    doors = _some(list(_doors(buildings)), households)
    kept = [building for building in buildings if any(door.building is building for door in doors)]
    bulk_create_with_history(kept, Building)
    place.doors = doors
    _people_at_work(place, block, password)
    return place


def _some(doors: list[Door], households: int) -> list[Door]:
    """That many, spread evenly over the buildings."""
    return [doors[n * len(doors) // households] for n in range(households)]


def _grids(community: Region, block: int) -> list[Grid]:
    numbers = (block % 6 * 2 + 1, block % 6 * 2 + 2)
    grids = [
        Grid(code=f"{community.code}{n:03}", name=f"第{n}网格", community=community, from_date=SINCE) for n in numbers
    ]
    return list(bulk_create_with_history(grids, Grid))


def _building(plan: Plan, at: int, block: int, place: Place, rng: Random) -> Building:
    name = (
        plan.name
        if block % 6 == 0
        else plan.name.replace("小区", f"{block % 6 + 1}区").replace("家园", f"{block % 6 + 1}苑")
    )
    return Building(
        uid=new_uid(rng), community=place.community, grid=place.grids[plan.grid], name=name,
        address=f"七里河区西园街{120 + 2 * at}号", storeys=plan.storeys, entrances=plan.entrances,
        has_lift=not plan.is_old, built_year=plan.built_year, walk_order=block * 100 + at * 10 + 10,
        compound=Compound.OLD if plan.is_old else Compound.NEW,
        latitude=Decimal("36.066000") + Decimal(at // 3) * Decimal("0.000600"),
        longitude=Decimal("103.769000") + Decimal(at % 3) * Decimal("0.000900"),
        from_date=date(plan.built_year, 9, 1),
    )  # fmt: skip


def _doors(buildings: list[Building]) -> Iterator[Door]:
    for at, (plan, building) in enumerate(zip(BLOCK, buildings, strict=True)):
        for entrance in range(1, plan.entrances + 1):
            for floor in range(1, plan.storeys + 1):
                for n in range(1, plan.doors + 1):
                    if (at, entrance) not in _SHOPS or (floor, n) != (1, 1):
                        yield Door(building, entrance, floor, f"{floor}{n:02}")


def _people_at_work(place: Place, block: int, password: str) -> None:
    suffix = "" if block == 0 else f"-{block + 1}"
    everybody = (*WORKERS, *DESK, *VOLUNTEERS)
    first = FIRST_NUMBER + block * len(everybody)
    users = [_user(who + suffix, name, password, first + at) for at, (who, name) in enumerate(everybody)]
    workers, others = len(WORKERS), len(WORKERS) + len(DESK)
    place.workers, place.desk, place.volunteers = users[:workers], users[workers:others], users[others:]
    rows = [Appointment(user=place.lead, role=Role.LEAD, grid=grid, from_date=SINCE) for grid in place.grids]
    rows += [
        Appointment(user=worker, role=Role.WORKER, grid=place.grids[at // 3], from_date=SINCE)
        for at, worker in enumerate(place.workers)
    ]
    rows += [Appointment(user=user, role=Role.STAFF, region=place.community, from_date=SINCE) for user in place.desk]
    rows += [
        Appointment(user=user, role=Role.VOLUNTEER, region=place.community, from_date=SINCE)
        for user in place.volunteers
    ]
    Appointment.objects.bulk_create(rows)


def _people_above(start: Region, password: str) -> None:
    """Who looks on: at the subdistrict of the first community, and at its district."""
    above = ((SUPERVISOR, Role.SUPERVISOR, start.code[:9], 2), (AUDITOR, Role.AUDITOR, start.code[:6], 3))
    for (username, name), role, code, number in above:
        user, region = _user(username, name, password, number), Region.objects.get(code=code)
        Appointment.objects.create(user=user, role=role, region=region, from_date=SINCE)


def _user(username: str, name: str, password: str, number: int, **more: bool) -> User:
    phone = f"1540931{number:04}"
    defaults = {"name": name, "password": password, "phone": phone, "phone_index": phone_index(phone), **more}
    return User.objects.get_or_create(username=username, defaults=defaults)[0]


def shares(place: Place) -> list[User]:
    """Who answers for each door of `place.doors`: three workers a grid, each a run of doors in walking order."""
    answers: list[User] = []
    for at, grid in enumerate(place.grids):
        doors = sum(door.building.grid is grid for door in place.doors)
        answers += [place.workers[at * 3 + n * 3 // doors] for n in range(doors)]
    return answers


def new_uid(rng: Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)
