"""The second proof, on the page of a secret link: that whoever holds it is a person of the register.

First they show that they read the messages at the request's phone (`households.phone_proof`: the view asks for that
before it asks anything here). Then the person must be of the household that the request is about, and have that phone;
and they know the end of their ID number, or their whole name and the day they were born. Unknown phone, another door,
wrong digits, nobody of that name: one answer, and nobody learns whether the register knows them. Wrong tries are
counted for each link and each address, never for a phone: nobody locks out whose number they know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from households.models import Resident, ServiceRequest
from resilience.accounts import limits
from resilience.accounts.limits import DAY, HOUR, Limit
from resilience.lib.crypto import blind_indexes
from resilience.lib.errors import TooMany
from resilience.lib.inputs import clean_birth
from resilience.lib.scoped import HOLDER

ID_TAIL = 6
NOWHERE = 0  # the id of no row
PROVEN_FOR = timedelta(minutes=15)
# A million endings, a few of which fit a birthday: ten tries an hour, thirty a day, of one link.
PROOF_LINK = Limit("data.proof.link", 10, HOUR)
PROOF_DAY = Limit("data.proof.day", 30, DAY)
PROOF_ADDRESS = Limit("data.proof.address", 200, HOUR)
_SALT = "data of a person"


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody typed: `id_tail`, or `name` and `birth`."""

    id_tail: str = ""
    name: str = ""
    birth: str = ""


def prove(service_request: ServiceRequest, proof: Proof, *, network: str) -> Resident | None:
    """The person that the link and the proof belong to. `TooMany` for who missed too often."""
    tries = ((PROOF_LINK, service_request.token), (PROOF_DAY, service_request.token), (PROOF_ADDRESS, network))
    if spent := limits.count(*tries):
        words = _("There were too many tries. Come to the desk with your identity card, or call us: %(phone)s.")
        raise TooMany(words % {"phone": settings.DUTY_PHONE}, wait=spent.wait)
    fitting = [one for one in _holders(service_request) if _fits(one, proof)]
    if len(fitting) != 1:
        return None
    limits.give_back(*tries)
    return fitting[0]


def mark(service_request: ServiceRequest, resident: Resident) -> str:
    """Says for a quarter of an hour, in a form of that link's page, who proved to be whom."""
    return _signer(service_request).sign(resident.uid.hex)


def proven(service_request: ServiceRequest, marked: str) -> Resident | None:
    """Whom a mark names; None for one that is forged, too old, or of another link or phone."""
    try:
        uid = _signer(service_request).unsign(marked[:200], max_age=PROVEN_FOR)
    except BadSignature:
        return None
    return _holders(service_request).filter(uid=uid).first()


def _signer(service_request: ServiceRequest) -> TimestampSigner:
    return TimestampSigner(salt=f"{_SALT} {service_request.token}")


def _holders(service_request: ServiceRequest) -> QuerySet[Resident]:
    """Whose link it may be: who lives or stays where it is about, with the phone of who asked. One statement, always:
    also where it is about no door of the register."""
    known_as, door = blind_indexes("phone", service_request.asker_phone), service_request.household_id or NOWHERE
    homes = ("household__building", "household__community", "household__grid", "stays_with__building")
    there = Q(household=door) | Q(stays_with=door)
    rows = Resident.objects.seen_by(HOLDER).filter(there, phone_index__in=known_as)
    return rows.select_related(*homes, "registered_household__building").order_by("pk")


def _fits(resident: Resident, proof: Proof) -> bool:
    return _ends_so(resident.id_number, proof.id_tail) if proof.id_tail else _is_called_and_born(resident, proof)


def _ends_so(id_number: str, tail: str) -> bool:
    typed = tail.strip().upper()
    return len(typed) == ID_TAIL and bool(id_number) and compare_digest(id_number[-ID_TAIL:].encode(), typed.encode())


def _is_called_and_born(resident: Resident, proof: Proof) -> bool:
    try:
        _year, born = clean_birth(proof.birth)
    except ValidationError:
        return False
    return bool(born) and resident.birth_date == born and compare_digest(resident.name.encode(), proof.name.encode())
