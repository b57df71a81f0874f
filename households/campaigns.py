"""Which campaign something belongs to that is filed now. From memory: filing asks the database nothing for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from resilience.lib.dates import today

from . import reference
from .models import Category
from .reference import Collecting


def for_request(community_id: int, categories: Iterable[Category]) -> Collecting | None:
    """The campaign that collects requests of one of these categories there, by itself or by its tile."""
    wanted = {pk for category in categories for pk in (category.pk, category.parent_id) if pk}
    return _first(community_id, lambda campaign: bool(campaign.categories & wanted))


def for_need(community_id: int, kind_id: int) -> Collecting | None:
    return _first(community_id, lambda campaign: kind_id in campaign.need_kinds)


def for_visit(community_id: int) -> Collecting | None:
    return _first(community_id, lambda campaign: campaign.takes_visits)


def _first(community_id: int, collects: Callable[[Collecting], bool]) -> Collecting | None:
    """Of several the one opened first: its end comes first, and hands over what another still collects."""
    day = today()
    found = (
        each
        for each in reference.running_campaigns()
        if each.from_date <= day and community_id in each.communities and collects(each)
    )
    return next(found, None)


def pk_of(campaign: Collecting | None) -> int | None:
    return campaign.pk if campaign else None
