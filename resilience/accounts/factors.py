"""Second factors: codes of an app (TOTP), passkeys (WebAuthn), recovery codes. Only here is django-allauth known.

It gives the cryptography, its table and the ceremony with the browser. Its `internal` modules are used, because its
views keep their limits in a cache of one process: look here first when its pinned version changes. To leave it: the
rows of its table are a secret or a public key each, and pyotp and fido2 read them.
"""

from __future__ import annotations

import hmac
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from fido2.utils import websafe_decode

from .models import User

Kind = Authenticator.Type
FACTORS = (Kind.TOTP, Kind.WEBAUTHN)  # what a sign-in asks for; recovery codes stand in for either
LONGEST_CREDENTIAL = 20_000  # characters of what a browser sends of a passkey
LONGEST_LABEL = 40
_Answer = TypeVar("_Answer")


class NotProved(Exception):
    """What was sent proves nothing: wrong, damaged, somebody else's, used before or too late."""


class Passkey(NamedTuple):
    pk: int
    name: str
    created_at: Any
    last_used_at: Any


class Factors(NamedTuple):
    """What somebody has. `codes_left` is None where there are no recovery codes."""

    app: Authenticator | None
    passkeys: list[Passkey]
    codes_left: int | None

    @property
    def ways(self) -> int:
        """How many there are to sign in with."""
        return len(self.passkeys) + bool(self.app)


def _rows(user: User) -> QuerySet[Authenticator]:
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user=user)
    return found


def has_any(user: User) -> bool:
    """Whether a sign-in asks for a second factor."""
    return _rows(user).filter(type__in=FACTORS).exists()


def factors_of(user: User) -> Factors:
    """One statement."""
    rows = list(_rows(user).order_by("pk"))
    keys = [
        Passkey(row.pk, str(row.data["name"]), row.created_at, row.last_used_at)
        for row in rows
        if row.type == Kind.WEBAUTHN
    ]
    codes = [len(RecoveryCodes(row).get_unused_codes()) for row in rows if row.type == Kind.RECOVERY_CODES]
    return Factors(next((row for row in rows if row.type == Kind.TOTP), None), keys, codes[0] if codes else None)


# --- codes ----------------------------------------------------------------------------------------
def new_secret() -> str:
    return totp.generate_totp_secret()


def secret_words(secret: str) -> str:
    """In groups of four, to type it off."""
    return " ".join(re.findall(".{1,4}", secret))


def secret_picture(user: User, secret: str) -> SafeString:
    """The code an app reads, as inline SVG."""
    link = get_adapter().build_totp_url(user, secret)
    svg = segno.make(link, error="m", micro=False).svg_inline(
        scale=1, border=4, omitsize=True, svgclass=None, lineclass=None
    )
    return mark_safe(svg)  # noqa: S308  segno's own drawing: numbers and path commands


def clean_digits(typed: str) -> str:
    """In any width, without blanks and dashes."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed[:60]))


def _counter_of(secret: str, code: str, after: int) -> int | None:
    """The step of time the code belongs to: this one or one beside it, but none up to `after`."""
    for counter in totp.yield_hotp_counters_from_time():
        right = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if counter > after and hmac.compare_digest(right.encode(), code.encode()):
            return counter
    return None


def add_app(user: User, secret: str, typed: str) -> None:
    """Keep the app's secret, which the code shows to be in the app. Call it in a transaction."""
    counter = _counter_of(secret, clean_digits(typed), 0)
    if counter is None:
        raise NotProved
    row = totp.TOTP.activate(user, secret).instance
    row.data["last_counter"] = counter
    row.save(update_fields=["data"])


@transaction.atomic
def check_code(user: User, typed: str) -> str:
    """Which kind of code that was; NotProved for none. No code is good twice, whichever process is asked."""
    code = clean_digits(typed)
    rows = {row.type: row for row in _rows(user).exclude(type=Kind.WEBAUTHN).select_for_update()}
    if (app := rows.get(Kind.TOTP)) and _is_of_app(app, code):
        return str(Kind.TOTP)
    if (codes := rows.get(Kind.RECOVERY_CODES)) and RecoveryCodes(codes).validate_code(code):
        return str(Kind.RECOVERY_CODES)
    raise NotProved


def _is_of_app(row: Authenticator, code: str) -> bool:
    secret = get_adapter().decrypt(row.data["secret"])
    counter = _counter_of(secret, code, row.data.get("last_counter", 0))
    if counter is None:
        return False
    row.data["last_counter"] = counter
    row.last_used_at = timezone.now()
    row.save(update_fields=["data", "last_used_at"])
    return True


def new_recovery_codes(user: User) -> list[str]:
    """Ten, which are shown once; those there were are void. Call it in a transaction."""
    _rows(user).filter(type=Kind.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    return [f"{code[:4]} {code[4:]}" for code in codes]


def has_recovery_codes(user: User) -> bool:
    return _rows(user).filter(type=Kind.RECOVERY_CODES).exists()


# --- passkeys -------------------------------------------------------------------------------------
def begin_passkey(user: User) -> str:
    """What the browser needs to make one, as JSON. The challenge is kept in the session."""
    return _as_json(webauthn.begin_registration(user, passwordless=True))


def begin_proof(user: User | None) -> str:
    """What the browser needs to prove one: of this user, or of whoever signs in."""
    return _as_json(webauthn.begin_authentication(user))


def _as_json(options: dict[str, Any]) -> str:
    return json.dumps(options, cls=DjangoJSONEncoder)


def add_passkey(user: User, credential: str, name: str) -> None:
    sent = _parsed(credential)
    made = _tried(lambda: webauthn.complete_registration(sent))
    if not made.is_user_verified():
        raise NotProved
    webauthn.WebAuthn.add(user, name[:LONGEST_LABEL], sent)


def check_passkey(user: User, credential: str, *, alone: bool = False) -> None:
    """`alone`: with no password before it, so the device must have asked who holds it (a finger, a face, a PIN)."""
    sent = _parsed(credential)
    answer = _tried(lambda: webauthn.parse_authentication_response(sent))
    if alone and not answer.response.authenticator_data.is_user_verified():
        raise NotProved
    _tried(lambda: webauthn.complete_authentication(user, sent)).record_usage()


def user_of_passkey(credential: str) -> User:
    """Whose it says it is: to be checked still."""
    sent = _parsed(credential)
    uid = _tried(lambda: UUID(bytes=websafe_decode(sent["response"]["userHandle"])))
    user = User.objects.filter(uid=uid).first()
    if user is None:
        raise NotProved
    return user


def _parsed(credential: str) -> dict[str, Any]:
    if len(credential) > LONGEST_CREDENTIAL:
        raise NotProved
    try:
        sent = json.loads(credential)
    except (ValueError, RecursionError):
        raise NotProved from None
    if not isinstance(sent, dict):
        raise NotProved
    return sent


def _tried(step: Callable[[], _Answer]) -> _Answer:
    """fido2 reads what a stranger sent, and raises whatever its parsers stumble over."""
    try:
        return step()
    except Exception:
        raise NotProved from None


# --- away with them -------------------------------------------------------------------------------
def remove(user: User, pk: int) -> str:
    """Remove one of the user's; with the last one go the recovery codes. Its kind, or '' when it is none of theirs."""
    row = _rows(user).filter(pk=pk, type__in=FACTORS).first()
    if row is None:
        return ""
    row.delete()
    if not has_any(user):
        remove_all(user)
    return str(row.type)


def remove_all(user: User) -> int:
    removed: int = _rows(user).delete()[0]
    return removed
