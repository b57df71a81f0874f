"""What a resident does with their own request, beyond the bare verbs of `requests.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts import limits
from resilience.audit.actions import record
from resilience.lib.errors import Refused, TooMany
from resilience.lib.photos import CleanPhoto

from .. import by_secret, phone_proof, reference
from ..models import Actor, EventKind, RequestEvent, ServiceRequest, State
from . import photos as photo_verbs
from . import telling
from .answers import add_words
from .once import once

SAME_TAP = timedelta(minutes=10)


def find(code: str, tail: str, *, network: str) -> ServiceRequest | None:
    """The request of that code and phone. `TooMany` for who has missed too often, and for what was missed too often.

    Counted before it is looked for, so that many tries at once are no more than one after another, and given back to
    whoever finds their request, however many neighbours share their `network` (see `lib.http.client_network`).
    """
    tries = (
        (limits.TRACK_CODE_ADDRESS, f"{code} {network}"),
        (limits.TRACK_CODE, code),
        (limits.TRACK_CODE_DAY, code),
        (limits.TRACK_ADDRESS, network),
        (limits.TRACK_ALL, ""),
    )
    if spent := limits.count(*tries):
        words = _("There were too many tries. Wait an hour, use the link in the text message, or call us: %(phone)s.")
        raise TooMany(words % {"phone": settings.DUTY_PHONE}, wait=spent.wait)
    found = by_secret.request_of_code(code, tail)
    if found:
        limits.give_back(*tries)
    return found


def send_link(service_request: ServiceRequest, *, network: str) -> None:
    """Send the link with its key to the phone of who asked. The same for a phone that takes no messages from us."""
    if not phone_proof.can_be_sent(service_request):
        raise Refused(_("We cannot send a text message for this request. Come to the desk, or call us."))
    to = service_request.asker_phone
    tries = ((limits.LINK_REQUEST, service_request.token), (limits.LINK_PHONE, to), (limits.LINK_ADDRESS, network))
    if spent := limits.count(*tries):
        words = _("We have sent it several times. Please wait for it, come to the desk, or call us: %(phone)s.")
        raise TooMany(words % {"phone": settings.DUTY_PHONE}, wait=spent.wait)
    with transaction.atomic():
        telling.link_again(service_request)
        subject = ("request", service_request.code)
        record("request.link_sent", by=None, subject=subject, place=service_request.community.code)


def add_note(
    service_request: ServiceRequest, *, text: str, photos: Sequence[CleanPhoto] = (), key: UUID | None = None
) -> None:
    """Words, photos or both. The same with the same `key`, or the same words within ten minutes, change nothing."""
    if not text and not photos:
        raise Refused(_("Write something or add a photo."), field="text")
    if not can_add(service_request):
        raise Refused(_("This request is finished. Reopen it, or ask anew."))
    event_key = _event_key(key, text, photos) if key else None
    if _is_second_tap(service_request, text, photos, event_key):
        return
    if spent := limits.count((limits.TRACK_NOTE, service_request.token)):
        words = _("That was very much in a short time. Please call us: %(phone)s. Nothing you typed is lost.")
        raise TooMany(words % {"phone": settings.DUTY_PHONE}, wait=spent.wait)
    once(service_request, lambda: _add(service_request, text, photos), key=event_key, by=None)


@transaction.atomic
def _add(service_request: ServiceRequest, text: str, photos: Sequence[CleanPhoto]) -> None:
    event = add_words(service_request, text=text)
    photo_verbs.store(photos, service_request=service_request, event=event)


def _event_key(key: UUID, text: str, photos: Sequence[CleanPhoto]) -> UUID:
    """Of this form with this content: a page that comes back from a browser's memory may say something else with it."""
    content = hashlib.sha256(text.encode())
    for photo in photos:
        content.update(photo.content)
    return uuid5(key, content.hexdigest())


def _is_second_tap(service_request: ServiceRequest, text: str, photos: Sequence[CleanPhoto], key: UUID | None) -> bool:
    said = RequestEvent.unscoped.filter(service_request=service_request, kind=EventKind.NOTE, actor=Actor.RESIDENT)
    same = Q(key=key) if key else Q(pk__in=[])
    if not photos:
        same |= Q(note=text, at__gte=timezone.now() - SAME_TAP)
    return said.filter(same).exists()


def can_add(service_request: ServiceRequest) -> bool:
    return service_request.is_open or service_request.state in (State.RESOLVED, State.MERGED)


def can_confirm(service_request: ServiceRequest) -> bool:
    """Somebody says it is done and the resident has not answered yet, or closed for want of an answer."""
    if service_request.state == State.RESOLVED:
        return True
    return service_request.state == State.CLOSED and not service_request.outcome and can_reopen(service_request)


def can_reopen(service_request: ServiceRequest) -> bool:
    """Closed or refused, and not too long ago."""
    if service_request.state not in (State.CLOSED, State.REJECTED):
        return False
    ended = service_request.closed_at or service_request.updated_at
    return timezone.now() - ended <= timedelta(days=reference.rules().reopen_within_days)
