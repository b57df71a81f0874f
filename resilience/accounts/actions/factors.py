"""Second factors: set up, renewed, removed. Who changes theirs has just confirmed who they are (`confirming`)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from resilience.audit.actions import record
from resilience.lib.errors import Refused

from .. import factors
from ..factors import NotProved
from ..models import User
from .sessions import end_all


@transaction.atomic
def set_up_app(user: User, *, secret: str, code: str) -> list[str]:
    """The app with that secret gives codes from now on. Gives the recovery codes that come with a first factor."""
    _locked(user)
    if factors.factors_of(user).app:
        raise Refused(_("You have an app already. Remove it first, then set up the new one."))
    try:
        factors.add_app(user, secret, code)
    except NotProved:
        raise Refused(
            _("This code is not right. Wait for the next one, and look whether the phone's clock is set by itself."),
            field="code",
        ) from None
    _record("user.factor_added", user, kind=str(factors.Kind.TOTP))
    return _codes_with_first(user)


@transaction.atomic
def set_up_passkey(user: User, *, credential: str, name: str) -> list[str]:
    """Gives the recovery codes that come with a first factor."""
    _locked(user)
    try:
        factors.add_passkey(user, credential, name)
    except NotProved:
        raise Refused(_("The passkey was not made. Try again, or use another device.")) from None
    _record("user.factor_added", user, kind=str(factors.Kind.WEBAUTHN))
    return _codes_with_first(user)


def _locked(user: User) -> None:
    """Two changes of one person's factors wait for each other."""
    User.objects.select_for_update().get(pk=user.pk)


def _codes_with_first(user: User) -> list[str]:
    return [] if factors.has_recovery_codes(user) else factors.new_recovery_codes(user)


def _record(action: str, user: User, **details: str) -> None:
    record(action, by=user, subject=("user", user.uid.hex), details=details)


@transaction.atomic
def renew_codes(user: User) -> list[str]:
    """New recovery codes in place of all there were."""
    _locked(user)
    if not factors.has_any(user):
        raise Refused(_("Set up an app or a passkey first: recovery codes stand in for them."))
    _record("user.recovery_codes_made", user)
    return factors.new_recovery_codes(user)


@transaction.atomic
def remove_factor(user: User, *, pk: int, must_keep_one: bool) -> None:
    """`must_keep_one`: of whoever needs a second factor the last one is not removed."""
    _locked(user)
    if must_keep_one and factors.factors_of(user).ways < 2:
        raise Refused(_("Your role needs a second factor. Set up another one first, then remove this one."))
    kind = factors.remove(user, pk)
    if not kind:
        raise Refused(_("This has been removed already."))
    _record("user.factor_removed", user, kind=kind)


def note_proof(user: User | None, *, kind: str, is_right: bool, by: User | None) -> None:
    """Write down a try to prove who one is: with which kind of factor, and whether it was right.

    `user` is whose it would have been, None when it names nobody; `by` None while nobody is signed in by it.
    """
    action = "user.proved" if is_right else "user.not_proved"
    record(action, by=by, subject=("user", user.uid.hex) if user else ("sign-in", "-"), details={"kind": kind})


@transaction.atomic
def reset_factors(person: User, *, by: User | None) -> None:
    """For who has lost phone, keys and codes: without any, and signed out everywhere, they begin anew.

    `by` is None for whoever runs the server, and needs no page for it.
    """
    if by is not None and by.pk == person.pk:
        raise Refused(_("Somebody else has to do this for you."))
    factors.remove_all(person)
    end_all(person)
    record("user.factors_reset", by=by, subject=("user", person.uid.hex))
