"""How often somebody may try. One atomic statement a try, on both databases, so that workers cannot race."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.utils.crypto import salted_hmac

from resilience.accounts.models import RateCount

_HIT = """
INSERT INTO accounts_ratecount (key, window_at, tries) VALUES {rows}
ON CONFLICT (key) DO UPDATE SET
  tries = CASE WHEN accounts_ratecount.window_at = excluded.window_at THEN accounts_ratecount.tries + 1 ELSE 1 END,
  window_at = excluded.window_at
RETURNING key, tries
"""


def hit(scope: str, who: str, *, limit: int, per: timedelta) -> bool:
    """Count a try of `who` (an address, a phone: stored only as a keyed hash) and say whether it is within `limit`.

    Windows are fixed (`per` long, counted from the epoch), so at worst 2 × `limit` tries pass in one `per`.
    """
    return hit_all((scope, who, limit), per=per)


def hit_all(*tries: tuple[str, str, int], per: timedelta) -> bool:
    """Count a try of each of these (scope, who, limit) and say whether all are within their limits.

    One statement, so each scope at most once; and in the same order everywhere, in which PostgreSQL locks the counts.
    """
    window, limits = _window(per), _by_key(tries)
    with connection.cursor() as cursor:
        cursor.execute(
            _HIT.format(rows=", ".join(["(%s, %s, 1)"] * len(limits))),
            [value for key in limits for value in (key, window)],
        )
        counted = cursor.fetchall()
    return all(count <= limits[bytes(key)] for key, count in counted)


def is_spent(*tries: tuple[str, str, int], per: timedelta) -> bool:
    """Whether any of these (scope, who, limit) has no try left; counts nothing. One statement.

    For what counts only failures: ask this first, `hit` afterwards when it failed.
    """
    window, limits = _window(per), _by_key(tries)
    counted = RateCount.objects.filter(key__in=limits, window_at=window).values_list("key", "tries")
    return any(count >= limits[bytes(key)] for key, count in counted)


def _by_key(tries: Iterable[tuple[str, str, int]]) -> dict[bytes, int]:
    """The limit of each, in their order, by the key it is counted under.

    Keyed by SECRET_KEY and not as the columns are: no count begins anew because those keys are changed.
    """
    return {salted_hmac(f"limit.{scope}", who, algorithm="sha256").digest()[:16]: limit for scope, who, limit in tries}


def _window(per: timedelta) -> int:
    """The second in which the window of now began."""
    seconds = max(1, int(per.total_seconds()))
    return int(time.time()) // seconds * seconds


def forget_old(*, older_than: timedelta = timedelta(days=2)) -> int:
    """Drop counts of windows that began longer ago than any window lasts."""
    return RateCount.objects.filter(window_at__lt=int(time.time() - older_than.total_seconds())).delete()[0]
