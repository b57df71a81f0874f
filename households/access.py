"""The only way a view gets an object: not visible → 404, visible but not allowed → 403, else the row.

What is enough is said by the address's row in the table (`policies`), which the middleware has put on the request: a
view names the thing it is about and never the relation. All relations follow from `Appointment` (a role for a part of
the place tree, from–until), read once per web request; `HAS` from who has the request now.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from resilience.audit.models import Entry
from resilience.lib.db import InOrder
from resilience.lib.http import AuthedRequest
from resilience.lib.policies import Relation, policy_named
from resilience.lib.prepared import again

from . import places
from .models import (
    WITH_WORKER_STATES,
    Assignment,
    Building,
    Campaign,
    CampaignState,
    Grid,
    Household,
    Photo,
    Region,
    Resident,
    Responsibility,
    ServiceRequest,
)
from .places import Place
from .viewer import COUNTING_ROLES, MANAGING_ROLES, OVERSEEING_ROLES, SEEING_ROLES, WORKING_ROLES, Viewer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resilience.audit.models import EntryQuerySet

    from .models.campaigns import CampaignQuerySet
    from .models.households import FileHousehold, HouseholdQuerySet, ResidentQuerySet
    from .models.places import BuildingQuerySet, GridQuerySet, RegionQuerySet
    from .models.requests import RequestQuerySet

Row = TypeVar("Row", bound=Model)


LATELY = timedelta(days=7)
DISTRICT = 6  # digits of its code; a city has fewer


def viewer_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give every request a `viewer`; costs nothing until a signed-in page asks: `request.user` is looked up then."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.viewer = Viewer(request.user)  # type: ignore
        return get_response(request)

    return middleware


# --- which rows ---------------------------------------------------------------------------------
def households_for(viewer: Viewer) -> HouseholdQuerySet:
    """Households of the viewer's places, and those a request of which is with them now, who work here.

    A volunteer who has a request reads no file for it.
    """
    here = viewer.within(*SEEING_ROLES)
    if not viewer.is_at_work:
        return Household.objects.filter(here)
    with_me = ServiceRequest.objects.of(viewer.pk).filter(household__isnull=False).values("household_id")
    return Household.objects.filter(here | Q(pk__any_of=with_me))


def households_here(viewer: Viewer) -> HouseholdQuerySet:
    """Households of the viewer's places only: for lists that go round."""
    return Household.objects.filter(viewer.within(*SEEING_ROLES))


def seen_by_place(viewer: Viewer, path: str) -> Q:
    """For a row that points at a household by `path`: whether that household is in one of the viewer's places."""
    return viewer.within(*SEEING_ROLES, community=f"{path}__community", grid=f"{path}__grid")


def households_worked(viewer: Viewer) -> HouseholdQuerySet:
    """Households whose files the viewer may amend."""
    return Household.objects.filter(viewer.within(*WORKING_ROLES))


def residents_worked(viewer: Viewer) -> ResidentQuerySet:
    """People of those files, those who left them included."""
    return Resident.objects.filter(
        viewer.within(*WORKING_ROLES, community="household__community", grid="household__grid")
    )


def managed_households_for(viewer: Viewer) -> HouseholdQuerySet:
    return Household.objects.filter(viewer.within(*MANAGING_ROLES))


def residents_for(viewer: Viewer) -> ResidentQuerySet:
    return Resident.objects.filter(household__in=households_for(viewer).values("pk"))


def buildings_for(viewer: Viewer) -> BuildingQuerySet:
    """Buildings of the viewer's places. A tower split between two grids is seen by both workers."""
    by_door = households_here(viewer).values("building_id")
    return Building.objects.filter(viewer.within(*SEEING_ROLES) | Q(pk__in=by_door))


def grids_for(viewer: Viewer) -> GridQuerySet:
    return Grid.objects.filter(viewer.within(*SEEING_ROLES, grid="pk"))


def requests_for(viewer: Viewer) -> RequestQuerySet:
    """Requests of the viewer's places, and those with them now."""
    return ServiceRequest.objects.filter(viewer.within(*SEEING_ROLES) | Q(worker=viewer.pk))


def managed_requests_for(viewer: Viewer) -> RequestQuerySet:
    """Requests the viewer decides about."""
    return ServiceRequest.objects.filter(viewer.within(*MANAGING_ROLES))


def overseen_requests_for(viewer: Viewer) -> RequestQuerySet:
    """The desk's queue: requests the viewer decides about, or looks on at."""
    return ServiceRequest.objects.filter(viewer.within(*OVERSEEING_ROLES))


