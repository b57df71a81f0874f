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
from resilience.lib.prepared import again

from . import places
from .models import Appointment, Level, Region, Role
from .models.appointments import HELPING

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
    def oversees(self) -> bool:
        """Sees the queue of some place."""
        return self.is_admin or self.has(*OVERSEEING_ROLES)

    @property
    def counts(self) -> bool:
        """Sees the numbers of some place."""
        return self.is_admin or self.has(*COUNTING_ROLES)

    @property
    def is_auditor(self) -> bool:
        return self.has(Role.AUDITOR)

    @property
    def has_round(self) -> bool:
        """May be given requests, and goes to them."""
        return self.has(*HELPING)

    @property
    def sees_places(self) -> bool:
        """Sees files and requests of some place, not only what is with them."""
        return self.is_admin or self.has(*SEEING_ROLES)

    @property
    def is_at_work(self) -> bool:
        """Works somewhere, or may everywhere: more than lending a hand with what they are given, or looking on."""
        return self.is_admin or self.has(*WORKING_ROLES)

    @property
    def is_lead(self) -> bool:
        return self.has(Role.LEAD)

    @property
    def is_staff_member(self) -> bool:
        """Works at the desk: community staff, or an administrator."""
        return self.is_admin or self.has(Role.STAFF)

    @property
    def can_desk(self) -> bool:
        return self.is_staff_member or self.is_lead

    def covers(self, row: Any, *roles: Role) -> bool:
        """`within` for one row whose `community` is loaded: whether it lies where the viewer holds one of `roles`."""
        if self.is_admin:
            return True
        held = [appointment for appointment in self.appointments if appointment.role in roles]
        if row.grid_id in {appointment.grid_id for appointment in held if appointment.grid_id}:
            return True
        return any(one.region_code and row.community.code.startswith(one.region_code) for one in held)

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

    def _codes(self, *roles: Role) -> tuple[str, ...]:
        held = [appointment for appointment in self.appointments if appointment.role in roles]
        return tuple(sorted({one.region_code or one.grid_code or "" for one in held}))

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
