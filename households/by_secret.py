"""What somebody without an account gets at: by the secret in an address, a door's code, a form's cookie.

As in `access`, what is not yours does not exist: one 404 for wrong, unknown, ended and revoked.
"""

from __future__ import annotations

import re
from hmac import compare_digest
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404

from resilience.lib.codes import unsign_token
from resilience.lib.inputs import phone_tail
from resilience.lib.prepared import again
from resilience.lib.scoped import HOLDER

from . import reference
from .models import Building, Household, Invitation, Photo, Region, RequestItem, ServiceRequest
from .models.drafts import HOUSEHOLD_COLUMNS
from .models.households import HouseholdQuerySet
from .models.invitations import digest_of
from .models.places import BuildingQuerySet
from .models.requests import RequestQuerySet

Row = TypeVar("Row", bound=Model)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
DOOR = "door"
"""Salt of the signature in a door's QR code."""


def _requests() -> RequestQuerySet:
    return ServiceRequest.objects.seen_by(HOLDER)


def request_of_link(token: str) -> ServiceRequest:
    """The request whose long secret is in the address."""
    if not _TOKEN.fullmatch(token):  # a NUL in it would be a fault of PostgreSQL's
        raise Http404
    for service_request in again("request of link", _of_link, token=token):
        return service_request
    raise Http404


def invitation_of_link(token: str) -> Invitation | None:
    """The open invitation whose secret is in the address."""
    if not _TOKEN.fullmatch(token):
        return None
    rows = Invitation.objects.open().filter(token_digest=digest_of(token))
    return rows.select_related("grid", "region", "by").first()


def _of_link(token: str) -> RequestQuerySet:
    return _requests().select_related("category__parent", "community", "worker").filter(token=token)


def request_of_code(code: str, tail: str) -> ServiceRequest | None:
    """The request of that short code, if `tail` ends the phone of the person or of who asked for them.

    One statement and the same comparisons whether there is such a code or not.
    """
    found = _requests().filter(code=code).only("token", "phone", "filer_phone").first()
    phones = (found.phone, found.filer_phone) if found else ("", "")
    fits = [compare_digest(phone_tail(phone).encode(), tail.encode()) for phone in phones]
    return found if any(fits) else None


def leader_of(service_request: ServiceRequest) -> ServiceRequest:
    """The request this one goes on with; itself when it was not joined. A chain is followed to its end."""
    leader = service_request
    for _step in range(5):
        if leader.merged_into_id is None:
            break
        leader = _requests().select_related("worker", "category").get(pk=leader.merged_into_id)
    return leader


def request_of_submission(key: UUID) -> ServiceRequest | None:
    """What was sent from the form with that key, if it was."""
    return _requests().filter(submission_key=key).only("token").first()


def items_told(service_request: ServiceRequest) -> list[RequestItem]:
    """What exactly it asks for, `category` loaded."""
    return again("items told", _items_of, service_request=service_request.pk)


def _items_of(service_request: int) -> QuerySet[RequestItem]:
    return RequestItem.objects.of_row(service_request=service_request).select_related("category")


def household_of_door(token: str) -> Household | None:
    """The household whose door carries this QR code; None when forged, revoked or its file has ended."""
    key = unsign_token(token[:60], DOOR)
    return next(iter(again("door", _door, key=key)), None) if key else None


def _door(key: str) -> HouseholdQuerySet:
    doors = Household.objects.seen_by(HOLDER).current().select_related("building", "community")
    return doors.only(*HOUSEHOLD_COLUMNS).filter(door_key=key)


# --- places ---------------------------------------------------------------------------------------
# Buildings and doors are listed to everybody who asks for help: an address names nobody.
def served_communities() -> list[Region]:
    """Communities with at least one building in the register, kept in memory."""
    return reference.served_communities()


def served_community(code: str) -> Region:
    for community in reference.served_communities():
        if community.code == code:
            return community
    raise Http404


def open_buildings(community: Region) -> BuildingQuerySet:
    return Building.objects.current().filter(community=community)


def open_building(uid: UUID) -> Building:
    return _get(Building.objects.current().select_related("community"), uid=uid)


def doors_of(building: Building) -> HouseholdQuerySet:
    """The doors that have a file today, in the order one passes them; nothing but where they are."""
    doors = Household.objects.of_row(building=building).current().select_related("building", "community")
    return doors.only(
        "uid",
        "entrance",
        "floor",
        "door",
        "door_key",
        "building__uid",
        "building__name",
        "building__walk_order",
        "community",
    ).in_walking_order()


# --- photos ---------------------------------------------------------------------------------------
def photo_of_request(service_request: ServiceRequest, uid: UUID, *, is_public: bool = False) -> Photo:
    """A photo of the request; with `is_public`, only one its resident may see."""
    photos = Photo.objects.of_row(service_request=service_request)
    return _get(photos.filter(is_public=True) if is_public else photos, uid=uid)


def photos_told(service_request: ServiceRequest) -> list[Photo]:
    """All that its resident may see, the first first."""
    return again("photos told", _public_photos, service_request=service_request.pk)


def _public_photos(service_request: int) -> QuerySet[Photo]:
    return Photo.objects.of_row(service_request=service_request).filter(is_public=True).order_by("id")


def photo_of_draft(key: UUID | None, uid: UUID) -> Photo:
    photos = Photo.objects.seen_by(HOLDER).filter(draft_key__isnull=False, service_request__isnull=True)
    return _get(photos.filter(draft_key=key), uid=uid)


def _get(rows: QuerySet[Row], **lookup: Any) -> Row:
    row = rows.filter(**lookup).first()
    if row is None:
        raise Http404
    return row
