"""What the desk's page shows: filters to choose from, rows, counts. Counts are kept for some seconds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import TextChoices
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from resilience.lib.codes import key_of

from .. import places, queue, reference
from ..models import Source, State, Urgency
from ..models.requests import RequestQuerySet
from ..places import Helper, Place
from ..queue import ALL, MINE, NOBODY, Filters, as_link
from ..scope import oversees_place, place_overseen, places_overseen, queue_for
from ..viewer import Viewer

COUNTS_LIFE = 15  # seconds


@dataclass(frozen=True, slots=True)
class Select:
    """One filter of the form."""

    name: str
    label: str
    choices: list[tuple[str, str]]  # value in the link, words
    chosen: str


def queue_context(viewer: Viewer, params: QueryDict) -> dict[str, Any]:
    """For templates/households/desk/queue.html."""
    now = timezone.now()
    known = known_to(viewer, params.get("place", ""))
    helpers = known.helpers
    filters, ignored = queue.read(params, known)
    link = as_link(filters)

    def rows() -> RequestQuerySet:
        return queue.narrow(queue_for(viewer, is_open=filters.is_due_first), filters, me=viewer.pk, now=now)

    me = viewer.pk if filters.worker == MINE else 0
    question = None if filters.overdue else ("queue", viewer.reach, me, filters)  # overdue as of now: never the same
    page = queue.page(rows, filters, params.get("after", ""), question=question)
    shown = (viewer.scope, me, *sorted(link.items()))
    total = kept_count(shown, lambda: queue.count(rows()))
    return {
        "rows": page.rows,
        "filters": filters,
        "ignored": [(str(_LABELS[one.name]), one.value) for one in ignored],
        "names_community": viewer.only_community is None,
        "is_first": not params.get("after"),
        "next_url": _url({**link, "after": page.next}) if page.next else "",
        "first_url": _url(link),
        "here_url": _url({**link, "after": params.get("after", "")[:300]}),
        "total": f"{queue.MOST_COUNTED:,}+" if total > queue.MOST_COUNTED else f"{total:,}",
        "filters_key": (shown, *helpers),
        "selects": lambda: _selects(viewer, filters, helpers.values()),
        "tabs": _tabs(link),
        "now": now,
    }


def kept_count(shown: Hashable, load: Callable[[], int]) -> int:
    """A count that may be some seconds old."""
    return int(cache.get_or_set(key_of("desk-count", shown), load, COUNTS_LIFE) or 0)


def _url(link: dict[str, str]) -> str:
    """Seen from the desk itself, so that a query says it all."""
    query = urlencode({name: value for name, value in link.items() if value})
    return f"?{query}" if query else reverse("desk")


def known_to(viewer: Viewer, place_key: str) -> queue.Known:
    """What the viewer may filter by. Colleagues: those who serve the one community they have, or the place chosen."""
    community = viewer.only_community
    if community is None and (place := place_overseen(viewer, place_key[: queue.LONGEST_VALUE])):
        community = place.community_id
    helpers = {helper.uid: helper for helper in places.helpers(community)} if community else {}
    return queue.Known(lambda key: place_overseen(viewer, key), helpers)


# --- the filters ----------------------------------------------------------------------------------
_LABELS: dict[str, Promise] = {
    "place": gettext_lazy("Place"),
    "category": gettext_lazy("Category"),
    "urgency": gettext_lazy("Urgency"),
    "state": gettext_lazy("State"),
    "worker": gettext_lazy("With"),
    "overdue": gettext_lazy("Overdue"),
    "source": gettext_lazy("Came by"),
}


def _selects(viewer: Viewer, filters: Filters, helpers: Iterable[Helper]) -> list[Select]:
    chosen = as_link(filters)
    return [
        Select(name, str(_LABELS[name]), choices, chosen.get(name, ""))
        for name, choices in (
            ("place", _place_choices(viewer, filters.place)),
            ("category", _category_choices()),
            ("urgency", [("", _("all")), *_words(Urgency)]),
            ("state", [("", _("open")), *_words(State), (ALL, _("all"))]),
            ("worker", _worker_choices(helpers)),
            ("source", [("", _("all")), *_words(Source)]),
        )
    ]


def _words(choices: type[TextChoices]) -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in choices.choices]


def _place_choices(viewer: Viewer, chosen: Place | None) -> list[tuple[str, str]]:
    """All of the viewer's; the way down to the chosen place; one level below it."""
    tops = places_overseen(viewer)
    if chosen is None:
        below = places.children(tops[0]) if len(tops) == 1 else tops
        return [("", _("all my places")), *((place.key, place.name) for place in below)]
    way = [place for place in places.path(chosen) if oversees_place(viewer, place)]
    down = [(place.key, "› " * depth + place.name) for depth, place in enumerate(way)]
    return [
        ("", _("all my places")),
        *down,
        *((one.key, "› " * len(way) + one.name) for one in places.children(chosen)),
    ]


def _category_choices() -> list[tuple[str, str]]:
    rows = reference.categories().values()
    return [("", _("all")), *((row.code, ("› " if row.parent_id else "") + row.name) for row in _tree(rows))]


def _tree(rows: Iterable[Any]) -> list[Any]:
    """Each tile, then its finer kinds."""
    rows = list(rows)
    return [row for top in rows if top.parent_id is None for row in (top, *(r for r in rows if r.parent_id == top.pk))]


def _worker_choices(helpers: Iterable[Helper]) -> list[tuple[str, str]]:
    named = [(helper.uid, helper.name) for helper in helpers]
    return [("", _("all")), (NOBODY, _("nobody yet")), (MINE, _("me")), *named]


def _tabs(kept: dict[str, str]) -> list[tuple[str, str, bool]]:
    """(link, words, whether it is shown): the looks at the queue that are wanted all day, other filters kept."""
    looks: list[tuple[str, dict[str, str]]] = [
        (_("open"), {}),
        (_("overdue"), {"overdue": "1"}),
        (_("nobody yet"), {"worker": NOBODY}),
        (_("reopened"), {"state": State.REOPENED.value}),
        (_("waiting for their answer"), {"state": State.RESOLVED.value}),
        (_("all"), {"state": ALL}),
    ]
    varied = {"overdue": "", "state": "", "worker": ""}
    shown = {name: kept.get(name, "") for name in varied}
    return [(_url({**kept, **varied, **look}), words, shown == {**varied, **look}) for words, look in looks]
