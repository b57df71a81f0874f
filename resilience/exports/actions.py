"""An export's life: asked for, allowed by a second person where that is needed, fetched, ended. `making` makes it.

What somebody may have is judged when they ask, when the file is made and when it is fetched. Every step is a row of
the audit, with counts and names of columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from households.actions.openings import show_in_list
from households.places import shared
from households.viewer import Viewer
from resilience.accounts.models import User
from resilience.audit.actions import record
from resilience.lib.codes import key_of
from resilience.lib.db import hold
from resilience.lib.errors import Refused
from resilience.lib.rows import NEVER, Stop, one_by_one
from resilience.lib.sealed_files import opened

from . import access
from .listings import LISTINGS, Listing
from .models import End, Export, ExportRow, Form, Purpose, State, Which

DAY = timedelta(days=1)
KEPT = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for, already cleaned by a form. `why`: a reason for each column that is not to be masked."""

    which: Which
    purpose: Purpose
    words: str
    columns: Sequence[str]
    form: Form = Form.XLSX
    filters: Mapping[str, str] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)


def ask(wanted: Wanted, *, by: User) -> Export:
    """Ask for a file. It is made at once or waits for a second person: `state` says which."""
    viewer, listing = Viewer(by), LISTINGS[wanted.which]
    if not access.asks(viewer):
        raise Refused(_("Your role takes no lists out of the house."))
    _refuse_unclear(wanted, listing)
    filters = listing.asked(wanted.filters)
    rows = listing.count(viewer, filters, settings.EXPORT_MOST_ROWS)
    if not rows:
        raise Refused(_("Nothing is in this list as it is filtered."))
    if rows > settings.EXPORT_MOST_ROWS:
        words = _("This list has more than %(n)d rows. Choose a part of it.")
        raise Refused(words % {"n": settings.EXPORT_MOST_ROWS})
    with transaction.atomic():
        hold([f"exports of {by.pk}".encode()])  # two at once are counted one after the other
        needs_second = bool(wanted.why) or _today(by) + rows > settings.EXPORT_ROWS
        export = _create(wanted, viewer, filters, rows, needs_second)
        if needs_second:
            _hold_to(export, listing.subjects(viewer, filters))
        write_down("asked", export, by=by)
    return export


def _refuse_unclear(wanted: Wanted, listing: Listing) -> None:
    if not wanted.words:
        raise Refused(_("Say what it is for."), field="words")
    if not listing.chosen(wanted.columns):
        raise Refused(_("Choose at least one column."), field="columns")
    for name, why in wanted.why.items():
        if not (listing.column(name).is_sensitive and name in wanted.columns):
            raise Refused(_("Only a sensitive column that is in the file can be shown whole."), field="columns")
        if not why:
            raise Refused(_("Say why this must be readable."), field=f"why_{name}")


def _today(by: User) -> int:
    """Rows they asked for on their own word within a day: a long list in many pieces is a long list."""
    lately = Export.objects.filter(asked_by=by, needs_second=False, asked_at__gt=timezone.now() - DAY)
    return lately.aggregate(n=Sum("rows"))["n"] or 0


def _create(wanted: Wanted, viewer: Viewer, filters: dict[str, str], rows: int, needs_second: bool) -> Export:
    listing, now = LISTINGS[wanted.which], timezone.now()
    columns = [column.name for column in listing.chosen(wanted.columns)]
    return Export.objects.create(
        which=wanted.which,
        form=wanted.form,
        language=get_language() or settings.LANGUAGE_CODE,
        purpose=wanted.purpose,
        words=wanted.words,
        filters=filters,
        columns=" ".join(columns),
        unmasked=" ".join(name for name in columns if name in wanted.why),
        why=dict(wanted.why),
        place=shared(viewer.overseen_codes),
        scope=scope_of(viewer),
        rows=rows,
        needs_second=needs_second,
        state=State.WAITING if needs_second else State.APPROVED,
        asked_by=viewer.user,
        asked_at=now,
        expires_at=now + timedelta(hours=settings.EXPORT_HOURS),
        most_downloads=settings.EXPORT_DOWNLOADS,
    )


def _hold_to(export: Export, subjects: Sequence[int]) -> None:
    """What a second person will be asked about: `making` takes nothing else, whatever the filter finds by then."""
    ExportRow.objects.bulk_create((ExportRow(export=export, row=pk) for pk in subjects), batch_size=500)


def scope_of(viewer: Viewer) -> str:
    """Equal only for who sees the same places: what a file of numbers was made for."""
    return key_of("scope", viewer.scope)[:40]


# --- the second person -----------------------------------------------------------------------------
@transaction.atomic
def approve(export: Export, *, by: User, why: str) -> None:
    _decide(export, State.APPROVED, by, why)
    lapses = timezone.now() + timedelta(hours=settings.EXPORT_HOURS)
    Export.objects.filter(pk=export.pk).update(expires_at=lapses)
    write_down("approved", export, by=by)


@transaction.atomic
def refuse(export: Export, *, by: User, why: str) -> None:
    _decide(export, State.REFUSED, by, why)
    ExportRow.objects.filter(export=export).delete()
    write_down("refused", export, by=by)


def _decide(export: Export, state: State, by: User, why: str) -> None:
    if not why:
        raise Refused(_("Say why, for who asked and for whoever looks later."), field="decision")
    if export.asked_by_id == by.pk:
        raise Refused(_("You asked for it yourself, so somebody else has to decide."))
    now = timezone.now()
    waiting = Export.objects.waiting().filter(pk=export.pk, expires_at__gt=now).exclude(asked_by=by.pk)
    export.state, export.decided_by, export.decided_at, export.decision = state, by, now, why
    if not waiting.update(state=state, decided_by=by, decided_at=now, decision=why):
        raise Refused(_("It does not wait any more: somebody decided already, or it is too late."))


