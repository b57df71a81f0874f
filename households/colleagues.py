"""Which colleagues, and which invitations, a viewer gets at. As `scope` and `access` for files and requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404

from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.http import AuthedRequest
from resilience.lib.policies import Relation

from .models import Appointment, Invitation, Role
from .models.appointments import ANSWERING, FOR_REGIONS
from .viewer import MANAGING_ROLES, OVERSEEING_ROLES, ROLES_OF, Viewer

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


def dormant_people_for(viewer: Viewer) -> QuerySet[User]:
    """Colleagues of the places the viewer's office answers for whose account was closed because nobody used it."""
    theirs = Appointment.objects.on(today()).filter(_appointed_within(viewer, Role.STAFF))
    return User.objects.dormant().filter(pk__in=theirs.values("user_id"))


def appointments_in_hand(viewer: Viewer) -> QuerySet[Appointment]:
    """What people serve as, or will, that the viewer's office may end: in its places, and not to look on there."""
    serving = Appointment.objects.exclude(until_date__lt=today())
    if viewer.is_admin:
        return serving
    return serving.filter(_appointed_within(viewer, Role.STAFF)).exclude(role__in=FOR_REGIONS)


def in_hand_of(viewer: Viewer) -> Q:
    """On User: that is all they are.

    Of others the account, an absence and where they are signed in are not the viewer's to see to: no office shuts out
    an administrator, a supervisor, or who has a small part in its place.
    """
    if viewer.is_admin:
        return ~Q(pk__in=[])
    serving = Appointment.objects.exclude(until_date__lt=today()).filter(user=OuterRef("pk"))
    more = serving.exclude(pk__in=appointments_in_hand(viewer).values("pk"))
    return Q(~Exists(more), is_superuser=False)


def is_in_hand(viewer: Viewer, person: User) -> bool:
    return viewer.is_admin or User.objects.filter(in_hand_of(viewer), pk=person.pk).exists()


def _appointed_within(viewer: Viewer, *roles: Role) -> Q:
    by_region = viewer.within(*roles, community="region", grid="grid")
    by_grid = viewer.within(*roles, community="grid__community", grid="grid")
    return by_region | by_grid


def invitations_for(viewer: Viewer) -> InvitationQuerySet:
    """Open invitations to places where the viewer works at the desk."""
    by_region = viewer.within(Role.STAFF, community="region", grid="grid")
    by_grid = viewer.within(Role.STAFF, community="grid__community", grid="grid")
    return Invitation.objects.open().filter(by_region | by_grid)


# --- one row: what the address of the request names -----------------------------------------------
def person(request: AuthedRequest, uid: UUID) -> User:
    """A colleague the viewer sees, who is to them what they are to any place that one is appointed for."""
    needs, by = request.policy.needs, request.policy.roles
    enough = [role for relation in needs for role in ROLES_OF.get(relation, ()) if role in by]
    held = Appointment.objects.held().filter(_appointed_within(request.viewer, *enough))
    found = _get(people_for(request.viewer).annotate(is_enough=Exists(held.filter(user=OuterRef("pk")))), uid)
    if Relation.SEEN not in needs and not vars(found)["is_enough"]:
        raise PermissionDenied
    return found


def dormant_person(request: AuthedRequest, uid: UUID) -> User:
    """Whoever sees one manages them."""
    return _get(dormant_people_for(request.viewer), uid)


def invitation(request: AuthedRequest, uid: UUID) -> Invitation:
    """Whoever sees one manages it."""
    return _get(invitations_for(request.viewer), uid)


def _get(rows: QuerySet[Row], uid: UUID) -> Row:
    row = rows.filter(uid=uid).first()
    if row is None:
        raise Http404
    return row
