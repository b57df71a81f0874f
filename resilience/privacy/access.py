"""The only way a view of this area gets a request about somebody's data; people come from `households.access`."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from households.viewer import MANAGING_ROLES, Viewer

from .models import DataRequest, DataRequestQuerySet

_PARTS = ("community", "resident__household__building", "resident__household__community", "recorded_by", "taken_by")


def data_requests_for(viewer: Viewer) -> DataRequestQuerySet:
    """Those of the places the viewer decides about."""
    return DataRequest.objects.filter(viewer.within(*MANAGING_ROLES)).select_related(*_PARTS)


def data_request(viewer: Viewer, uid: UUID) -> DataRequest:
    """Who sees one decides about it; for everybody else there is none."""
    found = data_requests_for(viewer).select_related("closed_by", "service_request").filter(uid=uid).first()
    if found is None:
        raise Http404
    return found
