"""The list of audit rows: a filter that is a link, keyset pages from the newest, each row in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from resilience.accounts.models import User
from resilience.audit.models import Entry, EntryQuerySet, first_id
from resilience.audit.receivers import typed_name
from resilience.lib.inputs import clean_date, clean_uuid, encode_cursor

from . import places
from .audit_words import GROUPS, action_words, field_words, kind_words, why_words
from .models import Grid

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """What a link asks for; what makes no sense is left out."""

    person: UUID | None = None
    action: str = ""
    about: str = ""
    place: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, query: QueryDict) -> Filter:
        return cls(
            person=_uid(query.get("person", "")),
            action=_matching(r"[a-z_]+\.[a-z_.]*", query.get("action", "")),
            about=subject_key(query.get("about", "")),
            place=_matching(r"[0-9]{2,15}", query.get("place", "")),
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
        )

    def narrow(self, rows: EntryQuerySet) -> EntryQuerySet:
        if self.person:
            rows = rows.filter(_of_person(self.person))
        if self.action:
            rows = rows.filter(**{"action__startswith" if self.action in GROUPS else "action": self.action})
        if self.about:
            rows = rows.filter(subject_key=self.about)
        if self.place:
            rows = rows.filter(place__startswith=self.place)
        if self.since:
            rows = rows.filter(id__gte=first_id(_midnight(self.since)))
        if self.until:
            rows = rows.filter(id__lt=first_id(_midnight(self.until + timedelta(days=1))))
        return rows

    @property
    def is_empty(self) -> bool:
        return self == Filter()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        said = [
            ("person", self.person.hex if self.person else ""), ("action", self.action), ("about", self.about),
            ("place", self.place), ("since", _iso(self.since)), ("until", _iso(self.until)),
        ]  # fmt: skip
        return [pair for pair in said if pair[1]]


def _of_person(uid: UUID) -> Q:
    """What somebody did, what was done to their account, and who tried to sign in under their name."""
    username = User.objects.filter(uid=uid).values_list("username", flat=True).first() or ""
    about = Q(subject_kind="user", subject_key=uid.hex) | Q(subject_kind="sign-in", subject_key=typed_name(username))
    return Q(by__uid=uid) | about


def person_named(text: str) -> User | None:
    """The one account of that user name, or of that name when only one has it."""
    if found := User.objects.filter(username=text).first():
        return found
    of_name = list(User.objects.filter(name=text)[:2])
    return of_name[0] if len(of_name) == 1 else None


def subject_key(text: str) -> str:
    """A uid or a code as audit rows have it: without dashes and blanks."""
    bare = re.sub(r"[\s-]", "", text)[:64]
    if re.fullmatch(r"[0-9a-fA-F]{16,64}", bare, re.ASCII):
        return bare.lower()
    return bare.upper() if re.fullmatch(r"[0-9A-Za-z]{1,15}", bare, re.ASCII) else ""


def _matching(pattern: str, text: str) -> str:
    return text if len(text) <= 60 and re.fullmatch(pattern, text, re.ASCII) else ""


def _uid(text: str) -> UUID | None:
    try:
        return clean_uuid(text) if text else None
    except ValidationError:
        return None


def _day(text: str) -> date | None:
    try:
        return clean_date(text) if text else None
    except ValidationError:
        return None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_default_timezone())


def page_of(rows: EntryQuerySet, before: UUID | None) -> tuple[list[Line], str]:
    """The newest rows, or those before one, in words; and the cursor of the next page."""
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows.newest_first().select_related("by")[: PAGE + 1])
    shown = found[:PAGE]
    named = _places_of(shown)
    return [_line(row, named) for row in shown], encode_cursor([shown[-1].id.hex]) if len(found) > PAGE else ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row, ready to print."""

    entry: Entry
    what: str
    kind: str
    key: str
    place: str
    fields: str
    details: str
    why: str


def _places_of(entries: list[Entry]) -> dict[str, str]:
    """The names of the places they lie in, by code: of regions from memory, of grids in one statement if any."""
    codes = {entry.place for entry in entries if entry.place}
    regions = places.regions()
    named = {code: regions[code].name for code in codes if code in regions}
    grids = [code for code in codes if places.GRID_KEY.fullmatch(code)]
    rows = Grid.objects.filter(code__in=grids).values_list("code", "name") if grids else []
    return named | {code: _in_community(code, name) for code, name in rows}


def _in_community(code: str, name: str) -> str:
    """Grids of many communities have the same name."""
    community = places.regions().get(places.parent_code(code))
    return f"{community.name} {name}" if community else name


def _line(entry: Entry, named: dict[str, str]) -> Line:
    names = [field_words(entry.subject_kind, name) for name in entry.fields.split(",") if name]
    return Line(
        entry,
        what=action_words(entry.action),
        kind=kind_words(entry.subject_kind),
        key=entry.subject_key if len(entry.subject_key) <= 16 else f"{entry.subject_key[:8]}…",
        place=named.get(entry.place, entry.place),
        fields=gettext(", ").join(names),
        details=" · ".join(f"{name} {_short(value)}" for name, value in entry.facts.items()),
        why=why_words(entry.action, entry.why),
    )


def _short(value: object) -> str:
    return text if len(text := str(value)) <= 16 else f"{text[:8]}…"
