"""People of a file: noting somebody, amending what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from stdnum import exceptions as stdnum_faults
from stdnum.cn import ric

from resilience.accounts.models import User
from resilience.lib.crypto import blind_index, blind_indexes
from resilience.lib.dates import today
from resilience.lib.db import hold
from resilience.lib.errors import Refused
from resilience.lib.inputs import phone_tail

from ..models import Household, Relation, Resident, Sex
from . import care
from .history import Change, ask_why, differing, write
from .households import TAIL_INDEX, locked
from .requests import phone_index

ID_INDEX = "id_number"
PEOPLE_A_HOUSEHOLD = 60


@dataclass(frozen=True, slots=True)
class Details:
    """What a form says of a person, cleaned. `phone` and `id_number`: None keeps what is on file, '' takes it away."""

    name: str
    birth_year: int | None = None
    birth_date: date | None = None
    sex: str = ""
    phone: str | None = ""
    id_number: str | None = ""
    relation: str = Relation.OTHER
    is_registered_here: bool = False
    is_registered_elsewhere: bool = False  # without saying where: the file it points at stays
    registered_elsewhere: str = ""


def id_index(number: str) -> bytes | None:
    return blind_index(ID_INDEX, number) if number else None


def id_indexes(number: str) -> tuple[bytes, ...]:
    """All fingerprints to look for an ID number by; none for none."""
    return blind_indexes(ID_INDEX, number) if number else ()


def held_by(number: str) -> Resident | None:
    """Whoever has that ID number, anywhere in the register."""
    found = Resident.unscoped.filter(id_number_index__in=id_indexes(number))
    return found.select_related("household__building").first()


@transaction.atomic
def add(household: Household, *, details: Details, by: User, why: str = "") -> Resident:
    """Note somebody who has been living here all along. The first person of a file becomes its contact."""
    current = locked(household)
    resident = create(current, details)
    changes = [Change("name", "", resident.name)]
    if current.contact_id is None:
        make_contact(current, resident)
        changes.append(Change("contact", "", resident.name))
    write(current, "resident_added", by=by, why=why, resident=resident, changes=changes)
    return resident


def create(household: Household, details: Details) -> Resident:
    """The row alone, without history; for verbs that hold the household's lock."""
    if household.residents.living().count() >= PEOPLE_A_HOUSEHOLD:
        raise Refused(_("A file holds at most %(n)d people.") % {"n": PEOPLE_A_HOUSEHOLD})
    resident = Resident(household=household)
    apply(resident, details)
    _keep(resident)
    return resident


@transaction.atomic
def amend(resident: Resident, *, details: Details, by: User, why: str = "") -> bool:
    """Correct what is known; False when nothing differs. Where somebody lives changes by a life event only."""
    household = locked(resident.household)
    current = Resident.unscoped.select_related("registered_household").get(pk=resident.pk)
    before = _snapshot(current)
    apply(current, details)
    after = _snapshot(current)
    changes = differing((field, before[field], after[field]) for field in before)
    if not changes:
        return False
    ask_why(changes, why)
    _keep(current)
    write(household, "resident_amended", by=by, why=why, resident=current, changes=changes)
    care.refresh_due(household)
    return True


def apply(resident: Resident, details: Details) -> None:
    """Put the details on the row; what an ID number says of birth and sex is filled in where it was open."""
    number = resident.id_number if details.id_number is None else details.id_number
    year, day, sex = details.birth_year, details.birth_date, details.sex
    if details.id_number or (year, day) != (resident.birth_year, resident.birth_date):
        year, day, sex = _by_id_number(number, details)
    resident.name, resident.sex, resident.relation = details.name, sex, details.relation
    resident.birth_year, resident.birth_date = year, day
    phone = resident.phone if details.phone is None else details.phone
    resident.phone, resident.phone_index = phone, phone_index(phone)
    tail = phone_tail(phone)
    resident.phone_tail_index = blind_index(TAIL_INDEX, tail) if tail else None
    resident.id_number, resident.id_number_index = number, id_index(number)
    resident.registered_household = _registered_at(resident, details)
    resident.registered_elsewhere = "" if details.is_registered_here else details.registered_elsewhere


def _registered_at(resident: Resident, details: Details) -> Household | None:
    if details.is_registered_here:
        return resident.household
    is_another = resident.registered_household_id not in (None, resident.household_id)
    keeps = details.is_registered_elsewhere and not details.registered_elsewhere and is_another
    return resident.registered_household if keeps else None


