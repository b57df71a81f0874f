"""What is sealed of a file, of a person or of a request, masked and open; and who opened it, for those it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext as _

from resilience.lib.codes import format_code
from resilience.lib.crypto import blind_indexes
from resilience.lib.inputs import mask_id_number, mask_phone

from .models import (
    Household,
    HouseholdPhone,
    Opening,
    OpeningReason,
    Resident,
    ResidentNeed,
    Role,
    Sealed,
    ServiceRequest,
)
from .viewer import ADMINISTRATOR
from .wording import HIDDEN

Subject = Household | Resident | ServiceRequest

FIELDS: dict[type[Subject], tuple[Sealed, ...]] = {
    Household: (Sealed.PHONE, Sealed.DOOR_NOTE, Sealed.NEED_NOTE),
    Resident: (Sealed.PHONE, Sealed.NEED_NOTE, Sealed.ID_NUMBER),
    ServiceRequest: (Sealed.PHONE, Sealed.FILER_PHONE, Sealed.DOOR_NOTE),
}
"""What each has. A household's phones are those of the flat, its notes on needs those of everybody behind the door."""
PHONES = (Sealed.PHONE, Sealed.FILER_PHONE)
NOTES = (Sealed.DOOR_NOTE, Sealed.NEED_NOTE)
NEEDS_SHOWN = 100
SHOWN_FOR = 300  # seconds until an opened value hides itself
LOOKS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Value:
    """One sealed value. `whose`: a person, a need or a label; '' where the subject says it all."""

    field: Sealed
    whose: str
    text: str

    @property
    def is_phone(self) -> bool:
        return self.field in PHONES

    @property
    def masked(self) -> str:
        if self.is_phone:
            return mask_phone(self.text)
        return mask_id_number(self.text) if self.field == Sealed.ID_NUMBER else HIDDEN


def values_of(subject: Subject, fields: Iterable[Sealed] | None = None) -> list[Value]:
    """What is on file, in the order of `Sealed`; of `fields` only. A request needs `household` loaded."""
    wanted = set(FIELDS[type(subject)] if fields is None else fields)
    found = {
        Household: _of_household,
        Resident: _of_resident,
        ServiceRequest: _of_request,
    }[type(subject)](subject, wanted)  # type: ignore[operator]
    order = list(Sealed)
    return sorted((each for each in found if each.text), key=lambda each: order.index(each.field))


def _of_household(household: Household, wanted: set[Sealed]) -> list[Value]:
    found = [Value(Sealed.DOOR_NOTE, "", household.door_note)] if Sealed.DOOR_NOTE in wanted else []
    if Sealed.PHONE in wanted:
        phones = household.phones.order_by("pk")
        found += [Value(Sealed.PHONE, phone.label, phone.number) for phone in phones]
    if Sealed.NEED_NOTE in wanted:
        found += _needs(ResidentNeed.objects.at_door(household))
    return found


def _of_resident(resident: Resident, wanted: set[Sealed]) -> list[Value]:
    own = {Sealed.PHONE: resident.phone, Sealed.ID_NUMBER: resident.id_number}
    found = [Value(field, resident.name, text) for field, text in own.items() if field in wanted]
    if Sealed.NEED_NOTE in wanted:
        found += _needs(resident.needs.all())
    return found


def _needs(rows: QuerySet[ResidentNeed]) -> list[Value]:
    needs = rows.exclude(note="").select_related("kind", "resident").order_by("resident", "pk")
    return [
        Value(Sealed.NEED_NOTE, f"{need.resident.name} · {need.kind.name}", need.note) for need in needs[:NEEDS_SHOWN]
    ]


def _of_request(service_request: ServiceRequest, wanted: set[Sealed]) -> list[Value]:
    household = service_request.household
    all_of_it = [
        Value(Sealed.PHONE, service_request.person_name, service_request.phone),
        Value(Sealed.FILER_PHONE, service_request.filer_name, service_request.filer_phone),
        Value(Sealed.DOOR_NOTE, "", household.door_note if household else ""),
    ]
    return [value for value in all_of_it if value.field in wanted]


# --- for those it is about ------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked: when, who and as what, at what, and why, in words."""

    at: datetime
    name: str
    role: str
    what: str
    why: str


def seen_by_resident(service_request: ServiceRequest) -> list[Look]:
    """Who opened what of a request; and of the file of its household, where whoever holds the request's link is of it.

    They are when their phone (of who asked, where somebody asked for another) is a resident's there, or the flat's: a
    resident then reads who opened their own details and the household's, of the flat's phone only the household's.
    Nothing of anybody else. The newest first, at most `LOOKS_SHOWN`; one statement.
    """
    rows = Opening.objects.filter(_about_holder_of(service_request)).newest_first()
    columns = ("opened_at", "by__name", "role", "fields", "reason", "words", "about__code")
    return [
        Look(at, name, role_label(role), what_words(fields), why_words(reason, words, code or ""))
        for at, name, role, fields, reason, words, code in rows.values_list(*columns)[:LOOKS_SHOWN]
    ]


def _about_holder_of(service_request: ServiceRequest) -> Q:
    own = Q(service_request=service_request)
    phone, household = service_request.filer_phone or service_request.phone, service_request.household_id
    if household is None or not phone:
        return own
    known_as = blind_indexes("phone", phone)
    people = Resident.objects.living().filter(household=household, phone_index__in=known_as)
    phones = HouseholdPhone.objects.filter(household=household, number_index__in=known_as)
    of_file = Q(household=household, resident__isnull=True, service_request__isnull=True)
    of_person = Q(household=household, resident__in=people.order_by().values("pk"))
    return own | of_person | (of_file & (Q(Exists(people)) | Q(Exists(phones))))


def role_label(role: str) -> str:
    """As what somebody acted; a role of another release as it is."""
    if role == ADMINISTRATOR:
        return _("administrator")
    return str(dict(Role.choices).get(role, role))


def what_words(fields: str) -> str:
    return _(", ").join(str(each.label) for each in Opening(fields=fields).what)


def why_words(reason: str, words: str, code: str = "") -> str:
    """In the reader's language; what somebody wrote stays as they wrote it."""
    if reason == OpeningReason.OTHER and words:
        return words
    label = str(dict(OpeningReason.choices).get(reason, reason))
    return f"{label} {format_code(code)}" if code else label


def reason_words(value: str) -> str:
    """Of 'visit', or of 'request:ABCDEFGHJ'."""
    reason, _apart, code = value.partition(":")
    return why_words(reason, "", code)
