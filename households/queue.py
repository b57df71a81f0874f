"""The desk's queue: what a link filters by, which rows follow, in which order. Rows are plain tuples."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models.functions import Left

from resilience.lib.inputs import clean_int, decode_cursor, encode_cursor
from resilience.lib.prepared import again
from resilience.lib.scoped import ANYBODY

from . import reference
from .models import OPEN_STATES, Category, Level, ServiceRequest, Source, State, Urgency
from .models.requests import RequestQuerySet
from .places import BUILDING, GRID, Helper, Place

ROWS = 50
MOST_COUNTED = 10_000  # more are said to be "more than"
FIRST_WORDS = 48  # characters of the text that a row shows
LONGEST_VALUE = 80  # characters of a filter's value in a link; no real one is longer

OPEN, ALL = "open", "all"
NOBODY, MINE = "none", "me"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue shows. Every field empty: all open requests."""

    place: Place | None = None
    category: Category | None = None
    urgency: str = ""
    state: str = OPEN
    worker: Helper | str = ""  # somebody, NOBODY or MINE
    overdue: str = ""
    source: str = ""

    @property
    def is_due_first(self) -> bool:
        """Whether the clock orders the rows: it does while requests are open."""
        return self.state == OPEN or self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Known:
    """What the viewer may filter by; how a link's value becomes one of these, or None."""

    place: Callable[[str], Place | None]
    helpers: Mapping[str, Helper]


class Ignored(NamedTuple):
    """A part of the link that says nothing to us, and is left out."""

    name: str
    value: str


def read(params: Mapping[str, str], known: Known) -> tuple[Filters, list[Ignored]]:
    """The filters of a link. Whatever is unknown or malformed is left out, and named."""
    found: dict[str, Any] = {}
    ignored = []
    for name, parse in _parsers(known).items():
        value = params.get(name, "")
        if not value:
            continue
        chosen = parse(value) if len(value) <= LONGEST_VALUE else None
        if chosen is None:
            ignored.append(Ignored(name, value[:LONGEST_VALUE]))
        else:
            found[name] = chosen
    return Filters(**found), ignored


def _parsers(known: Known) -> dict[str, Callable[[str], Any]]:
    return {
        "place": known.place,
        "category": _category,
        "urgency": _one_of(Urgency.values),
        "state": _one_of([OPEN, ALL, *State.values]),
        "worker": lambda value: value if value in (NOBODY, MINE) else known.helpers.get(value),
        "overdue": _one_of(["1"]),
        "source": _one_of(Source.values),
    }


def _one_of(values: list[str]) -> Callable[[str], str | None]:
    return lambda value: value if value in values else None


def _category(code: str) -> Category | None:
    return next((row for row in reference.categories().values() if row.code == code), None)


def as_link(filters: Filters, **changes: str) -> dict[str, str]:
    """The parameters of a link to these filters, some of them changed; what is empty or default is left out."""
    params = {field.name: _key(getattr(filters, field.name)) for field in fields(filters)}
    params |= changes
    return {name: value for name, value in params.items() if value and not (name == "state" and value == OPEN)}


def _key(value: object) -> str:
    if isinstance(value, Place):
        return value.key
    if isinstance(value, Helper):
        return value.uid
    return value.code if isinstance(value, Category) else str(value or "")


# --- which rows -----------------------------------------------------------------------------------
def narrow(rows: RequestQuerySet, filters: Filters, *, me: int, now: datetime) -> RequestQuerySet:
    """The rows these filters leave."""
    rows = _in_state(_at_place(rows, filters.place), filters.state)
    if filters.category:
        rows = rows.filter(category__in=_with_kinds(filters.category))
    if filters.urgency:
        rows = rows.filter(urgency=filters.urgency)
    if filters.source:
        rows = rows.filter(source=filters.source)
    if filters.overdue:
        rows = rows.overdue(now)
    if filters.worker == NOBODY:
        return rows.filter(worker__isnull=True)
    if filters.worker:
        return rows.filter(worker=filters.worker.pk if isinstance(filters.worker, Helper) else me)
    return rows


