"""The lists that can be exported: which rows a filter means for a viewer, and how some of them are loaded.

Which rows is asked first (their ids, in the order of the list), what stands in them then for some hundred at a time:
so a long list takes no more memory than a short one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from households import queue, register_list
from households.models import Household, ResidentNeed, ServiceRequest, Visit
from households.numbers import kept_numbers
from households.rates import Rate
from households.register_list import FLAGS, NOT_VISITED_ORDER, ORDER
from households.scope import counted_requests_for
from households.viewer import Viewer
from households.views.desk_page import known_to
from resilience.lib.dates import MAX_DATE, MIN_DATE, length_words, today
from resilience.lib.inputs import clean_date

from . import access, columns
from .columns import Column
from .models import Which

AT_ONCE = 200  # rows in memory
VISIT_DAYS = 7  # a period of visits unless another is asked for
LONGEST_VALUE = 200  # characters of a filter's value
Filters = Mapping[str, str]
Pks = Sequence[int]


@dataclass(frozen=True)
class Listing:
    """One list. `filters`: names of its filters. `subject_of` a loaded row: the id of the household, request or visit
    it is about, `subject` the path to it from a row of `pks`; `in_scope`: all of those that the viewer may have. None
    where a list is about nobody."""

    which: Which
    columns: tuple[Column, ...]
    filters: tuple[str, ...]
    pks: Callable[[Viewer, Filters], Pks | QuerySet[Any, int]]
    load: Callable[[Viewer, Pks], list[Any]]
    subject_of: Callable[[Any], int] | None = None
    in_scope: Callable[[Viewer], QuerySet[Any]] | None = None
    subject: str = "pk"

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def chosen(self, names: Sequence[str]) -> list[Column]:
        """In the list's own order; what another release called otherwise is left out."""
        return [column for column in self.columns if column.name in names]

    @property
    def defaults(self) -> list[str]:
        return [column.name for column in self.columns if column.is_default]

    def asked(self, params: Mapping[str, str]) -> dict[str, str]:
        """The list's filters among what a link or a form says."""
        found = {name: params.get(name, "")[:LONGEST_VALUE] for name in self.filters}
        return {name: value for name, value in found.items() if value}

    def count(self, viewer: Viewer, filters: Filters, most: int) -> int:
        """How many rows, at most `most` + 1."""
        return len(self.pks(viewer, filters)[: most + 1])

    def subjects(self, viewer: Viewer, filters: Filters) -> list[int]:
        """What those rows are about, each once; none where a list is about nobody."""
        rows = self.pks(viewer, filters)
        return list(dict.fromkeys(rows.values_list(self.subject, flat=True))) if isinstance(rows, QuerySet) else []

    def among(self, viewer: Viewer, filters: Filters, subjects: QuerySet[Any]) -> Pks | QuerySet[Any, int]:
        """`pks`, of those that are about one of these."""
        rows = self.pks(viewer, filters)
        return rows.filter(**{f"{self.subject}__in": subjects}) if isinstance(rows, QuerySet) else rows

    def rows(self, viewer: Viewer, pks: Pks) -> Iterator[Any]:
        ids = iter(pks)
        while some := list(islice(ids, AT_ONCE)):
            yield from self.load(viewer, some)


def _in_order(rows: QuerySet[Any], pks: Pks) -> list[Any]:
    """Those of `pks` that are still there."""
    found = {row.pk: row for row in rows.filter(pk__in=pks)}
    return [found[pk] for pk in pks if pk in found]


# --- requests ---------------------------------------------------------------------------------------
def _queue_pks(viewer: Viewer, filters: Filters) -> QuerySet[Any, int]:
    read, _ignored = queue.read(filters, known_to(viewer, filters.get("place", "")))
    rows = queue.narrow(access.requests_for(viewer), read, me=viewer.pk, now=timezone.now())
    ordered = rows.due_first() if read.is_due_first else rows.newest_first()
    return ordered.values_list("pk", flat=True)


def _queue_rows(viewer: Viewer, pks: Pks) -> list[ServiceRequest]:
    return _in_order(access.requests_for(viewer).select_related("category__parent", "worker"), pks)


# --- the register -----------------------------------------------------------------------------------
def query_of(filters: Filters) -> QueryDict:
    return QueryDict(urlencode(dict(filters)))


def _narrowed(viewer: Viewer, filters: Filters) -> tuple[register_list.Filter, Any]:
    wanted = register_list.Filter.of(query_of(filters), text=filters.get("q", ""))
    return wanted, wanted.narrow(access.households_for(viewer))


def _household_pks(viewer: Viewer, filters: Filters) -> QuerySet[Any, int]:
    return _narrowed(viewer, filters)[1].order_by(*ORDER).values_list("pk", flat=True)


