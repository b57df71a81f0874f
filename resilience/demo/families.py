"""Who lives behind a door: a handful of kinds of household, each drawn person by person. Pure; nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from households.models import Relation
from resilience.demo.names import FEMALE, MALE, pick_name, pick_people, pick_surname


@dataclass(slots=True)
class Person:
    name: str
    sex: str
    birth_date: date
    relation: str
    needs: list[str] = field(default_factory=list)
    has_phone: bool = True
    only_year: bool = False


@dataclass(slots=True)
class Family:
    """Who lives there, the contact person first; nobody in an empty flat."""

    kind: str
    people: str
    persons: list[Person]
    is_tenant: bool = False


KINDS = {
    "alone_old": 11,
    "old_couple": 14,
    "couple_child": 21,
    "three_generations": 14,
    "grandparents_child": 3,
    "couple": 12,
    "single_parent": 4,
    "single": 8,
    "tenants": 11,
    "empty": 2,
}


class _Draw:
    """One household being drawn."""

    def __init__(self, rng: Random, today: date) -> None:
        self.rng, self.today = rng, today
        self.people = pick_people(rng)
        self.surname = pick_surname(rng, self.people)
        self.persons: list[Person] = []

    def add(self, age: int, sex: str, relation: str, *, married_in: bool = False) -> Person:
        rng = self.rng
        birth = self.today - timedelta(days=age * 365 + age // 4 + rng.randrange(1, 360))
        surname = pick_surname(rng, self.people) if married_in else self.surname
        name = pick_name(rng, self.people, surname, sex, birth.year)
        person = Person(
            name, sex, birth, relation, has_phone=12 <= age <= 88, only_year=age > 70 and rng.random() < 0.3
        )
        self.persons.append(person)
        return person

    def couple(self, age: int, first: str = Relation.CONTACT, second: str = Relation.SPOUSE) -> None:
        """In either order: the contact person may be the wife."""
        younger = max(20, age - self.rng.randrange(0, 5))
        husband_first = self.rng.random() < 0.55
        self.add(age, MALE if husband_first else FEMALE, first, married_in=not husband_first)
        self.add(younger, FEMALE if husband_first else MALE, second, married_in=husband_first)

    def children(self, parent_age: int, relation: str, most: int = 2) -> None:
        for _ in range(1 if self.rng.random() < 0.65 else most):
            age = parent_age - self.rng.randrange(24, 33)
            if 0 <= age <= 24:
                self.add(age, self.sex(), relation)

    def sex(self) -> str:
        return FEMALE if self.rng.random() < 0.5 else MALE


def draw_family(rng: Random, today: date, *, in_old_compound: bool) -> Family:
    weights = dict(KINDS)
    if in_old_compound:  # where the old and the tenants live
        weights.update({"alone_old": 16, "tenants": 14, "couple_child": 15})
    kind = rng.choices(list(weights), list(weights.values()))[0]
    draw = _Draw(rng, today)
    _DRAWN[kind](draw)
    family = Family(kind, draw.people, draw.persons, is_tenant=kind == "tenants")
    _give_needs(family, rng, today)
    return family


def _alone_old(draw: _Draw) -> None:
    age = draw.rng.choices((draw.rng.randrange(66, 80), draw.rng.randrange(80, 95)), (60, 40))[0]
    draw.add(age, FEMALE if draw.rng.random() < 0.66 else MALE, Relation.CONTACT)


def _old_couple(draw: _Draw) -> None:
    draw.couple(draw.rng.randrange(63, 86))
    if draw.rng.random() < 0.06:
        draw.add(draw.rng.randrange(45, 58), FEMALE, Relation.CARER, married_in=True)


def _couple_child(draw: _Draw) -> None:
    age = draw.rng.randrange(27, 52)
    draw.couple(age)
    draw.children(age, Relation.CHILD)


def _three_generations(draw: _Draw) -> None:
    age = draw.rng.randrange(29, 46)
    draw.couple(age)
    draw.children(age, Relation.CHILD)
    old = age + draw.rng.randrange(24, 31)
    if draw.rng.random() < 0.5:
        draw.couple(old, Relation.PARENT, Relation.PARENT)
    else:
        draw.add(old, FEMALE, Relation.PARENT, married_in=True)


def _grandparents_child(draw: _Draw) -> None:
    age = draw.rng.randrange(60, 76)
    draw.couple(age)
    draw.add(draw.rng.randrange(4, 15), draw.sex(), Relation.GRANDCHILD)


def _couple(draw: _Draw) -> None:
    draw.couple(draw.rng.randrange(25, 62))


def _single_parent(draw: _Draw) -> None:
    age = draw.rng.randrange(28, 48)
    draw.add(age, FEMALE if draw.rng.random() < 0.8 else MALE, Relation.CONTACT)
    draw.children(age, Relation.CHILD, most=1)


def _single(draw: _Draw) -> None:
    draw.add(draw.rng.randrange(23, 60), draw.sex(), Relation.CONTACT)


def _tenants(draw: _Draw) -> None:
    for at in range(draw.rng.choice((1, 2, 2, 3))):
        age = draw.rng.randrange(20, 45)
        draw.add(age, draw.sex(), Relation.TENANT if at else Relation.CONTACT, married_in=True)


def _empty(draw: _Draw) -> None:
    """Nobody lives there."""


_DRAWN = {
    "alone_old": _alone_old, "old_couple": _old_couple, "couple_child": _couple_child,
    "three_generations": _three_generations, "grandparents_child": _grandparents_child, "couple": _couple,
    "single_parent": _single_parent, "single": _single, "tenants": _tenants, "empty": _empty,
}  # fmt: skip

# need → chance at an age, roughly as surveys of old neighbourhoods have it
_BY_AGE = (
    ("dialysis", 45, 0.006), ("heart", 68, 0.05), ("chronic", 60, 0.22), ("dementia", 76, 0.05),
    ("disabled", 30, 0.02), ("mental", 20, 0.006),
)  # fmt: skip


def _give_needs(family: Family, rng: Random, today: date) -> None:
    for person in family.persons:
        age = (today - person.birth_date).days // 365
        person.needs += [need for need, from_age, chance in _BY_AGE if age >= from_age and rng.random() < chance]
        if person.sex == FEMALE and 23 <= age <= 38 and len(family.persons) > 1 and rng.random() < 0.06:
            person.needs.append("pregnant")
        if age == 0:
            person.needs.append("newborn")
        if person.relation == Relation.GRANDCHILD or (
            family.kind == "single_parent" and 3 <= age <= 14 and rng.random() < 0.3
        ):
            person.needs.append("child")
    if family.kind == "alone_old":
        age = (today - family.persons[0].birth_date).days // 365
        family.persons[0].needs.insert(0, "alone80" if age >= 80 else "alone")
    if family.kind == "old_couple" and rng.random() < 0.03:
        family.persons[0].needs.append("bereaved")
    if family.persons and rng.random() < (0.14 if family.kind in ("single_parent", "alone_old") else 0.02):
        family.persons[0].needs.append("lowincome")