def _at_place(rows: RequestQuerySet, place: Place | None) -> RequestQuerySet:
    if place is None:
        return rows
    if place.community_id:
        rows = rows.filter(community=place.community_id)
    if place.kind in (GRID, BUILDING):
        return rows.filter(**{place.kind: place.pk})
    return rows if place.kind == Level.COMMUNITY else rows.in_region(place.code)


def _in_state(rows: RequestQuerySet, state: str) -> RequestQuerySet:
    if state == OPEN:
        return rows.open()
    if state == ALL:
        return rows
    return (rows.open() if state in OPEN_STATES else rows.ended()).filter(state=state)


def _with_kinds(category: Category) -> list[int]:
    """A tile stands for its finer kinds too."""
    return [row.pk for row in reference.categories().values() if category.pk in (row.pk, row.parent_id)]


# --- in which order, and how far ------------------------------------------------------------------
class Row(NamedTuple):
    """What a row of the queue tells."""

    pk: int
    code: str
    urgency: str
    category_id: int
    person_name: str
    address: str
    words: str
    state: str
    worker_name: str | None
    due_at: datetime
    created_at: datetime
    responded_at: datetime | None
    paused_at: datetime | None
    reopened: int
    source: str
    community_id: int


_COLUMNS = (
    "pk", "code", "urgency", "category_id", "person_name", "address", Left("text", FIRST_WORDS), "state",
    "worker__name", "due_at", "created_at", "responded_at", "paused_at", "reopened", "source", "community_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """Up to ROWS rows, and where the next page begins ('' when this is the last)."""

    rows: list[Row]
    next: str = ""


def page(rows: Callable[[], RequestQuerySet], filters: Filters, cursor: str = "", *, question: Hashable = None) -> Page:
    """The rows after `cursor`, from the beginning when it is empty or damaged. One statement.

    `question` says what `rows` asks, if it is a question that is asked again and again: see `prepared.again`.
    """
    start = decode_cursor(cursor, datetime.fromisoformat, row_id)

    def asked() -> Any:
        return page_asked(_ordered(rows(), filters, start))

    found = list(asked()) if question is None or start else again(question, asked)
    return page_found(found, lambda last: _cursor(last, filters))


def page_asked(ordered: RequestQuerySet) -> Any:
    """What `page_found` makes a page of: the columns of its rows, and one row more."""
    return ordered.values_list(*_COLUMNS)[: ROWS + 1]


def page_found(found: Sequence[tuple[Any, ...]], cursor: Callable[[Row], str]) -> Page:
    """`cursor` says of the last row where the next page begins."""
    shown = [Row(*values) for values in found[:ROWS]]
    return Page(shown, cursor(shown[-1]) if len(found) > ROWS else "")


def _ordered(rows: RequestQuerySet, filters: Filters, start: tuple[Any, ...] | None) -> RequestQuerySet:
    """Each of the three orders has its index; `start` is (moment, pk) of the last row shown."""
    if filters.is_due_first:
        return (rows.after_in_due_first(*start) if start else rows).due_first()
    if filters.state == ALL:
        return (rows.after_in_newest_first(*start) if start else rows).newest_first()
    return (rows.after_in_due_last(*start) if start else rows).due_last()


def _cursor(last: Row, filters: Filters) -> str:
    moment = last.created_at if filters.state == ALL else last.due_at
    return encode_cursor([moment.isoformat(), last.pk])


def row_id(value: object) -> int:
    """Of a cursor."""
    return clean_int(value, 1, 10**12 - 1)


def count(rows: RequestQuerySet) -> int:
    """How many rows; MOST_COUNTED + 1 stands for more."""
    return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()


def last_change(community_id: int | None) -> str:
    """When something last changed in the community, or anywhere: cheap, and never before what it stands for."""
    changes = ServiceRequest.objects.seen_by(ANYBODY).order_by("-updated_at").values_list("updated_at")
    if community_id:
        asked = again("changed in", lambda community: changes.filter(community=community)[:1], community=community_id)
    else:
        asked = again("changed", lambda: changes[:1])
    return asked[0][0].isoformat() if asked else ""
