"""What is missing in a household's file, as a pure rule. `HouseholdQuerySet.incomplete()` says the same in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Lacks(StrEnum):
    """Something a file should say and does not."""

    PEOPLE = "people"
    CONTACT = "contact"
    PHONE = "phone"
    RESPONSIBLE = "responsible"
    BIRTH = "birth"
    SEX = "sex"


PER_PERSON = (Lacks.BIRTH, Lacks.SEX)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of somebody who lives there."""

    uid: UUID
    name: str
    has_birth: bool
    has_sex: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """One missing thing; of whom, when it is about a person."""

    what: Lacks
    uid: UUID | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Completeness:
    gaps: tuple[Gap, ...]
    percent: int

    @property
    def is_complete(self) -> bool:
        return not self.gaps


def judge(people: Iterable[PersonFacts], *, has_contact: bool, has_phone: bool, has_responsible: bool) -> Completeness:
    """`has_phone`: of the household or of anybody who lives there. Nobody recorded leaves no contact to ask for."""
    living = list(people)
    asked = {
        Lacks.PEOPLE: bool(living),
        Lacks.CONTACT: has_contact or not living,
        Lacks.PHONE: has_phone,
        Lacks.RESPONSIBLE: has_responsible,
    }
    gaps = [Gap(what) for what, is_there in asked.items() if not is_there]
    for person in living:
        known = {Lacks.BIRTH: person.has_birth, Lacks.SEX: person.has_sex}
        gaps += [Gap(what, person.uid, person.name) for what, is_there in known.items() if not is_there]
    total = len(asked) + len(PER_PERSON) * len(living)
    return Completeness(tuple(gaps), 100 * (total - len(gaps)) // total)
