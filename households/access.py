"""The only way a view gets an object: not visible → 404, visible but not allowed → 403, else the row.

What is enough is said by the address's row in the table (`policies`), which the middleware has put on the request: a
view names the thing it is about and never the relation. All relations follow from `Appointment` (a role for a part of
the place tree, from–until), read once per web request; `HAS` from who has the request now. Which rows lie in sight at
all is `scope`, and of people `colleagues`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from resilience.lib.http import AuthedRequest
from resilience.lib.policies import Relation, policy_named
from resilience.lib.prepared import again

from . import scope
from .models import (
    WITH_WORKER_STATES,
    Assignment,
    Building,
    Campaign,
    CampaignState,
    Household,
    Photo,
    Presence,
    Resident,
    Responsibility,
    Role,
    ServiceRequest,
)
from .viewer import ROLES_OF, SEEING_ROLES, WATCHING_ROLES, Viewer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .models.households import FileHousehold
    from .models.requests import RequestQuerySet

Row = TypeVar("Row", bound=Model)
Placed = Household | Building | ServiceRequest | Campaign
"""What somebody can be something to, by where it lies. Its `community` (of a campaign `region`) must be loaded."""

LATELY = timedelta(days=7)
ANY_ROLE = frozenset(Role.values)


def viewer_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give every request a `viewer`; costs nothing until a signed-in page asks: `request.user` is looked up then."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.viewer = Viewer(request.user)  # type: ignore
        return get_response(request)

    return middleware


# --- what somebody is to a row --------------------------------------------------------------------
def relations(viewer: Viewer, row: Placed, by: Collection[str] = ANY_ROLE) -> frozenset[Relation]:
    """What the viewer is to a row they see, by those of their roles that are among `by`. No statement of its own.

    A page opens by some roles; what somebody is by another one of theirs, here or elsewhere, does not count there.
    """
    if isinstance(row, Campaign):
        return _relations_to_campaign(viewer, row, by)
    found = {relation for relation, roles in ROLES_OF.items() if viewer.covers(row, *_among(roles, by))}
    if isinstance(row, ServiceRequest) and has_request(viewer, row):
        found.add(Relation.HAS)
    # Seen by no role of theirs at all, it is seen because it, or a request of it, is with them.
    if viewer.covers(row, *_among(SEEING_ROLES, by)) or not viewer.covers(row, *SEEING_ROLES):
        found.add(Relation.SEEN)
    return frozenset(found)


def _relations_to_campaign(viewer: Viewer, campaign: Campaign, by: Collection[str]) -> frozenset[Relation]:
    """It is about all of its region: who serves a part of that sees it, and is nothing more to it."""
    roles = {Relation.MANAGED: (Role.STAFF,), Relation.WATCHED: WATCHING_ROLES}
    codes = {relation: viewer.region_codes(*_among(of, by)) for relation, of in roles.items()}
    found = {relation for relation, theirs in codes.items() if viewer.reaches(campaign.region, theirs)}
    return frozenset({Relation.SEEN, *found})


def _among(roles: Iterable[Role], by: Collection[str]) -> list[Role]:
    return [role for role in roles if role in by]


def may(viewer: Viewer, url_name: str, row: Placed | None = None) -> bool:
    """Whether that address opens to the viewer, about a row they see when it is about one: for links and buttons."""
    policy = policy_named(url_name)
    if policy is None or not policy.lets_in(viewer.roles):
        return False
    return row is None or not policy.needs.isdisjoint(relations(viewer, row, policy.roles))


def has_request(viewer: Viewer, service_request: ServiceRequest) -> bool:
    """Whether it is with the viewer now."""
    return service_request.worker_id == viewer.pk and service_request.state in WITH_WORKER_STATES


# --- one row: what the address of the request names -----------------------------------------------
def household(request: AuthedRequest, uid: UUID) -> Household:
    rows = scope.households_for(request.viewer)
    found = _get(rows.select_related("building", "community", "grid", "contact", "confirmed_by"), uid=uid)
    return _allowed(request, found, found)


def household_file(request: AuthedRequest, uid: UUID) -> FileHousehold:
    """A household with all its page says of itself, in one statement.

    Beside `household`: `phone_list` (id, number, label), `responsible` (name of the worker who answers for it, or ''),
    `may_amend` and `may_manage`.
    """
    viewer = request.viewer
    # As `scope.households_for`: only who works here sees some by their requests, too.
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
    rows = scope.households_for(viewer.seen_as(me)).filter(uid=uid)
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
    found = _get(scope.residents_for(request.viewer).select_related(*homes), uid=uid)
    return _allowed(request, found, found.household)


def resident_or_guest(request: AuthedRequest, uid: UUID) -> Resident:
    """A person, by their home or by the door where they stay meanwhile; homes and stays loaded."""
    stays_here = Q(presence=Presence.AWAY) & scope.seen_by_place(request.viewer, "stays_with")
    seen = Q(household__in=scope.households_for(request.viewer).values("pk")) | stays_here
    homes = [f"{path}__{part}" for path in ("household", "stays_with") for part in ("building", "grid", "community")]
    found = _get(Resident.objects.seen_by(request.viewer).filter(seen).select_related(*homes), uid=uid)
    doors = (found.household, found.stays_with)
    return _allowed(request, found, *(door for door in doors if door))


def building(request: AuthedRequest, uid: UUID) -> Building:
    found = _get(scope.buildings_for(request.viewer).select_related("community", "grid"), uid=uid)
    return _allowed(request, found, found)


REQUEST_PARTS = ("category__parent", "household__building", "building", "community", "grid", "worker", "merged_into")


def service_request(request: AuthedRequest, code: str) -> ServiceRequest:
    found = _get(scope.requests_for(request.viewer).select_related(*REQUEST_PARTS), code=code)
    return _allowed(request, found, found)


def request_on_page(viewer: Viewer, code: str) -> ServiceRequest:
    """A request the viewer sees, with what its page shows, in one statement.

    What the forms of the page need beyond that, each reads in the table itself: `forms.deeds.Deed.may`.
    """

    def rows(code: str, me: int = 0) -> RequestQuerySet:
        return scope.requests_for(viewer.seen_as(me)).filter(code=code).select_related(*REQUEST_PARTS).with_page_parts()

    me = {} if viewer.is_admin else {"me": viewer.pk}
    for service_request in again(("request on page", viewer.reach), rows, code=code, **me):
        return service_request
    raise Http404


def request_let_go(viewer: Viewer, code: str) -> ServiceRequest:
    """For who has just been told that `code` is nothing they see: it is, if it was with them until lately.

    What they send for it from an old page is told where it went.
    """
    theirs = Assignment.objects.filter(worker=viewer.pk, ended_at__gte=timezone.now() - LATELY)
    rows = ServiceRequest.objects.seen_by(viewer).filter(pk__in=theirs.values("service_request_id"))
    return _get(rows.select_related("worker"), code=code)


def service_requests(request: AuthedRequest, codes: Iterable[str]) -> list[ServiceRequest]:
    """Those of `codes` the page may be about, in the order of their clocks; the rest do not exist for the viewer."""
    rows = scope.requests_for if Relation.SEEN in request.policy.needs else scope.managed_requests_for
    found = rows(request.viewer).filter(code__in=list(codes))
    return list(found.select_related(*REQUEST_PARTS).due_first())


def visit_photo(request: AuthedRequest, uid: UUID) -> Photo:
    """Of a visit to a door the viewer sees. Who took it and serves elsewhere now does not see it any more."""
    doors = scope.households_for(request.viewer).values("pk")
    return _get(Photo.objects.seen_by(request.viewer).filter(visit__household__in=doors), uid=uid)


CAMPAIGN_PARTS = ("region", "opened_by", "closed_by", "hold_by", "destruction__asked_by", "destruction__approved_by")


def campaign(request: AuthedRequest, uid: UUID) -> Campaign:
    found = _get(scope.campaigns_for(request.viewer).select_related(*CAMPAIGN_PARTS), uid=uid)
    return _allowed(request, found, found)


def ended_campaign(request: AuthedRequest, uid: UUID) -> Campaign:
    """One that has its certificate; any other does not exist there."""
    found = campaign(request, uid)
    if found.state != CampaignState.ENDED:
        raise Http404
    return found


def _get(rows: QuerySet[Row], **lookup: Any) -> Row:
    row = rows.filter(**lookup).first()
    if row is None:
        raise Http404
    return row


def _allowed(request: AuthedRequest, found: Row, *at: Placed) -> Row:
    """`found`, if what the viewer is to one of `at` is enough for the page."""
    policy = request.policy
    if all(policy.needs.isdisjoint(relations(request.viewer, each, policy.roles)) for each in at):
        raise PermissionDenied
    return found
