"""Who is looking: a signed-in user and what they are where. What follows from it for a row is `access`."""

from __future__ import annotations

from collections.abc import Hashable
from copy import copy
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.policies import Relation
from resilience.lib.prepared import again

from . import places, reference
from .models import Appointment, Level, Region, Role

SEEING_ROLES = (Role.WORKER, Role.LEAD, Role.STAFF, Role.SUPERVISOR)
"""See the files and requests of their places."""
WORKING_ROLES = (Role.WORKER, Role.LEAD, Role.STAFF)
"""Work there: visit, amend a file, record what happened."""
OVERSEEING_ROLES = (Role.LEAD, Role.STAFF, Role.SUPERVISOR)
"""See the desk's queue, and who serves there."""
MANAGING_ROLES = (Role.LEAD, Role.STAFF)
"""Decide there: who gets a request, who answers for a household."""
COUNTING_ROLES = (*OVERSEEING_ROLES, Role.AUDITOR)
"""See how many there are."""
WATCHING_ROLES = (Role.STAFF, Role.SUPERVISOR)
"""Look over what is done there: who opened what, what is destroyed. The second person's word."""
ROLES_OF = {Relation.WORKED: WORKING_ROLES, Relation.MANAGED: MANAGING_ROLES, Relation.WATCHED: WATCHING_ROLES}
"""By which roles somebody is that to a thing in their places."""
ADMINISTRATOR = "administrator"
"""Beside the roles: may everything, everywhere (`User.is_superuser`)."""


class Held(NamedTuple):
    """An appointment that holds today: a role for a region or for a grid. A row, not a model: every page asks."""

    role: str
    region_id: int | None
    region_code: str | None
    region_level: str | None
    grid_id: int | None
    grid_code: str | None


def _held(user: int, day: date) -> QuerySet[Appointment, tuple[Any, ...]]:
    columns = ("role", "region_id", "region__code", "region__level", "grid_id", "grid__code")
    return Appointment.objects.on(day).filter(user=user).order_by().values_list(*columns)


