"""Finding a door or a person of the register by what people say: an address, a name, a phone, a file number."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from resilience.lib.crypto import blind_index
from resilience.lib.inputs import clean_phone, clean_text

from .models import Household, HouseholdPhone, Resident

LONGEST = 60
WORDS_AT_MOST = 6
# '2单元301', '2-301', '2 单元 301', 'Entrance 2, 301'
_DOOR = re.compile(
    r"(?:entrance\s*)?([0-9]{1,2})\s*(?:单元|,|，|-|–|#)\s*([0-9A-Za-z]{1,10})(?:室|号)?", re.ASCII | re.IGNORECASE
)


def search_households(rows: QuerySet[Household], text: str) -> QuerySet[Household]:
    """Those of `rows` that every word of `text` fits; an empty text fits none."""
    text = _cleaned(text)
    if not text:
        return rows.none()
    if index := _phone_index(text):
        by_phone = HouseholdPhone.objects.filter(number_index=index).values("household_id")
        by_person = Resident.objects.filter(phone_index=index).values("household_id")
        return rows.filter(Q(pk__in=by_phone) | Q(pk__in=by_person))
    door = _DOOR.search(text)
    if door:
        rows = rows.filter(entrance=int(door[1]), door__iexact=door[2])
        text = text[: door.start()] + " " + text[door.end() :]
    for word in text.split()[:WORDS_AT_MOST]:
        rows = rows.filter(_fits(word))
    return rows


def search_residents(rows: QuerySet[Resident], text: str) -> QuerySet[Resident]:
    """People of `rows` by name, phone or whole ID number."""
    text = _cleaned(text)
    if not text:
        return rows.none()
    if index := _phone_index(text):
        return rows.filter(phone_index=index)
    if re.fullmatch(r"[0-9]{17}[0-9Xx]", text, re.ASCII):
        return rows.filter(id_number_index=blind_index("id_number", text.upper()))
    return rows.filter(name__icontains=text)


def _cleaned(text: str) -> str:
    try:
        return clean_text(text[: LONGEST * 4], max_length=LONGEST)
    except ValidationError:
        return ""


def _phone_index(text: str) -> bytes | None:
    if not re.fullmatch(r"[+0-9 ()-]{7,}", unicodedata.normalize("NFKC", text), re.ASCII):
        return None
    try:
        return blind_index("phone", clean_phone(text))
    except ValidationError:
        return None


def _fits(word: str) -> Q:
    of_that_name = Resident.objects.living().filter(name__icontains=word).values("household_id")
    fits = (
        Q(building__name__icontains=word) | Q(door__iexact=word) | Q(file_number__iexact=word) | Q(pk__in=of_that_name)
    )
    return fits | _has_tail(word) if re.fullmatch(r"[0-9]{4}", word, re.ASCII) else fits


def _has_tail(digits: str) -> Q:
    """By the last four digits of a phone, as people remember it."""
    tail = blind_index("phone_tail", digits)
    phones = HouseholdPhone.objects.filter(tail_index=tail).values("household_id")
    owners = Resident.objects.living().filter(phone_tail_index=tail).values("household_id")
    return Q(pk__in=phones) | Q(pk__in=owners)
