"""What the core and the outbox ask this area before they do what rests on somebody's consent; and what goes with a
person or a request that is destroyed."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.utils.translation import gettext as _

from households.actions.ledger import Ledger
from households.models import Household, Resident
from households.signals import objecting, purging
from resilience.lib.crypto import blind_indexes
from resilience.outbox.models import Channel, Message
from resilience.outbox.signals import leaving

from .models import Consent, DataRequest, Purpose


@receiver(leaving, dispatch_uid="privacy")
def to_who_said_no(message: Message, **_kwargs: Any) -> str:
    """Where several share a phone, one no is enough: nobody can tell who will read it."""
    if message.channel != Channel.SMS:
        return ""
    known_as = blind_indexes("phone", message.recipient)
    said_no = Consent.objects.objecting().filter(purpose=Purpose.SMS, resident__phone_index__in=known_as)
    return "no consent" if said_no.exists() else ""


@receiver(objecting, dispatch_uid="privacy")
def said_no(to: str, resident: Resident | None = None, household: Household | None = None, **_kwargs: Any) -> str:
    """A photo at a door shows what belongs to all who live there: one no is enough."""
    rows = Consent.objects.objecting().filter(purpose=to)
    who = Q(resident=resident) if resident else Q(resident__household=household, resident__presence="here")
    if not rows.filter(who).exists():
        return ""
    if to == Purpose.PHOTOS:
        return _("Somebody who lives here does not want photos to be taken. Describe it in words.")
    return _("They do not agree that special needs are kept on file. Ask them first, and note what they say.")


@receiver(purging, dispatch_uid="privacy")
def purged(ledger: Ledger, requests: dict[int, str], residents: list[int], **_kwargs: Any) -> None:
    """With a person go their words and consents; that something was asked, when and how it was answered stays."""
    DataRequest.objects.filter(service_request__in=list(requests)).update(service_request=None)
    asked = DataRequest.objects.filter(resident__in=residents)
    ledger.anonymised("privacy.datarequest", asked.values_list("uid"))
    asked.update(resident=None, asker_name="", authority="", words="", proposed={}, answer="", service_request=None)
    consents = Consent.objects.filter(resident__in=residents)
    ledger.destroyed("privacy.consent", consents.values_list("resident__uid", "pk"))
    consents.delete()
    Consent.objects.filter(guardian__in=residents).update(guardian=None, guardian_name="")
