"""The tables and divisions a new house starts with: complete, written once, staff's edits respected."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils import timezone

from households import reference
from households.actions import moves
from households.actions.defaults import install_defaults
from households.actions.divisions import load_divisions
from households.default_tables import SPECIAL_DAYS
from households.models import (
    CareColour,
    CareRule,
    Category,
    ClockRule,
    HouseRules,
    Level,
    NeedKind,
    Region,
    SpecialDay,
    Urgency,
)
from resilience.audit.models import Entry
from resilience.lib.icons import icon_names


class DefaultsTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        install_defaults()

    def setUp(self) -> None:
        reference.forget()

    def test_offers_the_nine_tiles_in_order_each_with_a_picture_and_both_names(self) -> None:
        tiles = [tile.code for tile in reference.tiles()]
        assert tiles == ["groceries", "medicine", "doctor", "meal", "repair", "talk", "question", "suggest", "other"]
        for row in [*Category.objects.all(), *NeedKind.objects.all()]:
            assert row.icon in icon_names(), row.code
            assert row.name_zh
            assert row.name_en

    def test_questions_and_suggestions_wait_for_the_desk_in_office_hours(self) -> None:
        for code in ("question", "suggest", "question-papers"):
            category = Category.objects.get(code=code)
            assert (category.goes_to_worker, category.in_working_hours) == (False, True)

    def test_a_question_asked_on_friday_is_answered_on_monday_and_settled_within_the_week(self) -> None:
        friday = datetime(2026, 11, 27, 17, tzinfo=timezone.get_default_timezone())
        for code in ("question", "suggest", "question-papers"):
            category = Category.objects.select_related("parent").get(code=code)
            due = moves.deadlines(category, Urgency.NORMAL, friday)
            assert (due.respond_by_at - friday, due.resolve_by_at - friday) == (timedelta(days=3), timedelta(days=7))

    def test_a_question_takes_no_longer_when_staff_deleted_every_clock_rule(self) -> None:
        rules = Category.objects.get(code="question"), Urgency.NORMAL
        before = reference.limits(*rules)
        ClockRule.objects.all().delete()
        reference.forget()
        assert reference.limits(*rules) == before

    def test_the_clocks_are_those_of_the_standard(self) -> None:
        plain = Category.objects.get(code="talk-listen")
        water = Category.objects.get(code="repair-water")
        assert reference.limits(plain, Urgency.LIFE).resolve_minutes == 120
        assert reference.limits(plain, Urgency.NORMAL).resolve_minutes == 7 * 24 * 60
        assert reference.limits(plain, Urgency.LOW).resolve_minutes == 15 * 24 * 60
        assert reference.limits(water, Urgency.NORMAL).resolve_minutes == 24 * 60

    def test_care_is_as_often_as_the_rules_say(self) -> None:
        days = {kind.code: reference.care_by_kind()[kind.pk][0] for kind in NeedKind.objects.all()}
        assert (days["alone80"], days["alone"]) == (7, 30)
        by_colour = {colour: every for colour, (every, _means) in reference.care_by_colour().items()}
        assert by_colour == {CareColour.RED: 1, CareColour.YELLOW: 7, CareColour.GREEN: 30}

    def test_knows_the_holidays_and_the_weekends_that_are_worked(self) -> None:
        calendar = reference.calendar()
        assert not calendar.is_working(date(2026, 10, 1))  # a Thursday
        assert calendar.is_working(date(2026, 10, 10))  # a Saturday
        assert not calendar.is_working(date(2027, 2, 5))

    def test_writes_nothing_the_second_time(self) -> None:
        assert set(install_defaults().values()) == {0}

    def test_keeps_what_staff_edited(self) -> None:
        Category.objects.filter(code="meal").update(name_zh="热饭", is_active=False)
        HouseRules.objects.update(close_after_days=9)
        install_defaults()
        assert Category.objects.get(code="meal").name_zh == "热饭"
        assert HouseRules.objects.get().close_after_days == 9

    def test_does_not_bring_back_what_staff_deleted(self) -> None:
        NeedKind.objects.get(code="mental").delete()
        CareRule.objects.get(colour=CareColour.GREEN).delete()
        ClockRule.objects.get(category=None, urgency=Urgency.LOW).delete()
        SpecialDay.objects.get(date=date(2026, 1, 1)).delete()
        assert set(install_defaults().values()) == {0}
        assert not NeedKind.objects.filter(code="mental").exists()

    def test_completes_what_a_later_release_adds(self) -> None:
        Category.objects.filter(code="suggest-service").delete()
        Category.history.filter(code="suggest-service").delete()  # as if it had never been there
        assert install_defaults()["categories"] == 1

    def test_a_year_staff_began_is_theirs(self) -> None:
        SpecialDay.objects.filter(date__year=2027).delete()
        SpecialDay.objects.create(date=date(2027, 1, 1), name="元旦")
        install_defaults()
        assert SpecialDay.objects.filter(date__year=2027).count() == 1

    def test_the_command_tells_what_it_wrote_and_so_does_the_audit(self) -> None:
        out = io.StringIO()
        call_command("defaults", stdout=out)
        assert "categories: 0" in out.getvalue()
        written = Entry.objects.filter(action="tables.written", subject_key="defaults")
        assert written.count() == 1  # of the first time; nothing was written now
        Category.objects.filter(code="suggest-service").delete()
        Category.history.filter(code="suggest-service").delete()
        call_command("defaults", stdout=out)
        entry = written.get(page="manage.py defaults")
        assert (entry.by, entry.actor, entry.facts) == (None, "system", {"categories": 1})


def test_every_worked_weekend_is_a_weekend_and_every_worked_day_is_within_its_year() -> None:
    worked = [day for day, (is_working, _name) in SPECIAL_DAYS.items() if is_working]
    assert worked
    assert all(day.weekday() >= 5 for day in worked)


class DivisionsTests(TestCase):
    def test_loads_the_whole_tree_once(self) -> None:
        added = load_divisions()
        assert added == Region.objects.count() == 1_303
        assert load_divisions() == 0
        above = ["parent__name", "parent__parent__name", "parent__parent__parent__name"]
        path = Region.objects.values_list(*above).get(code="620103001001")
        assert path == ("西园街道", "七里河区", "兰州市")
        orphans = Region.objects.filter(parent__isnull=True).values_list("level", flat=True)
        assert list(orphans) == [Level.CITY]

    def test_codes_nest(self) -> None:
        load_divisions()
        for code, above in Region.objects.exclude(parent=None).values_list("code", "parent__code"):
            assert code.startswith(above)

    def test_keeps_what_staff_renamed_and_adds_what_is_missing(self) -> None:
        load_divisions()
        Region.objects.filter(code="620103001001").update(name="下西园社区")
        Region.objects.filter(code="620103001002").delete()
        assert load_divisions() == 1
        assert Region.objects.get(code="620103001001").name == "下西园社区"

    def test_the_audit_says_by_which_command(self) -> None:
        call_command("divisions", stdout=io.StringIO())
        call_command("divisions", stdout=io.StringIO())
        entry = Entry.objects.get(action="tables.written")
        assert (entry.page, entry.facts) == ("manage.py divisions", {"regions": 1_303})

    def test_a_file_that_is_not_there_is_said_in_words(self) -> None:
        with pytest.raises(CommandError, match="is not a file"):
            call_command("divisions", str(Path("/nonexistent/divisions.csv")))
