"""Every way a page is opened by its address: with what stands after its `?`."""

from __future__ import annotations

from django.urls import reverse

from households.models import ServiceRequest
from households.views.life_events import OF_HOUSEHOLD, OF_RESIDENT
from households.views.request_page import BY_SLUG
from tests.canaries import Planted
from tests.surface import TABLE, address

# What else of a page is opened by its address.
QUERIES: dict[str, tuple[str, ...]] = {
    "ask-where-doors": ("", "?entrance=1"),
    "buildings": ("", "?view=table"),
    "desk": ("", "?place={place}&category=groceries&urgency=normal&state=assigned&overdue=1"),
    "desk-new": ("", "?household={household}"),
    "twins": ("", "?codes={code}"),
    "household-open": ("", "?what=phone&what=door_note&what=need_note"),
    "resident-open": ("", "?what=phone&what=need_note&what=id_number"),
    "request-open": ("", "?what=phone&what=filer_phone&what=door_note"),
    "bulk-assign": ("?{codes}",),
    "ends-next": ("", "?rule=visits"),
    "request": ("", *(f"?do={slug}" for slug in BY_SLUG)),
}
EVENTS = {"household-event": OF_HOUSEHOLD, "resident-event": OF_RESIDENT}


def paths(name: str, planted: Planted) -> list[str]:
    """Of the page about what was planted."""
    rule = TABLE[name]
    ids = planted.ids(rule.about) if rule.about else {}
    if name in EVENTS:
        return [reverse(name, kwargs={**ids, "what": what}) for what in EVENTS[name]]
    open_here = ServiceRequest.unscoped.filter(community=planted.household.community).open()
    words = {
        "household": planted.household.uid,
        "place": planted.household.building.uid.hex,
        "code": planted.request.code,
        "codes": "&".join(f"code={code}" for code in open_here.values_list("code", flat=True)),
    }
    return [address(name, ids) + query.format(**words) for query in QUERIES.get(name, ("",))]
