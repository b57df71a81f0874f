"""Which rows an export may hold for a viewer, and which exports somebody sees. What they do not see does not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from households.models import Household, Visit
from households.models.households import HouseholdQuerySet
from households.models.requests import RequestQuerySet
from households.scope import overseen_requests_for
from households.viewer import OVERSEEING_ROLES, Viewer
from resilience.lib.http import AuthedRequest

from .models import Export, ExportQuerySet
from .policies import ASKING


def asks(viewer: Viewer) -> bool:
    """Whether they may have exports at all."""
    return not viewer.roles.isdisjoint(ASKING)


def households_for(viewer: Viewer) -> HouseholdQuerySet:
    """Those of the places that the viewer oversees: not what they merely serve elsewhere as a worker."""
    return Household.objects.seen_by(viewer).filter(viewer.within(*OVERSEEING_ROLES))


def requests_for(viewer: Viewer) -> RequestQuerySet:
    return overseen_requests_for(viewer)


def visits_for(viewer: Viewer) -> QuerySet[Visit]:
    """By where the door is now, whoever went there."""
    here = viewer.within(*OVERSEEING_ROLES, community="household__community", grid="household__grid")
    return Visit.objects.seen_by(viewer).filter(here)


# --- exports ----------------------------------------------------------------------------------------
def mine(viewer: Viewer) -> ExportQuerySet:
    return Export.objects.filter(asked_by=viewer.pk)


def overseen(viewer: Viewer) -> ExportQuerySet:
    """Those of the places where the viewer's word counts as a second person's."""
    return Export.objects.all() if viewer.is_admin else Export.objects.of_place(viewer.approving_codes)


def to_decide(viewer: Viewer) -> ExportQuerySet:
    """Those that wait for a word of theirs: never their own."""
    return overseen(viewer).waiting().exclude(asked_by=viewer.pk)


def export(request: AuthedRequest, uid: UUID) -> Export:
    """One of the viewer's own."""
    return _get(mine(request.viewer).select_related("asked_by", "decided_by"), uid)


def export_to_decide(request: AuthedRequest, uid: UUID) -> Export:
    return _get(to_decide(request.viewer).select_related("asked_by"), uid)


def _get(rows: QuerySet[Any], uid: UUID) -> Any:
    found = rows.filter(uid=uid).first()
    if found is None:
        raise Http404
    return found
