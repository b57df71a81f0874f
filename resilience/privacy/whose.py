"""Who lives with somebody, and whose request one is: what decides what is theirs alone."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from households.models import Resident, ServiceRequest
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
def requests_of(resident: Resident) -> tuple[list[ServiceRequest], list[ServiceRequest]]:
    """Those for the person, and those they asked for somebody else."""
    own, for_others, _asked = sorted_requests(resident)
    return own, for_others


def sorted_requests(resident: Resident) -> tuple[list[ServiceRequest], list[ServiceRequest], list[ServiceRequest]]:
    asked = list(_asked_at(resident))
    own = [one for one in asked if _is_for(resident, one)]
    return own, [one for one in asked if _is_by(resident, one) and not _is_for(resident, one)], asked


def _asked_at(resident: Resident) -> Iterable[ServiceRequest]:
    """Requests of the household, and those with the person's phone wherever."""
    own = blind_indexes("phone", resident.phone) if resident.phone else ()
    theirs = Q(household=resident.household_id) | Q(phone_index__in=own) | Q(filer_phone_index__in=own)
    rows = ServiceRequest.objects.reached_from(resident).identified().filter(theirs).select_related("category__parent")
    return rows.order_by("created_at", "pk")[:MOST]


def _is_for(resident: Resident, one: ServiceRequest) -> bool:
    """By name, in the household or with the person's phone; without a name, by the phone."""
    is_own_phone = same(one.phone, resident.phone)
    if one.person_name:
        is_near = one.household_id == resident.household_id or is_own_phone
        return one.person_name == resident.name and is_near
    return is_own_phone and not one.filer_name


def _is_by(resident: Resident, one: ServiceRequest) -> bool:
    """Asked with the person's phone; by whom it says is the person, or it says nobody."""
    with_phone = same(one.asker_phone, resident.phone)
    return with_phone and one.filer_name in ("", resident.name)


def same(phone: str, own: str) -> bool:
    return bool(own) and phone == own
