"""The form on its way: keeping it, its photos, turning it into a request, and forgetting it.

Shared with the staff's form: `Answers` (what a valid `forms.drafts.AskForm` says), `Place`, and `asked()`, which makes
of both the `Asked` that `requests.file_request` files.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from resilience.accounts import limits
from resilience.lib.dates import today
from resilience.lib.photos import CleanPhoto, take_photo
from resilience.lib.prepared import again

from .. import reference
from ..models import (
    Building,
    Category,
    Consent,
    EventKind,
    Household,
    Photo,
    Region,
    RequestDraft,
    RequestEvent,
    ServiceRequest,
    Source,
    Urgency,
)
from ..models.drafts import DRAFT_LIFE, DraftQuerySet
from ..models.photos import PHOTOS_A_REQUEST
from ..models.requests import RequestQuerySet
from . import photos, telling
from .answers import add_words
from .ask_limits import count_form, please_call
from .moves import deadlines
from .requests import Asked, NewItem, phone_index, phone_indexes


@dataclass(frozen=True, slots=True)
class Answers:
    """What a valid form says. `categories`: each tile chosen, or its finer kinds, in the order of staff.

    `often`: every how many days, by the code of a need that comes back.
    """

    categories: Sequence[Category]
    urgency: Urgency
    name: str
    phone: str
    text: str = ""
    often: Mapping[str, int] = field(default_factory=dict)
    is_for_other: bool = False
    their_name: str = ""
    their_phone: str = ""
    consent: Consent = Consent.OWN


@dataclass(frozen=True, slots=True)
class Place:
    """Where help is needed. `household` loaded `with_responsible()`, `building` and `community`."""

    community: Region
    household: Household | None = None
    building: Building | None = None
    address: str = ""

    @property
    def label(self) -> str:
        """As staff read it, whatever language the resident uses."""
        with override(settings.LANGUAGE_CODE):
            if self.household:
                return self.household.address
            if not self.building and not self.address:
                return _("not said; ring back")
            return f"{self.building.name} {self.address}" if self.building else self.address


def asked(
    answers: Answers,
    place: Place,
    *,
    key: uuid.UUID,
    source: Source,
    language: str,
    has_photos: bool = False,
    photos: Sequence[CleanPhoto] = (),
) -> Asked:
    """What to file. Several needs, or one that comes back, become items; the most pressing one leads."""
    is_plain = len(answers.categories) == 1 and not answers.often
    needs = tuple(NewItem(each, every_days=answers.often.get(each.code)) for each in answers.categories)
    items = () if is_plain else needs
    is_for_other = answers.is_for_other
    return Asked(
        key=key,
        community=place.community,
        household=place.household,
        building=place.building,
        address=place.label,
        category=_leading(answers),
        urgency=answers.urgency,
        text=answers.text,
        source=source,
        items=items,
        language=language,
        has_photos=has_photos,
        photos=photos,
        person_name=answers.their_name if is_for_other else answers.name,
        phone=answers.their_phone if is_for_other else answers.phone,
        filer_name=answers.name if is_for_other else "",
        filer_phone=answers.phone if is_for_other else "",
        consent=answers.consent,
    )


def _leading(answers: Answers) -> Category:
    return min(answers.categories, key=lambda each: reference.limits(each, answers.urgency).respond_minutes)


# --- keeping it ---------------------------------------------------------------------------------
def load(key: uuid.UUID | None) -> RequestDraft | None:
    """The draft of that key while it lives, with its place: one statement."""
    if key is None:
        return None

    def rows(key: uuid.UUID, since: datetime) -> DraftQuerySet:
        return RequestDraft.objects.alive(since).with_place().filter(key=key)

    # `with_place` looks who is away today.
    for draft in again(("draft", today()), rows, key=key, since=timezone.now() - DRAFT_LIFE):
        if draft.household:
            draft.household.responsible_id = draft.responsible_id
        return draft
    return None


def is_scanned(draft: RequestDraft, door: Household) -> bool:
    """Whether it is for that very door, and by its code."""
    return draft.household_id == door.pk and bool(draft.answers.get("by_door"))


def keep(draft: RequestDraft | None, answers: dict[str, Any], *, door: Household | None = None) -> RequestDraft:
    """Write answers, right or wrong, over those kept before; begins a draft when there is none (see `ask_limits`).

    `door` is the household whose code was scanned.
    """
    draft = draft or RequestDraft(answers={})
    before = dict(draft.answers)
    if "what" in answers and answers["what"] != draft.answers.get("what"):
        draft.answers.pop("kind", None)
    draft.answers.update(answers)
    if door:
        draft.household = door
        draft.answers.update({"by_door": True, "place": None})
    _mark_changed(draft, draft.answers != before)
    draft.save()
    return draft


def _mark_changed(draft: RequestDraft, is_changed: bool = True) -> None:
    """Remember that something was written after the form had been filed: its answer may never have arrived."""
    if draft.sent_token and is_changed:
        draft.answers["is_changed"] = True


def count_before_filing(draft: RequestDraft, phone: str) -> None:
    """Refuse to file what was refused, or never counted, when it was filled in. No statement when it was counted."""
    counted = count_form(draft, phone)
    if counted.items() <= draft.answers.items():
        return
    draft.answers.update(counted)
    draft.save(update_fields=["answers"])


def choose_household(draft: RequestDraft, household: Household) -> None:
    """The door was picked from the list, not scanned."""
    _mark_changed(draft, draft.household_id != household.pk)
    draft.household = household
    draft.answers.update({"by_door": False, "place": None})
    draft.save(update_fields=["household", "answers"])


def write_place(draft: RequestDraft, *, community: Region, building: Building | None, address: str) -> None:
    """A door that is not in the register, in their own words."""
    _mark_changed(draft)
    place = {"community": community.code, "building": str(building.uid) if building else "", "address": address}
    draft.household = None
    draft.answers.update({"by_door": False, "place": place})
    draft.save(update_fields=["household", "answers"])


def place_of(draft: RequestDraft) -> Place | None:
    """Where it is for, or None while nobody has said. No statement for a household, two for an address in words."""
    if draft.household:
        return Place(draft.household.community, household=draft.household)
    written = draft.answers.get("place") or {}
    community = Region.objects.current().communities().filter(code=written.get("community", "")).first()
    if community is None:
        return None
    buildings = Building.objects.current().filter(community=community)
    building = buildings.filter(uid=written["building"]).first() if written.get("building") else None
    return Place(community, building=building, address=str(written.get("address", "")))


# --- photos -------------------------------------------------------------------------------------
def photos_of(draft: RequestDraft | None) -> list[Photo]:
    if draft is None or not draft.answers.get("has_photos"):
        return []
    return list(Photo.unscoped.filter(draft_key=draft.key, service_request__isnull=True).order_by("id"))


def add_photos(draft: RequestDraft, files: Iterable[UploadedFile]) -> list[str]:
    """Keep each file that is a photo, up to four in all; a sentence for each that was not kept."""
    files = list(files)
    if not files:
        return []
    if limits.count((limits.ASK_PHOTOS, str(draft.key))):
        return [please_call()]
    room = PHOTOS_A_REQUEST - len(photos_of(draft))
    clean, faults = _look_at(files[:room])
    if len(files) > room:
        faults.append(_("At most %(most)d photos fit. Remove one to add another.") % {"most": PHOTOS_A_REQUEST})
    if clean:
        _mark_changed(draft)
        draft.answers["has_photos"] = True
        with transaction.atomic():
            photos.store(clean, draft_key=draft.key)
            draft.save(update_fields=["answers"])
    return faults


def _look_at(files: Iterable[UploadedFile]) -> tuple[list[CleanPhoto], list[str]]:
    clean, faults = [], []
    for file in files:
        try:
            clean.append(take_photo(file, file.size or 0))
        except ValidationError as fault:
            faults += fault.messages
    return clean, list(dict.fromkeys(faults))


def remove_photo(draft: RequestDraft, uid: uuid.UUID) -> None:
    """Take one photo off; nothing happens when it is not this draft's."""
    photos.throw_away(Photo.unscoped.filter(draft_key=draft.key, service_request__isnull=True, uid=uid))


