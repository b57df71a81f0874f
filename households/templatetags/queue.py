"""The queue's rows as HTML. In Python, not in a template: rendering is the cost of the desk's most opened page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from resilience.lib.codes import format_code
from resilience.lib.dates import left_words, length_words, since_words

from .. import clocks, places, reference
from ..models import OPEN_STATES, ServiceRequest, Source, State, Urgency
from ..queue import Row

register = template.Library()

# Fifty times a page: every byte counts. Signs before the words of a mark are drawn by queue.css.
_ROW = (
    '<tr id="{code}"{late}><td><label><input type="checkbox" name="code" value="{code}">{label}</label></td>'
    "<td>{clock}<small>{by}</small></td>"
    '<td><a href="{url}"><b>{category}</b> {words}</a></td>'
    "<td><b>{who}</b> {where}</td>"
    "<td>{marks}</td>"
    "<td>{worker} <small>{asked}</small></td></tr>\n"
)
_LATE = SafeString(' class="is-late"')
_EMPTY = SafeString("")
# What a mark looks like: tones of base.css.
_STATE_TONES: dict[str, str] = {
    State.SUBMITTED: "t-new",
    State.ACCEPTED: "t-new",
    State.ASSIGNED: "t-go",
    State.IN_PROGRESS: "t-go",
    State.RESOLVED: "t-good",
    State.REOPENED: "t-warn",
}
_URGENCY_TONES: dict[str, str] = {Urgency.LIFE: "t-bad", Urgency.URGENT: "t-warn"}
_CLOCK_TONES = {"overdue": "t-bad", "soon": "t-warn", "ok": "t-off"}


@register.simple_tag
def queue_rows(rows: Iterable[Row], names_community: bool = False) -> SafeString:
    """The `<tr>`s. `names_community`: the viewer has several, so each row says which one."""
    words = _words(names_community)
    return SafeString("".join([fill(_ROW, row_values(row, words)) for row in rows]))


def fill(markup: str, values: dict[str, str]) -> SafeString:
    """`markup`, which is ours, with each value escaped unless it is markup of ours too."""
    safe = {name: value if isinstance(value, SafeString) else escape(value) for name, value in values.items()}
    return SafeString(markup.format_map(safe))


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """The `<option>`s of (value, words) pairs."""
    return SafeString(
        "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
            for value, words in choices
        )
    )


def mark(tone: str, label: str) -> SafeString:
    """A coloured pill with a word in it."""
    return fill('<i class="{tone}">{label}</i>', {"tone": tone, "label": label})


@dataclass(frozen=True, slots=True)
class Words:
    """What is the same in every row of a page, looked up once."""

    now: datetime
    url: str  # with CODE in it
    nobody: SafeString
    waiting: SafeString
    respond_by: str
    resolve_by: str
    states: dict[str, SafeString]
    urgencies: dict[str, SafeString]
    sources: dict[str, str]
    categories: dict[int, str]
    communities: dict[int, str]


@register.simple_tag
def due_mark(service_request: ServiceRequest) -> SafeString:
    """The clock of a request that runs, as in the queue; nothing once it has ended."""
    if not service_request.is_open:
        return _EMPTY
    if service_request.paused_at:
        return mark("t-off", _("waiting for the resident"))
    left = (service_request.due_at - timezone.now()).total_seconds()
    return mark(_CLOCK_TONES[clocks.look(left)], left_words(left))


def _words(names_community: bool) -> Words:
    regions = places.regions().values() if names_community else ()
    return Words(
        now=timezone.now(),
        url=reverse("request", args=["CODE"]),
        nobody=mark("t-warn", _("nobody yet")),
        waiting=mark("t-off", _("waiting for the resident")),
        respond_by=_("answer by %s"),
        resolve_by=_("finish by %s"),
        states={state.value: mark(_STATE_TONES.get(state, "t-off"), str(state.label)) for state in State},
        urgencies={
            urgency.value: mark(_URGENCY_TONES.get(urgency, "t-off"), str(urgency.label))
            for urgency in Urgency
            if urgency != Urgency.NORMAL
        },
        sources={source.value: str(source.label) for source in Source},
        categories={pk: row.name for pk, row in reference.categories().items()},
        communities={place.community_id: place.name for place in regions if place.community_id},
    )


# --- one row --------------------------------------------------------------------------------------
def row_values(row: Row, words: Words) -> dict[str, str]:
    """What `_ROW` is filled with."""
    is_open = row.state in OPEN_STATES
    is_late = is_open and row.paused_at is None and row.due_at < words.now
    clock, by = _clock(row, words) if is_open else (_EMPTY, "")
    community = words.communities.get(row.community_id)
    return {
        "code": row.code,
        "label": format_code(row.code),
        "late": _LATE if is_late else _EMPTY,
        "clock": clock,
        "by": by,
        "url": words.url.replace("CODE", row.code),
        "category": words.categories.get(row.category_id, ""),
        "words": row.words,
        "who": row.person_name or _("name not given"),
        "where": f"{community} · {row.address}" if community else row.address,
        "marks": SafeString(words.urgencies.get(row.urgency, "") + words.states.get(row.state, "") + _reopened(row)),
        "worker": row.worker_name or (words.nobody if is_open else "–"),
        "asked": f"{since_words(row.created_at)} · {words.sources.get(row.source, '')}",
    }


def _clock(row: Row, words: Words) -> tuple[SafeString, str]:
    """The clock that runs, as a mark, and the moment in words."""
    if row.paused_at:
        return words.waiting, _("for %s") % length_words((words.now - row.paused_at).total_seconds())
    left = (row.due_at - words.now).total_seconds()
    by = (words.resolve_by if row.responded_at else words.respond_by) % _moment(row.due_at, words.now)
    return mark(_CLOCK_TONES[clocks.look(left)], left_words(left)), by


def _moment(moment: datetime, now: datetime) -> str:
    """10:30 today, 11-24 10:30 this year, else with the year; local time."""
    local, local_now = timezone.localtime(moment), timezone.localtime(now)
    if local.date() == local_now.date():
        return f"{local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if local.year == local_now.year else f"{local:%Y-%m-%d}"


def _reopened(row: Row) -> SafeString:
    """How often, unless the state says the same."""
    if row.reopened <= (1 if row.state == State.REOPENED else 0):
        return _EMPTY
    return mark("t-warn", _("reopened %(n)d×") % {"n": row.reopened})
