"""The form on its way: keeping it, its photos, turning it into a request, and forgetting it.

Shared with the staff's form: `Answers` (what a valid `forms.drafts.AskForm` says), `Place`, and `asked()`, which makes
of both the `Asked` that `requests.file_request` files.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from resilience.accounts import limits
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.lib.photos import CleanPhoto, take_photo
from resilience.lib.prepared import again

from .. import reference
from ..models import (
    Building,
    Category,
    Consent,
    Household,
    Photo,
    Region,
    RequestDraft,
    ServiceRequest,
    Source,
    Urgency,
)
from ..models.drafts import DRAFT_LIFE, DraftQuerySet
from ..models.photos import PHOTOS_A_REQUEST
from . import photos
from .answers import add_words
from .requests import Asked, NewItem, phone_index

HOUR = timedelta(hours=1)
# A carrier's or WeChat's address stands for thousands of people; a door and a phone for one household.
DRAFTS_AN_ADDRESS, DRAFTS_A_DOOR, FORMS_A_PHONE, PHOTO_TRIES_A_DRAFT = 120, 20, 20, 40


@dataclass(frozen=True, slots=True)
class Answers:
    """What a valid form says. `categories`: each tile chosen, or its finer kinds, in the order of staff."""

    categories: Sequence[Category]
    urgency: Urgency
    name: str
    phone: str
    text: str = ""
    every_days: int | None = None
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
    is_plain = len(answers.categories) == 1 and not answers.every_days
    items = () if is_plain else tuple(NewItem(each, every_days=answers.every_days) for each in answers.categories)
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


def keep(
    draft: RequestDraft | None, answers: dict[str, Any], *, address: str, door: Household | None = None
) -> RequestDraft:
    """Write answers, right or wrong, over those kept before; begins a draft when there is none.

    `address` is the client's, for the limit on new drafts; `door` the household whose code was scanned.
    """
    if draft is None:
        _may_begin(address, door)
        draft = RequestDraft(answers={})
    if "what" in answers and answers["what"] != draft.answers.get("what"):
        draft.answers.pop("kind", None)
    draft.answers.update(answers)
    if door:
        draft.household = door
        draft.answers.update({"by_door": True, "place": None})
    draft.save()
    return draft


def _may_begin(address: str, door: Household | None) -> None:
    may = limits.hit("ask.address", address, limit=DRAFTS_AN_ADDRESS, per=HOUR)
    if door:
        may = limits.hit("ask.door", door.door_key, limit=DRAFTS_A_DOOR, per=HOUR) and may
    if not may:
        raise Refused(_too_many())


def count_phone(phone: str) -> None:
    """Refuse the form of a phone that has filled in too many."""
    if not limits.hit("ask.phone", phone, limit=FORMS_A_PHONE, per=HOUR):
        raise Refused(_too_many())


def _too_many() -> str:
    return _(
        "We have had very many forms from here just now. Please call us: %(phone)s. Nothing you typed is lost."
    ) % {"phone": settings.DUTY_PHONE}


def choose_household(draft: RequestDraft, household: Household) -> None:
    """The door was picked from the list, not scanned."""
    draft.household = household
    draft.answers.update({"by_door": False, "place": None})
    draft.save(update_fields=["household", "answers"])


def write_place(draft: RequestDraft, *, community: Region, building: Building | None, address: str) -> None:
    """A door that is not in the register, in their own words."""
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
    return list(Photo.objects.filter(draft_key=draft.key, service_request__isnull=True).order_by("id"))


def add_photos(draft: RequestDraft, files: Iterable[UploadedFile]) -> list[str]:
    """Keep each file that is a photo, up to four in all; a sentence for each that was not kept."""
    files = list(files)
    if not files:
        return []
    if not limits.hit("ask.photos", str(draft.key), limit=PHOTO_TRIES_A_DRAFT, per=HOUR):
        return [_too_many()]
    room = PHOTOS_A_REQUEST - len(photos_of(draft))
    clean, faults = _look_at(files[:room])
    if len(files) > room:
        faults.append(_("At most %(most)d photos fit. Remove one to add another.") % {"most": PHOTOS_A_REQUEST})
    if clean:
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
    photos.throw_away(Photo.objects.filter(draft_key=draft.key, service_request__isnull=True, uid=uid))


# --- add to what was asked before ---------------------------------------------------------------
def asked_before(draft: RequestDraft, phone: str) -> ServiceRequest | None:
    """The open request of this door and this phone, if the door was *scanned* and both match.

    A code on a corridor's door must tell nobody anything of the household, and a phone number alone is no secret.
    So whoever has both learns one thing, the day; never what, for whom or how it stands. See `add_to`.
    """
    if not draft.household_id or not draft.answers.get("by_door") or not phone:
        return None
    index = phone_index(phone)
    same = Q(phone_index=index) | Q(filer_phone_index=index)
    return ServiceRequest.objects.open().filter(same, household_id=draft.household_id).newest_first().first()


@transaction.atomic
def add_to(service_request: ServiceRequest, draft: RequestDraft, answers: Answers) -> None:
    """Add the form's words and photos to what was asked before: written blindly, nothing of it is shown.

    Once per draft: a second tap finds the draft gone and changes nothing.
    """
    if not RequestDraft.objects.filter(key=draft.key).delete()[0]:
        return
    needs = ", ".join(str(category) for category in answers.categories)
    event = add_words(service_request, text=f"{needs}\n{answers.text}".strip())
    if draft.answers.get("has_photos"):
        Photo.objects.filter(draft_key=draft.key, service_request__isnull=True).update(
            service_request=service_request, event=event
        )


# --- forgetting it ------------------------------------------------------------------------------
@transaction.atomic
def discard(draft: RequestDraft) -> None:
    """Start again: answers and photos are gone."""
    photos.throw_away(Photo.objects.filter(draft_key=draft.key, service_request__isnull=True))
    draft.delete()


@transaction.atomic
def purge_drafts() -> int:
    """Delete drafts older than a day, sent or not, and photos nobody sent, with their files; how many drafts went.

    Call it hourly. A photo that was sent belongs to its request and stays.
    """
    old = timezone.now() - DRAFT_LIFE
    photos.throw_away(Photo.objects.filter(
        draft_key__isnull=False, service_request__isnull=True, visit__isnull=True, created_at__lt=old
    ))  # fmt: skip
    return RequestDraft.objects.expired().delete()[0]
