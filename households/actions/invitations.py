"""Somebody is asked to serve, and comes in by a link that opens once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User, have_phone, phone_index
from resilience.audit.actions import record
from resilience.lib.codes import new_token
from resilience.lib.dates import MAX_DATE, today
from resilience.lib.errors import Refused

from ..inviting import may_give
from ..models import Appointment, Grid, Invitation, Level, Region, Role
from ..models.appointments import FOR_REGIONS
from ..models.invitations import HOLDS_FOR, digest_of
from ..viewer import Viewer


@dataclass(frozen=True, slots=True)
class Invited:
    """Who is asked, and to what."""

    name: str
    phone: str
    role: Role
    place: Region | Grid
    from_date: date
    until_date: date | None


@transaction.atomic
def invite(invited: Invited, *, by: User) -> tuple[Invitation, str]:
    """The invitation, and the token of its link: nothing else knows it, and it cannot be read again."""
    _refuse_misfit(invited)
    if invited.phone and User.objects.filter(have_phone(invited.phone)).exists():
        raise Refused(_("Somebody with this phone number has an account already."), field="phone")
    token, now = new_token(), timezone.now()
    place = invited.place
    invitation = Invitation.objects.create(
        token_digest=digest_of(token),
        name=invited.name,
        phone=invited.phone,
        role=invited.role,
        region=place if isinstance(place, Region) else None,
        grid=place if isinstance(place, Grid) else None,
        from_date=invited.from_date,
        until_date=invited.until_date,
        by=by,
        created_at=now,
        expires_at=now + HOLDS_FOR,
    )
    _record("invitation.made", invitation, by)
    return invitation, token


def _record(action: str, invitation: Invitation, by: User) -> None:
    details = {"role": str(invitation.role)}
    subject = ("invitation", invitation.uid.hex)
    record(action, by=by, subject=subject, place=invitation.place.code, details=details)


def _refuse_misfit(invited: Invited) -> None:
    is_grid = isinstance(invited.place, Grid)
    if invited.role in FOR_REGIONS and is_grid:
        raise Refused(_("A supervisor or an auditor is appointed for a region, not for a grid."), field="place")
    if invited.role in (Role.WORKER, Role.LEAD) and not is_grid:
        raise Refused(_("A grid worker or a grid lead serves a grid: choose one."), field="place")
    if invited.role == Role.VOLUNTEER and isinstance(invited.place, Region) and invited.place.level != Level.COMMUNITY:
        raise Refused(_("A volunteer helps in one community or grid: choose one."), field="place")
    if invited.until_date and invited.until_date < max(invited.from_date, today()):
        raise Refused(_("The last day lies before the first, or has passed."), field="until")


@transaction.atomic
def cancel(invitation: Invitation, *, by: User) -> None:
    """Its link opens nothing any more."""
    if not Invitation.objects.open().filter(pk=invitation.pk).update(cancelled_at=timezone.now()):
        raise Refused(_("This invitation is not open any more."))
    _record("invitation.cancelled", invitation, by)


@transaction.atomic
def accept(invitation: Invitation, *, username: str, password: str) -> User:
    """The invited has an account from now on, and the appointment begins. Of two at once, one is told no.

    So is whoever was asked by somebody who could not ask them today: no invitation outlives the role it came from.
    """
    now = timezone.now()
    if not Invitation.objects.open().filter(pk=invitation.pk).update(accepted_at=now):
        raise Refused(_("This link has been used, was taken back or is too old. Ask whoever invited you."))
    if not may_give(Viewer(invitation.by), invitation.role, invitation.place.code):
        raise Refused(_("This link has been used, was taken back or is too old. Ask whoever invited you."))
    user = _new_user(invitation, username, password)
    Appointment.objects.create(
        user=user,
        role=invitation.role,
        region=invitation.region,
        grid=invitation.grid,
        from_date=min(max(invitation.from_date, today()), MAX_DATE),
        until_date=invitation.until_date,
    )
    Invitation.objects.filter(pk=invitation.pk).update(user=user)
    _record("invitation.accepted", invitation, user)
    return user


def _new_user(invitation: Invitation, username: str, password: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create(
                username=username,
                password=make_password(password),
                name=invitation.name,
                phone=invitation.phone,
                phone_index=phone_index(invitation.phone),
            )
    except IntegrityError:
        if User.objects.filter(username=username).exists():
            raise Refused(_("Somebody has this user name already."), field="username") from None
        raise Refused(_("Somebody with this phone number has an account already.")) from None
