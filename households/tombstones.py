"""Keyed digests by which a destroyed row is known again, and the list of them outside the database.

A digest is a fingerprint of the row's own random identifier (`crypto.blind_index`): without the key nobody can tell
whether somebody was on the list. It cannot be made anew when keys change, as the row is gone: whoever restores a backup
puts the keys of its days back into the ring, as its sealed columns ask for anyway, and then all of them are tried.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from resilience.lib.crypto import blind_indexes

from .models import Household, Photo, Resident, ResidentNeed, ServiceRequest, Tombstone, Visit

FILE = "file"
"""The `table` of a photo's file; its identity is its name."""
LIST_NAME = "tombstones.txt"
_LINE = re.compile(r"(?P<table>[a-z.]{1,60}) (?P<deed>[a-z]{1,10}) (?P<digest>[0-9a-f]{32,34})", re.ASCII)
_AT_ONCE = 5_000

REQUEST, VISIT, NEED = "households.servicerequest", "households.visit", "households.residentneed"
PHOTO, RESIDENT, HOUSEHOLD = "households.photo", "households.resident", "households.household"

Rows = Callable[[], "QuerySet[Any, tuple[Any, ...]]"]
# Tables that a backup is searched for: each gives (id, the parts of its identity). What hangs on them goes with them.
ANCHORS: dict[str, Rows] = {
    REQUEST: lambda: ServiceRequest.unscoped.identified().values_list("pk", "submission_key"),
    VISIT: lambda: Visit.unscoped.values_list("pk", "uid"),
    NEED: lambda: ResidentNeed.unscoped.values_list("pk", "resident__uid", "pk"),
    PHOTO: lambda: Photo.unscoped.values_list("pk", "uid"),
    RESIDENT: lambda: Resident.unscoped.values_list("pk", "uid"),
    HOUSEHOLD: lambda: Household.unscoped.filter(until_date__isnull=False).values_list("pk", "uid"),
}


def identity(*parts: object) -> str:
    """As one text: ids in hex, apart by colons."""
    return ":".join(getattr(part, "hex", None) or str(part) for part in parts)


def digests(table: str, of: str) -> list[str]:
    """Every digest that the row may stand under, by each key of the ring; the one to write first."""
    return [each.hex() for each in blind_indexes("tombstone", f"{table}:{of}")]


def digest(table: str, of: str) -> str:
    """The one to write: 32 or 34 hex digits."""
    return digests(table, of)[0]


def is_gone(table: str, of: str, gone: set[str]) -> bool:
    return not gone.isdisjoint(digests(table, of))


# --- the list outside ---------------------------------------------------------------------------
def directory() -> Path:
    """Where the list and the certificates lie. It goes into every backup, and the newest one back after a restore."""
    found = Path(settings.TOMBSTONE_DIR)
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def write_out() -> int:
    """Append what is not in the list yet; gives how many lines. Done twice, a line stands there twice: no harm."""
    written = 0
    while rows := list(Tombstone.objects.unwritten().order_by("at", "pk")[:_AT_ONCE]):
        _append(f"{row.table} {row.deed} {row.digest}\n" for row in rows if _is_anchor(row.table))
        written += Tombstone.objects.filter(pk__in=[row.pk for row in rows]).update(written_at=timezone.now())
    return written


def _is_anchor(table: str) -> bool:
    return table in ANCHORS or table == FILE


def _append(lines: Iterable[str]) -> None:
    handle = os.open(directory() / LIST_NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, "".join(lines).encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def known(path: Path | None = None) -> dict[str, set[str]]:
    """Table → digests of all that is gone, of the list outside (or at `path`) and of the database together."""
    found: dict[str, set[str]] = {table: set() for table in (*ANCHORS, FILE)}
    path = path or directory() / LIST_NAME
    if path.exists():
        with path.open(encoding="ascii") as lines:
            for line in lines:
                if (match := _LINE.fullmatch(line.rstrip("\n"))) and match["table"] in found:
                    found[match["table"]].add(match["digest"])
    rows = Tombstone.objects.filter(table__in=list(found)).values_list("table", "digest")
    for table, told in rows.iterator():
        found[table].add(told)
    return found


def back_again(table: str, gone: set[str]) -> Iterable[int]:
    """Ids of an anchor's rows whose digests are among those that are gone."""
    for pk, *parts in ANCHORS[table]().order_by(F("pk")).iterator(_AT_ONCE):
        if is_gone(table, identity(*parts), gone):
            yield pk
