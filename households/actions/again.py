"""After a backup was restored: what had been destroyed since is destroyed again, and its files with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import transaction

from .. import tombstones
from ..models import ServiceRequest
from ..tombstones import FILE, HOUSEHOLD, NEED, PHOTO, REQUEST, RESIDENT, VISIT
from . import purge
from .ledger import Ledger
from .sweep import sweep

# In the order in which rows hang on each other: people last but for the door they lived behind.
VERBS: dict[str, Callable[[Collection[int], Ledger], int]] = {
    VISIT: purge.destroy_visits,
    NEED: purge.destroy_needs,
    PHOTO: purge.destroy_photos,
    REQUEST: purge.anonymise_requests,
    RESIDENT: purge.destroy_people,
    HOUSEHOLD: purge.empty_files,
}


def purge_again(path: Path | None = None) -> dict[str, int]:
    """Compare every row with the list of what is gone; give how many of each table, and files, went again.

    A request that was open when the backup was made is closed first: it had been, when it was destroyed.
    """
    gone = tombstones.known(path)
    done = {table: _again(table, gone[table], verb) for table, verb in VERBS.items()}
    done[FILE] = _files(gone[FILE])
    sweep()
    return {table: count for table, count in done.items() if count}


def _again(table: str, gone: set[str], verb: Callable[[Collection[int], Ledger], int]) -> int:
    if not gone:
        return 0
    done = 0
    for pks in _batches(list(tombstones.back_again(table, gone))):
        with transaction.atomic():
            if table == REQUEST:
                _close(pks)
            ledger = Ledger()
            done += verb(pks, ledger)
            ledger.write()
    return done


def _batches(pks: list[int]) -> Iterator[list[int]]:
    rows = iter(pks)
    while batch := list(islice(rows, purge.BATCH)):
        yield batch


def _close(pks: Iterable[int]) -> None:
    """No event of its own: it closed in a life of the database that is over."""
    rows = ServiceRequest.unscoped.open().filter(pk__in=list(pks))
    for row in rows.select_for_update(of=("self",)):
        row.assignments.filter(ended_at=None).update(ended_at=row.updated_at, end_reason="closed")
    rows.update(state="closed", worker=None, paused_at=None)


def _files(gone: set[str]) -> int:
    """A backup of media may hold files whose rows no backup of the database has."""
    root = Path(settings.MEDIA_ROOT)
    done = 0
    for path in root.rglob("*") if root.exists() else ():
        if path.is_file() and tombstones.is_gone(FILE, path.relative_to(root).as_posix(), gone):
            path.unlink()
            done += 1
    return done
