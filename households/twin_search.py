"""Finding likely twins: a bounded look at what is near in place and time, scored by `twins.score`."""

from __future__ import annotations

from django.db.models import Q

from resilience.lib.crypto import blind_indexes

from . import twins
from .models import ServiceRequest
from .models.requests import RequestQuerySet, with_phones

LOOKED_AT = 200  # candidates at most; the nearest in time first


def likely_twins(service_request: ServiceRequest, within: RequestQuerySet) -> list[tuple[ServiceRequest, int]]:
    """Open requests of `within` that probably ask for the same, with their scores, likeliest first."""
    near = Q(pk__in=[])
    if service_request.household_id:
        near |= Q(household=service_request.household_id)
    if service_request.building_id:
        near |= Q(building=service_request.building_id)
    if phones := _phones(service_request):
        near |= with_phones(index for phone in phones for index in blind_indexes("phone", phone))
    since = service_request.created_at - twins.WINDOW
    rows = within.open().filter(near, created_at__gte=since).exclude(pk=service_request.pk)
    rows = rows.select_related("category__parent", "household__building", "worker").newest_first()[:LOOKED_AT]
    mine = facts(service_request)
    scored = ((row, twins.score(mine, facts(row))) for row in rows)
    return sorted((pair for pair in scored if pair[1] >= twins.LIKELY), key=lambda pair: (-pair[1], pair[0].pk))


def facts(row: ServiceRequest) -> twins.Facts:
    """What the rule looks at. Needs `category` and `household` loaded."""
    return twins.Facts(
        household_id=row.household_id,
        building_id=row.building_id,
        tile_id=row.category.parent_id or row.category_id,
        created_at=row.created_at,
        text=row.text,
        entrance=row.household.entrance if row.household else None,
        kind_id=row.category_id if row.category.parent_id else None,
        is_shared=row.category.is_shared,
        phones=_phones(row),
    )


def _phones(row: ServiceRequest) -> frozenset[str]:
    return frozenset(phone for phone in (row.phone, row.filer_phone) if phone)
