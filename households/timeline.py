"""What happened to a household, from four tables in one statement, newest first, in keyset pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    F,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Left
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.lib.codes import format_code
from resilience.lib.crypto import SealedAsText, open_text
from resilience.lib.dates import left_words
from resilience.lib.db import JsonRows
from resilience.lib.inputs import decode_cursor, encode_cursor
from resilience.lib.prepared import again

from . import reference, wording
from .models import (
    Category,
    FileChange,
    Finding,
    Household,
    LifeEvent,
    LifeKind,
    Photo,
    ServiceRequest,
    State,
    Visit,
    VisitMeans,
    VisitResult,
)

KINDS = ("visit", "request", "change", "life")
PAGE = 30
OPEN_SHOWN = 40
SOON = 4 * 3600  # seconds left from which a clock warns
WORDS = 300  # characters of a request shown in a timeline

_TEXT_COLUMNS = ("code", "state", "words", "who", "subject", "first", "second", "third", "changes")
_COLUMNS = ("e_rank", "e_at", "e_kind", "e_pk", "e_due_at", *(f"e_{name}" for name in _TEXT_COLUMNS))


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the timeline. What `state`, `first`, `second` and `third` hold depends on `kind`:

    visit    result · means · finding · the day it had been due ('' when none); `code` of the request it became;
             `changes` names its photos
    request  state · urgency · category id · ''; `due_at` is the running clock, None when it stands
    change   action · '' · '' · ''; `changes` is the list of FileChange
    life     kind · the day it happened · uid of the other file · its address ('' where the viewer may not see it)
    """

    is_open: bool
    at: datetime
    kind: str
    pk: int
    due_at: datetime | None
    code: str
    state: str
    words: str
    who: str
    subject: str
    first: str
    second: str
    third: str
    changes: list[dict[str, str]]

    @property
    def cursor(self) -> str:
        return encode_cursor([self.at.isoformat(), self.kind, self.pk])

    @property
    def what(self) -> str:
        """What happened, in words."""
        words: dict[str, Callable[[str], str]] = {
            "visit": lambda code: str(VisitResult(code).label),
            "request": lambda code: str(State(code).label),
            "change": wording.action,
            "life": lambda code: str(LifeKind(code).label),
        }
        return words[self.kind](self.state)

    @property
    def code_label(self) -> str:
        return format_code(self.code)

    @property
    def means(self) -> str:
        return str(VisitMeans(self.first).label) if self.kind == "visit" else ""

    @property
    def finding(self) -> str:
        return str(Finding(self.second).label) if self.kind == "visit" and self.second else ""

    @property
    def category(self) -> Category | None:
        return reference.categories()[int(self.second)] if self.kind == "request" else None

    @property
    def clock(self) -> tuple[str, str]:
        """For an open request: how its clock looks and what it says."""
        if self.third == "paused" or self.due_at is None:
            return "paused", _("waiting for the resident")
        left = (self.due_at - timezone.now()).total_seconds()
        return ("overdue" if left < 0 else "soon" if left < SOON else "ok"), left_words(left)

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """(field, from, to) in words."""
        return [
            (wording.field(code), wording.value(code, old), wording.value(code, new))
            for code, old, new in (
                (row.get("field", ""), row.get("old", ""), row.get("new", "")) for row in self.changes
            )
            if code
        ]

    @property
    def photos(self) -> list[UUID]:
        """Of a visit: the uids of what was photographed there."""
        return [UUID(row["uid"]) for row in self.changes if "uid" in row] if self.kind == "visit" else []

    @property
    def happened_date(self) -> date | None:
        return date.fromisoformat(self.first) if self.kind == "life" else None

    @property
    def other_uid(self) -> UUID | None:
        return UUID(self.second) if self.kind == "life" and self.second else None

    @property
    def was_late(self) -> bool:
        is_due_visit = self.kind == "visit" and bool(self.third)
        return is_due_visit and date.fromisoformat(self.third) < timezone.localdate(self.at)