class Viewer:
    """A signed-in user and what they are where. One statement, at the first question asked."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def pk(self) -> int:
        """The user's."""
        return self.user.pk

    def seen_as(self, pk: int) -> Viewer:
        """Whoever has that pk, in the same places: to make a statement once for all who have them (`again`)."""
        other = copy(self)
        other.pk = pk
        return other

    @cached_property
    def appointments(self) -> list[Held]:
        if not self.user.is_active:
            return []
        held = [Held(*row) for row in again("appointments", _held, user=self.user.pk, day=today())]
        # Should an auditor have got another role all the same, they do what that allows and audit nothing.
        return [one for one in held if one.role != Role.AUDITOR] or held

    @property
    def is_admin(self) -> bool:
        """An administrator sees every place."""
        return bool(self.user.is_active and self.user.is_superuser)

    def has(self, *roles: Role) -> bool:
        return any(appointment.role in roles for appointment in self.appointments)

    @cached_property
    def roles(self) -> frozenset[str]:
        """Held today, wherever; ADMINISTRATOR among them for one."""
        held = {appointment.role for appointment in self.appointments}
        return frozenset({*held, ADMINISTRATOR} if self.is_admin else held)

    @property
    def is_worker(self) -> bool:
        """Goes to doors: a grid worker or a lead."""
        return self.has(Role.WORKER, Role.LEAD)

    @property
    def audited_codes(self) -> tuple[str, ...]:
        """Codes of the regions whose audit rows the viewer reads; an administrator's ('',) is all."""
        if self.is_admin:
            return ("",)
        held = [one for one in self.appointments if one.role == Role.AUDITOR]
        return tuple(sorted({one.region_code for one in held if one.region_code}))

    @property
    def sees_places(self) -> bool:
        """Sees files and requests of some place, not only what is with them."""
        return self.is_admin or self.has(*SEEING_ROLES)

    @property
    def is_at_work(self) -> bool:
        """Works somewhere, or may everywhere: more than lending a hand with what they are given, or looking on."""
        return self.is_admin or self.has(*WORKING_ROLES)

    @property
    def is_staff_member(self) -> bool:
        """Works at the desk: community staff, or an administrator."""
        return self.is_admin or self.has(Role.STAFF)

    @property
    def keeps_tables(self) -> bool:
        """Edits the tables of the whole house: an administrator, or the office of a city or a district."""
        wide = (Level.CITY, Level.DISTRICT)
        held = [one for one in self.appointments if one.role == Role.STAFF]
        return self.is_admin or any(one.region_level in wide for one in held)

    def covers(self, row: Any, *roles: Role) -> bool:
        """`within` for one row whose `community` is loaded: whether it lies where the viewer holds one of `roles`."""
        if self.is_admin:
            return True
        held = [appointment for appointment in self.appointments if appointment.role in roles]
        if row.grid_id in {appointment.grid_id for appointment in held if appointment.grid_id}:
            return True
        return any(one.region_code and row.community.code.startswith(one.region_code) for one in held)

    def role_over(self, row: Any) -> str:
        """As what the viewer acts on a row whose `community` is loaded: the role that decides most, or ADMINISTRATOR.

        Of somebody who only has a request there: the first of their roles.
        """
        if self.is_admin:
            return ADMINISTRATOR
        held = [role for role in reversed(Role) if self.covers(row, role)]
        return held[0] if held else self.appointments[0].role

    def within(self, *roles: Role, community: str = "community", grid: str = "grid") -> Q:
        """The rows whose `community` or `grid` lies in a place where the viewer holds one of `roles`."""
        if self.is_admin:
            return ~Q(pk__in=[])
        places = Q(pk__in=[])
        held = [appointment for appointment in self.appointments if appointment.role in roles]
        grids = {appointment.grid_id for appointment in held if appointment.grid_id}
        if grids:
            places |= Q(**{f"{grid}__in": grids})
        leaves = {one.region_id for one in held if one.region_level == Level.COMMUNITY}
        if leaves:
            places |= Q(**{f"{community}__in": leaves})
        for one in held:
            if one.region_code and one.region_id not in leaves:
                below = Region.objects.under(one.region_code).communities().values("pk")
                places |= Q(**{f"{community}__in": below})
        return places

    @cached_property
    def overseen_codes(self) -> tuple[str, ...]:
        """Codes of the regions and grids whose queue the viewer sees; equal for viewers who see the same rows there."""
        if self.is_admin:
            return tuple(code for code, place in places.regions().items() if place.kind == Level.CITY)
        return self._codes(*OVERSEEING_ROLES)

    @cached_property
    def seen_codes(self) -> tuple[str, ...]:
        return self.overseen_codes if self.is_admin else self._codes(*SEEING_ROLES)

    @cached_property
    def watched_codes(self) -> tuple[str, ...]:
        return self._codes(*WATCHING_ROLES)

    def _codes(self, *roles: Role) -> tuple[str, ...]:
        held = [appointment for appointment in self.appointments if appointment.role in roles]
        return tuple(sorted({one.region_code or one.grid_code or "" for one in held}))

    @cached_property
    def office_codes(self) -> tuple[str, ...]:
        """Codes of the regions whose office the viewer works in."""
        return self.region_codes(Role.STAFF)

    @cached_property
    def approving_codes(self) -> tuple[str, ...]:
        """Codes of the regions where the viewer's word counts as that of a second person."""
        return self.region_codes(Role.STAFF, Role.SUPERVISOR)

    def region_codes(self, *roles: Role) -> tuple[str, ...]:
        """Codes of the regions where the viewer holds one of `roles`."""
        if self.is_admin:
            return self.overseen_codes
        held = {one.region_code for one in self.appointments if one.role in roles and one.region_code}
        return tuple(sorted(held))

    def reaches(self, region: Region, codes: tuple[str, ...]) -> bool:
        """Whether all of the region lies in one of those."""
        return self.is_admin or any(region.code.startswith(code) for code in codes)

    @property
    def approves(self) -> bool:
        """May look at campaigns and what ends, and be the second person."""
        return self.is_staff_member or self.has(Role.SUPERVISOR)

    @property
    def office_regions(self) -> list[places.Place]:
        """Regions with doors in the register that this office answers for, the widest first. From memory."""
        regions = places.regions()
        served = [community.code for community in reference.served_communities()]
        codes = {code[:digits] for code in served for digits in (4, 6, 9, 12)}
        mine = [code for code in codes if any(code.startswith(top) for top in self.office_codes)]
        return [regions[code] for code in sorted(mine, key=lambda code: (len(code), code)) if code in regions]

    @cached_property
    def reach(self) -> tuple[Hashable, ...]:
        """What decides `within`, but for who the viewer is: equal only for those who see the same places."""
        return self.is_admin, *self.appointments

    @cached_property
    def scope(self) -> str:
        """Names what the viewer's queue holds: equal only for viewers whose queue is the same. For keys of caches."""
        return "all" if self.is_admin else " ".join(self.overseen_codes)

    @cached_property
    def counted_scope(self) -> str:
        """As `scope`, of what is counted for the viewer."""
        return "all" if self.is_admin else " ".join(self._codes(*COUNTING_ROLES))

    @cached_property
    def only_community(self) -> int | None:
        """The one community everything of the viewer's queue lies in; None when there are several."""
        communities = {code[:12] for code in self.overseen_codes}
        code = communities.pop() if len(communities) == 1 else ""
        place = places.regions().get(code)
        return place.community_id if place else None
