"""Households with a canary in every personal field: a value that, seen where it should not be, is a leak.

One `Planted` is a whole small world: a household, its person, needs, visits, history, a request with photos and
messages. Its texts all contain one mark; its numbers are its own, whole and masked.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone

from households.actions.invitations import Invited, invite
from households.models import (
    Building,
    Campaign,
    Destruction,
    FileChange,
    Household,
    Invitation,
    LifeEvent,
    LifeKind,
    Photo,
    RequestEvent,
    RequestItem,
    Resident,
    Role,
    ServiceRequest,
    Visit,
)
from resilience.accounts.models import User
from resilience.exports.models import Export, ExportRow
from resilience.lib.codes import new_code, new_token, sign_token
from resilience.lib.crypto import blind_index
from resilience.lib.dates import today
from resilience.lib.photos import take_photo
from resilience.lib.sealed_files import SealedWriter, new_file_key
from resilience.privacy.models import DataRequest

from . import factories as f

DOOR = "door"  # the salt of a door's code

# Text columns that name nobody: codes, states, the public words of the tree. Everything else must be planted.
NOT_PERSONAL = {
    "households.Household": {"door", "file_number", "care_colour", "door_key"},
    "households.Resident": {"sex", "relation", "presence"},
    "households.ServiceRequest": {
        "code", "token", "address", "urgency", "source", "state", "consent", "language", "outcome", "rating",
    },
    "households.RequestEvent": {"kind", "actor", "from_state", "to_state"},
    "households.RequestItem": {"state"},
    "households.Visit": {"means", "result", "finding"},
    "households.LifeEvent": {"kind"},
    "households.FileChange": {"action"},
    "households.Photo": {"image"},
    "households.Opening": {"role", "fields", "reason"},
    "households.HouseholdPhone": set(),
    "households.ResidentNeed": set(),
    "households.Assignment": {"end_reason"},
    "privacy.Consent": {"purpose", "answer", "given_by", "guardian_is", "how"},
    "privacy.DataRequest": {"kind", "asker", "identity", "state", "refusal", "kept"},
}  # fmt: skip

# What `plant` writes after the mark into the file, but for names.
_FILE_WORDS = ("门注", "户籍", "家", "病情", "访", "来处", "事", "因", "旧", "新")


@dataclass
class Planted:
    """A household and all that hangs on it. `texts` and `numbers` are what nobody else may see."""

    mark: str
    number: int
    household: Household
    resident: Resident
    request: ServiceRequest
    photo: Photo
    visit_photo: Photo
    worker: User
    campaign: Campaign
    ended_campaign: Campaign
    export: Export
    waiting_export: Export
    data_request: DataRequest
    secrets: set[str] = field(default_factory=set)  # ids and codes that lead to it

    @property
    def last_four(self) -> tuple[str, ...]:
        return tuple(f"{self.number}{place:03}" for place in range(1, 6))

    @property
    def whole_numbers(self) -> set[str]:
        return {_phone(tail) for tail in self.last_four} | {_id_number(self.last_four[4])}

    @property
    def numbers(self) -> set[str]:
        return self.whole_numbers | {f"****{tail}" for tail in self.last_four}

    @property
    def sealed(self) -> set[str]:
        """What nobody reads anywhere but in the answer to an opening, whoever they are."""
        phones = {_phone(tail) for tail in self.last_four[:4]}
        return phones | {_id_number(self.last_four[4]), f"{self.mark}门注", f"{self.mark}病情"}

    @property
    def canaries(self) -> set[str]:
        return {self.mark} | self.numbers | self.secrets

    @property
    def of_file(self) -> set[str]:
        """What the file holds, or numbers whole, or leads there: nothing of it on the page of the request."""
        leads = {str(row.uid) for row in (self.household, self.resident, self.visit_photo)}
        leads |= {self.household.door_key, self.household.file_number, self.request.token}
        return leads | self.whole_numbers | {f"{self.mark}{words}" for words in _FILE_WORDS}

    def ids(self, about: str) -> dict[str, Any]:
        """The arguments of a URL about this world's household, request, …"""
        found: dict[str, Callable[[], dict[str, Any]]] = {
            "household": lambda: {"uid": self.household.uid},
            "resident": lambda: {"uid": self.resident.uid},
            "building": lambda: {"uid": self.household.building.uid},
            "community": lambda: {"code": self.household.community.code},
            "person": lambda: {"uid": self.worker.uid},
            "request": lambda: {"code": self.request.code},
            "invitation": lambda: {"uid": self.invited()[0].uid},
            "invitation_link": lambda: {"token": self.invited()[1]},
            "request_photo": lambda: {"code": self.request.code, "uid": self.photo.uid},
            "visit_photo": lambda: {"uid": self.visit_photo.uid},
            "campaign": lambda: {"uid": self.campaign.uid},
            "ended_campaign": lambda: {"uid": self.ended_campaign.uid},
            "export": lambda: {"uid": self.export.uid},
            "waiting_export": lambda: {"uid": self.waiting_export.uid},
            "data_request": lambda: {"uid": self.data_request.uid},
            "link": lambda: {"token": self.request.token},
            "link_photo": lambda: {"token": self.request.token, "uid": self.photo.uid},
            "door": lambda: {"token": sign_token(self.household.door_key, DOOR)},
        }
        return found[about]()

    def invited(self) -> tuple[Invitation, str]:
        """Somebody whom the office asks to serve here, and the token of their link."""
        here = Invited("新来的人", "", Role.WORKER, self.household.grid, today(), None)
        office = User.objects.filter(appointments__role=Role.STAFF, appointments__region=self.household.community)
        return invite(here, by=office.first() or self.worker)


