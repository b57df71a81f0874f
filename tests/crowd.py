"""More of everything that a page may list, around one planted household (`tests.canaries`)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from households.models import (
    Appointment,
    Campaign,
    FileChange,
    LifeEvent,
    LifeKind,
    Photo,
    RequestEvent,
    RequestItem,
    Role,
    ServiceRequest,
)
from resilience.accounts.models import User
from resilience.lib.dates import today
from tests import factories as f
from tests.canaries import Planted, plant_export

_ASKED_AGO = timedelta(days=3)  # so long that they are called, and that it is overdue


def gather(planted: Planted, by: User, numbers: range) -> None:
    """One of each for every number: households and people beside it, requests, colleagues, places; and of what its
    own file and its request list: visits, events, changes, people, needs, phones, items, photos, joined requests.

    Numbers are below 100 and used once.
    """
    for number in numbers:
        _beside(planted, number)
        _places(planted, number)
        _in_its_file(planted, by, number)
        _in_its_request(planted, by, number)
        for asker, state in ((by, "ready"), (planted.worker, "waiting")):
            plant_export(f"名单{number}", planted.household, asker, state)
    people = User.objects.bulk_create(
        User(username=f"colleague{number}", name=f"同事{number}", password="!") for number in numbers
    )
    Appointment.objects.bulk_create(
        Appointment(user=person, role=Role.WORKER, grid=planted.household.grid, from_date=date(2026, 1, 1))
        for person in people
    )
    asked = timezone.now() - _ASKED_AGO
    ServiceRequest.unscoped.update(created_at=asked, due_at=asked + timedelta(hours=1))


def _beside(planted: Planted, number: int) -> None:
    """A door of the same building: somebody in need there, whose visit is due, and a request."""
    household = f.make_household(planted.household.building, number % 3 + 1, f"{number % 6 + 1}{number + 100}")
    phone = f"1990001{number:04}"
    resident = f.make_resident(household, f"邻居{number}", is_contact=True, phone=phone)
    f.make_need(resident, next_due_date=today() - timedelta(days=2))
    f.make_responsible(household, planted.worker)
    f.make_data_request(resident)
    finer = f.make_category("groceries-rice", name_zh="米面", parent=f.make_category())
    f.make_request(household, phone=phone, category=finer)


def _places(planted: Planted, number: int) -> None:
    f.make_building(planted.household.grid, f"西园小区{number + 100}号楼")
    elsewhere = f.make_community(f"620103001{number + 100}", f"社区{number}")
    f.make_building(f.make_grid(elsewhere), f"{number}号楼")
    Campaign.objects.create(
        name=f"行动{number}", region=planted.household.community, purpose="用途", planned_end_date=today(),
        opened_by=planted.worker,
    )  # fmt: skip


def _in_its_file(planted: Planted, by: User, number: int) -> None:
    household = planted.household
    f.make_need(f.make_resident(household, f"家人{number}"))
    f.make_need(planted.resident, f.make_need_kind(f"kind{number}"))
    f.make_phone(household, f"1990002{number:04}")
    f.make_data_request(planted.resident, "delete", state="done", closed_at=timezone.now())
    f.make_visit(household, planted.worker, happened_at=timezone.now() - timedelta(hours=number + 1))
    about: dict[str, Any] = {"household": household, "resident": planted.resident, "by": by}
    LifeEvent.unscoped.create(**about, kind=LifeKind.WENT_AWAY, happened_date=date(2026, 3, 1))
    FileChange.unscoped.create(
        **about, action="amended", changes=[{"field": "care_colour", "old": "", "new": "red"}], why="记错了"
    )


def _in_its_request(planted: Planted, by: User, number: int) -> None:
    """What was said, asked for and photographed; a request that may be its twin, and one that was joined to it."""
    filed, photo = planted.request, planted.photo
    RequestEvent.unscoped.create(
        service_request=filed, kind="reply", note=f"第{number}次", is_public=True, by=planted.worker
    )
    RequestItem.unscoped.create(service_request=filed, category=filed.category, words=f"第{number}件")
    Photo.unscoped.create(service_request=filed, image=photo.image.name, width=photo.width, height=photo.height)
    f.make_opening(filed, by)
    f.make_request(planted.household)
    joined = f.make_request(planted.household)
    joined.assignments.update(ended_at=timezone.now(), end_reason="merged")
    ServiceRequest.unscoped.filter(pk=joined.pk).update(state="merged", merged_into=filed, worker=None)
