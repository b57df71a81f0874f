"""Doing what was asked: putting a detail right, and deleting, by the verbs of the register and of destruction."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from households.actions import purge, residents
from households.actions.files import unlink_doomed
from households.actions.ledger import Ledger
from households.actions.openings import open_values
from households.actions.sweep import sweep
from households.models import HouseholdPhone, OpeningReason, Resident, ServiceRequest
from resilience.accounts.models import User
from resilience.lib.crypto import blind_indexes
from resilience.lib.errors import Refused
from resilience.lib.rows import NEVER, Stop
from resilience.outbox.actions import forget
from resilience.outbox.models import Message, MessageState

from ..correcting import FIELDS, details_with
from ..kept import Plan, plan_of
from ..models import DataRequest, Kind, RequestState
from ..sealed import proposed_value
from .data_requests import close, locked, told_key

RULE = "person"
"""Stands on the tombstones, where a rule of retention else does."""
SWEPT_FOR = timedelta(hours=3)


@transaction.atomic
def correct(data_request: DataRequest, *, words: str, by: User) -> None:
    """Put what they propose into the file, with its history. What the register refuses is refused here, too."""
    current = locked(data_request.pk)
    resident, proposed = current.resident, current.proposed
    if current.kind != Kind.CORRECT or resident is None or proposed.get("field") not in FIELDS:
        raise Refused(_("There is nothing to put right in this."))
    try:
        details = details_with(resident, proposed["field"], proposed["value"])
    except ValidationError as fault:
        raise Refused(fault.messages[0]) from None
    residents.amend(resident, details=details, by=by, why=_("They asked for it."))
    close(current, RequestState.DONE, words=words, by=by)


@transaction.atomic
def show_proposed(data_request: DataRequest, *, by: User, role: str) -> str:
    """What should stand in place of a sealed detail, for who compares it: an opening like any other of that detail."""
    current = locked(data_request.pk)
    value = proposed_value(current) if current.is_open else None
    if value is None or current.resident is None:
        raise Refused(_("There is nothing to put right in this."))
    reason = OpeningReason.FILE
    open_values(current.resident, fields=[value.field], given=[value], reason=reason, by=by, role=role)
    return value.text


@transaction.atomic
def delete(data_request: DataRequest, *, words: str, by: User) -> None:
    """Take away all that need not stay; what stays, and why, is kept with the request for them to read.

    Of what was written down at the desk, somebody else carries it out: nobody deletes a person on their own word.
    """
    current = locked(data_request.pk)
    resident = current.resident
    if current.kind != Kind.DELETE or resident is None:
        raise Refused(_("There is nothing to delete in this."))
    if current.needs_somebody_else_than(by.pk):
        raise Refused(_("You wrote this down yourself, so somebody else of the office deletes it."))
    plan, ledger = plan_of(resident), Ledger(rule=RULE)
    current.kept = plan.stays
    close(current, RequestState.DONE, words=words, by=by)  # first: of who it was the audit knows while they are there
    _destroy(plan, resident, ledger)
    _forget_telling(current, ledger)
    ledger.write()


def _forget_telling(data_request: DataRequest, ledger: Ledger) -> None:
    """The message that said so holds their number. One that has not gone out yet still does."""
    told = Message.objects.filter(key=told_key(data_request)).exclude(state=MessageState.WAITING)
    ledger.destroyed("outbox.message", [(uid,) for uid in forget(told.values_list("pk", flat=True))])


def _destroy(plan: Plan, resident: Resident, ledger: Ledger) -> None:
    """In batches that the verbs take; all of it in this one transaction, or nothing."""
    for verb, pks in (
        (purge.anonymise_requests, plan.requests),
        (purge.destroy_visits, plan.visits),
        (purge.destroy_needs, plan.needs),
        (purge.destroy_people, [resident.pk] if plan.is_whole else []),
    ):
        for start in range(0, len(pks), purge.BATCH):
            verb(pks[start : start + purge.BATCH], ledger)
    if plan.is_whole and resident.phone:  # their number among the flat's
        known_as = blind_indexes("phone", resident.phone)
        phones = HouseholdPhone.unscoped.filter(household=resident.household_id, number_index__in=known_as)
        ledger.destroyed("households.householdphone", phones.values_list("household__uid", "pk"))
        phones.delete()
    # Of what they asked for somebody else: no word of who did.
    others = ServiceRequest.unscoped.filter(pk__in=plan.for_others)
    others.filter(filer_phone_index__isnull=True).update(phone="", phone_index=None)
    others.update(filer_name="", filer_phone="", filer_phone_index=None)


def sweep_deleted(stop: Stop = NEVER) -> int:
    """Remove files, and overwrite in the database's own files what was deleted lately. How many requests' worth."""
    lately = DataRequest.objects.filter(
        kind=Kind.DELETE, state=RequestState.DONE, closed_at__gte=timezone.now() - SWEPT_FOR
    ).count()
    if lately:
        unlink_doomed(stop)
        sweep()
    return lately
