"""Which colleagues, and which invitations, a viewer gets at. As `access`, which is about files and requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from resilience.accounts.models import User
from resilience.lib.dates import today

from .models import Appointment, Invitation, Role
from .models.appointments import ANSWERING
from .viewer import MANAGING_ROLES, OVERSEEING_ROLES, Viewer

if TYPE_CHECKING:
    from .models.invitations import InvitationQuerySet

Row = TypeVar("Row", bound=Model)


def people_for(viewer: Viewer) -> QuerySet[User]:
    """Active colleagues with an appointment in the places the viewer manages or looks on at."""
    theirs = Appointment.objects.held().filter(_appointed_within(viewer, *OVERSEEING_ROLES))
    return User.objects.filter(pk__in=theirs.values("user_id"), is_active=True)


def helpers_for(viewer: Viewer) -> QuerySet[User]:
    """Colleagues the viewer decides about who go to doors: workers and leads."""
    doing = Appointment.objects.held().of_role(*ANSWERING).filter(_appointed_within(viewer, *MANAGING_ROLES))
    return User.objects.filter(pk__in=doing.values("user_id"), is_active=True)


def managed_people_for(viewer: Viewer) -> QuerySet[User]:
    """Active colleagues with an appointment in the places the viewer manages."""
    theirs = Appointment.objects.held().filter(_appointed_within(viewer, *MANAGING_ROLES))
    return User.objects.filter(pk__in=theirs.values("user_id"), is_active=True)


def dormant_people_for(viewer: Viewer) -> QuerySet[User]:
    """Colleagues of the viewer's places whose account was closed because nobody used it."""
    theirs = Appointment.objects.on(today()).filter(_appointed_within(viewer, *MANAGING_ROLES))
    return User.objects.dormant().filter(pk__in=theirs.values("user_id"))


def _appointed_within(viewer: Viewer, *roles: Role) -> Q:
    by_region = viewer.within(*roles, community="region", grid="grid")
    by_grid = viewer.within(*roles, community="grid__community", grid="grid")
    return by_region | by_grid


def invitations_for(viewer: Viewer) -> InvitationQuerySet:
    """Open invitations to places where the viewer works at the desk."""
    by_region = viewer.within(Role.STAFF, community="region", grid="grid")
    by_grid = viewer.within(Role.STAFF, community="grid__community", grid="grid")
    return Invitation.objects.open().filter(by_region | by_grid)


def person_managed(viewer: Viewer, uid: UUID) -> User:
    return _get(managed_people_for(viewer), uid)


def dormant_person(viewer: Viewer, uid: UUID) -> User:
    return _get(dormant_people_for(viewer), uid)


def invitation_managed(viewer: Viewer, uid: UUID) -> Invitation:
    return _get(invitations_for(viewer), uid)


def _get(rows: QuerySet[Row], uid: UUID) -> Row:
    row = rows.filter(uid=uid).first()
    if row is None:
        raise Http404
    return row
