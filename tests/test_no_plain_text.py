"""Whoever has the files has nothing: what is sensitive, planted through pages and verbs, is nowhere readable.

Looked through, in five spellings: the database's own files (SQLite's with its WAL; PostgreSQL's tables and WAL), a
backup, what dumpdata writes, what was uploaded, and all logs at DEBUG, those of every statement included. Messages of
the console channel are counted, not shown, so they are among the logs.
"""

from __future__ import annotations

import base64
import io
import logging
import secrets
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.urls import reverse

from households import reference
from households.actions import households, life_events, needs, residents
from households.actions.invitations import Invited, invite
from households.actions.openings import open_values
from households.models import Household, OpeningReason, Resident, Role, Sealed, Visit
from resilience import data_map
from resilience.exports.actions import Wanted, approve, ask
from resilience.exports.making import make_waiting
from resilience.exports.models import Export, Purpose, Which
from resilience.lib.classified import Level
from resilience.lib.crypto import BlindIndexField
from resilience.lib.dates import today
from resilience.outbox.models import Message
from resilience.privacy.actions import data_requests
from resilience.privacy.models import Asker, Identity, Kind, Refusal
from tests import factories as f
from tests.households.ask import DETAILS, WHAT, photo


def spellings(text: str) -> Iterator[bytes]:
    """UTF-8, UTF-16 either way, and hex and base64 of UTF-8, the latter wherever it may begin."""
    plain = text.encode()
    yield from (plain, text.encode("utf-16-le"), text.encode("utf-16-be"))
    yield from (plain.hex().encode(), plain.hex().upper().encode())
    for shift in range(3):
        yield base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 :].rstrip(b"=")[:-1]


