"""Which colleagues lie in a viewer's sight. As `scope`, which is about files and requests."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from resilience.accounts.models import User

from .models import Appointment, Role
from .models.appointments import ANSWERING
from .viewer import MANAGING_ROLES, OVERSEEING_ROLES, Viewer


def people_for(viewer: Viewer) -> QuerySet[User]:
    """Active colleagues with an appointment in the places the viewer manages or looks on at."""
    theirs = Appointment.objects.held().filter(appointed_within(viewer, *OVERSEEING_ROLES))
    return User.objects.filter(pk__in=theirs.values("user_id"), is_active=True)


def helpers_for(viewer: Viewer) -> QuerySet[User]:
    """Colleagues the viewer decides about who go to doors: workers and leads."""
    doing = Appointment.objects.held().of_role(*ANSWERING).filter(appointed_within(viewer, *MANAGING_ROLES))
    return User.objects.filter(pk__in=doing.values("user_id"), is_active=True)


def appointed_within(viewer: Viewer, *roles: Role) -> Q:
    """On Appointment: those for a place where the viewer holds one of `roles`."""
    by_region = viewer.within(*roles, community="region", grid="grid")
    by_grid = viewer.within(*roles, community="grid__community", grid="grid")
    return by_region | by_grid