def counted_requests_for(viewer: Viewer) -> RequestQuerySet:
    """Requests that the viewer's numbers count. An auditor sees none of them."""
    return ServiceRequest.objects.filter(viewer.within(*COUNTING_ROLES))


def queue_for(viewer: Viewer, *, is_open: bool) -> RequestQuerySet:
    """`overseen_requests_for`, written for pages that show the first few in the order of an index.

    Who has a district or more walks the order of all places; a lead walks their grid's open requests, or their
    community's when it is about ended ones.
    """
    rows = ServiceRequest.objects.all()
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
    """What happened in the places the viewer audits, and what has no place: sign-ins, accounts, tables."""
    if "" in viewer.audited_codes:
        return Entry.objects.all()
    here = Q(place="")
    for code in viewer.audited_codes:
        here |= Q(place__startswith=code)
    return Entry.objects.filter(here)


# --- what somebody is to a row --------------------------------------------------------------------
def relations(viewer: Viewer, row: Household | Building | ServiceRequest) -> frozenset[Relation]:
    """What the viewer is to a row they see. Needs `community` loaded; no statement of its own."""
    found = {Relation.SEEN}
    if viewer.covers(row, *WORKING_ROLES):
        found.add(Relation.WORKED)
    if viewer.covers(row, *MANAGING_ROLES):
        found.add(Relation.MANAGED)
    if isinstance(row, ServiceRequest) and has_request(viewer, row):
        found.add(Relation.HAS)
    return frozenset(found)


def may(viewer: Viewer, url_name: str, row: Household | Building | ServiceRequest | None = None) -> bool:
    """Whether that address opens to the viewer, about a row they see when it is about one: for links and buttons."""
    policy = policy_named(url_name)
    if policy is None or not policy.lets_in(viewer.roles):
        return False
    return row is None or not policy.needs.isdisjoint(relations(viewer, row))


def has_request(viewer: Viewer, service_request: ServiceRequest) -> bool:
    """Whether it is with the viewer now."""
    return service_request.worker_id == viewer.pk and service_request.state in WITH_WORKER_STATES


# --- one row: what the address of the request names -----------------------------------------------
def household(request: AuthedRequest, uid: UUID) -> Household:
    rows = households_for(request.viewer)
    found = _get(rows.select_related("building", "community", "grid", "contact", "confirmed_by"), uid=uid)
    return _allowed(request, found, found)


def household_file(request: AuthedRequest, uid: UUID) -> FileHousehold:
    """A household with all its page says of itself, in one statement.

    Beside `household`: `phone_list` (id, number, label), `responsible` (name of the worker who answers for it, or ''),
    `may_amend` and `may_manage`.
    """
    viewer = request.viewer
    # As `households_for`: only who works here sees some by their requests, too.
    me = {"me": viewer.pk} if viewer.is_at_work and not viewer.is_admin else {}
    found = again(("household file", viewer.reach), partial(_with_file, viewer), uid=uid, **me)
    if not found:
        raise Http404
    household = found[0]
    phones = [(row.phone_id, row.phone_number, row.phone_label) for row in found if row.phone_id]
    household.phone_list = phones
    held = relations(viewer, household)
    household.may_amend, household.may_manage = Relation.WORKED in held, Relation.MANAGED in held
    return _allowed(request, household, household)


def _with_file(viewer: Viewer, uid: UUID, me: int = 0) -> QuerySet[FileHousehold]:
    """A row for each of its phones, or one."""
    rows = households_for(viewer.seen_as(me)).filter(uid=uid)
    active = Responsibility.objects.active().filter(household=OuterRef("pk"))
    return (
        rows.select_related("building", "community", "grid", "contact", "confirmed_by")
        .annotate(
            phone_id=F("phones__pk"),
            phone_number=F("phones__number"),
            phone_label=F("phones__label"),
            responsible=Coalesce(Subquery(active.values("worker__name")[:1]), Value("")),
        )
        .order_by("phone_id")
    )


def resident(request: AuthedRequest, uid: UUID) -> Resident:
    homes = ("household__building", "household__grid", "household__community")
    found = _get(residents_for(request.viewer).select_related(*homes), uid=uid)
    return _allowed(request, found, found.household)


def building(request: AuthedRequest, uid: UUID) -> Building:
    found = _get(buildings_for(request.viewer).select_related("community", "grid"), uid=uid)
    return _allowed(request, found, found)