def _household_rows(viewer: Viewer, pks: Pks) -> list[Household]:
    rows = register_list.with_row(access.households_for(viewer)).prefetch_related("phones")
    found = _in_order(rows, pks)
    register_list.add_needs(found)
    return found


def _not_visited_pks(viewer: Viewer, filters: Filters) -> QuerySet[Any, int]:
    wanted, rows = _narrowed(viewer, filters)
    return register_list.not_visited(rows, wanted.days).order_by(*NOT_VISITED_ORDER).values_list("pk", flat=True)


def _need_pks(viewer: Viewer, filters: Filters) -> QuerySet[Any, int]:
    wanted, rows = _narrowed(viewer, filters)
    order = (*(f"resident__household__{name}" for name in ORDER), "resident_id", "pk")
    return register_list.needs_in(rows, wanted.need).order_by(*order).values_list("pk", flat=True)


def _need_rows(viewer: Viewer, pks: Pks) -> list[ResidentNeed]:
    homes = access.households_for(viewer).values("pk")
    here = ResidentNeed.objects.seen_by(viewer).filter(resident__household__in=homes)
    return _in_order(register_list.with_need_row(here), pks)


# --- visits -----------------------------------------------------------------------------------------
def period(filters: Filters) -> tuple[date, date]:
    """First and last day; the last week where a link says nothing that makes sense."""
    last = _day(filters.get("until", ""), today())
    first = _day(filters.get("from", ""), last - timedelta(days=VISIT_DAYS - 1))
    return min(first, last), last


def _day(text: str, default: date) -> date:
    try:
        return clean_date(text, MIN_DATE, MAX_DATE - timedelta(days=1)) if text else default
    except ValidationError:
        return default


def _visit_pks(viewer: Viewer, filters: Filters) -> QuerySet[Any, int]:
    first, last = period(filters)
    zone = timezone.get_default_timezone()
    start, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    rows = access.visits_for(viewer).filter(happened_at__gte=start, happened_at__lt=end)
    return rows.order_by("happened_at", "pk").values_list("pk", flat=True)


def _visit_rows(viewer: Viewer, pks: Pks) -> list[Visit]:
    return _in_order(access.visits_for(viewer).select_related("household__building", "worker", "service_request"), pks)


# --- numbers ----------------------------------------------------------------------------------------
NumberRow = tuple[str, object, object, object]


def _number_rows(viewer: Viewer, pks: Pks) -> list[NumberRow]:
    found = kept_numbers(viewer, counted_requests_for(viewer))
    rates = found.rates
    rows: list[NumberRow] = [
        (pgettext("number", "open"), found.open, "", ""),
        (pgettext("number", "overdue"), found.overdue, "", ""),
        (pgettext("number", "with nobody"), found.unassigned, "", ""),
        (_("resolved today"), found.resolved_today, "", ""),
        (_("until the first contact (median)"), _length(rates.respond_seconds), "", ""),
        (_("until it is done (median)"), _length(rates.resolve_seconds), "", ""),
        _rate(_("response rate"), rates.response),
        _rate(_("resolution rate"), rates.resolution),
        _rate(_("satisfaction rate"), rates.satisfaction),
        (_("left out"), rates.excluded, "", ""),
    ]
    return [rows[pk] for pk in pks]


NUMBER_ROWS = 10


def _rate(words: str, rate: Rate) -> NumberRow:
    return words, "" if rate.percent is None else f"{rate.percent} %", rate.hits, rate.of


def _length(seconds: float | None) -> str:
    return "" if seconds is None else length_words(seconds)


def _subject(name: str) -> Callable[[Model], int]:
    return lambda row: int(getattr(row, name))


_REGISTER = ("need", "colour", "grid", "building", *FLAGS)
_QUEUE = tuple(field.name for field in fields(queue.Filters))
LISTINGS: dict[str, Listing] = {
    listing.which: listing
    for listing in (
        Listing(
            Which.QUEUE, columns.QUEUE, _QUEUE, _queue_pks, _queue_rows, _subject("pk"), access.requests_for
        ),
        Listing(
            Which.HOUSEHOLDS, columns.HOUSEHOLDS, (*_REGISTER, "q"), _household_pks, _household_rows,
            _subject("pk"), access.households_for,
        ),
        Listing(
            Which.NEEDS, columns.NEEDS, _REGISTER, _need_pks, _need_rows,
            lambda row: int(row.resident.household_id), access.households_for, "resident__household",
        ),
        Listing(
            Which.NOT_VISITED, columns.NOT_VISITED, (*_REGISTER, "days"), _not_visited_pks, _household_rows,
            _subject("pk"), access.households_for,
        ),
        Listing(
            Which.VISITS, columns.VISITS, ("from", "until"), _visit_pks, _visit_rows, _subject("pk"), access.visits_for
        ),
        Listing(Which.NUMBERS, columns.NUMBERS, (), lambda _viewer, _filters: range(NUMBER_ROWS), _number_rows),
    )
}  # fmt: skip
