"""The one way rows lose all that names somebody: at a campaign's end, by a rule of retention, again after a restore.

Each verb takes ids of one batch and a `Ledger`, and runs in the caller's transaction. What hangs on a row goes with
it: photos and their files, messages, drafts, the history that repeats it. The search indexes follow by themselves
(triggers, GIN); what deleted rows leave in the database's file is `sweep`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from resilience.outbox.actions import forget_about

from ..models import (
    Assignment,
    DoomedFile,
    FileChange,
    Household,
    HouseholdPhone,
    LifeEvent,
    Opening,
    Photo,
    RequestDraft,
    RequestEvent,
    RequestItem,
    Resident,
    ResidentNeed,
    ServiceRequest,
    Visit,
    VisitCheck,
)
from ..models.households import new_door_key
from ..signals import purging
from ..tombstones import FILE, HOUSEHOLD, NEED, PHOTO, REQUEST, RESIDENT, VISIT
from ..wording import HIDDEN
from . import care
from .ledger import Ledger

BATCH = 200  # rows of a transaction
_EMPTY: dict[str, Any] = {
    "text": "", "address": "", "person_name": "", "phone": "", "phone_index": None, "filer_name": "",
    "filer_phone": "", "filer_phone_index": None, "household": None, "building": None,
}  # fmt: skip
_FRESH = ("code", "token", "submission_key", "anonymised_at", "updated_at")


def _tell(ledger: Ledger, **rows: object) -> None:
    told: dict[str, object] = {"requests": {}, "visits": [], "needs": [], "residents": [], "households": [], **rows}
    purging.send(sender=Ledger, ledger=ledger, **told)


def _unlog(model: type[Model], pks: Collection[int]) -> None:
    """Django's own log of the administration calls a row what it was called then, and may name rows beneath it.

    Who did something there and when stays. A row that a restored backup brings back is purged again, and so is this.
    """
    logged = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    logged.filter(object_id__in=[str(pk) for pk in pks]).update(object_repr="", change_message="")


# --- requests -------------------------------------------------------------------------------------
def anonymise_requests(pks: Collection[int], ledger: Ledger) -> int:
    """What statistics count stays: when, what kind, which community and grid, who worked on it. Nothing else does.

    The request gets a new code and link that nobody was told: the old ones are as unknown as any. Only ended ones.
    """
    rows = list(ServiceRequest.unscoped.ended().identified().filter(pk__in=pks).select_for_update(of=("self",)))
    ids = [row.pk for row in rows]
    if not ids:
        return 0
    codes, keys = {row.pk: row.code for row in rows}, [row.submission_key for row in rows]
    _tell(ledger, requests=codes)
    ledger.anonymised(REQUEST, [(key,) for key in keys])
    _photos(Photo.unscoped.filter(Q(service_request__in=ids) | Q(draft_key__in=keys)), ledger)
    _words_of(ids, {row.pk: row.submission_key for row in rows}, ledger)
    ledger.destroyed("outbox.message", [(uid,) for uid in forget_about(codes.values())])
    drafts = RequestDraft.objects.filter(key__in=keys)
    ledger.destroyed("households.requestdraft", drafts.values_list("key"))
    drafts.delete()
    _openings(Opening.objects.filter(service_request__in=ids), ledger)
    Opening.objects.filter(about__in=ids).update(about=None)  # a file's, which must not lead to the request
    Visit.unscoped.filter(service_request__in=ids).update(service_request=None)
    _unlog(ServiceRequest, ids)
    _blank(rows)
    return len(ids)


def _words_of(ids: list[int], keys: dict[int, object], ledger: Ledger) -> None:
    """Everything that was said in them or, of them, in others they were joined with."""
    # No way back from a rewritten event to a phone's form, so its key goes, too.
    events = RequestEvent.unscoped.filter(service_request__in=ids)
    ledger.anonymised("households.requestevent", _under(keys, events.values_list("service_request", "pk")))
    events.update(note="", details={}, key=None)
    RequestEvent.unscoped.filter(other__in=ids).exclude(note="").update(note="")
    items = RequestItem.unscoped.filter(service_request__in=ids).exclude(words="")
    ledger.anonymised("households.requestitem", _under(keys, items.values_list("service_request", "pk")))
    items.update(words="")
    notes = Assignment.objects.filter(service_request__in=ids).exclude(note="")
    ledger.anonymised("households.assignment", _under(keys, notes.values_list("service_request", "pk")))
    notes.update(note="")


def _under(keys: dict[int, object], rows: Iterable[tuple[Any, ...]]) -> list[tuple[object, ...]]:
    """A row that has no random identifier of its own is known by its owner's and its number."""
    return [(keys[owner], pk) for owner, pk in rows]


def _openings(openings: QuerySet[Opening], ledger: Ledger) -> None:
    """Who looked at what is no more. The audit keeps that they did, by a code or uid that leads nowhere then."""
    ledger.destroyed("households.opening", openings.values_list("by__uid", "pk"))
    openings.delete()


def _blank(rows: Sequence[ServiceRequest]) -> None:
    now = timezone.now()
    ServiceRequest.unscoped.filter(pk__in=[row.pk for row in rows]).update(**_EMPTY)
    for row in rows:
        fresh = ServiceRequest()  # with a code and a link as a new one gets them
        row.code, row.token, row.submission_key = fresh.code, fresh.token, fresh.submission_key
        row.anonymised_at = row.updated_at = now
    ServiceRequest.unscoped.bulk_update(rows, _FRESH, batch_size=50)


# --- photos ---------------------------------------------------------------------------------------
def destroy_photos(pks: Collection[int], ledger: Ledger) -> int:
    return _photos(Photo.unscoped.filter(pk__in=pks), ledger)


