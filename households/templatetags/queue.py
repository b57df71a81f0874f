"""The queue's rows as HTML. In Python, not in a template: rendering is the cost of the desk's most opened page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from resilience.lib.codes import format_code
from resilience.lib.dates import left_words, length_words

from .. import clocks, places, reference
from ..models import OPEN_STATES, ServiceRequest, Source, State, Urgency
from ..queue import Row

register = template.Library()

_EMPTY = SafeString("")
# What a mark looks like: tones of base.css. In the rows, "" is the tone most marks of that column have (queue.css).
_USUAL = ""
_STATE_TONES: dict[str, str] = {
    State.SUBMITTED: _USUAL,
    State.ACCEPTED: _USUAL,
    State.ASSIGNED: "t-go",
    State.IN_PROGRESS: "t-go",
    State.RESOLVED: "t-good",
    State.REOPENED: "t-warn",
}
_URGENCY_TONES: dict[str, str] = {Urgency.LIFE: "t-bad", Urgency.URGENT: "t-warn"}
_CLOCK_TONES = {"overdue": "t-bad", "soon": "t-warn", "ok": "t-off"}
_CLOCKS = {look: f"<i class={tone}>" for look, tone in _CLOCK_TONES.items()} | {"overdue": "<i>"}  # the usual one


@register.simple_tag
def queue_rows(rows: Iterable[Row], names_community: bool = False) -> SafeString:
    """The `<tr>`s. `names_community`: the viewer has several, so each row says which one."""
    table = _table(names_community)
    return SafeString("".join([_row(row, table) for row in rows]))


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """The `<option>`s of (value, words) pairs; each ends where the next begins."""
    return SafeString(
        "".join(
            f"<option value={_quoted(value)}{' selected' if value == chosen else ''}>{escape(words)}"
            for value, words in choices
        )
    )


def _quoted(value: str) -> str:
    """An attribute's value; letters and digits need no quotes."""
    return value if value.isalnum() else f'"{escape(value)}"'


def mark(tone: str, label: str) -> SafeString:
    """A coloured pill with a word in it."""
    return SafeString(f"<i class={tone}>{escape(label)}</i>" if tone else f"<i>{escape(label)}</i>")


@dataclass(frozen=True, slots=True)
class Words:
    """What the rows of any page say in one language. All of it is escaped already, as `escape` leaves it."""

    language: str | None
    nobody: str
    nameless: str
    waiting: str
    waiting_for: str
    respond_by: str
    resolve_by: str
    overdue: str
    left: str
    just_now: str
    ago: str
    reopened: str
    states: dict[str, str]
    urgencies: dict[str, str]
    sources: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """What is the same in many rows, looked up once for all of them and escaped, too."""

    words: Words
    now: datetime
    here: datetime  # the same moment, local
    url: str  # of a request, without its code
    categories: dict[int, str]
    communities: dict[int, str]


@register.simple_tag
def due_mark(service_request: ServiceRequest) -> SafeString:
    """The clock of a request that runs, for other tables than the queue's; nothing once it has ended."""
    if not service_request.is_open:
        return _EMPTY
    if service_request.paused_at:
        return mark("t-off", _("waiting for the resident"))
    left = (service_request.due_at - timezone.now()).total_seconds()
    return mark(_CLOCK_TONES[clocks.look(left)], left_words(left))


def _table(names_community: bool) -> Table:
    regions = places.regions().values() if names_community else ()
    now = timezone.now()
    return Table(
        words=_words(get_language()),
        now=now,
        here=timezone.localtime(now),
        url=reverse("request", args=["CODE"]).removesuffix("CODE/"),
        categories={pk: escape(row.full_name) for pk, row in reference.categories().items()},
        communities={place.community_id: escape(place.name) for place in regions if place.community_id},
    )


@lru_cache(maxsize=8)
def _words(language: str | None) -> Words:
    """In the active language, which is `language`."""
    return Words(
        language=language,
        nobody=mark(_USUAL, _("nobody yet")),
        nameless=escape(_("name not given")),
        waiting=mark("t-off", _("waiting for the resident")),
        waiting_for=escape(_("for %s")),
        respond_by=escape(_("answer by %s")),
        resolve_by=escape(_("finish by %s")),
        overdue=escape(_("overdue by %(time)s")),
        left=escape(_("%(time)s left")),
        just_now=escape(_("just now")),
        ago=escape(_("%(time)s ago")),
        reopened=mark("t-warn", _("reopened %(n)d×")),
        states={state.value: mark(_STATE_TONES.get(state, "t-off"), str(state.label)) for state in State},
        urgencies={
            urgency.value: mark(_URGENCY_TONES.get(urgency, "t-off"), str(urgency.label))
            for urgency in Urgency
            if urgency != Urgency.NORMAL
        },
        sources={source.value: escape(str(source.label)) for source in Source},
    )


# --- one row --------------------------------------------------------------------------------------
def _row(row: Row, table: Table) -> str:
    """Fifty times a page, so every byte counts: cells and rows end where the next begins, plain values have no quotes.

    What needs no word (signs before a mark, its usual tone, the stripe of a late row) is drawn by queue.css; desk.js
    knows a row by the value of its tick. Whatever people wrote is escaped here.
    """
    words = table.words
    is_open = row.state in OPEN_STATES
    community = table.communities.get(row.community_id, "")
    category = table.categories.get(row.category_id) or escape(reference.categories()[row.category_id].full_name)
    where = f"{community} · {escape(row.address)}" if community else escape(row.address)
    worker = words.nobody if is_open and not row.worker_name else f"<b>{escape(row.worker_name or '–')}</b>"
    return (
        f"<tr><td><label><input type=checkbox name=code value={row.code}>{format_code(row.code)}</label>"
        f"<td>{_clock(row, table) if is_open else ''}"
        f"<td><a href={table.url}{row.code}/><b>{category}</b> {escape(row.words)}</a>"
        f"<td><b>{escape(row.person_name) or words.nameless}</b> {where}"
        f"<td>{words.urgencies.get(row.urgency, '')}{words.states.get(row.state, '')}{_reopened(row, words)}"
        f"<td>{worker} {_ago(row, table)} · {words.sources.get(row.source, '')}"
    )


def _clock(row: Row, table: Table) -> str:
    """The clock that runs, as a mark, and the moment in words."""
    words = table.words
    if row.paused_at:
        waited = escape(length_words((table.now - row.paused_at).total_seconds(), words.language))
        return f"{words.waiting} {words.waiting_for % waited}"
    left = (row.due_at - table.now).total_seconds()
    by = words.resolve_by if row.responded_at else words.respond_by
    said = (words.overdue if left < 0 else words.left) % {"time": escape(length_words(left, words.language))}
    return f"{_CLOCKS[clocks.look(left)]}{said}</i> {by % _moment(row.due_at, table.here)}"


def _moment(moment: datetime, here: datetime) -> str:
    """10:30 today, 11-24 10:30 this year, else with the year; local time, as `here` is."""
    local = moment.astimezone(here.tzinfo)
    if local.date() == here.date():
        return f"{local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if local.year == here.year else f"{local:%Y-%m-%d}"


def _ago(row: Row, table: Table) -> str:
    words = table.words
    seconds = (table.now - row.created_at).total_seconds()
    return words.just_now if seconds < 60 else words.ago % {"time": escape(length_words(seconds, words.language))}


def _reopened(row: Row, words: Words) -> str:
    """How often, unless the state says the same."""
    return words.reopened % {"n": row.reopened} if row.reopened > (1 if row.state == State.REOPENED else 0) else ""
