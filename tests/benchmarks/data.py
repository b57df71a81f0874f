"""One database of the benchmark: the town, so many requests, and the bare table with as many rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from resilience.lib.db import refresh_statistics

from . import floor, place, requests
from .models import BareRow
from .tables import Row, fill, reset_ids


def build(count: int) -> None:
    """Fill the migrated, empty database of `connection`."""
    now = timezone.now().replace(microsecond=0)
    with transaction.atomic():  # a household and its contact name each other
        place.build(now)
        requests.build(count, now)
        fill(BareRow, _bare_rows(count, now))
    reset_ids(*apps.get_models())
    refresh_statistics()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what autovacuum does within a minute of such a load


def _bare_rows(count: int, now: datetime) -> Iterator[Row]:
    """As many rows as there are requests, a fifth of them in the place that is asked for."""
    for number in range(1, count + 1):
        yield {
            "id": number,
            "place": floor.PLACE if number % 5 == 0 else floor.PLACE + 1 + number % 7,
            "code": floor.CODE if number == 1 else f"B{number:08}",
            "category": place.CATEGORIES[number % 9][1],
            "name": place.name_of(number),
            "address": place.address_of(number % place.HOUSEHOLDS + 1),
            "state": "assigned",
            "created_at": now - timedelta(minutes=number % 9000),
            "due_at": now + timedelta(minutes=number * 7919 % 90_000),
        }