@dataclass(frozen=True, slots=True)
class Page:
    entries: list[Entry]
    open_requests: list[Entry]
    next_cursor: str = ""


Place = tuple[datetime, str, int]


def read(
    household: Household,
    *,
    kind: str = "",
    after: Place | None = None,
    with_open: bool = False,
    others: Q | None = None,
    reach: Hashable = None,
) -> Page:
    """One page. `others` says, on LifeEvent, of which other files the viewer may read the address; `reach` decides it.

    With a `reach` the statement of a first page is made once (see `again`).
    """

    def rows(household: int) -> QuerySet:
        kinds = [each for each in KINDS if not kind or each == kind]
        branches = [_after(_BRANCHES[each](household, others), each, after) for each in kinds]
        if with_open:
            branches.append(_requests(household, None, rank=1))
        all_rows = branches[0] if len(branches) == 1 else branches[0].union(*branches[1:], all=True)
        ordered = all_rows.order_by("-e_rank", "-e_at", "-e_kind", "-e_pk")
        return ordered[: PAGE + 1 + (OPEN_SHOWN if with_open else 0)]

    if reach is None or after is not None:
        return _page(map(_entry, rows(household.pk)))
    return _page(map(_entry, again(("timeline", kind, with_open, reach), rows, household=household.pk)))


def _page(found: Iterable[Entry]) -> Page:
    found = list(found)
    entries = [entry for entry in found if not entry.is_open]
    shown = entries[:PAGE]
    more = shown[-1].cursor if len(entries) > PAGE else ""
    return Page(_folded(shown), [entry for entry in found if entry.is_open], more)


def _folded(entries: list[Entry]) -> list[Entry]:
    """What a life event changed in the file stands beneath it, not beside it as an entry of its own."""
    changes = [entry for entry in entries if entry.kind == "change" and entry.state == "life"]
    told: list[Entry] = []
    folded: set[int] = set()
    for entry in entries:
        own = next((each for each in changes if entry.kind == "life" and _is_of(each, entry, folded)), None)
        if own:
            folded.add(own.pk)
        told.append(replace(entry, changes=own.changes) if own else entry)
    return [entry for entry in told if entry.kind != "change" or entry.pk not in folded]


def _is_of(change: Entry, life: Entry, taken: set[int]) -> bool:
    """Both were written in one transaction, about one person."""
    same = (change.subject, change.who) == (life.subject, life.who) and change.pk not in taken
    return same and abs(change.at - life.at) < timedelta(seconds=5)


def place(cursor: str) -> Place | None:
    """Where a page begins; None for a damaged cursor, which is the first page."""
    return decode_cursor(cursor, datetime.fromisoformat, _kind, _key)


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise ValueError
    return str(value)