def _by_id_number(number: str, details: Details) -> tuple[int | None, date | None, str]:
    """(birth year, birth date, sex) as they agree with the ID number."""
    born = _birth_in(number)
    if born is None:
        return details.birth_year, details.birth_date, details.sex
    if details.birth_date not in (None, born) or details.birth_year not in (None, born.year):
        words = _("The ID number says %(day)s. One of the two must be wrong.") % {"day": born.isoformat()}
        raise Refused(words, field="birth")
    return born.year, born, details.sex or (Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def _birth_in(number: str) -> date | None:
    try:
        return ric.get_birth_date(number) if number else None
    except stdnum_faults.ValidationError:
        return None


def _keep(resident: Resident) -> None:
    if resident.birth_date and resident.birth_date > today():
        raise Refused(_("Nobody is born in the future."), field="birth")
    others = Resident.unscoped.filter(id_number_index__in=_held(resident.id_number)).exclude(pk=resident.pk)
    if resident.id_number and others.exists():
        raise Refused(_("Somebody with this ID number is in the register already."), field="id_number")
    try:
        with transaction.atomic():
            resident.save()
    except IntegrityError:
        raise Refused(_("Somebody with this ID number is in the register already."), field="id_number") from None


def _held(number: str) -> tuple[bytes, ...]:
    """All fingerprints of the number, with the right to give it to somebody until the transaction ends.

    The constraint `one_resident_per_id_number` holds between fingerprints of one key. While keys are changed, two
    processes may write with two keys what is one number: who looks and writes holds the number meanwhile.
    """
    found = id_indexes(number)
    hold(found)
    return found


def _snapshot(resident: Resident) -> dict[str, object]:
    birth = resident.birth_date.isoformat() if resident.birth_date else str(resident.birth_year or "")
    home = resident.registered_household
    return {
        "name": resident.name,
        "birth": birth,
        "sex": resident.sex,
        "phone": resident.phone,
        "id_number": resident.id_number,
        "relation": resident.relation,
        "registered": home.file_number if home else resident.registered_elsewhere,
    }


# --- the contact --------------------------------------------------------------------------------
_SAME = {Relation.TENANT, Relation.CARER, Relation.OTHER}
_INVERSE = {
    Relation.SPOUSE: Relation.SPOUSE,
    Relation.CHILD: Relation.PARENT,
    Relation.PARENT: Relation.CHILD,
    Relation.GRANDCHILD: Relation.GRANDPARENT,
    Relation.GRANDPARENT: Relation.GRANDCHILD,
    Relation.SIBLING: Relation.SIBLING,
    Relation.OTHER_KIN: Relation.OTHER_KIN,
}
# What somebody who was `second` to the old contact is to the new one, who was `first` to the old; else other kin.
_COMPOSED = {
    (Relation.SPOUSE, Relation.CHILD): Relation.CHILD,
    (Relation.SPOUSE, Relation.GRANDCHILD): Relation.GRANDCHILD,
    (Relation.CHILD, Relation.SPOUSE): Relation.PARENT,
    (Relation.CHILD, Relation.CHILD): Relation.SIBLING,
    (Relation.CHILD, Relation.PARENT): Relation.GRANDPARENT,
    (Relation.PARENT, Relation.PARENT): Relation.SPOUSE,
    (Relation.PARENT, Relation.SIBLING): Relation.CHILD,
    (Relation.PARENT, Relation.CHILD): Relation.GRANDCHILD,
    (Relation.SIBLING, Relation.SIBLING): Relation.SIBLING,
    (Relation.SIBLING, Relation.PARENT): Relation.PARENT,
    (Relation.GRANDCHILD, Relation.GRANDCHILD): Relation.OTHER_KIN,
}


def relation_to_new(first: str, second: str) -> Relation:
    """What somebody (`second` to the old contact) is to the new contact (who was `first` to the old one)."""
    new, theirs = Relation(first), Relation(second)
    if theirs == Relation.CONTACT:
        return _INVERSE.get(new, Relation.OTHER)
    if theirs in _SAME or new in _SAME:
        return theirs if theirs in _SAME else Relation.OTHER
    return _COMPOSED.get((new, theirs), Relation.OTHER_KIN)


def make_contact(household: Household, resident: Resident | None) -> list[Change]:
    """Who answers for the household from now on; everybody's relation is told anew. Needs the household's lock."""
    changes = [
        Change("contact", household.contact.name if household.contact else "", resident.name if resident else "")
    ]
    if resident is not None:
        first = resident.relation
        for other in household.residents.living().exclude(pk=resident.pk):
            theirs = Relation.CONTACT if other.pk == household.contact_id else other.relation
            Resident.unscoped.filter(pk=other.pk).update(relation=relation_to_new(first, theirs))
        resident.relation = Relation.CONTACT
        resident.save(update_fields=["relation"])
    household.contact = resident
    household.save(update_fields=["contact"])
    return changes
