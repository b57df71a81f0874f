"""What deleting a person's data takes away, and what has to stay, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from households.models import (
    ARE_OPEN_OR_RESOLVED,
    Campaign,
    Presence,
    Resident,
    ResidentNeed,
    ServiceRequest,
    Visit,
)
from resilience.lib.dates import today

from .whose import is_alone, sorted_requests

WHY: dict[str, Promise] = {
    "duty": _("Who lives here: the law obliges the community to keep a register of who does. It ends when they leave."),
    "open": _("Requests still open, or waiting for their answer: they need the help. They can call them off first."),
    "hold": _("What a legal hold keeps: it goes when the hold ends."),
    "unclear": _(
        "Requests with this phone number and no name: others have the number, too; it is unclear whose they are."
    ),
    "household": _(
        "What is of the household, as its note for the door and visits to others there: it goes when its file does."
    ),
    "audit": _("Who opened and changed what, by a code that leads nowhere: three years, as the law asks."),
    "counts": _("How many requests there were of which kind, without anything that names anybody."),
    "tombstone": _("A fingerprint by which a restored backup is cleaned of them again. It tells nothing."),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Exactly what deleting would do now: ids of what goes; codes of `WHY` for what stays."""

    is_whole: bool  # the person's own row, too
    requests: list[int] = field(default_factory=list)
    for_others: list[int] = field(default_factory=list)  # their name and phone as who asked
    needs: list[int] = field(default_factory=list)
    visits: list[int] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)


def plan_of(resident: Resident) -> Plan:
    """What rests on consent goes always; the file's own row once they do not live here any more."""
    found = sorted_requests(resident)
    own, for_others = found.own, found.for_others
    held = set(Campaign.objects.filter(hold_until_date__gte=today()).values_list("pk", flat=True))
    ended = set(_ended([*own, *for_others]))
    needs = list(resident.needs.all())
    is_gone = resident.presence not in (Presence.HERE, Presence.AWAY)
    alone = is_alone(resident)
    visits = list(resident.household.visits.all()) if alone and is_gone else []
    is_held = any(pk in held for rows in (needs, own, visits) for pk in _campaigns(rows))
    is_whole = is_gone and not any(need.campaign_id in held for need in needs)
    stays = {
        "duty": not is_gone,
        "open": any(one.pk not in ended for one in (*own, *for_others)),
        "hold": is_held,
        "unclear": bool(found.unclear),
        "household": True,
        "audit": True,
        "counts": any(one.pk in ended for one in own),
        "tombstone": True,
    }
    return Plan(
        is_whole=is_whole,
        requests=[one.pk for one in own if one.pk in ended and one.campaign_id not in held],
        for_others=[one.pk for one in for_others if one.pk in ended and one.campaign_id not in held],
        needs=[need.pk for need in needs if need.campaign_id not in held],
        visits=[visit.pk for visit in visits if visit.campaign_id not in held],
        stays=[code for code, does in stays.items() if does],
    )


def _campaigns(rows: Iterable[ResidentNeed | ServiceRequest | Visit]) -> list[int | None]:
    return [row.campaign_id for row in rows]


def _ended(requests: Iterable[ServiceRequest]) -> Iterable[int]:
    rows = (
        ServiceRequest.objects.reached_from(*requests)
        .filter(pk__in=[one.pk for one in requests])
        .exclude(ARE_OPEN_OR_RESOLVED)
    )
    return rows.values_list("pk", flat=True)


def words_of(codes: Iterable[str]) -> list[str]:
    return [str(WHY[code]) for code in codes if code in WHY]
