"""The only way a view of this area gets a request about somebody's data; people come from `households.access`."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from django.http import Http404

from households.models import Role
from households.viewer import Viewer
from resilience.lib.http import AuthedRequest

from .models import DataRequest, DataRequestQuerySet

_PARTS = ("community", "resident__household__building", "resident__household__community", "recorded_by", "taken_by")


def data_requests_for(viewer: Viewer) -> DataRequestQuerySet:
    """About people of the places the viewer's office answers for; of people deleted since, where they were asked."""
    home = "resident__household"
    lives_here = viewer.within(Role.STAFF, community=f"{home}__community", grid=f"{home}__grid")
    lived_here = Q(resident__isnull=True) & viewer.within(Role.STAFF)
    rows = DataRequest.objects.filter((Q(resident__isnull=False) & lives_here) | lived_here)
    return rows.select_related(*_PARTS)


def data_request(request: AuthedRequest, uid: UUID) -> DataRequest:
    """Who sees one decides about it; for everybody else there is none."""
    found = data_requests_for(request.viewer).select_related("closed_by", "service_request").filter(uid=uid).first()
    if found is None:
        raise Http404
    return found
