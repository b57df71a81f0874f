"""Days, bounds, and how long in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from resilience.lib import dates


class TestParseLocal:
    @pytest.mark.parametrize("text", ["2026-03-07T08:30", "2026-03-07 08:30:00", "2026/3/7 8:30", "２０２６/3/7 8:30"])
    def test_without_an_offset_it_is_local(self, text):
        assert dates.parse_local(text) == datetime(2026, 3, 7, 0, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text", ["2026-03-07T00:30:00Z", "2026-03-07T08:30:00.000+08:00", "2026-03-06T19:30-05:00"]
    )
    def test_an_offset_counts(self, text):
        assert dates.parse_local(text) == datetime(2026, 3, 7, 0, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text",
        ["", "x", "2026-03-07", "2026-02-30T08:30", "2026-03-07T25:00", "0001-01-01T00:00", "9999-12-31T23:59Z",
         "2099-12-31T23:59-12:00", "1900-01-01T00:00+12:00", "2026-03-07T08:30+99:00", "2" * 9_999],
    )  # fmt: skip
    def test_the_rest_is_refused(self, text):
        with pytest.raises(ValidationError):
            dates.parse_local(text)

    @given(st.text(alphabet=st.characters(exclude_categories=[])) | st.none() | st.integers())
    def test_it_never_raises_anything_else(self, value):
        with pytest.raises(ValidationError):  # noise is no moment
            dates.parse_local(value)

    @given(st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 30)))  # noqa: DTZ001
    def test_what_it_takes_both_databases_can_hold(self, moment):
        parsed = dates.parse_local(moment.isoformat(timespec="seconds"))
        assert dates.MIN_MOMENT <= parsed <= dates.MAX_MOMENT


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

    def test_days(self):
        now = timezone.now()
        assert dates.days_since(None) is None
        assert dates.days_since(dates.today() - timedelta(days=4)) == 4
        assert dates.days_since(now) == 0


def test_today_is_the_towns_day():
    with (
        time_machine.travel(datetime(2026, 3, 6, 17, 0, tzinfo=UTC), tick=False),
        timezone.override("America/New_York"),
    ):
        assert dates.today() == date(2026, 3, 7)  # 01:00 in Shanghai


@pytest.mark.parametrize(
    ("days", "english"), [(0, "today"), (1, "yesterday"), (2, "on Monday"), (6, "on Thursday"), (7, "on Nov. 18, 2026")]
)
def test_it_says_a_day_as_people_do(days: int, english: str) -> None:
    now = datetime(2026, 11, 25, 9, 0, tzinfo=timezone.get_default_timezone())
    with time_machine.travel(now, tick=False), translation.override("en"):
        assert dates.day_words(now - timedelta(days=days)) == english
