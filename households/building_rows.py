"""What the pages of buildings read: a page of them, how many doors of each are in which state, the doors of one."""

from __future__ import annotations

from django.db.models import BooleanField, Case, Count, F, Q, Value, When
from django.db.models.functions import Coalesce

from resilience.lib.inputs import encode_cursor

from .elevation import Door
from .models import Building, Household
from .models.households import HouseholdQuerySet
from .models.places import BuildingQuerySet

PAGE = 60
DOORS_AT_MOST = 6_000  # 34 storeys × 60 entrances of 3 doors


def page_of(
    rows: BuildingQuerySet, *, text: str = "", after: tuple[int, int, int] | None = None
) -> tuple[list[Building], str]:
    """Buildings that stand today, community by community in walking order, and the cursor of the next page."""
    rows = rows.current().select_related("community", "grid").order_by("community_id", "walk_order", "pk")
    if text:
        rows = rows.filter(name__icontains=text)
    if after:
        community, walk_order, pk = after
        same = Q(community=community)
        rows = rows.filter(
            Q(community__gt=community)
            | same & Q(walk_order__gt=walk_order)
            | same & Q(walk_order=walk_order, pk__gt=pk)
        )
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], encode_cursor([last.community_id, last.walk_order, last.pk]) if last else ""


def counted(buildings: list[Building], households: HouseholdQuerySet) -> None:
    """Put on each building how many of `households` there are in it, and how many in each state."""
    states = households.current().filter(building__in=[building.pk for building in buildings]).with_door_state()
    rows = states.order_by().values("building_id").annotate(
        doors=Count("pk"),
        late=Count("pk", filter=Q(is_late=True)),
        requests=Count("pk", filter=Q(has_request=True)),
        needs=Count("pk", filter=Q(has_needs=True)),
        empty=Count("pk", filter=Q(has_people=False)),
    )  # fmt: skip
    by_building = {row["building_id"]: row for row in rows}
    for building in buildings:
        building.counts = by_building.get(building.pk, {})  # type: ignore[attr-defined]


def doors_of(building: Building, mine: Q) -> list[Door]:
    """Every door with a file; of those outside `mine` only where they are."""
    rows = (
        Household.objects.of_row(building=building)
        .current()
        .with_door_state()
        .annotate(
            is_mine=Case(When(mine, then=Value(True)), default=Value(False), output_field=BooleanField()),
            contact_name=Coalesce(F("contact__name"), Value("")),
        )
        .order_by("entrance", "floor", "door")
        .values_list(
            "uid", "entrance", "floor", "door", "contact_name", "is_mine",
            "is_late", "has_request", "has_needs", "has_people",
        )
    )  # fmt: skip
    return [Door(*row) for row in rows[:DOORS_AT_MOST]]