def served_here(viewer: Viewer) -> Q:
    """On Household: those of the viewer's places."""
    return viewer.within(*SEEING_ROLES)


REQUEST_PARTS = ("category__parent", "household__building", "building", "community", "grid", "worker", "merged_into")


def service_request(request: AuthedRequest, code: str) -> ServiceRequest:
    found = _get(requests_for(request.viewer).select_related(*REQUEST_PARTS), code=code)
    return _allowed(request, found, found)


def request_on_page(viewer: Viewer, code: str) -> ServiceRequest:
    """A request the viewer sees, with what its page shows, in one statement.

    What the forms of the page need beyond that, each reads in the table itself: `forms.deeds.Deed.may`.
    """

    def rows(code: str, me: int = 0) -> RequestQuerySet:
        return requests_for(viewer.seen_as(me)).filter(code=code).select_related(*REQUEST_PARTS).with_page_parts()

    me = {} if viewer.is_admin else {"me": viewer.pk}
    for service_request in again(("request on page", viewer.reach), rows, code=code, **me):
        return service_request
    raise Http404


def request_let_go(viewer: Viewer, code: str) -> ServiceRequest:
    """For who has just been told that `code` is nothing they see: it is, if it was with them until lately.

    What they send for it from an old page is told where it went.
    """
    theirs = Assignment.objects.filter(worker=viewer.pk, ended_at__gte=timezone.now() - LATELY)
    rows = ServiceRequest.objects.filter(pk__in=theirs.values("service_request_id"))
    return _get(rows.select_related("worker"), code=code)


def service_requests(request: AuthedRequest, codes: Iterable[str]) -> list[ServiceRequest]:
    """Those of `codes` the page may be about, in the order of their clocks; the rest do not exist for the viewer."""
    rows = requests_for if Relation.SEEN in request.policy.needs else managed_requests_for
    found = rows(request.viewer).filter(code__in=list(codes))
    return list(found.select_related(*REQUEST_PARTS).due_first())


def visit_photo(request: AuthedRequest, uid: UUID) -> Photo:
    """Of a visit to a door the viewer sees. Who took it and serves elsewhere now does not see it any more."""
    return _get(Photo.objects.filter(visit__household__in=households_for(request.viewer).values("pk")), uid=uid)


def _get(rows: QuerySet[Row], **lookup: Any) -> Row:
    row = rows.filter(**lookup).first()
    if row is None:
        raise Http404
    return row


def _allowed(request: AuthedRequest, found: Row, at: Household | Building | ServiceRequest) -> Row:
    """`found`, if what the viewer is to `at` is enough for the page."""
    if request.policy.needs.isdisjoint(relations(request.viewer, at)):
        raise PermissionDenied
    return found


# --- places ---------------------------------------------------------------------------------------
def place_overseen(viewer: Viewer, key: str) -> Place | None:
    """The place a link names, if the viewer's queue holds it: a part of theirs, never one above or beside."""
    place = places.find(key)
    return place if place and oversees_place(viewer, place) else None


def oversees_place(viewer: Viewer, place: Place) -> bool:
    return viewer.is_admin or any(_lies_in(place, code) for code in viewer.overseen_codes)


def _lies_in(place: Place, code: str) -> bool:
    return place.code == code if len(code) == 15 else place.code.startswith(code)


def places_overseen(viewer: Viewer) -> list[Place]:
    """The tops of the viewer's places."""
    return [place for code in viewer.overseen_codes if (place := places.find(code))]


# --- campaigns -------------------------------------------------------------------------------------
CAMPAIGN_PARTS = ("region", "opened_by", "closed_by", "hold_by", "destruction__asked_by", "destruction__approved_by")


def campaign_seen(viewer: Viewer, uid: UUID) -> Campaign:
    return _get(campaigns_for(viewer).select_related(*CAMPAIGN_PARTS), uid=uid)


def campaign_managed(viewer: Viewer, uid: UUID, *, as_second: bool = False) -> Campaign:
    """All of it lies in the places of the viewer's office; `as_second`: or in those that they oversee."""
    campaign = campaign_seen(viewer, uid)
    _allow(viewer.reaches(campaign.region, viewer.approving_codes if as_second else viewer.office_codes))
    return campaign


def campaign_ended(viewer: Viewer, uid: UUID) -> Campaign:
    """One that has its certificate."""
    return _get(campaigns_for(viewer).filter(state=CampaignState.ENDED).select_related(*CAMPAIGN_PARTS), uid=uid)


def _allow(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied
