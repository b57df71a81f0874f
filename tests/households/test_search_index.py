"""The index of words outlives a migration that makes a table anew, as SQLite needs for most."""

from __future__ import annotations

from unittest import skipUnless

import pytest
from django.db import connection
from django.test import TransactionTestCase

from households.models import Household, ServiceRequest
from households.search import search_requests
from households.search_index import install, make_way
from tests import factories as f


@skipUnless(connection.vendor == "sqlite", "PostgreSQL alters tables in place")
class TestSearchIndex(TransactionTestCase):
    def tearDown(self) -> None:
        install()

    def test_it_lets_a_table_be_made_anew_and_is_filled_again(self) -> None:
        building = f.make_building(f.make_grid(f.make_community()))
        request = f.make_request(f.make_household(building), text="没有米了")
        make_way(plan=["a migration"])
        with connection.schema_editor() as editor:
            editor._remake_table(Household)
        later = f.make_request(f.make_household(building, door="602"), text="没有面了")
        install()
        found = search_requests(ServiceRequest.unscoped.all(), "没有")
        assert {one.pk for one in found} == {request.pk, later.pk}

    def test_it_stays_where_nothing_is_migrated(self) -> None:
        make_way(plan=[])
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'households%%'")
            assert cursor.fetchone()[0] == 7

    def test_a_table_cannot_be_made_anew_beside_it(self) -> None:
        """Should this fail one day, `make_way` has become needless."""
        with pytest.raises(Exception, match="error in trigger"), connection.schema_editor() as editor:
            editor._remake_table(Household)
