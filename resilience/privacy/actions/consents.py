"""Agreeing, saying no and taking back; and what stops when somebody does.

Special needs end at once when the word was given to one of us. Given on the page of a request nobody has seen who gave
it, and somebody who needs care may come to harm by it: what they said holds, nothing new is noted, and one of us calls
them before anything ends.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from households.actions import needs as need_verbs
from households.models import Household, Resident, ServiceRequest
from resilience.accounts.models import User
from resilience.audit.actions import record
from resilience.lib.dates import today
from resilience.lib.errors import Refused

from ..models import (
    Answer,
    Consent,
    ConsentText,
    DataRequest,
    Given,
    Guardian,
    How,
    Identity,
    Kind,
    Purpose,
)
from ..models.consents import is_child
from . import data_requests
from .data_requests import Asking

GROWN_UP = 18


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said, cleaned. `guardian` is who spoke, where they are in the register; else `guardian_name`."""

    purpose: Purpose
    answer: Answer
    how: How
    given_by: Given = Given.SELF
    guardian: Resident | None = None
    guardian_name: str = ""
    guardian_is: Guardian | str = ""


@transaction.atomic
def say(resident: Resident, word: Word, *, by: User | None, page: ServiceRequest | None = None) -> Consent:
    """Yes or no, to the words that hold today. Said again to the same words, nothing changes. `by` is None for the
    person themselves, on the `page` of that request. A no stops what rests on it."""
    current = _locked(resident)
    _may_say(current, word)
    text = ConsentText.objects.current().filter(purpose=word.purpose).first()
    if text is None:
        raise Refused(_("There are no words for this yet: staff write them in the administration."))
    before = _standing(current, word.purpose)
    if before is not None and (before.text_id, before.answer) == (text.pk, word.answer):
        return before
    if before is not None:
        _end(before, by)
    is_guardian = word.given_by == Given.GUARDIAN
    made = Consent.objects.create(
        resident=current,
        purpose=word.purpose,
        text=text,
        answer=word.answer,
        is_child=is_child(current),
        given_by=word.given_by,
        guardian=word.guardian if is_guardian else None,
        guardian_name=_name_of(word) if is_guardian else "",
        guardian_is=word.guardian_is if is_guardian else "",
        how=word.how,
        recorded_by=by,
    )
    _write_down("given" if word.answer == Answer.YES else "refused", made, by=by)
    if word.answer == Answer.NO:
        _stop(current, word.purpose, by, page)
    return made


@transaction.atomic
def take_back(resident: Resident, purpose: Purpose, *, by: User | None, page: ServiceRequest | None = None) -> bool:
    """As easy as agreeing, and for anybody who may: what rests on it stops. False when nothing stood."""
    current = _locked(resident)
    before = _standing(current, purpose)
    if before is None or before.answer != Answer.YES:
        return False
    _end(before, by)
    _write_down("taken_back", before, by=by)
    _stop(current, purpose, by, page)
    return True


def _locked(resident: Resident) -> Resident:
    """The household first, as every verb of the file does."""
    Household.unscoped.select_for_update(of=("self",)).get(pk=resident.household_id)
    rows = Resident.unscoped.select_related("household__community", "household__building")
    return rows.select_for_update(of=("self",)).get(pk=resident.pk)


def _may_say(resident: Resident, word: Word) -> None:
    if word.given_by == Given.SELF:
        if is_child(resident):
            raise Refused(_("Under 14, only a parent or another guardian can say so."), field="given_by")
        return
    if not word.guardian_is:
        raise Refused(_("Say what the guardian is to them."), field="guardian_is")
    if not _name_of(word):
        raise Refused(_("Write the name of the guardian."), field="guardian_name")
    if word.guardian is not None and word.guardian.pk == resident.pk:
        raise Refused(_("Nobody is their own guardian."), field="guardian")
    if word.guardian is not None and word.guardian.age is not None and word.guardian.age < GROWN_UP:
        raise Refused(_("A guardian is grown up; by the file this person is not."), field="guardian")


def _name_of(word: Word) -> str:
    return word.guardian.name if word.guardian else word.guardian_name


def _standing(resident: Resident, purpose: Purpose) -> Consent | None:
    return Consent.objects.filter(resident=resident, purpose=purpose, ended_at__isnull=True).first()


def _end(before: Consent, by: User | None) -> None:
    before.ended_at, before.ended_recorded_by = timezone.now(), by
    before.save(update_fields=["ended_at", "ended_recorded_by"])


def _stop(resident: Resident, purpose: Purpose, by: User | None, page: ServiceRequest | None) -> None:
    """Special needs end today. Messages and photos are asked about when they would be sent or taken: `receivers`."""
    if purpose != Purpose.CARE:
        return
    if by is None:
        _let_call_first(resident, page)
    else:
        end_needs(resident, by=by)


def end_needs(resident: Resident, *, by: User) -> None:
    """All of them, today. In the caller's transaction."""
    for need in resident.needs.active().select_related("kind", "resident__household"):
        day = max(today(), need.since_date)
        need_verbs.end(need, until_date=day, why=_("They do not agree any more that it is kept."), by=by)


def _let_call_first(resident: Resident, page: ServiceRequest | None) -> None:
    """A task with the clock of 30 days; the desk and who answers for the door hear of it now. One while it is open."""
    if DataRequest.objects.to_end_care_of(resident).exists() or not resident.needs.active().exists():
        return
    asking = Asking(kind=Kind.END_CARE, identity=Identity.PROOF, service_request=page)
    data_requests.let_call(data_requests.ask(resident, asking, by=None))


def _write_down(deed: str, consent: Consent, *, by: User | None) -> None:
    resident = consent.resident
    record(
        f"consent.{deed}",
        by=by,
        subject=("resident", resident.uid.hex),
        place=resident.household.community.code,
        details={
            "purpose": str(consent.purpose), "version": consent.text.version, "by": str(consent.given_by),
            "how": str(consent.how),
        },
    )  # fmt: skip
