"""The migrations that seal what was plain lose nothing, leave nothing readable, and can go back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import TransactionTestCase

from households import reference, search_index
from households.models import FileChange, LifeEvent, Opening, Resident, Visit
from tests import factories as f
from tests.canaries import plant

PLAIN = "0013_fingerprints_know_their_source"
NOTE = "金雀甲访"


def migrate(name: str = "") -> Any:
    """To that migration, or to the newest of every app: the ones that stand on ours went back with it."""
    search_index.make_way(plan=["?"])
    executor = MigrationExecutor(connection)
    targets = [("households", name)] if name else executor.loader.graph.leaf_nodes()
    executor.migrate(targets)
    search_index.install()
    return executor.loader.project_state(targets).apps


def stored() -> bytes:
    """All that the database keeps of its tables: the files of SQLite, PostgreSQL's pages of the table."""
    if connection.vendor == "sqlite":
        name = Path(str(connection.settings_dict["NAME"]))
        return b"".join(path.read_bytes() for path in name.parent.glob(f"{name.name}*"))
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_read_binary_file(pg_relation_filepath('households_visit'))")
        return bytes(cursor.fetchone()[0])


class SealWordsTests(TransactionTestCase):
    def setUp(self) -> None:
        reference.forget()  # of the test before, whose rows are gone

    def test_they_seal_every_row_and_can_go_back(self) -> None:
        grid = f.make_grid(f.make_community())
        plant("金雀甲", 7, f.make_building(grid), f.make_worker("worker", grid), "701")
        self.addCleanup(migrate)
        plain = migrate(PLAIN)
        assert plain.get_model("households", "Visit").objects.get().note == NOTE
        change = plain.get_model("households", "FileChange").objects.get()
        assert (change.why, change.changes[0]["new"]) == ("金雀甲因", "金雀甲新")
        assert NOTE.encode() in stored()
        migrate()
        assert Visit.unscoped.get().note == NOTE
        life, change = LifeEvent.unscoped.get(), FileChange.unscoped.get()
        assert (life.note, life.elsewhere) == ("金雀甲事", "金雀甲来处")
        assert (change.why, change.changes[0]["old"]) == ("金雀甲因", "金雀甲旧")
        assert Resident.unscoped.get().registered_elsewhere == "金雀甲户籍"
        left = stored()
        assert not [word for word in (NOTE, "金雀甲因", "金雀甲来处", "金雀甲户籍") if word.encode() in left]

    def test_they_carry_the_words_of_a_reason_both_ways(self) -> None:
        grid = f.make_grid(f.make_community())
        worker = f.make_worker("worker", grid)
        household = f.make_household(f.make_building(grid), 1, "701")
        f.make_opening(household, worker, reason="other", words="金雀甲由")
        f.make_opening(household, worker)
        self.addCleanup(migrate)
        plain = migrate("0019_openings")
        found = plain.get_model("households", "Opening").objects.order_by("pk")
        assert [each.words for each in found] == ["金雀甲由", ""]
        migrate()
        assert [each.words for each in Opening.objects.order_by("pk")] == ["金雀甲由", ""]