def nowhere(about: str) -> dict[str, Any]:
    """Arguments that look right and name nothing."""
    unknown = {"uid": uuid.UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")}
    known: dict[str, dict[str, Any]] = {
        "request": {"code": new_code()},
        "community": {"code": "620199999999"},
        "request_photo": {"code": new_code(), **unknown},
        "link": {"token": new_token()},
        "invitation_link": {"token": new_token()},
        "link_photo": {"token": new_token(), **unknown},
        "door": {"token": sign_token("0" * 20, DOOR)},
    }
    return known.get(about, unknown)


def plant(mark: str, number: int, building: Building, worker: User, door: str, *, to: User | None = None) -> Planted:
    """A household behind that door with `worker` responsible, and a request that is with `to` (else the worker).

    `mark` is a word nothing else contains; `number` one digit, other worlds' differ.
    """
    tails = tuple(f"{number}{place:03}" for place in range(1, 6))
    household = f.make_household(building, 1, door, door_note=f"{mark}门注")
    resident = f.make_resident(
        household,
        f"{mark}人",
        is_contact=True,
        phone=_phone(tails[0]),
        id_number=_id_number(tails[4]),
        id_number_index=blind_index("id_number", _id_number(tails[4])),
        registered_elsewhere=f"{mark}户籍",
    )
    f.make_phone(household, _phone(tails[1]), f"{mark}家")
    f.make_need(resident, note=f"{mark}病情")
    f.make_responsible(household, worker)
    service_request = _plant_request(mark, household, to or worker, tails)
    photo = _plant_photo(service_request=service_request)
    visit = _plant_past(mark, household, resident, worker, service_request)
    visit_photo = _plant_photo(visit=visit)
    campaigns = tuple(_plant_campaign(mark, household, worker, state) for state in ("closing", "ended"))
    exports = (plant_export(mark, household, worker, "ready"), plant_export(mark, household, worker, "waiting"))
    planted = Planted(
        mark, number, household, resident, service_request, photo, visit_photo, worker, campaigns[0], campaigns[1],
        exports[0], exports[1], _plant_data_request(mark, resident),
    )  # fmt: skip
    planted.secrets = {
        *(str(row.uid) for row in (household, resident, photo, visit_photo)),
        *(service_request.code, service_request.code_label, service_request.token),
        *(household.door_key, household.file_number),
        *(str(campaign.uid) for campaign in campaigns),
        *(str(export.uid) for export in exports),
        str(planted.data_request.uid),
    }
    return planted


def _plant_request(mark: str, household: Household, worker: User, tails: tuple[str, ...]) -> ServiceRequest:
    service_request = f.make_request(
        household,
        text=f"{mark}诉求",
        person_name=f"{mark}需",
        phone=_phone(tails[2]),
        filer_name=f"{mark}代",
        filer_phone=_phone(tails[3]),
        items=(),
    )
    if service_request.worker_id != worker.pk:  # as the verb would, without its messages
        service_request.assignments.active().update(worker=worker)
        ServiceRequest.unscoped.filter(pk=service_request.pk).update(worker=worker)
        service_request.refresh_from_db()
    service_request.assignments.update(note=f"{mark}派")
    RequestItem.unscoped.create(
        service_request=service_request, category=service_request.category, words=f"{mark}件", every_days=7
    )
    for is_public in (True, False):
        RequestEvent.unscoped.create(
            service_request=service_request, kind="reply", note=f"{mark}话", is_public=is_public, by=worker,
            details={"needs": [{"category": service_request.category_id, "words": f"{mark}项", "state": "open"}]},
        )  # fmt: skip
    return service_request


def _plant_campaign(mark: str, household: Household, worker: User, state: str) -> Campaign:
    """One whose destruction waits for a second person, or one that has its certificate. Neither collects anything."""
    now, is_done = timezone.now(), state == "ended"
    campaign = Campaign.objects.create(
        name=f"{mark}行动{state}", region=household.community, purpose=f"{mark}用途", planned_end_date=today(),
        opened_by=worker, state=state, closed_by=worker, closed_at=now, ended_at=now if is_done else None,
    )  # fmt: skip
    digest = hashlib.sha256(mark.encode()).hexdigest()
    done = {"approved_by": worker, "approved_at": now, "finished_at": now, "previous_hash": digest, "counts": {}}
    hashes = {"hash": hashlib.sha256(digest.encode()).hexdigest(), "rows_hash": hashlib.sha256().hexdigest()}
    Destruction.objects.create(
        campaign=campaign, asked_by=worker, needs_second=False, state="done" if is_done else "asked",
        **({**done, **hashes} if is_done else {}),
    )  # fmt: skip
    return campaign


def plant_export(mark: str, household: Household, by: User, state: str) -> Export:
    """A file of the household, or one that waits for a second person."""
    made = {"file": f"exports/{uuid.uuid4().hex}", "file_key": new_file_key(), "made_at": timezone.now(), "size": 1}
    export = Export.objects.create(
        which="households", language="zh-hans", purpose="relief", words=f"{mark}出", columns="address contact",
        filters={"q": f"{mark}找"}, decision=f"{mark}决",
        place=household.community.code, rows=1, asked_by=by, needs_second=state != "ready",
        state=state, most_downloads=30_000, expires_at=timezone.now() + timedelta(hours=24),
        **(made if state == "ready" else {}),
    )  # fmt: skip
    if state == "ready":
        ExportRow.objects.create(export=export, row=household.pk)
    return export


def plant_exports(planted: Planted, by: User) -> None:
    """Let them be somebody else's, who may have exports."""
    for export in (planted.export, planted.waiting_export):
        export.asked_by = by
        export.save(update_fields=["asked_by"])


def write_export_file(export: Export) -> None:
    path = Path(default_storage.path(export.file))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out, SealedWriter(out, export.file_key, export.uid.hex) as writer:
        writer.write(b"x")


def _plant_data_request(mark: str, resident: Resident) -> DataRequest:
    """With a yes that a guardian gave for them."""
    f.make_consent(resident, "photos", given_by="guardian", guardian_is="named", guardian_name=f"{mark}监护")
    return f.make_data_request(
        resident, "copy", asker="relative", asker_name=f"{mark}亲", authority=f"{mark}委托", words=f"{mark}要",
        proposed={"field": "name", "value": f"{mark}正"}, answer=f"{mark}答",
    )  # fmt: skip


def _plant_photo(**owner: ServiceRequest | Visit) -> Photo:
    upload = f.make_upload()
    clean = take_photo(upload, upload.size or 0)
    photo = Photo(**owner, width=clean.width, height=clean.height)
    photo.image.save("photo.webp", ContentFile(clean.content), save=False)
    photo.save()
    return photo


def _plant_past(
    mark: str, household: Household, resident: Resident, worker: User, service_request: ServiceRequest
) -> Visit:
    visit: Visit = f.make_visit(household, worker, note=f"{mark}访", finding="found", service_request=service_request)
    LifeEvent.unscoped.create(
        household=household, resident=resident, kind=LifeKind.MOVED_IN, happened_date=date(2020, 1, 1), by=worker,
        elsewhere=f"{mark}来处", note=f"{mark}事",
    )  # fmt: skip
    for subject in (household, resident, service_request):
        f.make_opening(subject, worker, reason="other", words=f"{mark}由")
    FileChange.unscoped.create(
        household=household, resident=resident, by=worker, action="amended", why=f"{mark}因",
        changes=[{"field": "name", "old": f"{mark}旧", "new": f"{mark}新"}],
    )  # fmt: skip
    return visit


def _phone(tail: str) -> str:
    return f"1990000{tail}"


def _id_number(tail: str) -> str:
    return f"62010319420101{tail}"


def unplanted(planted: Planted) -> list[str]:
    """Text columns of this world's rows that hold no canary and are not listed as naming nobody."""
    found = []
    for row in _rows(planted):
        plain = NOT_PERSONAL[row._meta.label]
        for column in row._meta.concrete_fields:
            is_text = isinstance(column, models.CharField | models.TextField | models.JSONField | models.FileField)
            is_sealed = hasattr(column, "aad")
            value = str(getattr(row, column.attname))
            if (is_text or is_sealed) and column.name not in plain and not _holds(planted, value):
                found.append(f"{row._meta.label}.{column.name}")
    return sorted(set(found))


def _holds(planted: Planted, value: str) -> bool:
    return planted.mark in value or any(number in value for number in planted.numbers)


def _rows(planted: Planted) -> list[models.Model]:
    household, service_request = planted.household, planted.request
    household.refresh_from_db()
    events = service_request.events.filter(kind="reply")
    return [
        household, planted.resident, service_request, *events, *service_request.items.all(), planted.photo,
        *service_request.assignments.all(), *household.phones.all(), *planted.resident.needs.all(),
        *household.visits.all(), *household.life_events.all(), *household.changes.all(), *household.openings.all(),
        planted.data_request, *planted.resident.consents.all(),
    ]  # fmt: skip


# Rows that hang on a file or a request and hold no text of their own.
WORDLESS = {"households.Responsibility", "households.VisitCheck", "households.RequestDraft"}


def personal_models() -> set[str]:
    """Every model whose rows hang on a household, a resident, a request or a visit, by its label."""
    anchors: tuple[type[models.Model], ...] = (Household, Resident, ServiceRequest, Visit)
    hanging = {relation.related_model._meta.label for anchor in anchors for relation in anchor._meta.related_objects}
    return hanging | {anchor._meta.label for anchor in anchors}