# --- add to what was asked before ---------------------------------------------------------------
def asked_before(draft: RequestDraft, phone: str) -> ServiceRequest | None:
    """The open request of this door and this phone, if the door was *scanned* and both match.

    A code on a corridor's door must tell nobody anything of the household, and a phone number alone is no secret.
    So whoever has both learns one thing, the day; never what, for whom or how it stands. See `add_to`.
    """
    if not draft.household_id or not draft.answers.get("by_door") or not phone:
        return None

    def rows(household: int, **indexes: bytes) -> RequestQuerySet:
        return ServiceRequest.unscoped.open().filter(household=household).of_phones(indexes.values()).newest_first()[:1]

    indexes = {f"index_{number}": index for number, index in enumerate(phone_indexes(phone))}
    question = ("asked before", len(indexes))
    return next(iter(again(question, rows, household=draft.household_id, **indexes)), None)


@transaction.atomic
def add_to(service_request: ServiceRequest, draft: RequestDraft, answers: Answers) -> None:
    """Add the form's words and photos to what was asked before: written blindly, nothing of it is shown.

    Once per draft: a second tap finds the draft gone and changes nothing.
    """
    if not RequestDraft.objects.filter(key=draft.key).delete()[0]:
        return
    event = add_words(service_request, text=answers.text, needs=answers.categories)
    _hand_photos(draft, service_request, event)


