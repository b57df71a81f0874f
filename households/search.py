"""Finding a request or a household by what somebody says: a code, a phone, a name, an address, a word.

Every word must be found. A code and a phone are looked up by themselves; the rest goes to the index that
`search_index` keeps. The same results on both databases. Nothing typed is ever part of a statement's text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from resilience.lib.codes import ALPHABET, clean_code
from resilience.lib.codes import LENGTH as CODE_LENGTH
from resilience.lib.crypto import blind_index
from resilience.lib.inputs import clean_phone, clean_text

from . import search_index as index
from .models import Building, Household, HouseholdPhone, Resident
from .models.households import HouseholdQuerySet
from .models.requests import RequestQuerySet

LONGEST = 100  # characters that are searched for; who pastes more is told to write less
MOST_WORDS = 8
MOST_HOMES = 200
NEWEST = 5_000  # matches looked through, the newest: a word that stands everywhere must not cost the most
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Letters, digits and dashes as a Chinese keyboard gives them, as they stand in the register."""


def too_long(text: str) -> bool:
    return len(text.strip()) > LONGEST


def names_code(text: str) -> bool:
    """Whether it is a request's code, and so finds at most one."""
    return len(text) <= LONGEST and bool(_code(text))


def search_requests(rows: RequestQuerySet, text: str, *, community_id: int | None = None) -> RequestQuerySet:
    """Those of `rows` that match; none for nothing. With `community_id` only those there, and faster."""
    asked = _read(text)
    if asked is None:
        return rows.none()
    if community_id:
        rows = rows.filter(community=community_id)
    if asked.code_start:
        last = asked.code_start.ljust(CODE_LENGTH + 1, ALPHABET[-1])
        return rows.filter(code__gte=asked.code_start, code__lte=last)
    if homes := _homes_by_tail(asked.words, community_id):
        return rows.filter(household__in=homes) | _saying_or_at(rows, asked.words[0], community_id)
    if asked.code:
        return rows.filter(code=asked.code)
    if asked.phone:
        by_household = Q(household__in=_by_phone(asked.phone).values("pk"))
        return rows.filter(Q(phone_index=asked.phone) | Q(filer_phone_index=asked.phone) | by_household)
    plain = [word for word in asked.words if _door(word) is None]
    if plain:
        rows = rows.filter(pk__in=_requests_saying(rows.db, plain, community_id))
    for word in asked.words:
        if (door := _door(word)) is not None:
            at_door = Q(household__in=_at(door, community_id).values("pk"))
            rows = rows.filter(at_door | Q(pk__in=_requests_saying(rows.db, [word], community_id)))
    return rows


def _homes_by_tail(words: Sequence[str], community_id: int | None) -> list[int]:
    """Ids of households, where the one word may be the last four digits of one of their phones. One statement."""
    if len(words) != 1 or not re.fullmatch(r"[0-9]{4}", words[0], re.ASCII):
        return []
    tail = blind_index("phone_tail", words[0])
    phones = HouseholdPhone.objects.filter(tail_index=tail).order_by().values_list("household_id")
    owners = Resident.objects.living().filter(phone_tail_index=tail).order_by().values_list("household_id")
    if community_id:
        phones, owners = (rows.filter(household__community=community_id) for rows in (phones, owners))
    return [pk for (pk,) in phones.union(owners)[:MOST_HOMES]]


def _saying_or_at(rows: RequestQuerySet, word: str, community_id: int | None) -> RequestQuerySet:
    """Those that say the word, or whose door it names."""
    said = rows.filter(pk__in=_requests_saying(rows.db, [word], community_id))
    door = _door(word)
    return said | rows.filter(household__in=_at(door, community_id).values("pk")) if door else said


def search_households(rows: HouseholdQuerySet, text: str, *, community_id: int | None = None) -> HouseholdQuerySet:
    """Those of `rows` that match a name, a phone (or its end), a building, a door ('3-502'), the file number."""
    asked = _read(text)
    if asked is None:
        return rows.none()
    if community_id:
        rows = rows.filter(community=community_id)
    if asked.phone:
        return rows.filter(pk__in=_by_phone(asked.phone).values("pk"))
    for word in asked.words:
        rows = rows.filter(_household_matching(rows.db, word, community_id))
    return rows


def _household_matching(using: str, word: str, community_id: int | None) -> Q:
    people = Resident.objects.living().filter(pk__in=_residents_named(using, word, community_id))
    found = Q(pk__in=people.values("household_id"))
    found |= Q(pk__in=people.filter(stays_with__isnull=False).values("stays_with_id"))
    found |= Q(building__in=_buildings(word, community_id).values("pk"))
    found |= Q(file_number=word.upper())
    if re.fullmatch(r"[0-9]{4}", word, re.ASCII):
        found |= _phone_ends(word)
    door = _door(word)
    return found | Q(pk__in=_at(door, community_id).values("pk")) if door else found


def _phone_ends(digits: str) -> Q:
    """By the last four digits of a phone, as people remember it."""
    tail = blind_index("phone_tail", digits)
    phones = HouseholdPhone.objects.filter(tail_index=tail).values("household_id")
    owners = Resident.objects.living().filter(phone_tail_index=tail).values("household_id")
    return Q(pk__in=phones) | Q(pk__in=owners)


# --- what was typed -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Asked:
    words: tuple[str, ...] = ()
    code: str = ""
    code_start: str = ""
    phone: bytes = b""


