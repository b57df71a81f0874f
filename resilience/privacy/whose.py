"""Who lives with somebody, and whose request one is: what decides what is theirs alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from households.models import HouseholdPhone, Resident, ServiceRequest
from resilience.lib.crypto import blind_indexes

MOST = 2_000  # requests: far more than anybody has


def is_alone(resident: Resident) -> bool:
    """Whether nobody else was ever on file behind the doors where they live, stay or are registered."""
    return not around(resident).exists()


def around(resident: Resident) -> QuerySet[Resident]:
    doors = [pk for pk in (resident.household_id, resident.stays_with_id, resident.registered_household_id) if pk]
    behind = Q(household__in=doors) | Q(stays_with__in=doors) | Q(registered_household__in=doors)
    return Resident.objects.reached_from(resident).filter(behind).exclude(pk=resident.pk)


# --- whose request ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Sorted:
    """Requests of a person's household, and with their phone. `unclear`: with their phone, which others have, too, and
    without a name; nobody can tell whose they are, so they are nobody's."""

    own: list[ServiceRequest]
    for_others: list[ServiceRequest]  # asked by them
    unclear: list[ServiceRequest]
    asked: list[ServiceRequest]  # all there are


def sorted_requests(resident: Resident) -> Sorted:
    asked = list(_asked_at(resident))
    is_shared = _shares_phone(resident)
    own = [one for one in asked if _is_for(resident, one, is_shared)]
    for_others = [one for one in asked if one not in own and _is_by(resident, one, is_shared)]
    nameless = [one for one in asked if is_shared and _is_nameless(one) and same(one.asker_phone, resident.phone)]
    return Sorted(own, for_others, nameless, asked)


def _shares_phone(resident: Resident) -> bool:
    """Whether somebody else of the register has their phone, or another household does."""
    if not resident.phone:
        return False
    known_as = blind_indexes("phone", resident.phone)
    people = Resident.objects.reached_from(resident).filter(phone_index__in=known_as).exclude(pk=resident.pk)
    homes = HouseholdPhone.objects.reached_from(resident).filter(number_index__in=known_as)
    return people.exists() or homes.exclude(household=resident.household_id).exists()


def _is_nameless(one: ServiceRequest) -> bool:
    return not one.person_name and not one.filer_name


def _asked_at(resident: Resident) -> Iterable[ServiceRequest]:
    """Requests of the household, and those with the person's phone wherever."""
    own = blind_indexes("phone", resident.phone) if resident.phone else ()
    theirs = Q(household=resident.household_id) | Q(phone_index__in=own) | Q(filer_phone_index__in=own)
    rows = ServiceRequest.objects.reached_from(resident).identified().filter(theirs).select_related("category__parent")
    return rows.order_by("created_at", "pk")[:MOST]


def _is_for(resident: Resident, one: ServiceRequest, is_shared: bool) -> bool:
    """By name, in the household or with the person's phone; without a name, by the phone that is theirs alone."""
    is_own_phone = same(one.phone, resident.phone)
    if one.person_name:
        is_near = one.household_id == resident.household_id or is_own_phone
        return one.person_name == resident.name and is_near
    return is_own_phone and not one.filer_name and not is_shared


def _is_by(resident: Resident, one: ServiceRequest, is_shared: bool) -> bool:
    """Asked with the person's phone; by whom it says is the person, or it says nobody and the phone is theirs alone."""
    if not same(one.asker_phone, resident.phone):
        return False
    return one.filer_name == resident.name or (not one.filer_name and not is_shared)


def same(phone: str, own: str) -> bool:
    return bool(own) and phone == own
