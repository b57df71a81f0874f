"""What the desk's form shows beside its fields: doors, who lives there, what was asked for already."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from resilience.lib.http import AuthedRequest
from resilience.lib.inputs import clean_phone, clean_text, clean_uuid

from .. import scope
from ..actions.requests import phone_indexes
from ..models import Household, Resident, ServiceRequest
from ..search import search_households

MOST_FOUND = 12
MOST_BEFORE = 5


@dataclass(frozen=True, slots=True)
class Doors:
    """What was looked for, what was found, and which one is ticked; that one stays among the found."""

    wanted: str
    found: list[Household]
    chosen: Household | None
    only: Household | None
    """The one door that fits, although nobody has ticked any."""


def doors_of(http: AuthedRequest, *, by_phone: bool, takes_only: bool) -> Doors:
    """Looks for `q`, else `by_phone`. `takes_only`: where one door fits `q`, it is ticked."""
    rows = scope.managed_households_for(http.viewer).current().with_responsible()
    rows = rows.select_related("building", "community", "contact")
    wanted = _text(http.POST.get("q", ""))
    phone = _phone(http.POST.get("phone", "")) if by_phone else ""
    found = list(search_households(rows, wanted or phone)[:MOST_FOUND]) if wanted or phone else []
    only = found[0] if wanted and len(found) == 1 else None
    if takes_only and only:
        return Doors(wanted, found, only, None)
    try:
        uid = clean_uuid(http.POST.get("household") or http.GET.get("household"))
    except ValidationError:
        return Doors(wanted, found, None, None if http.POST.get("address", "").strip() else only)
    chosen = next((row for row in found if row.uid == uid), None)
    if chosen is None and (chosen := rows.filter(uid=uid).first()):
        found = [chosen, *found]
    return Doors(wanted, found, chosen, None)


def _text(typed: str) -> str:
    try:
        return clean_text(typed, max_length=60)
    except ValidationError:
        return ""


def _phone(typed: str) -> str:
    try:
        return clean_phone(typed) if typed.strip() else ""
    except ValidationError:
        return ""


def label_of(household: Household) -> str:
    contact = household.contact.name if household.contact else ""
    return f"{household.address} {contact} {household.file_number}"


def contact_of(household: Household | None) -> Resident | None:
    """Whom to ask for there. Their name is filled in; their phone stays sealed, and is used where none is typed."""
    return household.contact if household else None


def asked_before(http: AuthedRequest, household: Household | None, data: Mapping[str, str]) -> list[ServiceRequest]:
    """Open requests of that door or of one of the phones typed, the newest first; not the one this form has filed."""
    typed = (_phone(data.get(name, "")) for name in ("phone", "their_phone"))
    phones = [index for phone in typed for index in phone_indexes(phone)]
    if household is None and not phones:
        return []
    mine = scope.managed_requests_for(http.viewer).open().about(household, phones)
    rows = mine.exclude(submission_key=key_of(http)).select_related("category__parent", "worker").newest_first()
    return list(rows[:MOST_BEFORE])


def key_of(http: AuthedRequest) -> uuid.UUID:
    """Under which this form files once, however often it is sent."""
    try:
        return clean_uuid(http.POST.get("key"))
    except ValidationError:
        return uuid.uuid4()