class PlainTextTests(TransactionTestCase):
    def setUp(self) -> None:
        reference.forget()
        self.mark = secrets.token_hex(4)
        home = f.make_community()
        grid = f.make_grid(home)
        self.worker, self.clerk = f.make_worker("worker", grid), f.make_staff("clerk", home)
        f.make_category()
        self.household = f.make_household(f.make_building(grid), 1, "502")
        self.values: dict[str, str] = {}

    def value(self, where: str) -> str:
        """A text that stands for that column, and for nothing else."""
        return self.values.setdefault(where, f"密{where.rpartition('.')[2]}{self.mark}语")

    def phone(self, where: str) -> str:
        number = f"199{secrets.randbelow(10**8):08}"
        return self.values.setdefault(where, number)

    def plant(self) -> None:
        self._fill_in_a_form()
        person = self._write_a_file()
        self._visit()
        happened = life_events.Happened(today(), self.clerk, note=self.value("households.LifeEvent.note"))
        place = self.value("households.LifeEvent.elsewhere")
        life_events.went_away(person, happened=happened, elsewhere=place)
        invited = Invited(
            "新来的人", self.phone("households.Invitation.phone"), Role.WORKER, self.household.grid, today(), None
        )
        invite(invited, by=self.clerk)
        words = self.value("households.Opening.words")
        open_values(
            person, fields=[Sealed.PHONE], reason=OpeningReason.OTHER, by=self.clerk, role=Role.STAFF, words=words
        )
        self._export()
        self._ask_about_data(person)
        self.worker.phone = self.phone("accounts.User.phone")
        self.worker.save(update_fields=["phone"])

    def _export(self) -> None:
        """One that somebody allowed, made and lying there."""
        words, why, search, decision = (
            self.value(f"exports.Export.{name}") for name in ("words", "why", "filters", "decision")
        )
        wanted = Wanted(
            Which.NEEDS, Purpose.CHECK, words, ["name", "phone", "note"], filters={"grid": search}, why={"note": why}
        )
        export = ask(wanted, by=self.clerk)
        approve(export, by=f.make_staff("second", self.household.community), why=decision)
        assert make_waiting() == 1
        self.values["exports.Export.file_key"] = Export.objects.get().file_key

    def _fill_in_a_form(self) -> None:
        """One that is sent, and one that is only begun."""
        phones = {
            "phone": self.phone("households.ServiceRequest.filer_phone"),
            "their_phone": self.phone("households.ServiceRequest.phone"),
        }
        for_other = {"is_for": "other", "their_name": "王秀英", "consent": "agreed"}
        for text, more in (("", phones), (self.value("households.RequestDraft.answers"), {})):
            self.client.post(reverse("ask"), WHAT)
            path = f"/ask/where/building/{self.household.building.uid}/"
            self.client.post(path, {"door": "1/502"})
            details = {**DETAILS, **for_other, **phones, "text": text, "photos": photo()}
            self.client.post(reverse("ask-details"), details)
            if more:
                assert self.client.post(reverse("ask-send")).status_code == 303
        self.values["outbox.Message.recipient"] = phones["phone"]
        self.values["outbox.Message.body"] = Message.objects.first().body  # type: ignore[union-attr]

    def _write_a_file(self) -> Resident:
        details: dict[str, Any] = {"name": "钱丰", "id_number": "620103194201017238"}
        self.values["households.Resident.id_number"] = details["id_number"]
        details["phone"] = self.phone("households.Resident.phone")
        details["registered_elsewhere"] = self.value("households.Resident.registered_elsewhere")
        person = residents.add(self.household, details=residents.Details(**details), by=self.clerk)
        why, old = self.value("households.FileChange.why"), self.value("households.FileChange.changes")
        for place in (old, details["registered_elsewhere"]):
            details["registered_elsewhere"] = place
            residents.amend(person, details=residents.Details(**details), by=self.clerk, why=why)
        note = self.value("households.Household.door_note")
        households.amend(self.household, by=self.clerk, care_colour="red", door_note=note)
        number = self.phone("households.HouseholdPhone.number")
        households.add_phone(self.household, number=number, label="", by=self.clerk)
        health = self.value("households.ResidentNeed.note")
        needs.add(person, kind=f.make_need_kind(), since_date=today(), note=health, by=self.clerk)
        return person

    def _ask_about_data(self, person: Resident) -> None:
        f.make_consent(
            person, "sms", "no", given_by="guardian", guardian_is="child",
            guardian_name=self.value("privacy.Consent.guardian_name"),
        )  # fmt: skip
        asking = data_requests.Asking(
            Kind.CORRECT, Identity.CARD, Asker.RELATIVE, self.value("privacy.DataRequest.asker_name"),
            self.value("privacy.DataRequest.authority"), self.value("privacy.DataRequest.words"),
            {"field": "name", "value": self.value("privacy.DataRequest.proposed")},
        )  # fmt: skip
        asked = data_requests.ask(person, asking, by=self.clerk)
        answer = self.value("privacy.DataRequest.answer")
        data_requests.refuse(asked, why=Refusal.IS_RIGHT, words=answer, by=self.clerk)

    def _visit(self) -> None:
        self.client.force_login(self.worker)
        page = reverse("household-door", args=[self.household.uid])
        said = {"key": uuid.uuid4(), "means": "door", "result": "met", "finding": "well"}
        picture = SimpleUploadedFile("p.jpg", photo().read(), "image/jpeg")
        note = self.value("households.Visit.note")
        answer = self.client.post(page, {**said, "what": "well", "note": note, "photos": picture})
        assert answer.status_code == 303, answer.content.decode()
        assert Visit.unscoped.get().note == note

    def test_nothing_sensitive_can_be_read_anywhere(self) -> None:
        logs = io.StringIO()
        handler = logging.StreamHandler(logs)
        # Whatever LOG_LEVEL says, this one is held back: it would print all that a page knows.
        assert logging.getLogger("django.template").level == logging.INFO
        names = [name for name in logging.root.manager.loggerDict if name != "django.template"]
        everything = [logging.getLogger(), *map(logging.getLogger, names)]
        levels = [(logger, logger.level) for logger in everything]
        logging.getLogger().addHandler(handler)
        for logger in everything:
            logger.setLevel(logging.DEBUG)
        connection.force_debug_cursor = True  # django.db.backends says every statement with its parameters
        try:
            self.plant()
            self.client.get(reverse("household", args=[self.household.uid]))
            call_command("work", once=True, stdout=logs)
        finally:
            connection.force_debug_cursor = False
            logging.getLogger().removeHandler(handler)
            for logger, level in levels:
                logger.setLevel(level)
        assert "INSERT INTO" in logs.getvalue()
        self.look({"logs": logs.getvalue().encode(), **dict(stored()), "dumpdata": dumped(), "media": uploaded()})

    def look(self, places: dict[str, bytes]) -> None:
        sensitive = {
            row.where
            for row in data_map.rows()
            if row.held and row.held.level == Level.SENSITIVE and not isinstance(row.field, BlindIndexField)
        }
        assert set(self.values) == sensitive, "plant a value in each sensitive field"
        assert Household.unscoped.get(pk=self.household.pk).door_note == self.values["households.Household.door_note"]
        for name in ("database", "dumpdata", "media"):
            assert places[name], name
        for control in spellings("钱丰"):  # a name is plain: what is looked through is what was written
            if control in places["database"]:
                break
        else:
            raise AssertionError("not even a plain name is found")
        found = [
            (place, where)
            for place, content in places.items()
            for where, value in self.values.items()
            if any(spelling in content for spelling in spellings(value))
        ]
        assert not found


_FILES = """
SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class
WHERE relkind IN ('r', 'i', 't') AND pg_relation_filepath(oid) IS NOT NULL
  AND relnamespace <> 'pg_catalog'::regnamespace
"""
_WAL = "SELECT pg_read_binary_file('pg_wal/' || name) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"


def stored() -> Iterator[tuple[str, bytes]]:
    """The files of the database, and a backup."""
    if connection.vendor == "sqlite":
        name = Path(str(connection.settings_dict["NAME"]))
        beside = {path.name.removeprefix(name.name): path.read_bytes() for path in name.parent.glob(f"{name.name}*")}
        assert "-wal" in beside
        yield "database", b"".join(beside.values())
        backup = sqlite3.connect(":memory:")
        with sqlite3.connect(name) as source:
            source.backup(backup)
        yield "backup", backup.serialize()
        yield "backup as SQL", "\n".join(backup.iterdump()).encode()
        return
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(_FILES)
        yield "database", b"".join(bytes(content) for (content,) in cursor)
        cursor.execute(_WAL)
        yield "WAL", b"".join(bytes(content) for (content,) in cursor)
        copied = []
        for table in connection.introspection.table_names():
            with cursor.copy(f'COPY "{table}" TO STDOUT') as rows:  # what pg_dump does
                copied.append(b"".join(map(bytes, rows)))
        yield "backup", b"".join(copied)


def dumped() -> bytes:
    told = io.StringIO()
    call_command("dumpdata", exclude=["contenttypes", "auth.permission"], stdout=told)
    return told.getvalue().encode()


def uploaded() -> bytes:
    return b"".join(path.read_bytes() for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())
