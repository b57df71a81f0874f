"""The register of the demo: households with their files, people, phones, needs, and who answers for them.

Nobody in it is real. Phones begin with 154, a prefix that no operator in China has; ID numbers carry a check
character that cannot be right, so no validator lets one through (they are stored past the forms, by the model).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.utils import timezone
from stdnum.cn import ric

from households.actions.households import TAIL_INDEX
from households.actions.requests import phone_index
from households.actions.residents import id_index
from households.models import (
    CareColour,
    Household,
    HouseholdPhone,
    NeedKind,
    Resident,
    ResidentNeed,
    Responsibility,
)
from resilience.accounts.models import User
from resilience.demo.families import Family, Person, draw_family
from resilience.demo.place import SINCE, Door, Place, new_uid, shares
from resilience.lib.crypto import blind_index
from resilience.lib.dates import today

PREFIX = "154"
BATCH = 500
_COUNTIES = ("620103", "620103", "620103", "620102", "620105", "622921", "620502", "621102", "622427", "620121")
_ELSEWHERE = ("临夏县", "东乡县", "定西市安定区", "天水市秦州区", "榆中县", "武威市凉州区", "会宁县", "青海省民和县")
_NOTES_OLD = (
    "耳背，敲门要重一些，多等一会儿", "腿脚慢，请多等两分钟", "门铃坏了，请敲门", "午睡到三点，请下午三点以后来",
    "视力不好，先报姓名再进门", "说方言，听不太懂普通话", "钥匙在对门老邻居家备了一把",
)  # fmt: skip
_NOTES = (
    "家里有狗，已拴好", "婴儿在睡，请轻敲门", "白天没人，请晚上七点以后来", "上夜班，上午请勿敲门", "门口有台阶，小心",
    "先打电话再上楼", "敲门后请退到楼梯口等", "对花粉过敏，请戴口罩",
)  # fmt: skip


@dataclass(slots=True)
class Home:
    """A household of the demo and what the story needs to know of it."""

    household: Household
    family: Family
    residents: list[Resident]
    worker: User
    phone: str
    needs: list[ResidentNeed]


def _phone_numbers(block: int) -> Iterator[str]:
    return (f"{PREFIX}{block:02}{(n * 379_721) % 1_000_000:06}" for n in itertools.count(1))


def impossible_id_number(rng: Random, person: Person, taken: set[str]) -> str:
    """18 characters that look like an ID number of that person and can be nobody's: the check character is wrong."""
    while True:
        order = rng.randrange(0, 500) * 2 + (0 if person.sex == "f" else 1)
        body = f"{rng.choice(_COUNTIES)}{person.birth_date:%Y%m%d}{order:03}"
        right = ric.calc_check_digit(body + "0")
        number = body + rng.choice([digit for digit in "0123456789X" if digit != right])
        if number not in taken:
            taken.add(number)
            return number


def settle(place: Place, block: int, rng: Random, taken: set[str]) -> list[Home]:
    """Fill a block's doors. `taken` collects the ID numbers given so far."""
    families = [draw_family(rng, today(), in_old_compound=not door.building.has_lift) for door in place.doors]
    phones = _phone_numbers(block)
    households = [_household(door, at, place, rng) for at, door in enumerate(place.doors, 1)]
    Household.unscoped.bulk_create(households, batch_size=BATCH)
    homes = [
        Home(household, family, [], worker, "", [])
        for household, family, worker in zip(households, families, shares(place), strict=True)
    ]
    _move_in(homes, phones, rng, taken)
    _note_doors(homes, rng)
    _note_needs(homes, rng)
    _make_responsible(homes, place)
    return homes


def _household(door: Door, at: int, place: Place, rng: Random) -> Household:
    building = door.building
    confirmed = timezone.now() - timedelta(
        days=rng.choices((rng.randrange(1, 90), rng.randrange(90, 320)), (82, 18))[0]
    )
    return Household(
        uid=new_uid(rng), community=place.community, grid=building.grid, building=building, entrance=door.entrance,
        floor=door.floor, door=door.number,
        file_number=f"{building.grid.code}-{at:04}",
        door_key=f"{rng.getrandbits(80):020x}", from_date=SINCE, confirmed_at=confirmed,
    )  # fmt: skip


# --- people -------------------------------------------------------------------------------------
def _move_in(homes: list[Home], phones: Iterator[str], rng: Random, taken: set[str]) -> None:
    for home in homes:
        home.residents = [
            _resident(home, person, next(phones) if person.has_phone else "", rng, taken)
            for person in home.family.persons
        ]
        home.phone = next((each.phone for each in home.residents if each.phone), "") or next(phones)
    residents = [resident for home in homes for resident in home.residents]
    Resident.unscoped.bulk_create(residents, batch_size=BATCH)
    for home in homes:
        home.household.contact = home.residents[0] if home.residents else None
    Household.unscoped.bulk_update([home.household for home in homes], ["contact"], batch_size=200)
    HouseholdPhone.unscoped.bulk_create(_household_phones(homes, phones, rng), batch_size=BATCH)


