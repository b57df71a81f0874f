"""`make_*` functions: one believable row each, everything else by default. No randomness, no real person."""

from __future__ import annotations

import io
import itertools
import uuid
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from households.actions.campaigns import Plan, open_campaign
from households.actions.requests import Asked, file_request, phone_index
from households.models import (
    Appointment,
    Building,
    Campaign,
    CareRule,
    Category,
    Grid,
    Household,
    HouseholdPhone,
    Level,
    NeedKind,
    Opening,
    Region,
    Resident,
    ResidentNeed,
    Responsibility,
    Role,
    ServiceRequest,
    Visit,
)
from resilience.accounts.models import User
from resilience.lib.crypto import blind_index
from resilience.lib.dates import today
from resilience.privacy.models import Consent, ConsentText, DataRequest

PASSWORD = "plain-weather-27"
_numbers = itertools.count(1)


def make_community(code: str = "620103001001", name: str = "下西园社区") -> Region:
    """A community and its district and subdistrict, once each."""
    parent = None
    for level, digits, label in (
        (Level.CITY, 4, "兰州市"),
        (Level.DISTRICT, 6, "七里河区"),
        (Level.SUBDISTRICT, 9, "西园街道"),
    ):
        parent, _ = Region.objects.get_or_create(
            code=code[:digits], defaults={"level": level, "name": label, "parent": parent}
        )
    region, _ = Region.objects.get_or_create(
        code=code, defaults={"level": Level.COMMUNITY, "name": name, "parent": parent}
    )
    return region


def make_grid(community: Region, number: int = 1) -> Grid:
    grid, _ = Grid.objects.get_or_create(
        code=f"{community.code}{number:03}", defaults={"name": f"第{number}网格", "community": community}
    )
    return grid


def make_building(grid: Grid, name: str = "西园小区1号楼", **more: Any) -> Building:
    defaults: dict[str, Any] = {"storeys": 6, "entrances": 3, "walk_order": next(_numbers)}
    return Building.objects.create(community=grid.community, grid=grid, name=name, **{**defaults, **more})


def make_household(building: Building, entrance: int = 1, door: str | None = None, **more: Any) -> Household:
    number = next(_numbers)
    door = door or f"{number % 6 + 1}{number:02}"
    defaults = {"floor": int(door[0]), "file_number": f"HD-{number:06}", "confirmed_at": timezone.now()}
    return Household.unscoped.create(
        community=building.community,
        grid=building.grid,
        building=building,
        entrance=entrance,
        door=door,
        **{**defaults, **more},
    )


def make_resident(household: Household, name: str = "王秀英", *, is_contact: bool = False, **more: Any) -> Resident:
    phone = more.pop("phone", "")
    resident = Resident.unscoped.create(
        household=household,
        name=name,
        phone=phone,
        phone_index=phone_index(phone),
        **{"birth_year": 1942, "sex": "f", **more},
    )
    if is_contact:
        household.contact = resident
        household.save(update_fields=["contact"])
    return resident


def make_phone(household: Household, number: str = "19900000001", label: str = "") -> HouseholdPhone:
    return HouseholdPhone.unscoped.create(
        household=household,
        number=number,
        number_index=phone_index(number),
        tail_index=blind_index("phone_tail", number[-4:]),
        label=label,
    )


def make_category(code: str = "groceries", **more: Any) -> Category:
    defaults = {"name_zh": "物资代购", "name_en": "Groceries", "icon": "shopping-basket"}
    category, _ = Category.objects.get_or_create(code=code, defaults={**defaults, **more})
    return category


def make_need_kind(code: str = "alone", **more: Any) -> NeedKind:
    defaults = {"name_zh": "独居老人", "name_en": "Old and living alone"}
    kind, _ = NeedKind.objects.get_or_create(code=code, defaults={**defaults, **more})
    return kind


def make_need(resident: Resident, kind: NeedKind | None = None, **more: Any) -> ResidentNeed:
    return ResidentNeed.unscoped.create(
        resident=resident, kind=kind or make_need_kind(), **{"since_date": date(2026, 1, 1), **more}
    )


def make_care_rule(kind: NeedKind, every_days: int = 7, **more: Any) -> CareRule:
    return CareRule.objects.create(kind=kind, every_days=every_days, **more)


def make_campaign(region: Region, name: str = "防疫行动", *, by: User, **more: Any) -> Campaign:
    """Opened through the verb; `categories`, `need_kinds`, `takes_visits` say what it collects."""
    plan = {"purpose": "疫情期间的物资保障", "planned_end_date": today() + timedelta(days=30), **more}
    return open_campaign(Plan(name=name, region=region, **plan), by=by)


