"""What the tests of destruction share: a campaign full of canaries, and every place where one could be left."""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from households.actions import campaigns as campaign_verbs
from households.actions import destruction as verbs
from households.actions.requests import phone_index
from households.models import (
    Assignment,
    Campaign,
    Destruction,
    FileChange,
    Household,
    Photo,
    RequestDraft,
    RequestEvent,
    RequestItem,
    Resident,
    ResidentNeed,
    ServiceRequest,
    Visit,
)
from resilience.accounts.models import User
from resilience.lib.rows import NEVER, Stop
from resilience.outbox.models import Message
from tests import factories as f

MARK = "𪛖"  # in no other text of any test, and in no message of ours
LATER = timedelta(minutes=5)


class Canaries:
    """Numbered texts and phones, counted as they are made."""

    def __init__(self) -> None:
        self.count = 0
        self.phones: list[str] = []

    def text(self, kind: str = "话") -> str:
        self.count += 1
        return f"{MARK}{kind}{self.count:05}"

    def phone(self) -> str:
        self.count += 1
        self.phones.append(f"1990{self.count:07}")
        return self.phones[-1]


def plant_request(canaries: Canaries, campaign: Campaign, household: Household, worker: User) -> ServiceRequest:
    """One by the verbs' bulk cousin: a closed request with everything that hangs on one."""
    phone, filer = canaries.phone(), canaries.phone()
    now = timezone.now()
    filed = ServiceRequest.unscoped.create(
        community=household.community, grid=household.grid, building=household.building, household=household,
        address=canaries.text("址"), category=campaign.categories.get(), text=canaries.text() * 20, state="closed",
        person_name=canaries.text("名"), phone=phone, phone_index=phone_index(phone), filer_name=canaries.text("名"),
        filer_phone=filer, filer_phone_index=phone_index(filer), respond_by_at=now, resolve_by_at=now, due_at=now,
        closed_at=now, campaign=campaign,
    )  # fmt: skip
    Assignment.objects.create(
        service_request=filed, worker=worker, ended_at=now, end_reason="resolved", note=canaries.text("派")
    )
    details = {"needs": [{"category": filed.category_id, "words": canaries.text("项"), "state": "open"}]}
    for kind in ("submitted", "reply", "note"):
        RequestEvent.unscoped.create(service_request=filed, kind=kind, note=canaries.text(), details=details, by=worker)
    RequestItem.unscoped.create(service_request=filed, category=filed.category, words=canaries.text("件"))
    f.make_opening(filed, worker, reason="other", words=canaries.text("由"))
    f.make_opening(household, worker, reason="request", about=filed)
    Message.objects.create(
        key=f"{filed.pk}:planted", channel="sms", recipient=phone, body=canaries.text("信"), about=filed.code
    )
    RequestDraft.objects.create(key=filed.submission_key, household=household, answers={"text": canaries.text("稿")})
    return filed


def plant_photo(**owner: Any) -> Photo:
    content = f"RIFF{uuid.uuid4().hex}".encode() * 20
    photo = Photo(width=9, height=9, **owner)
    photo.image.save("photo.webp", ContentFile(content), save=False)
    photo.save()
    return photo


def plant_visit(canaries: Canaries, campaign: Campaign, household: Household, worker: User) -> Visit:
    return f.make_visit(household, worker, note=canaries.text("访"), campaign=campaign)


def plant_need(canaries: Canaries, campaign: Campaign, household: Household, worker: User) -> ResidentNeed:
    resident = Resident.unscoped.create(household=household, name="不在此列")
    need = f.make_need(resident, campaign.need_kinds.get(), note=canaries.text("需"), campaign=campaign)
    FileChange.unscoped.create(
        household=household, resident=resident, need=need, by=worker, action="need_added", why=canaries.text("因"),
        changes=[{"field": "need", "old": "", "new": need.kind.code}],
    )  # fmt: skip
    return need


def approved(campaign: Campaign, *, by: User, second: User) -> Destruction:
    """Closed a while ago, asked for by one and approved by another."""
    campaign_verbs.close(campaign, by=by)
    Campaign.objects.filter(pk=campaign.pk).update(closed_at=timezone.now() - LATER)
    destruction = verbs.ask(campaign, by=by, typed=campaign.name)
    verbs.approve(destruction, by=second)
    return destruction


class StopAfter(Stop):
    """Asked a number of times, it ends the work: as `kill` does between two batches."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def __bool__(self) -> bool:
        self.times -= 1
        return self.times < 0


def run(stop: Stop = NEVER) -> int:
    return verbs.carry_on(stop)


# --- looking everywhere -------------------------------------------------------------------------------
def tables() -> list[str]:
    """Every table there is, those of the search indexes and of sessions, too."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        else:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def cells(table: str) -> Iterator[tuple[int | None, list[bytes]]]:
    """Each row of a table: its id, if it has one, and every text and blob as bytes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
        names = [column[0] for column in cursor.description]
        at = names.index("id") if "id" in names else None
        for row in cursor.fetchall():
            yield (row[at] if at is not None else None), [as_bytes(value) for value in row]


def as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def left_in_tables(secrets: set[bytes]) -> list[str]:
    """Where the mark, its escaped spelling in JSON, or one of the sealed values still stands."""
    spelled = (MARK.encode(), MARK.encode("unicode-escape"), b"\\ud869\\uded6")
    found = []
    for table in tables():
        for pk, row in cells(table):
            if any(mark in cell for cell in row for mark in spelled) or secrets & set(row):
                found.append(f"{table} {pk}")
    return found


def left_in_files(secrets: set[bytes]) -> list[str]:
    """The same in the bytes of the database's own files, and of all media. SQLite; PostgreSQL's are a server's."""
    database = str(connection.settings_dict["NAME"])
    paths = [Path(settings.MEDIA_ROOT)] if Path(settings.MEDIA_ROOT).exists() else []
    files = [path for folder in paths for path in folder.rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        files += [path for path in (Path(database), Path(f"{database}-wal")) if path.exists()]
    found = []
    for path in files:
        content = path.read_bytes()
        hits = [secret for secret in (MARK.encode(), *secrets) if secret in content]
        found += [f"{path.name}: {len(hits)}"] if hits else []
    return found


def left_in_words() -> list[str]:
    """Whether the mark is a term of a search index still: FTS5 keeps it as the number of its code point."""
    if connection.vendor != "sqlite":
        return []
    found = []
    reader = sqlite3.connect(str(connection.settings_dict["NAME"]))
    for table in ("households_request_words", "households_resident_words"):
        reader.execute(f"CREATE VIRTUAL TABLE temp.v_{table} USING fts5vocab('main', '{table}', 'row')")
        rows = reader.execute(f"SELECT 1 FROM temp.v_{table} WHERE term = ?", [str(ord(MARK))])  # noqa: S608
        found += [table for _row in rows]
    reader.close()
    return found


def picture(skip: set[str]) -> dict[str, dict[int, str]]:
    """A digest of every row of every table with an id, to compare before and after."""
    return {
        table: {pk: hashlib.sha256(b"\0".join(row)).hexdigest() for pk, row in cells(table) if pk is not None}
        for table in tables()
        if table not in skip and "_words_" not in table  # of a search index: tests look into those by their terms
    }