def _resident(home: Home, person: Person, phone: str, rng: Random, taken: set[str]) -> Resident:
    is_tenant = home.family.is_tenant or (person.relation in ("carer", "tenant"))
    id_number = impossible_id_number(rng, person, taken) if rng.random() < 0.9 else ""
    return Resident(
        uid=new_uid(rng), household=home.household, name=person.name, sex=person.sex, relation=person.relation,
        registered_household=None if is_tenant or rng.random() < 0.08 else home.household,
        registered_elsewhere=rng.choice(_ELSEWHERE) if is_tenant else "",
        birth_year=person.birth_date.year, birth_date=None if person.only_year else person.birth_date,
        phone=phone, phone_index=phone_index(phone), phone_tail_index=tail_index(phone), id_number=id_number,
        id_number_index=id_index(id_number),
        created_at=timezone.now() - timedelta(days=rng.randrange(400, 1_300)),
    )  # fmt: skip


def tail_index(phone: str) -> bytes | None:
    return blind_index(TAIL_INDEX, phone[-4:]) if phone else None


def _household_phones(homes: list[Home], phones: Iterator[str], rng: Random) -> Iterator[HouseholdPhone]:
    for home in homes:
        if not home.residents:
            continue
        numbers = [(home.phone, "本人" if home.residents[0].phone == home.phone else "家人")]
        if home.family.kind in ("alone_old", "old_couple") and rng.random() < 0.8:
            numbers.append((next(phones), rng.choice(("女儿", "儿子", "侄女", "外甥"))))
        for number, label in numbers:
            yield HouseholdPhone(
                household=home.household, number=number, number_index=phone_index(number) or b"",
                tail_index=tail_index(number) or b"", label=label,
            )  # fmt: skip


def _note_doors(homes: list[Home], rng: Random) -> None:
    for home in homes:
        is_old = home.family.kind in ("alone_old", "old_couple")
        if not home.residents:
            home.household.door_note = "空置，房主在外地"
        elif rng.random() < (0.45 if is_old else 0.1):
            home.household.door_note = rng.choice(_NOTES_OLD if is_old else _NOTES)
    Household.unscoped.bulk_update([home.household for home in homes], ["door_note"], batch_size=200)


# --- care ---------------------------------------------------------------------------------------
def _note_needs(homes: list[Home], rng: Random) -> None:
    kinds = {kind.code: kind for kind in NeedKind.objects.all()}
    for home in homes:
        for person, resident in zip(home.family.persons, home.residents, strict=True):
            home.needs += [
                ResidentNeed(
                    resident=resident,
                    kind=kinds[code],
                    since_date=_since(code, person, rng),
                    note=_need_note(code, rng),
                )
                for code in person.needs
                if code in kinds
            ]
        home.household.care_colour = _colour(home, rng)
    ResidentNeed.unscoped.bulk_create([need for home in homes for need in home.needs], batch_size=BATCH)


def _since(code: str, person: Person, rng: Random) -> date:
    earliest = max(person.birth_date, today() - timedelta(days=150 if code in ("pregnant", "newborn") else 1_500))
    return earliest + timedelta(days=rng.randrange(0, max(1, (today() - earliest).days - 28)))


def _need_note(code: str, rng: Random) -> str:
    notes = {
        "dialysis": ("每周一、三、五上午透析，市二院", "每周二、四、六下午透析，省人民医院"),
        "heart": ("装过支架，随身带硝酸甘油", "去年中风，左手不便"),
        "chronic": ("高血压、糖尿病，每月取药", "慢阻肺，家里有制氧机", "高血压，在社区卫生站随访"),
        "dementia": ("会走失，衣服口袋里有女儿电话", "分不清白天晚上，煤气已换电磁炉"),
        "disabled": ("轮椅，下楼要两个人", "听力残疾，请写字沟通", "视力一级残疾"),
        "pregnant": ("预产期在年底", "建档在区妇幼保健站"),
    }.get(code, ("",))
    return rng.choice(notes)


def _colour(home: Home, rng: Random) -> str:
    codes = {code for person in home.family.persons for code in person.needs}
    if "alone80" in codes and codes & {"heart", "dementia", "dialysis"}:
        return CareColour.RED
    if codes & {"dementia", "dialysis"} or ("alone80" in codes and rng.random() < 0.5):
        return CareColour.YELLOW
    return (
        CareColour.GREEN
        if codes & {"alone", "disabled", "child", "bereaved"} and rng.random() < 0.6
        else CareColour.NONE
    )


def _make_responsible(homes: list[Home], place: Place) -> None:
    started = timezone.make_aware(datetime.combine(SINCE, datetime.min.time()))
    Responsibility.objects.bulk_create(
        (
            Responsibility(household=home.household, worker=home.worker, by=place.desk[0], started_at=started)
            for home in homes
        ),
        batch_size=BATCH,
    )
