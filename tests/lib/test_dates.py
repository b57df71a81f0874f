"""Days, bounds, and how long in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone, translation

from resilience.lib import dates


class TestWords:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (30, "1 minute left"),
            (20 * 60 + 59, "20 minutes left"),
            (3_600, "1 hour left"),
            (47 * 3_600, "47 hours left"),
            (48 * 3_600, "2 days left"),
            (-2 * 86_400, "overdue by 2 days"),
            (-90, "overdue by 1 minute"),
        ],
    )
    def test_time_left(self, seconds, words):
        with translation.override("en"):
            assert dates.left_words(seconds) == words

    def test_time_since(self):
        now = timezone.now()
        with translation.override("en"):
            assert dates.since_words(now) == "just now"
            assert dates.since_words(now + timedelta(days=3)) == "just now"  # a phone whose clock is ahead
            assert dates.since_words(now - timedelta(days=3, minutes=1)) == "3 days ago"


def test_today_is_the_towns_day():
    with (
        time_machine.travel(datetime(2026, 3, 6, 17, 0, tzinfo=UTC), tick=False),
        timezone.override("America/New_York"),
    ):
        assert dates.today() == date(2026, 3, 7)  # 01:00 in Shanghai


@pytest.mark.parametrize(
    ("days", "english"), [(0, "today"), (1, "yesterday"), (2, "on Monday"), (6, "on Thursday"), (7, "on 18 Nov 2026")]
)
def test_it_says_a_day_as_people_do(days: int, english: str) -> None:
    now = datetime(2026, 11, 25, 9, 0, tzinfo=timezone.get_default_timezone())
    with time_machine.travel(now, tick=False), translation.override("en"):
        assert dates.day_words(now - timedelta(days=days)) == english
