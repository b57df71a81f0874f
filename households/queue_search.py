"""The pages of a search among requests, as the desk reads them: the newest first, by the order they were filed in."""

from __future__ import annotations

from typing import NamedTuple

from resilience.lib.inputs import decode_cursor, encode_cursor

from .models.requests import RequestQuerySet
from .queue import Page, page_asked, page_found, row_id
from .search import is_cut, looks, search_requests


class FoundPage(NamedTuple):
    """`is_cut`: it is the last, and there are older requests that match, which were not looked through."""

    page: Page
    is_first: bool
    is_cut: bool


def search_page(rows: RequestQuerySet, text: str, *, community_id: int | None, cursor: str) -> FoundPage:
    """Those of `rows` that match, below `cursor` (from the newest when it is empty or damaged). At most 3 statements.

    A word that is everywhere fills a page by a first small look; whether the search is cut is asked where it ends.
    """
    start = decode_cursor(cursor, row_id)
    before = start[0] if start else None
    page = Page([])
    for look in looks(text):
        page = _page(search_requests(rows, text, community_id=community_id, before=before, look=look))
        if page.next:
            return FoundPage(page, before is None, is_cut=False)
    return FoundPage(page, before is None, is_cut(text, community_id=community_id, before=before))


def _page(rows: RequestQuerySet) -> Page:
    """By id, not by `created_at`: the index of words goes by it, so that what one page has looked at is behind it."""
    return page_found(list(page_asked(rows.order_by("-pk"))), lambda last: encode_cursor([last.pk]))
