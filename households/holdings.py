"""What a campaign holds: which rows are its own, what another campaign goes on needing, what is still open.

The preview, the progress and the destruction itself ask here, so that they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from resilience.lib.db import RowCount
from resilience.outbox.models import Message

from . import reference
from .models import (
    ARE_OPEN_OR_RESOLVED,
    Assignment,
    Campaign,
    Deed,
    DoomedFile,
    FileChange,
    Opening,
    Photo,
    RequestDraft,
    RequestEvent,
    RequestItem,
    ResidentNeed,
    ServiceRequest,
    Tombstone,
    Visit,
    VisitCheck,
)
from .models.requests import RequestQuerySet
from .reference import Collecting
from .signals import counting


# --- which rows -----------------------------------------------------------------------------------
def requests_of(campaign: Campaign | int) -> RequestQuerySet:
    """Its requests that still name somebody."""
    return ServiceRequest.unscoped.identified().filter(campaign=campaign)


def unfinished(campaign: Campaign | int) -> RequestQuerySet:
    """Those still open or waiting for an answer: they stand in the way of the end."""
    return requests_of(campaign).filter(ARE_OPEN_OR_RESOLVED)


def finished(campaign: Campaign | int) -> RequestQuerySet:
    return requests_of(campaign).exclude(ARE_OPEN_OR_RESOLVED)


def visits_of(campaign: Campaign | int) -> QuerySet[Visit]:
    return Visit.unscoped.filter(campaign=campaign)


def needs_of(campaign: Campaign | int) -> QuerySet[ResidentNeed]:
    return ResidentNeed.unscoped.filter(campaign=campaign)


def is_empty(campaign: Campaign | int) -> bool:
    rows = (requests_of(campaign), visits_of(campaign), needs_of(campaign))
    return not any(each.exists() for each in rows)


def tally(campaign: Campaign) -> dict[str, int]:
    """How many rows it has, by what becomes of them; and files that wait to be unlinked. One statement."""
    rows: dict[str, QuerySet[Any]] = {
        "open": unfinished(campaign),
        "finished": finished(campaign),
        "anonymised": ServiceRequest.unscoped.filter(campaign=campaign, anonymised_at__isnull=False),
        "visits": visits_of(campaign),
        "needs": needs_of(campaign),
        "files": DoomedFile.objects.filter(destruction__campaign=campaign),
        "stuck": DoomedFile.objects.filter(destruction__campaign=campaign, tries__gt=0),
        "done": Tombstone.objects.filter(destruction__campaign=campaign),
    }
    columns = [RowCount(each.order_by().values("pk")) for each in rows.values()]
    found = Campaign.objects.filter(pk=campaign.pk).values_list(*columns).get()
    return dict(zip(rows, found, strict=True))


# --- what another purpose keeps ---------------------------------------------------------------------
def others(campaign: Campaign) -> list[Collecting]:
    return [each for each in reference.running_campaigns() if each.pk != campaign.pk]


def also_requests(other: Collecting) -> Q:
    """Which requests that campaign would collect, too."""
    in_category = Q(category__in=other.categories) | Q(category__parent__in=other.categories)
    return Q(community__in=other.communities) & in_category


def also_needs(other: Collecting) -> Q:
    return Q(resident__household__community__in=other.communities, kind__in=other.need_kinds)


def also_visits(other: Collecting) -> Q:
    return Q(community__in=other.communities) if other.takes_visits else Q(pk__in=[])


def _any(conditions: list[Q]) -> Q:
    found = Q(pk__in=[])
    for each in conditions:
        found |= each
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """One table of the preview, or one thing that is kept."""

    label: str  # a key of `wording.TABLES`, or a receiver's own words
    deed: str
    count: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Exactly what the end would do now. `kept`: what goes to another campaign that collects it, too."""

    lines: list[Line]
    kept: list[Line]
    unfinished: int

    @property
    def total(self) -> int:
        return sum(line.count for line in self.lines)