# --- fetching ---------------------------------------------------------------------------------------
def fetch(export: Export, *, by: User) -> Iterator[bytes]:
    """The pieces of the file, counted as fetched. Refused when it is over, or they do not see all of it any more."""
    if not is_in_reach(export, Viewer(by)):
        end(export, End.OUT_OF_REACH, by=None)
        raise Refused(_("You do not see everything in this file any more, so it is destroyed. Ask again."))
    with transaction.atomic():
        there = Export.objects.fetchable().filter(pk=export.pk, asked_by=by)
        if not there.update(downloads=F("downloads") + 1):
            raise Refused(_("It cannot be fetched any more. Ask for it again."))
        export.refresh_from_db()
        write_down("fetched", export, by=by, times=export.downloads)
        if export.downloads == 1:
            _tell_whom_it_shows(export, by)
        file = _open(export.file)  # before it may be ended; once open it can be read to its end
    return _closing(file, opened(cast(BinaryIO, file), export.file_key, export.uid.hex))


def _tell_whom_it_shows(export: Export, by: User) -> None:
    """Those whose details it holds whole can read that somebody looked, as of any other opening."""
    listing = LISTINGS[export.which]
    fields = {column.sealed for column in listing.chosen(export.unmasked_names) if column.sealed}
    if not fields or listing.in_scope is None:
        return
    viewer, held = Viewer(by), ExportRow.objects.filter(export=export).values("row")
    rows = listing.in_scope(viewer).filter(pk__in=held).select_related("community").order_by("pk")
    said = _("Exported list, for %(purpose)s: %(words)s")
    words = said % {"purpose": export.get_purpose_display(), "words": export.words}
    show_in_list(rows.iterator(500), fields=fields, by=by, role_of=viewer.role_over, words=words)


def _open(name: str) -> File[bytes]:
    try:
        return default_storage.open(name, "rb")
    except OSError:
        raise Refused(_("The file is not there any more. Ask for it again.")) from None


def _closing(file: File[bytes], pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    finally:
        file.close()


def is_in_reach(export: Export, viewer: Viewer) -> bool:
    """Whether they may still have all that is in it."""
    listing = LISTINGS.get(export.which)
    if listing is None or not access.asks(viewer):
        return False
    if listing.in_scope is None:
        return export.scope == scope_of(viewer)
    held = ExportRow.objects.filter(export=export)
    return listing.in_scope(viewer).filter(pk__in=held.values("row")).count() == held.count()


# --- the end ----------------------------------------------------------------------------------------
@transaction.atomic
def end(export: Export, why: End, *, by: User | None) -> bool:
    """Destroy the file, its key and the record of what is in it. False if it had ended already."""
    file = export.file
    ended = (
        Export.objects.open()
        .filter(pk=export.pk)
        .update(state=State.ENDED, end=why, ended_at=timezone.now(), file="", file_key="")
    )
    if not ended:
        return False
    ExportRow.objects.filter(export=export).delete()
    write_down("expired" if why in (End.EXPIRED, End.USED_UP) else "ended", export, by=by, end=str(why.value))
    if file:
        transaction.on_commit(lambda: default_storage.delete(file), robust=True)
    return True


def give_up(export: Export, *, by: User) -> None:
    """Who asked needs it no more."""
    if not end(export, End.GIVEN_UP, by=by):
        raise Refused(_("It has ended already."))


def end_over(stop: Stop = NEVER) -> int:
    """Each that is too late or used up, and files that no row knows. Gives how many."""
    rows = list(Export.objects.over().order_by("pk").values_list("pk", flat=True)[:2_000])
    return one_by_one("end of an export", rows, _end_one, stop) + _sweep()


def _end_one(pk: int) -> bool:
    export = Export.objects.over().filter(pk=pk).first()
    if export is None:
        return False
    is_used_up = export.state == State.READY and not export.downloads_left
    return end(export, End.USED_UP if is_used_up else End.EXPIRED, by=None)


FOLDER = "exports"
_YOUNG = timedelta(hours=1)


def _sweep() -> int:
    """Files left by a process that was killed between its file and its row, or its row and its file."""
    if not default_storage.exists(FOLDER):
        return 0
    names = [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    known = set(Export.objects.exclude(file="").values_list("file", flat=True))
    before = timezone.now() - _YOUNG
    lost = [name for name in names if name not in known and default_storage.get_modified_time(name) < before]
    for name in lost:
        default_storage.delete(name)
    return len(lost)


def forget_old() -> int:
    """What was asked for three years ago; the audit still says that it was."""
    old = Export.objects.filter(asked_at__lt=timezone.now() - KEPT).exclude(pk__in=Export.objects.open().values("pk"))
    return old.delete()[0]


def write_down(what: str, export: Export, *, by: User | None, **more: str | int) -> None:
    """A row of the audit: counts, codes and names of columns."""
    details = {"list": export.which, "rows": export.rows, "unmasked": export.unmasked, "form": export.form, **more}
    record(
        f"export.{what}",
        by=by,
        subject=("export", export.uid.hex),
        place=export.place,
        fields=export.column_names,
        why=export.purpose,
        details={name: value for name, value in details.items() if value != ""},
    )