def _hand_photos(draft: RequestDraft, service_request: ServiceRequest, event: RequestEvent) -> None:
    if draft.answers.get("has_photos"):
        Photo.unscoped.filter(draft_key=draft.key, service_request__isnull=True).update(
            service_request=service_request, event=event
        )


# --- changed after it was sent ------------------------------------------------------------------
@transaction.atomic
def add_changes(filed: ServiceRequest, draft: RequestDraft, now_asked: Asked) -> None:
    """Add to a request what its form says differently by now: the answer to sending got lost, and they wrote on.

    Names and phones are put right in the request, 'life in danger' counts from now; all else is added as their words,
    with the new photos. Once per draft, which is gone afterwards. Nothing happens when nothing differs.
    """
    person, details = _who_differs(filed, now_asked), _what_differs(filed, now_asked)
    words = _words_that_differ(filed, now_asked)
    photos_left = Photo.unscoped.filter(draft_key=draft.key, service_request__isnull=True).exists()
    if not (person or details or words or photos_left) or not RequestDraft.objects.filter(key=draft.key).delete()[0]:
        return
    if person:
        details["put_right"] = [*details.get("put_right", []), "who"]
    danger = _danger(filed, now_asked)
    event = add_words(filed, text="\n".join(words), details=details, **person, **danger)
    _hand_photos(draft, filed, event)
    if danger:
        telling.danger(filed)
    if "phone" in person or "filer_phone" in person:
        telling.resident(filed, EventKind.SUBMITTED)


def _who_differs(filed: ServiceRequest, now_asked: Asked) -> dict[str, Any]:
    """The fields of the request that say who needs it and who asks, where they differ."""
    said = {
        "person_name": now_asked.person_name, "phone": now_asked.phone, "filer_name": now_asked.filer_name,
        "filer_phone": now_asked.filer_phone, "consent": now_asked.consent,
    }  # fmt: skip
    found: dict[str, Any] = {name: value for name, value in said.items() if getattr(filed, name) != value}
    return found | {f"{name}_index": phone_index(said[name]) for name in ("phone", "filer_phone") if name in found}


def _what_differs(filed: ServiceRequest, now_asked: Asked) -> dict[str, Any]:
    """What is needed, how urgent, and whether words were taken back: an event's details."""
    needs = [item.category for item in now_asked.items] or [now_asked.category]
    filed_needs = set(filed.items.values_list("category_id", flat=True)) or {filed.category_id}
    found: dict[str, Any] = {}
    if filed_needs != {need.pk for need in needs}:
        found["asked"] = [need.pk for need in needs]
    if filed.urgency != now_asked.urgency:
        found["urgency"] = [filed.urgency, now_asked.urgency]
    if gone := [name for name in ("text", "address") if getattr(filed, name) and not getattr(now_asked, name)]:
        found["put_right"] = gone
    return found


def _words_that_differ(filed: ServiceRequest, now_asked: Asked) -> list[str]:
    """Where, and their words, as they wrote them."""
    said = [(filed.address, now_asked.address), (filed.text, now_asked.text)]
    return [now for was, now in said if now and was != now]


def _danger(filed: ServiceRequest, now_asked: Asked) -> dict[str, Any]:
    """The fields that make it a matter of life, with the clocks of one, if it has become one."""
    if now_asked.urgency != Urgency.LIFE or filed.urgency == Urgency.LIFE or not filed.is_open:
        return {}
    due = deadlines(filed.category, Urgency.LIFE, timezone.now())
    running = due.resolve_by_at if filed.responded_at else due.respond_by_at
    return {
        "urgency": Urgency.LIFE, "clock_started_at": timezone.now(), "paused_seconds": 0, "paused_at": None,
        "respond_by_at": due.respond_by_at, "resolve_by_at": due.resolve_by_at, "due_at": running, "escalation": 0,
    }  # fmt: skip


# --- forgetting it ------------------------------------------------------------------------------
@transaction.atomic
def discard(draft: RequestDraft) -> None:
    """Start again: answers and photos are gone."""
    photos.throw_away(Photo.unscoped.filter(draft_key=draft.key, service_request__isnull=True))
    draft.delete()


@transaction.atomic
def purge_drafts(older_than: timedelta = DRAFT_LIFE) -> int:
    """Delete older drafts, sent or not, and photos nobody sent, with their files; how many drafts went.

    Call it hourly. A photo that was sent belongs to its request and stays.
    """
    old = timezone.now() - older_than
    photos.throw_away(Photo.unscoped.filter(
        draft_key__isnull=False, service_request__isnull=True, visit__isnull=True, created_at__lt=old
    ))  # fmt: skip
    return RequestDraft.objects.filter(created_at__lt=old).delete()[0]
