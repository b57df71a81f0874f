"""The migrations that seal what was plain lose nothing, leave nothing readable, and can go back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import TransactionTestCase

from households import search_index
from households.models import FileChange, LifeEvent, Resident, Visit
from tests import factories as f
from tests.canaries import plant

PLAIN, SEALED = "0013_fingerprints_know_their_source", "0017_no_plain_pages"
NOTE = "金雀甲访"


def migrate(name: str) -> Any:
    search_index.make_way(plan=[name])
    executor = MigrationExecutor(connection)
    executor.migrate([("households", name)])
    search_index.install()
    return executor.loader.project_state([("households", name)]).apps


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
    def test_they_seal_every_row_and_can_go_back(self) -> None:
        grid = f.make_grid(f.make_community())
        plant("金雀甲", 7, f.make_building(grid), f.make_worker("worker", grid), "701")
        self.addCleanup(migrate, SEALED)
        plain = migrate(PLAIN)
        assert plain.get_model("households", "Visit").objects.get().note == NOTE
        change = plain.get_model("households", "FileChange").objects.get()
        assert (change.why, change.changes[0]["new"]) == ("金雀甲因", "金雀甲新")
        assert NOTE.encode() in stored()
        migrate(SEALED)
        assert Visit.objects.get().note == NOTE
        life, change = LifeEvent.objects.get(), FileChange.objects.get()
        assert (life.note, life.elsewhere) == ("金雀甲事", "金雀甲来处")
        assert (change.why, change.changes[0]["old"]) == ("金雀甲因", "金雀甲旧")
        assert Resident.objects.get().registered_elsewhere == "金雀甲户籍"
        left = stored()
        assert not [word for word in (NOTE, "金雀甲因", "金雀甲来处", "金雀甲户籍") if word.encode() in left]