def preview(campaign: Campaign) -> Preview:
    """One statement, whatever there is."""
    elsewhere = others(campaign)
    kept: dict[str, QuerySet[Any]] = {
        "households.servicerequest": requests_of(campaign).filter(_any([also_requests(each) for each in elsewhere])),
        "households.visit": visits_of(campaign).filter(_any([also_visits(each) for each in elsewhere])),
        "households.residentneed": needs_of(campaign).filter(_any([also_needs(each) for each in elsewhere])),
    }
    goes = _goes(
        requests_of(campaign).exclude(pk__in=kept["households.servicerequest"].values("pk")),
        visits_of(campaign).exclude(pk__in=kept["households.visit"].values("pk")),
        needs_of(campaign).exclude(pk__in=kept["households.residentneed"].values("pk")),
    )
    asked = {f"n{at}": rows for at, (_label, _deed, rows) in enumerate(goes)}
    asked |= {f"k{at}": rows for at, rows in enumerate(kept.values())}
    asked["open"] = unfinished(campaign)
    told: list[Any] = [line for _receiver, lines in counting.send(Campaign, campaign=campaign) for line in lines or ()]
    asked |= {f"t{at}": rows for at, (_label, _deed, rows) in enumerate(told) if isinstance(rows, QuerySet)}
    columns = {name: RowCount(rows.order_by().values("pk")) for name, rows in asked.items()}
    names = list(columns)
    row = Campaign.objects.filter(pk=campaign.pk).values_list(*columns.values()).get()
    found: dict[str, int] = dict(zip(names, row, strict=True))
    lines = [Line(label, deed, found[f"n{at}"]) for at, (label, deed, _rows) in enumerate(goes)]
    lines += [Line(label, deed, found.get(f"t{at}", count)) for at, (label, deed, count) in enumerate(told)]
    return Preview(
        lines=[line for line in lines if line.count],
        kept=[Line(label, "kept", found[f"k{at}"]) for at, label in enumerate(kept) if found[f"k{at}"]],
        unfinished=found["open"],
    )


def _goes(
    requests: QuerySet[ServiceRequest], visits: QuerySet[Visit], needs: QuerySet[ResidentNeed]
) -> list[tuple[str, str, QuerySet[Any]]]:
    """Table, deed and rows, as `actions.purge` does it."""
    pks, keys = requests.values("pk"), requests.values("submission_key")
    photos = Photo.unscoped.filter(
        Q(service_request__in=pks) | Q(draft_key__in=keys) | Q(visit__in=visits.values("pk"))
    )
    checks = Q(visit__in=visits.values("pk")) | Q(need__in=needs.values("pk"))
    return [
        ("households.servicerequest", Deed.ANONYMISED, requests),
        ("households.requestevent", Deed.ANONYMISED, RequestEvent.unscoped.filter(service_request__in=pks)),
        (
            "households.requestitem",
            Deed.ANONYMISED,
            RequestItem.unscoped.filter(service_request__in=pks).exclude(words=""),
        ),
        ("households.assignment", Deed.ANONYMISED, Assignment.objects.filter(service_request__in=pks).exclude(note="")),
        ("households.visit", Deed.DESTROYED, visits),
        ("households.residentneed", Deed.DESTROYED, needs),
        ("households.visitcheck", Deed.DESTROYED, VisitCheck.objects.filter(checks)),
        ("households.filechange", Deed.DESTROYED, FileChange.unscoped.filter(need__in=needs.values("pk"))),
        ("households.opening", Deed.DESTROYED, Opening.objects.filter(service_request__in=pks)),
        ("households.photo", Deed.DESTROYED, photos),
        ("file", Deed.DESTROYED, photos),
        ("outbox.message", Deed.DESTROYED, Message.objects.filter(about__in=requests.values("code"))),
        ("households.requestdraft", Deed.DESTROYED, RequestDraft.objects.filter(key__in=keys)),
    ]
