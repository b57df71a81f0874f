"""What one batch destroys, written down in its own transaction: counts on a certificate are counts of these rows."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from ..models import Deed, Destruction, Tombstone
from ..tombstones import digest, identity, write_out


class Ledger:
    """Collects the rows of one batch. `write` puts them down, in the caller's transaction."""

    def __init__(self, *, destruction: Destruction | None = None, rule: str = "") -> None:
        self._destruction, self._rule = destruction, rule
        self._rows: list[Tombstone] = []

    @property
    def destruction(self) -> Destruction | None:
        return self._destruction

    def destroyed(self, table: str, rows: Iterable[tuple[object, ...]]) -> None:
        """`rows` are the parts of each row's identity: what no other row ever has, and no backup changes."""
        self._add(table, Deed.DESTROYED, rows)

    def anonymised(self, table: str, rows: Iterable[tuple[object, ...]]) -> None:
        """The row stays, without anything that names somebody or repeats their words."""
        self._add(table, Deed.ANONYMISED, rows)

    def _add(self, table: str, deed: Deed, rows: Iterable[tuple[object, ...]]) -> None:
        now = timezone.now()
        self._rows += [
            Tombstone(
                table=table,
                digest=digest(table, identity(*parts)),
                deed=deed,
                destruction=self._destruction,
                rule=self._rule,
                at=now,
            )
            for parts in rows
        ]

    def write(self) -> int:
        """Gives how many rows. Those a backup brought back and that are destroyed again stand there already."""
        Tombstone.objects.bulk_create(self._rows, batch_size=500, ignore_conflicts=True)
        count, self._rows = len(self._rows), []
        transaction.on_commit(write_out, robust=True)  # what it misses, the next round writes
        return count
