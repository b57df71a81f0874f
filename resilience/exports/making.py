"""Making the file of an export: row by row from the database into a sealed file, nothing plain on the way."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from households.viewer import Viewer
from resilience.lib.rows import NEVER, Stop, one_by_one
from resilience.lib.sealed_files import SealedWriter, new_file_key
from resilience.lib.sheets import Mark, write_rows

from . import access, actions
from .listings import LISTINGS, Listing, Pks
from .models import End, Export, ExportRow, State

_PARTS = ("asked_by", "decided_by")


def make_waiting(stop: Stop = NEVER) -> int:
    """Make each that may be made; gives how many."""
    return make_each(Export.objects.to_make().order_by("pk").values_list("pk", flat=True)[:200], stop)


def make_each(pks: Iterable[int], stop: Stop = NEVER) -> int:
    """Of which one that fails stays to be made: the next round tries again."""
    return one_by_one("making of an export", list(pks), make_one, stop)


def make_one(pk: int) -> bool:
    """False when there is nothing to make, or when it ended instead: its asker sees less now, or the list grew."""
    export = Export.objects.to_make().select_related(*_PARTS).filter(pk=pk, expires_at__gt=timezone.now()).first()
    if export is None:
        return False
    viewer, listing = Viewer(export.asked_by), LISTINGS[export.which]
    if not access.asks(viewer):
        return _ended(export, End.OUT_OF_REACH)
    pks = _pks(export, viewer, listing)
    return _ended(export, End.GREW) if pks is None else _make(export, viewer, listing, pks)


def _pks(export: Export, viewer: Viewer, listing: Listing) -> Pks | None:
    """Which rows; None when they are too many. What a second person allowed is what is made: of those, no more.

    On their own word somebody may have as many as anybody may on their own, if the list grew meanwhile.
    """
    if export.needs_second:
        most, seen = export.rows, ExportRow.objects.filter(export=export).values("row")
        rows = listing.among(viewer, export.filters, seen)
    else:
        most, rows = max(export.rows, settings.EXPORT_ROWS), listing.pks(viewer, export.filters)
    pks = list(rows[: most + 1])
    return pks if len(pks) <= most else None


def _ended(export: Export, why: End) -> bool:
    actions.end(export, why, by=None)
    return False


def _make(export: Export, viewer: Viewer, listing: Listing, pks: Pks) -> bool:
    """The file first, then the row that knows it: whoever comes second throws their file away."""
    name, key, subjects = f"{actions.FOLDER}/{new_name()}", new_file_key(), set[int]()
    path = Path(default_storage.path(name))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with SealedWriter(out, key, export.uid.hex) as writer, override(export.language):
                counter = _Counter(writer)
                table = _table(export, viewer, listing, pks, subjects)
                rows = write_rows(cast(Any, counter), export.form, table, mark=mark_of(export)) - 1
            os.fsync(out.fileno())
        is_kept = _keep(export, viewer, name, key, rows, counter.size, subjects)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if not is_kept:
        path.unlink(missing_ok=True)
    return is_kept


def new_name() -> str:
    """Of a file: says nothing of what is in it."""
    return os.urandom(16).hex()


@transaction.atomic
def _keep(export: Export, viewer: Viewer, name: str, key: str, rows: int, size: int, subjects: set[int]) -> bool:
    """Nothing, when something was destroyed since its rows were read: the next round makes it anew."""
    to_make = Export.objects.to_make().filter(pk=export.pk, restarts=export.restarts)
    made = to_make.update(
        state=State.READY, made_at=timezone.now(), file=name, file_key=key, rows=rows, size=size,
        scope=actions.scope_of(viewer),
    )  # fmt: skip
    if made:
        ExportRow.objects.filter(export=export).delete()  # what was asked for; from now on what it has
        ExportRow.objects.bulk_create((ExportRow(export=export, row=pk) for pk in subjects), batch_size=500)
    return bool(made)


def _table(export: Export, viewer: Viewer, listing: Listing, pks: Pks, subjects: set[int]) -> Iterator[list[str]]:
    """The head, then the rows; each ends with the export's code and its number, so that a single one can be traced."""
    columns, unmasked = listing.chosen(export.column_names), set(export.unmasked_names)
    yield [*(str(column.label) for column in columns), _("Export")]
    for number, row in enumerate(listing.rows(viewer, pks), start=1):
        if listing.subject_of:
            subjects.add(listing.subject_of(row))
        cells = [column.cell(row, is_masked=column.name not in unmasked) for column in columns]
        yield [*cells, f"{export.code}-{number}"]


def mark_of(export: Export) -> Mark:
    """Who made it and when, in the language it is made in."""
    now = timezone.now()
    name = export.asked_by.name or export.asked_by.username
    said = {
        "list": export.get_which_display(),
        "name": name,
        "day": date_format(timezone.localtime(now), "DATETIME_FORMAT"),
        "code": export.code_label,
        "purpose": export.get_purpose_display(),
    }
    words = _("%(list)s: exported by %(name)s, %(day)s, %(code)s, for %(purpose)s. Do not forward.") % said
    return Mark(words=words, author=name, title=str(said["list"]), at=now)


class _Counter(io.RawIOBase):
    """Counts what passes. It cannot go back, and says so: an archive is then written straight through."""

    def __init__(self, out: SealedWriter) -> None:
        self._out, self.size = out, 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        return self._out.write(data)
