"""How much was tried: steps, requests, posts. Counted by the tests that try many, summed up at the end of the run."""

from __future__ import annotations

from collections import Counter

TRIED: Counter[str] = Counter()
"""Of this process, since the last report; `tests/conftest.py` hands it on with each test's report."""


def tried(what: str, times: int) -> None:
    TRIED[what] += times
