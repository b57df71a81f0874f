"""Many at once at one export: one decision, no fetch too many, none after its end, one file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from resilience.audit.models import Entry
from resilience.exports import actions
from resilience.exports.actions import Wanted
from resilience.exports.making import make_one, make_waiting
from resilience.exports.models import Export, Purpose, State, Which
from tests import factories as f
from tests.reliability.test_races import AT_ONCE, RaceTestCase


class ExportRaceTests(RaceTestCase):
    def ask(self, **more: Any) -> Export:
        wanted = Wanted(
            which=Which.HOUSEHOLDS, purpose=Purpose.CHECK, words="核对", columns=["address", "phone"], **more
        )
        return actions.ask(wanted, by=self.clerk)

    def files(self) -> list[Path]:
        return [path for path in (Path(settings.MEDIA_ROOT) / "exports").glob("*") if path.is_file()]

    def test_twenty_decisions_are_one(self) -> None:
        export = self.ask(why={"phone": "打电话"})
        second, third = (f.make_staff(name, self.home) for name in ("second", "third"))

        def decide(number: int) -> None:
            verb = actions.approve if number % 2 else actions.refuse
            verb(Export.objects.get(pk=export.pk), by=second if number % 3 else third, why=f"{number}")

        assert self.race(decide).count("ok") == 1
        export.refresh_from_db()
        assert export.state in (State.APPROVED, State.REFUSED)
        assert Entry.objects.filter(action__in=["export.approved", "export.refused"]).count() == 1

    def test_twenty_who_make_it_leave_one_file(self) -> None:
        export = self.ask()
        made: list[bool] = []
        self.race(lambda _n: made.append(make_one(export.pk)))
        export.refresh_from_db()
        assert made.count(True) == 1
        assert [path.name for path in self.files()] == [Path(export.file).name]

    def test_twenty_fetches_of_three_are_three(self) -> None:
        export = self.ask()
        make_waiting()
        fetched: list[bytes] = []

        def fetch(_number: int) -> None:
            fetched.append(b"".join(actions.fetch(Export.objects.get(pk=export.pk), by=self.clerk)))

        assert self.race(fetch).count("ok") == 3
        export.refresh_from_db()
        assert (len(fetched), export.downloads) == (3, 3)
        assert Entry.objects.filter(action="export.fetched").count() == 3

    def test_what_is_fetched_while_it_ends_is_whole_or_refused(self) -> None:
        with override_settings(EXPORT_DOWNLOADS=AT_ONCE):
            export = self.ask()
        make_waiting()
        export.refresh_from_db()
        sizes: list[int] = []

        def fetch_or_end(number: int) -> None:
            if number == AT_ONCE // 2:
                Export.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
                actions.end_over()
            else:
                sizes.append(len(b"".join(actions.fetch(Export.objects.get(pk=export.pk), by=self.clerk))))

        self.race(fetch_or_end)
        assert set(sizes) <= {export.size}
        assert Export.objects.get(pk=export.pk).state == State.ENDED
        assert Entry.objects.filter(action="export.fetched").count() == len(sizes)
        assert not self.files()

    def test_a_long_list_in_twenty_pieces_at_once_is_a_long_list(self) -> None:
        with override_settings(EXPORT_ROWS=5):
            self.race(lambda _n: self.ask())
        assert Export.objects.filter(needs_second=False).count() == 5
        assert Export.objects.waiting().count() == AT_ONCE - 5