def _key(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError
    return value


def _after(rows: QuerySet, kind_here: str, after: Place | None) -> QuerySet:
    """Rows that come after that place: earlier, or as early and further down the order of kinds and ids."""
    if after is None:
        return rows
    at, kind, pk = after
    earlier = Q(e_at__lt=at)
    if kind_here < kind:
        earlier = Q(e_at__lte=at)
    elif kind_here == kind:
        earlier |= Q(e_at=at, e_pk__lt=pk)
    return rows.filter(earlier)


def _shape(rows: QuerySet, kind: str, at: str, *, rank: int = 0, due_at: str = "", **columns: Any) -> QuerySet:
    """The same columns from every table, so that they can be put into one list."""
    texts = {f"e_{name}": Cast(columns.get(name, Value("")), TextField()) for name in _TEXT_COLUMNS}
    due = F(due_at) if due_at else Cast(Value(None), DateTimeField())
    rows = rows.order_by().annotate(e_rank=Value(rank, IntegerField()), e_at=F(at), e_kind=Value(kind, CharField()))
    return rows.annotate(e_pk=F("pk"), e_due_at=due, **texts).values_list(*_COLUMNS)


def _visits(household: int, others: Q | None) -> QuerySet:
    photos = Photo.objects.filter(visit=OuterRef("pk")).values("visit")
    uids = Subquery(photos.annotate(rows=JsonRows(uid=Cast("uid", CharField()))).values("rows"))
    return _shape(
        Visit.objects.of_row(household=household), "visit", "happened_at",
        code=Coalesce("service_request__code", Value("")), state=F("result"), words=SealedAsText("note"),
        who=F("worker__name"), first=F("means"), second=F("finding"),
        third=Coalesce(Cast("due_date", CharField()), Value("")), changes=Coalesce(Cast(uids, TextField()), Value("")),
    )  # fmt: skip


def _requests(household: int, others: Q | None, *, rank: int = 0) -> QuerySet:
    rows = ServiceRequest.objects.of_row(household=household)
    return _shape(
        rows.open() if rank else rows, "request", "created_at", rank=rank, due_at="due_at",
        code=F("code"), state=F("state"), words=Left("text", WORDS), who=Coalesce("worker__name", Value("")),
        subject=F("person_name"), first=F("urgency"), second=F("category_id"),
        third=Case(When(paused_at__isnull=False, then=Value("paused")), default=Value("")),
    )  # fmt: skip


def _changes(household: int, others: Q | None) -> QuerySet:
    return _shape(
        FileChange.objects.of_row(household=household), "change", "at",
        state=F("action"), words=SealedAsText("why"), who=Coalesce("by__name", Value("")),
        subject=Coalesce("resident__name", Value("")), changes=SealedAsText("changes"),
    )  # fmt: skip


def _life(household: int, others: Q | None) -> QuerySet:
    uid, address = Cast("other_household__uid", CharField()), _address("other_household")
    seen = Q(other_household__isnull=False) & (others if others is not None else Q())
    return _shape(
        LifeEvent.objects.of_row(household=household), "life", "reported_at",
        state=F("kind"), words=SealedAsText("note"), who=F("by__name"), subject=F("resident__name"),
        first=Cast("happened_date", CharField()),
        second=Case(When(seen, then=uid), default=Value(""), output_field=TextField()),
        third=Case(When(seen, then=address), default=SealedAsText("elsewhere"), output_field=TextField()),
    )  # fmt: skip


def _address(path: str) -> Concat:
    """Building and door, as `Household.address` spells it."""
    around = re.split(r"%\(\w+\)s", _("Entrance %(entrance)s, %(door)s"))  # the entrance comes first in every language
    entrance = Cast(f"{path}__entrance", CharField())
    parts = (f"{path}__building__name", Value(f" {around[0]}"), entrance, Value(around[1]), f"{path}__door")
    return Concat(*parts, output_field=TextField())


_BRANCHES = {"visit": _visits, "request": _requests, "change": _changes, "life": _life}


def _aad(model: type[Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.aad)


_SEALED_WORDS = {"visit": _aad(Visit, "note"), "change": _aad(FileChange, "why"), "life": _aad(LifeEvent, "note")}
_ELSEWHERE, _CHANGES = _aad(LifeEvent, "elsewhere"), _aad(FileChange, "changes")


def _entry(row: tuple[Any, ...]) -> Entry:
    rank, at, kind, pk, due_at, *texts, changes = row
    code, state, words, who, subject, first, second, third = texts
    if kind in _SEALED_WORDS:
        words = open_text(words, _SEALED_WORDS[kind])
    if kind == "life" and not second:  # not another file's address, but words of somebody
        third = open_text(third, _ELSEWHERE)
    if kind == "change":
        changes = open_text(changes, _CHANGES)
    return Entry(
        bool(rank), at, kind, pk, due_at, code, state, words, who, subject, first, second, third, _changes_of(changes)
    )


def _changes_of(text: str) -> list[dict[str, str]]:
    read = json.loads(text) if text else []
    if isinstance(read, str):  # a JSON text inside a text column, as SQLite may hand it out
        read = json.loads(read)
    return [change for change in read if isinstance(change, dict)]
