"""The queue's rows as HTML. In Python, not in a template: rendering is the cost of the desk's most opened page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from resilience.lib.codes import format_code
from resilience.lib.dates import left_words, length_words

from .. import clocks, places, reference
from ..models import OPEN_STATES, Source, State, Urgency
from ..queue import Row

register = template.Library()

_ROW = (
    '<tr id="r-{code}" data-code="{code}" tabindex="-1" class="{late}">'
    '<td class="pick"><label><input type="checkbox" name="code" value="{code}" aria-label="{pick} {label}"></label>'
    "</td>"
    '<td class="when">{clock}<small>{by}</small></td>'
    '<td class="what"><a class="code" href="{url}">{label}</a> <span class="kind">{icon}{category}</span>'
    '<span class="words">{words}</span></td>'
    '<td class="who"><b>{who}</b> <span>{where}</span></td>'
    '<td class="is">{urgency}{state}{extra}</td>'
    '<td class="with">{worker}<small>{asked}</small></td></tr>'
)
_EMPTY = SafeString("")


@register.simple_tag
def queue_rows(rows: Iterable[Row], names_community: bool = False) -> SafeString:
    """The `<tr>`s. `names_community`: the viewer has several, so each row says which one."""
    words = _words(names_community)
    return SafeString("".join([fill(_ROW, row_values(row, words)) for row in rows]))


def fill(markup: str, values: dict[str, str]) -> SafeString:
    """`markup`, which is ours, with each value escaped unless it is markup of ours too."""
    return SafeString(
        markup.format_map(
            {name: value if isinstance(value, SafeString) else escape(value) for name, value in values.items()}
        )
    )


@dataclass(frozen=True, slots=True)
class Words:
    """What is the same in every row of a page, looked up once."""

    now: datetime
    url: str  # with CODE in it
    pick: str
    nobody: SafeString
    respond_by: str
    resolve_by: str
    asked: str
    states: dict[str, SafeString]
    urgencies: dict[str, SafeString]
    sources: dict[str, str]
    categories: dict[int, tuple[SafeString, str]]
    communities: dict[int, str]


def _words(names_community: bool) -> Words:
    regions = places.regions().values() if names_community else ()
    return Words(
        now=timezone.now(),
        url=reverse("request", args=["CODE"]),
        pick=_("Select"),
        nobody=chip("waiting", _("nobody yet")),
        respond_by=_("answer by %s"),
        resolve_by=_("finish by %s"),
        asked=_("asked %s ago"),
        states={state.value: chip(_LOOK.get(state, state.value), str(state.label)) for state in State},
        urgencies={one.value: chip(_LOOK.get(one, one.value), str(one.label)) for one in Urgency},
        sources={source.value: str(source.label) for source in Source},
        categories={pk: (icon(row.icon), row.name) for pk, row in reference.categories().items()},
        communities={place.community_id: place.name for place in regions if place.community_id},
    )


_LOOK: dict[str, str] = {State.IN_PROGRESS: "in_progress", Urgency.NORMAL: "ordinary", Urgency.LOW: "ordinary"}


@lru_cache(maxsize=2048)
def chip(look: str, label: str) -> SafeString:
    """A chip rendered once: a page has few that differ."""
    return SafeString(render_to_string("includes/_chip.html", {"look": look, "label": label}).strip())


@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    return SafeString(render_to_string("includes/_icon.html", {"name": name}).strip())


# --- one row --------------------------------------------------------------------------------------
def row_values(row: Row, words: Words) -> dict[str, str]:
    """What `_ROW` is filled with."""
    look, clock, by = _clock(row, words)
    category_icon, category = words.categories.get(row.category_id, (_EMPTY, ""))
    community = words.communities.get(row.community_id)
    return {
        "code": row.code,
        "label": format_code(row.code),
        "late": "is-late" if look == "overdue" else "",
        "url": words.url.replace("CODE", row.code),
        "pick": words.pick,
        "clock": clock,
        "by": by,
        "icon": category_icon,
        "category": category,
        "words": row.words,
        "who": row.person_name or _("name not given"),
        "where": f"{community} · {row.address}" if community else row.address,
        "urgency": words.urgencies.get(row.urgency, _EMPTY) if row.urgency != Urgency.NORMAL else _EMPTY,
        "state": words.states.get(row.state, _EMPTY),
        "extra": _reopened(row),
        "worker": row.worker_name or (words.nobody if row.state in OPEN_STATES else "–"),
        "asked": f"{words.asked % _length(row.created_at, words.now)} · {words.sources[row.source]}",
    }


def _clock(row: Row, words: Words) -> tuple[str, SafeString, str]:
    """(look, chip, the moment in words) of the clock that runs; nothing once the request has ended."""
    if row.state not in OPEN_STATES:
        return "", _EMPTY, ""
    if row.paused_at:
        waited = _("for %s") % _length(row.paused_at, words.now)
        return "paused", chip("paused", _("waiting for the resident")), waited
    left = (row.due_at - words.now).total_seconds()
    look = clocks.look(left)
    by = (words.resolve_by if row.responded_at else words.respond_by) % _moment(row.due_at, words.now)
    return look, chip(look, left_words(left)), by


def _moment(moment: datetime, now: datetime) -> str:
    """10:30 today, 11-24 10:30 this year, else with the year; local time."""
    local, local_now = timezone.localtime(moment), timezone.localtime(now)
    if local.date() == local_now.date():
        return f"{local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if local.year == local_now.year else f"{local:%Y-%m-%d}"


def _length(since: datetime, now: datetime) -> str:
    return length_words((now - since).total_seconds())


def _reopened(row: Row) -> SafeString:
    """How often, unless the state says the same."""
    if row.reopened <= (1 if row.state == State.REOPENED else 0):
        return _EMPTY
    return chip("reopened", _("reopened %(n)d×") % {"n": row.reopened})
