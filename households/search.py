"""Finding a request or a household by what somebody says: a code, a phone, a name, an address, a word.

Every word must be found. A code and a phone are looked up by themselves; the rest goes to the index that
`search_index` keeps. The same results on both databases. Nothing typed is ever part of a statement's text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from resilience.lib.codes import ALPHABET, clean_code
from resilience.lib.codes import LENGTH as CODE_LENGTH
from resilience.lib.crypto import blind_indexes
from resilience.lib.inputs import clean_phone, clean_text
from resilience.lib.scoped import ANYBODY

from . import search_index as index
from .models import Building, Household, HouseholdPhone, Resident, ServiceRequest
from .models.households import HouseholdQuerySet
from .models.requests import RequestQuerySet

LONGEST = 100  # characters that are searched for; who pastes more is told to write less
MOST_WORDS = 8
NEWEST = 5_000  # matches looked through, the newest: a word that stands everywhere must not cost the most
FEW = 200  # of those, looked through first: they mostly fill a page, however many there are
RECENT = 2_000  # ids that PostgreSQL looks for those few among
LAST = 2**63 - 1  # above every id
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF0D, 0xFF5B) if chr(wide - 0xFEE0).isalnum() or wide == 0xFF0D}
"""Letters, digits and dashes as a Chinese keyboard gives them, as they stand in the register."""


def too_long(text: str) -> bool:
    return len(text.strip()) > LONGEST


def names_code(text: str) -> bool:
    """Whether it is a request's code, and so finds at most one."""
    return len(text) <= LONGEST and bool(_code(text))


class Look(NamedTuple):
    """How far to look: at the `most` newest matches, after the newest `skip`.

    PostgreSQL checks every match before it takes the newest: with `recent`, only those among so many newest ids.
    """

    most: int
    skip: int = 0
    recent: int | None = None


def looks(text: str) -> tuple[Look, ...]:
    """The ways to look for a page: when the first does not fill it, the next.

    Only of plain words are the few newest matches the newest of all: what a door or a phone finds is not among them.
    """
    asked = _read(text)
    whole = Look(NEWEST)
    return (Look(FEW, recent=RECENT), whole) if asked and asked.is_plain else (whole,)


def search_requests(
    rows: RequestQuerySet,
    text: str,
    *,
    community_id: int | None = None,
    before: int | None = None,
    look: Look | None = None,
) -> RequestQuerySet:
    """Those of `rows` that match; none for nothing. With `community_id` only those there, and faster.

    Only ids below `before`, and as far as `look` says (by default at the NEWEST).
    """
    asked = _read(text)
    if asked is None:
        return rows.none()
    if before:
        rows = rows.filter(pk__lt=before)
    if community_id:
        rows = rows.filter(community=community_id)
    if asked.code_start:
        last = asked.code_start.ljust(CODE_LENGTH + 1, ALPHABET[-1])
        return rows.filter(code__gte=asked.code_start, code__lte=last)
    if asked.code:
        return rows.filter(code=asked.code)
    if asked.phone:
        return rows.filter(pk__any_of=_requests_by_phone(asked.phone))
    for words in asked.together():
        said = _requests_saying(rows.db, words, community_id, before, look or Look(NEWEST))
        rows = rows.filter(pk__any_of=_requests_matching(said, words, community_id))
    return rows


def _requests_matching(said: RawSQL, words: list[str], community_id: int | None) -> RawSQL | QuerySet[Any, Any]:
    """The ids of those that have `said` the words. One that may be a door comes alone, and stands for it as well."""
    if (door := _door(words[0])) is None:
        return said
    homes = [_ids(_at(door, community_id)), *(_phone_ends(words[0]) if _may_end_a_phone(words[0]) else [])]
    there = [_ids(ServiceRequest.objects.filter(household__pk__any_of=each)) for each in homes]
    return _either(_ids(ServiceRequest.objects.filter(pk__any_of=said)), *there)


def is_cut(text: str, *, community_id: int | None = None, before: int | None = None) -> bool:
    """Whether there are requests that match, which a search below `before` does not look through.

    What a door finds may be older than all that was looked through for the words beside it: then no `before` says
    what earlier pages have passed over.
    """
    asked = _read(text)
    if asked is None or not asked.is_words:
        return False
    below = before if asked.is_plain else None
    beyond = Look(most=1, skip=NEWEST)
    older = (_requests_saying(DEFAULT_DB_ALIAS, words, community_id, below, beyond) for words in asked.together())
    return any(ServiceRequest.objects.seen_by(ANYBODY).filter(pk__any_of=each).exists() for each in older)


def search_households(rows: HouseholdQuerySet, text: str, *, community_id: int | None = None) -> HouseholdQuerySet:
    """Those of `rows` that match a name, a phone (or its end), a building, a door ('3-502'), the file number."""
    asked = _read(text)
    if asked is None:
        return rows.none()
    if community_id:
        rows = rows.filter(community=community_id)
    if asked.phone:
        return rows.filter(pk__any_of=_by_phone(asked.phone))
    for word in asked.words:
        rows = rows.filter(pk__any_of=_households_matching(rows.db, word, community_id))
    return rows


def _households_matching(using: str, word: str, community_id: int | None) -> QuerySet[Any, Any]:
    """Their ids, from each of the indexes."""
    people = Resident.objects.living().filter(pk__any_of=_residents_named(using, word, community_id)).order_by()
    found = [
        people.values_list("household_id"),
        people.filter(stays_with__isnull=False).values_list("stays_with_id"),
        _ids(Household.objects.filter(building__pk__any_of=_ids(_buildings(word, community_id)))),
        _ids(Household.objects.filter(file_number=word.upper())),
    ]
    if _may_end_a_phone(word):
        found += _phone_ends(word)
    if door := _door(word):
        found.append(_ids(_at(door, community_id)))
    return _either(*found)


