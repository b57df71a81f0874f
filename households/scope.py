"""Which rows lie in a viewer's sight. What they are to one of them, and one of them for an address, is `access`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from resilience.audit.models import Entry
from resilience.lib.db import InOrder

from . import places, reference
from .models import Appointment, Building, Campaign, Grid, Household, Region, Resident, ServiceRequest
from .places import Place
from .viewer import COUNTING_ROLES, MANAGING_ROLES, OVERSEEING_ROLES, SEEING_ROLES, WORKING_ROLES, Viewer

if TYPE_CHECKING:
    from resilience.audit.models import EntryQuerySet

    from .models.campaigns import CampaignQuerySet
    from .models.households import HouseholdQuerySet, ResidentQuerySet
    from .models.places import BuildingQuerySet, GridQuerySet, RegionQuerySet
    from .models.requests import RequestQuerySet

DISTRICT = 6  # digits of its code; a city has fewer


def households_for(viewer: Viewer) -> HouseholdQuerySet:
    """Households of the viewer's places, and those a request of which is with them now, who work here.

    A volunteer who has a request reads no file for it.
    """
    here = viewer.within(*SEEING_ROLES)
    if not viewer.is_at_work:
        return Household.objects.seen_by(viewer).filter(here)
    with_me = ServiceRequest.objects.of(viewer.pk).filter(household__isnull=False).values("household_id")
    return Household.objects.seen_by(viewer).filter(here | Q(pk__any_of=with_me))


def households_here(viewer: Viewer) -> HouseholdQuerySet:
    """Households of the viewer's places only: for lists that go round."""
    return Household.objects.seen_by(viewer).filter(viewer.within(*SEEING_ROLES))


def served_here(viewer: Viewer) -> Q:
    """On Household: those of the viewer's places."""
    return viewer.within(*SEEING_ROLES)


def seen_by_place(viewer: Viewer, path: str) -> Q:
    """For a row that points at a household by `path`: whether that household is in one of the viewer's places."""
    return viewer.within(*SEEING_ROLES, community=f"{path}__community", grid=f"{path}__grid")


def households_worked(viewer: Viewer) -> HouseholdQuerySet:
    """Households whose files the viewer may amend."""
    return Household.objects.seen_by(viewer).filter(viewer.within(*WORKING_ROLES))


def residents_worked(viewer: Viewer) -> ResidentQuerySet:
    """People of those files, those who left them included."""
    return Resident.objects.seen_by(viewer).filter(
        viewer.within(*WORKING_ROLES, community="household__community", grid="household__grid")
    )


def managed_households_for(viewer: Viewer) -> HouseholdQuerySet:
    return Household.objects.seen_by(viewer).filter(viewer.within(*MANAGING_ROLES))


def residents_for(viewer: Viewer) -> ResidentQuerySet:
    return Resident.objects.seen_by(viewer).filter(household__in=households_for(viewer).values("pk"))


def buildings_for(viewer: Viewer) -> BuildingQuerySet:
    """Buildings of the viewer's places. A tower split between two grids is seen by both workers."""
    by_door = households_here(viewer).values("building_id")
    return Building.objects.filter(viewer.within(*SEEING_ROLES) | Q(pk__in=by_door))


def grids_for(viewer: Viewer) -> GridQuerySet:
    return Grid.objects.filter(viewer.within(*SEEING_ROLES, grid="pk"))


def requests_for(viewer: Viewer) -> RequestQuerySet:
    """Requests of the viewer's places, and those with them now."""
    return ServiceRequest.objects.seen_by(viewer).filter(viewer.within(*SEEING_ROLES) | Q(worker=viewer.pk))


def managed_requests_for(viewer: Viewer) -> RequestQuerySet:
    """Requests the viewer decides about."""
    return ServiceRequest.objects.seen_by(viewer).filter(viewer.within(*MANAGING_ROLES))


def overseen_requests_for(viewer: Viewer) -> RequestQuerySet:
    """The desk's queue: requests the viewer decides about, or looks on at."""
    return ServiceRequest.objects.seen_by(viewer).filter(viewer.within(*OVERSEEING_ROLES))


def counted_requests_for(viewer: Viewer) -> RequestQuerySet:
    """Requests that the viewer's numbers count. An auditor sees none of them."""
    return ServiceRequest.objects.seen_by(viewer).filter(viewer.within(*COUNTING_ROLES))


def queue_for(viewer: Viewer, *, is_open: bool) -> RequestQuerySet:
    """`overseen_requests_for`, written for pages that show the first few in the order of an index.

    Who has a district or more walks the order of all places; a lead walks their grid's open requests, or their
    community's when it is about ended ones.
    """
    rows = ServiceRequest.objects.seen_by(viewer)
    community, grid = "community", "grid"
    if any(len(code) <= DISTRICT for code in viewer.overseen_codes):
        rows, community = rows.alias(any_place=InOrder("community")), "any_place"
    elif viewer.only_community and not is_open:
        rows, grid = rows.filter(community=viewer.only_community).alias(any_grid=InOrder("grid")), "any_grid"
    return rows.filter(viewer.within(*OVERSEEING_ROLES, community=community, grid=grid))


def communities_for(viewer: Viewer) -> RegionQuerySet:
    """Communities the viewer decides about, by a region or by one of their grids."""
    return Region.objects.communities().filter(viewer.within(*MANAGING_ROLES, community="pk", grid="grids")).distinct()


def campaigns_for(viewer: Viewer) -> CampaignQuerySet:
    """Campaigns in the places the viewer's office answers for or oversees, and wider ones, which reach into them."""
    return Campaign.objects.all() if viewer.is_admin else Campaign.objects.reaching(viewer.approving_codes)


def audit_rows_for(viewer: Viewer) -> EntryQuerySet:
    """What happened in the places the viewer audits, and what has no place: sign-ins, accounts, tables.

    Of the latter not what colleagues did who serve elsewhere, and nowhere else: another district's staff.
    """
    if "" in viewer.audited_codes:
        return Entry.objects.all()
    serving_here = Appointment.objects.reaching(viewer.audited_codes).values("user")
    here = Q(place="") & ~Q(by__in=Appointment.objects.exclude(user__in=serving_here).values("user"))
    for code in viewer.audited_codes:
        here |= Q(place__startswith=code)
    return Entry.objects.filter(here)


# --- places ---------------------------------------------------------------------------------------
def place_overseen(viewer: Viewer, key: str) -> Place | None:
    """The place a link names, if the viewer's queue holds it: a part of theirs, never one above or beside."""
    place = places.find(key)
    return place if place and oversees_place(viewer, place) else None


def oversees_place(viewer: Viewer, place: Place) -> bool:
    return viewer.is_admin or any(places.lies_in(place.code, code) for code in viewer.overseen_codes)


def places_overseen(viewer: Viewer) -> list[Place]:
    """The tops of the viewer's places."""
    return [place for code in viewer.overseen_codes if (place := places.find(code))]


def watched_communities(viewer: Viewer) -> list[Region]:
    """Communities with a register where the viewer looks over who opens what. Mostly without a statement."""
    codes = viewer.watched_codes
    return [each for each in reference.served_communities() if viewer.is_admin or each.code.startswith(codes)]
