"""Filters and limits in words, for who asks and for who decides."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from households import places, queue
from households.models import CareColour, Source, State, Urgency
from households.register_list import Filter
from households.viewer import Viewer
from households.views.desk_page import known_to

from .listings import Filters, Listing, period, query_of
from .models import Which

Said = list[tuple[str, str]]
_FLAGS: dict[str, Promise] = {
    "stale": gettext_lazy("that need confirming"),
    "incomplete": gettext_lazy("where something is missing"),
    "overdue": gettext_lazy("with a visit overdue"),
    "unassigned": gettext_lazy("without a responsible worker"),
    "requests": gettext_lazy("with an open request"),
}


def limits() -> dict[str, int]:
    return {"rows": settings.EXPORT_ROWS, "hours": settings.EXPORT_HOURS, "downloads": settings.EXPORT_DOWNLOADS}


def filter_words(listing: Listing, viewer: Viewer, filters: Filters) -> Said:
    """(what is filtered by, the value in words)."""
    if listing.which == Which.NUMBERS:
        return []
    if listing.which == Which.VISITS:
        return [(_("Period"), " – ".join(date_format(day, "DATE_FORMAT") for day in period(filters)))]
    return _of_queue(viewer, filters) if listing.which == Which.QUEUE else _of_register(listing, filters)


def _of_queue(viewer: Viewer, filters: Filters) -> Said:
    found, _ignored = queue.read(filters, known_to(viewer, filters.get("place", "")))
    states = {queue.OPEN: _("open"), queue.ALL: _("all"), **dict(State.choices)}
    workers = {queue.NOBODY: _("nobody yet"), queue.MINE: _("me")}
    said: list[tuple[str, Any]] = [
        (_("Place"), found.place and found.place.name),
        (_("Category"), found.category and found.category.name),
        (_("Urgency"), dict(Urgency.choices).get(found.urgency)),
        (_("State"), states.get(found.state)),
        (_("With"), workers.get(str(found.worker)) or getattr(found.worker, "name", "")),
        (_("Overdue"), found.overdue and _("only overdue")),
        (_("Came by"), dict(Source.choices).get(found.source)),
    ]
    return [(str(label), str(value)) for label, value in said if value]


def _of_register(listing: Listing, filters: Filters) -> Said:
    wanted = Filter.of(query_of(filters), text=filters.get("q", ""))
    grid = places.find(wanted.grid) if wanted.grid else None
    building = places.find(wanted.building.replace("-", "")) if wanted.building else None
    said: list[tuple[str, Any]] = [
        (_("Find"), wanted.text),
        (_("Special need"), wanted.need and wanted.need.name),
        (_("Care colour"), dict(CareColour.choices).get(wanted.colour) if wanted.colour else ""),
        (_("Grid"), grid and grid.name),
        (_("Building"), building and building.name),
        (_("Not met for (days)"), wanted.days if listing.which == Which.NOT_VISITED else ""),
        *((_("Only those"), _FLAGS[flag]) for flag in sorted(wanted.flags)),
    ]
    return [(str(label), str(value)) for label, value in said if value]