def make_user(username: str, name: str = "", **more: Any) -> User:
    return User.objects.create_user(username, password=PASSWORD, name=name or username, **more)


def make_worker(username: str, grid: Grid, name: str = "") -> User:
    user = make_user(username, name)
    Appointment.objects.create(user=user, role=Role.WORKER, grid=grid, from_date=date(2026, 1, 1))
    return user


def make_lead(username: str, grid: Grid, name: str = "") -> User:
    user = make_user(username, name)
    Appointment.objects.create(user=user, role=Role.LEAD, grid=grid, from_date=date(2026, 1, 1))
    return user


def make_staff(username: str, region: Region, name: str = "") -> User:
    return _appointed(username, Role.STAFF, region, name)


def make_volunteer(username: str, region: Region, name: str = "") -> User:
    return _appointed(username, Role.VOLUNTEER, region, name)


def make_supervisor(username: str, region: Region, name: str = "") -> User:
    return _appointed(username, Role.SUPERVISOR, region, name)


def make_auditor(username: str, region: Region, name: str = "") -> User:
    return _appointed(username, Role.AUDITOR, region, name)


def _appointed(username: str, role: Role, region: Region, name: str) -> User:
    user = make_user(username, name)
    Appointment.objects.create(user=user, role=role, region=region, from_date=date(2026, 1, 1))
    return user


def make_responsible(household: Household, worker: User) -> Responsibility:
    return Responsibility.objects.create(household=household, worker=worker)


def make_request(household: Household | None = None, **more: Any) -> ServiceRequest:
    """Filed through the verb, so with its events, clocks, assignment and messages."""
    if household is not None:
        household = Household.unscoped.with_responsible().select_related("building", "community").get(pk=household.pk)
        more.setdefault("community", household.community)
        more.setdefault("address", household.address)
    by = more.pop("by", None)
    asked = Asked(
        **{
            "key": uuid.uuid4(),
            "household": household,
            "category": more.pop("category", None) or make_category(),
            "text": "家里没有米了，请帮忙买一袋。",
            "person_name": "王秀英",
            "phone": "19900000001",
            **more,
        }
    )
    return file_request(asked, by=by)[0]


def make_visit(household: Household, worker: User, **more: Any) -> Visit:
    """A bare visit row; use the verb where due dates matter."""
    defaults: dict[str, Any] = {"result": "met", "finding": "well", "happened_at": timezone.now() - timedelta(hours=1)}
    return Visit.unscoped.create(
        household=household, community=household.community, grid=household.grid, worker=worker, **{**defaults, **more}
    )


def make_opening(subject: Household | Resident | ServiceRequest, by: User, **more: Any) -> Opening:
    """A bare row; use the verb where limits and the audit matter."""
    household = subject if isinstance(subject, Household) else subject.household
    place = subject.household if isinstance(subject, Resident) else subject
    owner = {Resident: "resident", ServiceRequest: "service_request"}.get(type(subject))
    return Opening.objects.create(
        by=by, household=household, community=place.community, grid=place.grid,
        **({owner: subject} if owner else {}), **{"role": "worker", "fields": "phone", "reason": "asked", **more},
    )  # fmt: skip


def make_consent(resident: Resident, purpose: str = "sms", answer: str = "yes", **more: Any) -> Consent:
    """A bare row; use the verb where what rests on it matters."""
    text, _ = ConsentText.objects.get_or_create(  # the migration's, unless a test emptied all tables
        purpose=purpose, version=1, defaults={"words_zh": "用途", "words_en": "What for", "from_date": date(2026, 1, 1)}
    )
    return Consent.objects.create(
        resident=resident, purpose=purpose, text=text, answer=answer, **{"how": "paper", **more}
    )


def make_data_request(resident: Resident, kind: str = "copy", **more: Any) -> DataRequest:
    """A bare row; use the verb where the audit matters."""
    home, asked = resident.household, more.pop("asked_at", timezone.now())
    defaults = {"identity": "card", "due_at": asked + timedelta(days=30)}
    return DataRequest.objects.create(
        resident=resident, community=home.community, grid=home.grid, kind=kind, asked_at=asked, **{**defaults, **more}
    )


def make_upload(name: str = "photo.jpg", *, content: bytes | None = None) -> SimpleUploadedFile:
    """A file as a browser sends it: a small picture, or `content`."""
    if content is None:
        out = io.BytesIO()
        Image.new("RGB", (32, 24), "teal").save(out, "JPEG")
        content = out.getvalue()
    return SimpleUploadedFile(name, content, content_type="image/jpeg")
