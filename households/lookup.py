"""Finding a person of the register by name, phone or ID number. A door: `search.search_households`."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError

from resilience.lib.crypto import blind_indexes
from resilience.lib.inputs import clean_phone, clean_text

from .models.households import ResidentQuerySet

LONGEST = 60


def search_residents(rows: ResidentQuerySet, text: str) -> ResidentQuerySet:
    """People of `rows` by name, phone or whole ID number."""
    text = _cleaned(text)
    if not text:
        return rows.none()
    if indexes := _phone_indexes(text):
        return rows.filter(phone_index__in=indexes)
    if re.fullmatch(r"[0-9]{17}[0-9Xx]", text, re.ASCII):
        return rows.filter(id_number_index__in=blind_indexes("id_number", text.upper()))
    return rows.filter(name__icontains=text)


def _cleaned(text: str) -> str:
    try:
        return clean_text(text[: LONGEST * 4], max_length=LONGEST)
    except ValidationError:
        return ""


def _phone_indexes(text: str) -> tuple[bytes, ...]:
    if not re.fullmatch(r"[+0-9 ()-]{7,}", unicodedata.normalize("NFKC", text), re.ASCII):
        return ()
    try:
        return blind_indexes("phone", clean_phone(text))
    except ValidationError:
        return ()