def _photos(photos: QuerySet[Photo], ledger: Ledger) -> int:
    """The rows at once; the files by `files.unlink_doomed`, as often as it takes."""
    rows = list(photos.values_list("pk", "uid", "image"))
    ledger.destroyed(PHOTO, [(uid,) for _pk, uid, _name in rows])
    ledger.destroyed(FILE, [(name,) for _pk, _uid, name in rows])
    DoomedFile.objects.bulk_create(
        (DoomedFile(name=name, destruction=ledger.destruction) for _pk, _uid, name in rows), ignore_conflicts=True
    )
    Photo.unscoped.filter(pk__in=[row[0] for row in rows]).delete()
    return len(rows)


# --- visits and needs -----------------------------------------------------------------------------
def destroy_visits(pks: Collection[int], ledger: Ledger) -> int:
    """With their photos. The day of a household's last contact stays on its file: it says nothing of what was found."""
    visits = Visit.unscoped.filter(pk__in=pks)
    rows = list(visits.select_for_update(of=("self",)).values_list("pk", "uid"))
    ids = [pk for pk, _uid in rows]
    _tell(ledger, visits=ids)
    ledger.destroyed(VISIT, [(uid,) for _pk, uid in rows])
    _unlog(Visit, ids)
    _photos(Photo.unscoped.filter(visit__in=ids), ledger)
    checks = VisitCheck.objects.filter(visit__in=ids)
    ledger.destroyed("households.visitcheck", checks.values_list("visit__uid", "pk"))
    visits.filter(pk__in=ids).delete()
    return len(ids)


def destroy_needs(pks: Collection[int], ledger: Ledger) -> int:
    """With all that the file's history says of them. What is due at the door is set anew without them."""
    needs = ResidentNeed.unscoped.filter(pk__in=pks).select_for_update(of=("self",))
    rows = list(needs.select_related("resident", "kind").defer("note").order_by("pk"))
    ids = [row.pk for row in rows]
    _tell(ledger, needs=ids)
    ledger.destroyed(NEED, [(row.resident.uid, row.pk) for row in rows])
    _unlog(ResidentNeed, ids)
    changes = FileChange.unscoped.filter(need__in=ids)
    ledger.destroyed("households.filechange", changes.values_list("household__uid", "pk"))
    checks = VisitCheck.objects.filter(need__in=ids)
    ledger.destroyed("households.visitcheck", checks.values_list("visit__uid", "pk"))
    for row in rows:
        _strike_out(FileChange.unscoped.filter(resident=row.resident, need=None), {"need": row.kind.code}, ledger)
    ResidentNeed.unscoped.filter(pk__in=ids).delete()
    homes = {home for row in rows for home in (row.resident.household_id, row.resident.stays_with_id) if home}
    care.refresh_all(Household.unscoped.current().filter(pk__in=homes).values_list("pk", flat=True))
    return len(ids)


def _strike_out(changes: QuerySet[FileChange], values: dict[str, str], ledger: Ledger) -> None:
    """Take these values of these fields out of entries that say other things, too."""
    for change in changes:
        kept = [_without(each, values) for each in change.changes]
        if kept != change.changes:
            change.changes = kept
            change.save(update_fields=["changes"])
            ledger.anonymised("households.filechange", [(change.household.uid, change.pk)])


def _without(said: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    wanted = values.get(said.get("field", ""))
    if wanted is None:
        return said
    return {**said, **{side: HIDDEN for side in ("old", "new") if said.get(side) == wanted}}


# --- people and files -----------------------------------------------------------------------------
def destroy_people(pks: Collection[int], ledger: Ledger) -> int:
    """People who are not there any more, with their needs, their life events and what the history says of them."""
    rows = list(Resident.unscoped.filter(pk__in=pks).select_for_update(of=("self",)).order_by("pk"))
    ids = [row.pk for row in rows]
    _tell(ledger, residents=ids)
    destroy_needs(list(ResidentNeed.unscoped.filter(resident__in=ids).values_list("pk", flat=True)), ledger)
    ledger.destroyed(RESIDENT, [(row.uid,) for row in rows])
    _unlog(Resident, ids)
    _openings(Opening.objects.filter(resident__in=ids), ledger)
    for model in (LifeEvent, FileChange):
        theirs = model._default_manager.filter(resident__in=ids)
        ledger.destroyed(model._meta.label_lower, theirs.values_list("household__uid", "pk"))
        theirs.delete()
    for row in rows:
        named = dict.fromkeys(("contact", "name"), row.name)
        _strike_out(FileChange.unscoped.filter(household=row.household).select_related("household"), named, ledger)
    Resident.unscoped.filter(pk__in=ids).delete()
    return len(ids)


def empty_files(pks: Collection[int], ledger: Ledger) -> int:
    """Files that were closed: the door stays as a place, without phones, notes and history; its code is worthless."""
    rows = list(Household.unscoped.filter(pk__in=pks, until_date__isnull=False).select_for_update(of=("self",)))
    ids = [row.pk for row in rows]
    _tell(ledger, households=ids)
    ledger.anonymised(HOUSEHOLD, [(row.uid,) for row in rows])
    _unlog(Household, ids)
    _openings(Opening.objects.filter(household__in=ids), ledger)
    for model in (HouseholdPhone, FileChange, LifeEvent):
        theirs = model._default_manager.filter(household__in=ids)
        ledger.destroyed(model._meta.label_lower, theirs.values_list("household__uid", "pk"))
        theirs.delete()
    for row in rows:
        row.door_note, row.care_colour, row.door_key = "", "", new_door_key()
    Household.unscoped.bulk_update(rows, ["door_note", "care_colour", "door_key"])
    return len(ids)
