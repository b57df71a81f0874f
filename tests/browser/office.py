"""What the pages of the office show: campaigns in each state, openings, invitations, what ends next; and a keyring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from households.actions import campaigns as verbs
from households.actions import destruction
from households.actions.invitations import Invited, invite
from households.actions.retention import list_due
from households.models import Campaign, CareRule, Category, OpeningRule, Role, ServiceRequest
from resilience.accounts.actions.factors import renew_codes
from resilience.accounts.models import User
from resilience.exports import actions as exports
from resilience.exports.actions import Wanted
from resilience.exports.making import make_waiting
from resilience.exports.models import Purpose, Which
from resilience.lib.dates import today
from tests import factories as f
from tests.accounts.factor_help import give_app
from tests.base import CastTestCase
from tests.households.purging import Canaries, approved, plant_request, plant_visit, run

from .conftest import session_of

Scene = type[CastTestCase]
LONG_AGO = timedelta(days=3_000)
LONG_WORDS = "疫情期间为居家老人代买米面油和药品，并上门测量体温、登记体征。" * 6


def give_factors(user: User) -> None:
    """An app, a passkey with a long name, and recovery codes."""
    give_app(user)
    data = {"name": "社区办公室的蓝色安全钥匙（备用）" * 2, "credential": _a_credential()}
    Authenticator.objects.create(user=user, type="webauthn", data=data)
    renew_codes(user)


def _a_credential() -> dict[str, Any]:
    """What a key sends when it is set up; it signs nobody in, as nobody has its private half."""
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    made = AttestedCredentialData.create(b"\0" * 16, b"a key of the office", public)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    about = AuthenticatorData.create(b"\0" * 32, flags, 0, bytes(made))
    client = CollectedClientData.create("webauthn.create", b"a challenge", "http://localhost")
    proof = AttestationObject.create("none", about, {})
    named = websafe_encode(made.credential_id)
    return {
        "id": named, "rawId": named, "type": "public-key", "clientExtensionResults": {},
        "response": {"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(proof)},
    }  # fmt: skip


def fill_the_office(cast: Scene) -> None:
    _destroy_one(cast)
    other, food = Category.objects.get(code="other"), Category.objects.get(code="groceries")
    cast.asked = _closed(cast, "春季防疫行动", food)
    destruction.ask(cast.asked, by=cast.admin, typed=cast.asked.name)
    cast.closing = _closed(cast, "防汛" * 30, food)
    cast.held = _closed(cast, "抗震救灾行动", food)
    verbs.hold(cast.held, by=cast.clerk, why=LONG_WORDS, until_date=today() + timedelta(days=90))
    rules = CareRule.objects.filter(kind__isnull=False).select_related("kind")
    more = {"need_kinds": [rule.kind for rule in rules if rule.kind], "legal_reference": LONG_WORDS[:200]}
    cast.running = f.make_campaign(
        cast.home, "冬季保供", by=cast.clerk, purpose=LONG_WORDS, categories=[other], takes_visits=True, **more
    )
    for _n in range(3):
        f.make_request(cast.household, category=other)
    _look_at_what_is_sealed(cast)
    _let_things_end(cast)
    _invite(cast)
    session_of(cast.worker)


def fill_the_exports(cast: Scene) -> None:
    """One of the clerk's that is ready, and one of the lead's that waits for their word."""
    plain: dict[str, Any] = {
        "purpose": Purpose.RELIEF,
        "words": LONG_WORDS[:300],
        "columns": ["address", "contact", "phone"],
    }
    cast.ready = exports.ask(Wanted(Which.HOUSEHOLDS, **plain), by=cast.clerk)
    make_waiting()
    whole: dict[str, Any] = {"filters": {"grid": cast.grid.code}, "why": {"phone": LONG_WORDS[:300]}}
    cast.undecided = exports.ask(Wanted(Which.HOUSEHOLDS, **plain, **whole), by=cast.lead)


def _closed(cast: Scene, name: str, category: Category) -> Campaign:
    """One that collects nothing more, and has something."""
    canaries, campaign = Canaries(), f.make_campaign(cast.home, name, by=cast.clerk, categories=[category])
    plant_request(canaries, campaign, cast.household, cast.worker)
    plant_visit(canaries, campaign, cast.household, cast.worker)
    verbs.close(campaign, by=cast.clerk)
    return campaign


def _destroy_one(cast: Scene) -> None:
    canaries, category = Canaries(), Category.objects.get(code="other")
    cast.ended = f.make_campaign(cast.home, "去年冬天的行动", by=cast.clerk, categories=[category])
    plant_request(canaries, cast.ended, cast.household, cast.worker)
    approved(cast.ended, by=cast.clerk, second=cast.admin)
    run()


def _look_at_what_is_sealed(cast: Scene) -> None:
    for user in (cast.worker, cast.lead, cast.clerk):
        more = {"is_over": True, "is_elsewhere": True, "is_at_night": True, "is_namesake": True}
        f.make_opening(cast.assigned, user, reason="other", words="核对选民名单" * 10, **more)
        f.make_opening(cast.wang, user, fields="phone id_number", reason="visit")
        f.make_opening(cast.household, user, fields="door_note", reason="emergency")
    OpeningRule.objects.update_or_create(role="worker", defaults={"alarm_after": 1, "stop_after": 2})


def _let_things_end(cast: Scene) -> None:
    old = f.make_request(cast.household)
    ended = {"state": "closed", "worker": None, "updated_at": timezone.now() - LONG_AGO}
    ServiceRequest.unscoped.filter(pk=old.pk).update(**ended)
    list_due()
    User.objects.filter(pk=cast.colleague.pk).update(is_active=False, dormant_since=timezone.now())


def _invite(cast: Scene) -> None:
    asked = Invited("阿不都热合曼·买买提明·吐尔逊江", "", Role.WORKER, cast.grid, today(), None)
    _row, cast.invitation = invite(asked, by=cast.clerk)