def _may_end_a_phone(word: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{4}", word, re.ASCII))


def _phone_ends(digits: str) -> list[QuerySet[Any, Any]]:
    """Ids of households by the last four digits of a phone, as people remember it."""
    tail = blind_indexes("phone_tail", digits)
    phones = HouseholdPhone.objects.filter(tail_index__in=tail).order_by().values_list("household_id")
    owners = Resident.objects.living().filter(phone_tail_index__in=tail).order_by().values_list("household_id")
    return [phones, owners]


def _ids(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    return rows.order_by().values_list("pk")


def _either(*found: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """The ids of all of them. Not by OR: each is to be answered by an index of its own."""
    return found[0].union(*found[1:], all=True)


# --- what was typed -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Asked:
    words: tuple[str, ...] = ()
    code: str = ""
    code_start: str = ""
    phone: tuple[bytes, ...] = ()

    @property
    def is_words(self) -> bool:
        """Whether it is looked up in the index of words."""
        return not (self.code or self.code_start or self.phone)

    @property
    def is_plain(self) -> bool:
        """Words that can be no door."""
        return self.is_words and not any(_door(word) for word in self.words)

    def together(self) -> list[list[str]]:
        """The words, those that are looked up by one look at the index together; each that may be a door by itself."""
        plain = [word for word in self.words if _door(word) is None]
        doors = [[word] for word in self.words if _door(word) is not None]
        return [plain, *doors] if plain else doors


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


def _phone(text: str) -> tuple[bytes, ...]:
    """The fingerprints of a whole phone number; shorter numbers are doors."""
    if sum(character.isdecimal() for character in text) < 7:
        return ()
    try:
        return blind_indexes("phone", clean_phone(text))
    except ValidationError:
        return ()


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
        rows = rows.filter(building__pk__any_of=_ids(_buildings(name, community_id)))
    if community_id:
        rows = rows.filter(community=community_id)
    if door.entrance is not None:
        rows = rows.filter(entrance=door.entrance)
    return rows.filter(door=door.door) if door.door else rows


def _buildings(name: str, community_id: int | None) -> QuerySet[Building]:
    rows = Building.objects.order_by().filter(name__icontains=name)
    return rows.filter(community=community_id) if community_id else rows


def _by_phone(phone: tuple[bytes, ...]) -> QuerySet[Any, Any]:
    """Ids of the households whose phone, or one of whose people's, it is."""
    own = HouseholdPhone.objects.filter(number_index__in=phone).order_by().values_list("household_id")
    people = Resident.objects.living().filter(phone_index__in=phone).order_by().values_list("household_id")
    return _either(own, people)


def _requests_by_phone(phone: tuple[bytes, ...]) -> QuerySet[Any, Any]:
    rows = ServiceRequest.objects.all()
    theirs = rows.filter(household__pk__any_of=_by_phone(phone))
    return _either(
        _ids(rows.filter(phone_index__in=phone)), _ids(rows.filter(filer_phone_index__in=phone)), _ids(theirs)
    )


# --- the index ------------------------------------------------------------------------------------
def _requests_saying(using: str, words: list[str], community_id: int | None, before: int | None, look: Look) -> RawSQL:
    """Ids of requests that say all of the words, of those below `before`."""
    if connections[using].vendor == "sqlite":
        return _fts(index.REQUEST_WORDS, words, community_id, before or LAST, look)
    return _gin(index.REQUESTS, index.PG_REQUEST_CHARS, index.PG_REQUEST_DOC, words, community_id, before or LAST, look)


def _residents_named(using: str, word: str, community_id: int | None) -> RawSQL:
    if connections[using].vendor == "sqlite":
        return _fts(index.RESIDENT_WORDS, [word], community_id, LAST, Look(NEWEST))
    return _gin(index.RESIDENTS, index.PG_RESIDENT_CHARS, index.PG_RESIDENT_DOC, [word], None, LAST, Look(NEWEST))


def _fts(table: str, words: list[str], community_id: int | None, before: int, look: Look) -> RawSQL:
    """Only digits, and words of our own, reach FTS5's query language."""
    parts = [f'doc : "{index.tokens(index.fold(word))}"' for word in words]
    parts += [f'community : "{community_id}"'] if community_id else []
    where = f"{table} MATCH %s AND rowid < %s"
    statement = f"SELECT rowid FROM {table} WHERE {where} ORDER BY rowid DESC LIMIT %s OFFSET %s"  # noqa: S608
    return RawSQL(statement, [" AND ".join(parts), before, look.most, look.skip])  # noqa: S611


def _gin(
    table: str, characters: str, doc: str, words: list[str], community_id: int | None, before: int, look: Look
) -> RawSQL:
    folded = [index.fold(word) for word in words]
    wanted = sorted({character for word in folded for character in word})
    wanted += [f"c{community_id}"] if community_id else []
    where = [f"{characters} @> %s", *(f"strpos({doc}, %s) > 0" for _ in folded)]
    params: list[Any] = [wanted, *folded]
    if look.recent:
        where.append(f"id > (SELECT least(%s, max(id)) FROM {table}) - %s")  # noqa: S608
        params += [before, look.recent]
    where.append("id < %s")
    statement = f"SELECT id FROM {table} WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT %s OFFSET %s"  # noqa: S608
    return RawSQL(statement, [*params, before, look.most, look.skip])  # noqa: S611
