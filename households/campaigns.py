"""Which campaign something belongs to that is filed now: looked for in memory, and then asked of the database.

Another process may have closed one since it was read here. So what is written goes into a campaign only through
`join_…`, in the transaction that writes it; a page that only tells of one is content with memory (`for_request`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from resilience.lib.dates import today
from resilience.lib.db import locked_in_share

from . import reference
from .models import Campaign, Category
from .reference import Collecting


def for_request(community_id: int, categories: Iterable[Category]) -> Collecting | None:
    """The campaign that collects requests of one of these categories there, by itself or by its tile."""
    return next(_of_request(community_id, categories), None)


def join_request(community_id: int, categories: Iterable[Category]) -> int | None:
    """`for_request`, its id, if it still runs."""
    return _join(_of_request(community_id, categories))


def join_need(community_id: int, kind_id: int) -> int | None:
    return _join(_found(community_id, lambda campaign: kind_id in campaign.need_kinds))


def join_visit(community_id: int) -> int | None:
    return _join(_found(community_id, lambda campaign: campaign.takes_visits))


def stays_open(pk: int) -> bool:
    """Whether it runs, and then until the transaction ends: who closes it waits. One statement."""
    return bool(locked_in_share(Campaign.objects.running().filter(pk=pk)))


def _of_request(community_id: int, categories: Iterable[Category]) -> Iterator[Collecting]:
    wanted = {pk for category in categories for pk in (category.pk, category.parent_id) if pk}
    return _found(community_id, lambda campaign: bool(campaign.categories & wanted))


def _found(community_id: int, collects: Callable[[Collecting], bool]) -> Iterator[Collecting]:
    """The one opened first comes first: its end does, too, and hands over what another still collects."""
    day = today()
    return (
        each
        for each in reference.running_campaigns()
        if each.from_date <= day and community_id in each.communities and collects(each)
    )


def _join(found: Iterable[Collecting]) -> int | None:
    return next((campaign.pk for campaign in found if stays_open(campaign.pk)), None)