def _read(text: str) -> _Asked | None:
    """None for what finds nothing: nothing, or too much."""
    try:
        cleaned = clean_text(text, max_length=LONGEST)
    except ValidationError:
        return None
    cleaned = cleaned.translate(_NARROW)
    words = tuple(dict.fromkeys(cleaned.replace("\u3000", " ").replace("\u00a0", " ").split()))[:MOST_WORDS]
    if not words:
        return None
    return _Asked(words, code=_code(cleaned), code_start=_code_start(cleaned), phone=_phone(cleaned))


def _code(text: str) -> str:
    try:
        return clean_code(text)
    except ValidationError:
        return ""


def _code_start(text: str) -> str:
    """The beginning of a code as somebody reads it out: 'brc-97d', 'brc97'. Without the dash it must not be a word."""
    code = text.replace("-", "").upper()
    is_mixed = len(code) >= 5 and not code.isalpha() and not code.isdecimal()
    if not 4 <= len(code) <= CODE_LENGTH or not set(code) <= set(ALPHABET):
        return ""
    return code if re.fullmatch(r"\w{3}-\w{1,3}(-\w{1,2})?", text, re.ASCII) or is_mixed else ""


def _phone(text: str) -> bytes:
    """The fingerprint of a whole phone number; shorter numbers are doors."""
    if sum(character.isdecimal() for character in text) < 7:
        return b""
    try:
        return blind_index("phone", clean_phone(text))
    except ValidationError:
        return b""


@dataclass(frozen=True, slots=True)
class _Door:
    """A door as people write it: '3号楼2单元502', '2-502', '3-2-502', '502室', '2单元'."""

    building: str = ""
    entrance: int | None = None
    door: str = ""


_DOORS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<building>[^-]*-|.*?(?<![0-9]))(?P<entrance>[0-9]{1,2})(?:单元|-|#)(?P<door>[0-9]{1,5}[A-Za-z]?)[室号户]?",
        r"(?P<building>.*?(?<![0-9]))(?P<entrance>[0-9]{1,2})(?:单元)",
        r"(?P<door>[0-9]{2,5}[A-Za-z]?)[室户]?",
    )
)


def _door(word: str) -> _Door | None:
    """None when the word cannot be one."""
    folded = "".join("-" if unicodedata.category(c) == "Pd" else c for c in unicodedata.normalize("NFKC", word))
    for pattern in _DOORS:
        if found := pattern.fullmatch(folded):
            parts = found.groupdict()
            building = (parts.get("building") or "").strip("-")
            entrance = parts.get("entrance")
            return _Door(building, int(entrance) if entrance else None, (parts.get("door") or "").upper())
    return None


def _at(door: _Door, community_id: int | None) -> HouseholdQuerySet:
    rows = Household.objects.all()
    if door.building:
        name = f"{door.building}号" if door.building.isdecimal() else door.building
        rows = rows.filter(building__in=_buildings(name, community_id).values("pk"))
    if community_id:
        rows = rows.filter(community=community_id)
    if door.entrance is not None:
        rows = rows.filter(entrance=door.entrance)
    return rows.filter(door=door.door) if door.door else rows


def _buildings(name: str, community_id: int | None) -> QuerySet[Building]:
    rows = Building.objects.order_by().filter(name__icontains=name)
    return rows.filter(community=community_id) if community_id else rows


def _by_phone(phone: bytes) -> HouseholdQuerySet:
    """Whose phone, or one of whose people's, it is."""
    own = HouseholdPhone.objects.filter(number_index=phone).values("household_id")
    people = Resident.objects.living().filter(phone_index=phone).values("household_id")
    return Household.objects.filter(Q(pk__in=own) | Q(pk__in=people))


# --- the index ------------------------------------------------------------------------------------
def _requests_saying(using: str, words: list[str], community_id: int | None) -> RawSQL:
    """Ids of the newest requests that say all of the words."""
    if connections[using].vendor == "sqlite":
        return _fts(index.REQUEST_WORDS, words, community_id)
    return _gin(index.REQUESTS, index.PG_REQUEST_CHARS, index.PG_REQUEST_DOC, words, community_id)


def _residents_named(using: str, word: str, community_id: int | None) -> RawSQL:
    if connections[using].vendor == "sqlite":
        return _fts(index.RESIDENT_WORDS, [word], community_id)
    return _gin(index.RESIDENTS, index.PG_RESIDENT_CHARS, index.PG_RESIDENT_DOC, [word], None)


def _fts(table: str, words: list[str], community_id: int | None) -> RawSQL:
    """Only digits, and words of our own, reach FTS5's query language."""
    parts = [f'doc : "{index.tokens(index.fold(word))}"' for word in words]
    parts += [f'community : "{community_id}"'] if community_id else []
    statement = f"SELECT rowid FROM {table} WHERE {table} MATCH %s ORDER BY rowid DESC LIMIT {NEWEST}"  # noqa: S608
    return RawSQL(statement, [" AND ".join(parts)])  # noqa: S611


def _gin(table: str, characters: str, doc: str, words: list[str], community_id: int | None) -> RawSQL:
    folded = [index.fold(word) for word in words]
    wanted = sorted({character for word in folded for character in word})
    wanted += [f"c{community_id}"] if community_id else []
    checks = " AND ".join(f"strpos({doc}, %s) > 0" for _ in folded)
    statement = f"SELECT id FROM {table} WHERE {characters} @> %s AND {checks} ORDER BY id DESC LIMIT {NEWEST}"  # noqa: S608
    return RawSQL(statement, [wanted, *folded])  # noqa: S611
