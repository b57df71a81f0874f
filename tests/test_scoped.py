"""The manager of rows about people: nothing is read before it is said for whose eyes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Count, Exists, Model, OuterRef
from django.test.utils import CaptureQueriesContext

from households.models import Household, Photo, Resident, ServiceRequest, Visit
from households.viewer import Viewer
from resilience.lib.prepared import again
from resilience.lib.scoped import NobodysEyes, ScopedManager, ScopedQuerySet
from tests import factories as f
from tests.base import CastTestCase
from tests.canaries import personal_models

READS: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "iterator": lambda rows: list(rows.iterator()),
    "bool": bool,
    "len": len,
    "index": lambda rows: rows[0],
    "slice": lambda rows: list(rows[:1]),
    "get": lambda rows: rows.get(pk=1),
    "first": lambda rows: rows.first(),
    "last": lambda rows: rows.order_by("pk").last(),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "contains": lambda rows: rows.contains(Household(pk=1)),
    "aggregate": lambda rows: rows.aggregate(n=Count("pk")),
    "in_bulk": lambda rows: rows.in_bulk([1]),
    "values": lambda rows: list(rows.values("pk")),
    "values_list": lambda rows: list(rows.filter(pk=1).values_list("pk", flat=True)),
    "dates": lambda rows: list(rows.datetimes("confirmed_at", "day")),
    "update": lambda rows: rows.update(door_note=""),
    "delete": lambda rows: rows.delete(),
    "get_or_create": lambda rows: rows.get_or_create(pk=1),
    "explain": lambda rows: rows.explain(),
    "raw": lambda rows: rows.raw("SELECT 1"),
    "again": lambda rows: again("nobody's", lambda pk: rows.filter(pk=pk), pk=1),
    "either": lambda rows: list(rows.seen_by("me") | rows),
    "both": lambda rows: list(rows.seen_by("me") & rows),
    "union": lambda rows: list(rows.seen_by("me").union(rows)),
    "another one's": lambda rows: list(Resident.objects.reached_from(rows)),
    "none's eyes": lambda rows: list(rows.seen_by(None)),
    "no row": lambda rows: list(rows.of_row(building=None)),
    "no foreign key": lambda rows: list(rows.of_row(door="701")),
}
# About people, reached only by a row that has been given out, or by the code that writes it.
THROUGH_OTHERS = {
    "households.Assignment", "households.Responsibility", "households.RequestDraft", "households.Opening",
    "households.Campaign", "households.Destruction", "households.Invitation", "households.VisitCheck",
}  # fmt: skip


class ScopedTests(CastTestCase):
    def test_it_reads_nothing_for_nobodys_eyes(self) -> None:
        for name, read in READS.items():
            with self.subTest(name), CaptureQueriesContext(connection) as asked, pytest.raises(NobodysEyes):
                read(Household.objects.all())
            assert len(asked) == 0, name

    def test_it_reads_for_a_viewer(self) -> None:
        seen = Household.objects.seen_by(Viewer(self.worker)).filter(pk=self.household.pk)
        assert [seen.get(), seen.first(), *seen.iterator()] == [self.household] * 3
        assert (seen.count(), seen.exists(), len(seen | seen), len(seen.union(seen))) == (1, True, 1, 1)
        assert again("somebody's", lambda pk: seen.filter(pk=pk), pk=self.household.pk) == [self.household]

    def test_it_is_part_of_a_query_for_somebody(self) -> None:
        asked = ServiceRequest.objects.filter(household=OuterRef("pk"))
        assert list(Household.objects.seen_by("me").filter(Exists(asked))) == []
        assert list(Household.objects.none()) == []

    def test_it_reads_what_hangs_on_a_row_that_somebody_has(self) -> None:
        visit = f.make_visit(self.household, self.worker)
        assert list(self.household.visits.all()) == [visit]
        assert list(Visit.objects.of_row(household=self.household)) == [visit]
        assert list(Visit.objects.of_row(household=self.household.pk)) == [visit]
        assert list(Photo.objects.of_row(visit=visit)) == []
        assert visit.household == self.household
        rows = Household.objects.seen_by("me").filter(pk=self.household.pk)
        assert set(Resident.objects.reached_from(rows).filter(household__in=rows)) == set(
            self.household.residents.all()
        )

    def test_it_is_the_manager_of_every_model_about_people(self) -> None:
        unguarded = {label for label in personal_models() if not _is_scoped(apps.get_model(label))}
        assert not {each for each in unguarded if each.startswith("households.")} - THROUGH_OTHERS

    def test_what_django_itself_reads_is_not_scoped(self) -> None:
        for label in personal_models():
            manager = apps.get_model(label)._default_manager
            assert not isinstance(manager, ScopedManager), label


def _is_scoped(model: type[Model]) -> bool:
    objects = getattr(model, "objects", None)
    return isinstance(objects, ScopedManager) and isinstance(objects.all(), ScopedQuerySet)
