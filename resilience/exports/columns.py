"""The columns of each list: what stands in a cell, and what stands there while it is masked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from households.models import Household, ResidentNeed, Sealed, ServiceRequest, Visit
from households.register_list import phone_of
from households.wording import HIDDEN
from resilience.lib.codes import format_code
from resilience.lib.inputs import mask_id_number, mask_phone


def _hidden(text: str) -> str:
    return HIDDEN if text else ""


@dataclass(frozen=True, slots=True)
class Column:
    """`mask`: of a sensitive one, what is shown of its text unless its asker gave a reason. `sealed`: what of a file
    that is, for those who ask who looked at theirs."""

    name: str
    label: Promise | str
    value: Callable[[Any], object]
    mask: Callable[[str], str] | None = None
    is_default: bool = True
    sealed: Sealed | None = None

    @property
    def is_sensitive(self) -> bool:
        return self.mask is not None

    def cell(self, row: Any, *, is_masked: bool = True) -> str:
        text = as_text(self.value(row))
        return self.mask(text) if self.mask and is_masked else text


def as_text(value: object) -> str:
    """Days and moments as ISO has them, so that a spreadsheet can sort them and nobody reads the month for the day."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _phone(
    name: str, label: Promise, value: Callable[[Any], object], *, sealed: Sealed = Sealed.PHONE, is_default: bool = True
) -> Column:
    return Column(name, label, value, mask_phone, is_default, sealed)


def _words(name: str, label: Promise, value: Callable[[Any], object], sealed: Sealed | None = None) -> Column:
    return Column(name, label, value, _hidden, is_default=False, sealed=sealed)


# --- requests ---------------------------------------------------------------------------------------
def _of_request(name: str) -> Callable[[ServiceRequest], object]:
    return lambda row: getattr(row, name)


QUEUE = (
    Column("code", _("Code"), lambda row: format_code(row.code)),
    Column("due", _("Due"), _of_request("due_at")),
    Column("urgency", _("Urgency"), lambda row: row.get_urgency_display()),
    Column("category", _("Category"), lambda row: row.category.full_name),
    Column("person", _("For whom"), _of_request("person_name")),
    Column("address", _("Where"), _of_request("address")),
    _phone("phone", _("phone"), _of_request("phone")),
    Column("state", _("State"), lambda row: row.get_state_display()),
    Column("with", _("With"), lambda row: row.worker.name if row.worker else ""),
    Column("asked", _("Asked"), _of_request("created_at")),
    Column("responded", _("First contact"), _of_request("responded_at"), is_default=False),
    Column("source", _("Came by"), lambda row: row.get_source_display(), is_default=False),
    Column("filer", _("Asked by"), _of_request("filer_name"), is_default=False),
    _phone(
        "filer_phone", _("phone of who asked"), _of_request("filer_phone"), sealed=Sealed.FILER_PHONE, is_default=False
    ),
    _words("text", _("What they wrote"), _of_request("text")),
)


# --- the register -----------------------------------------------------------------------------------
def _contact(name: str) -> Callable[[Household], object]:
    return lambda row: getattr(row.contact, name) if row.contact else ""


def _numbers(household: Household) -> str:
    return " ".join(phone.number for phone in sorted(household.phones.all(), key=lambda phone: phone.pk))


def _mask_each(text: str) -> str:
    return " ".join(mask_phone(number) for number in text.split())


HOUSEHOLDS = (
    Column("address", _("Door"), lambda row: row.address),
    Column("contact", _("Contact person"), _contact("name")),
    _phone("phone", _("phone"), _contact("phone")),
    Column("people", _("How many people"), lambda row: row.people),
    Column("needs", _("Special needs"), lambda row: gettext(", ").join(kind.name for kind in row.need_kinds)),
    Column("colour", _("Care colour"), lambda row: row.get_care_colour_display() if row.care_colour else ""),
    Column("due", _("Next contact"), lambda row: row.next_due_date),
    Column("last", _("Last contact"), lambda row: row.last_contact_at, is_default=False),
    Column("responsible", _("Responsible worker"), lambda row: row.responsible),
    Column("file", _("File number"), lambda row: row.file_number, is_default=False),
    Column("phones", _("phones of the flat"), _numbers, _mask_each, False, Sealed.PHONE),
    Column("id_number", _("ID number"), _contact("id_number"), mask_id_number, False, Sealed.ID_NUMBER),
    _words("door_note", _("Note for the door"), lambda row: row.door_note, Sealed.DOOR_NOTE),
)
NOT_VISITED = (
    *(column for column in HOUSEHOLDS if column.name not in ("needs", "last")),
    Column("last", _("Last contact"), lambda row: row.last_contact_at),
)


def _person(name: str) -> Callable[[ResidentNeed], object]:
    return lambda row: getattr(row.resident, name)


NEEDS = (
    Column("address", _("Door"), lambda row: row.resident.household.address),
    Column("name", _("Name"), _person("name")),
    Column("age", _("Age"), _person("age")),
    Column("need", _("Special need"), lambda row: row.kind.name),
    _phone("phone", _("phone"), lambda row: phone_of(row.resident)[0]),
    Column("whose", _("whose phone"), lambda row: phone_of(row.resident)[1]),
    Column("presence", _("Where they are"), lambda row: row.resident.get_presence_display(), is_default=False),
    Column("due", _("Next contact"), lambda row: row.next_due_date),
    Column("responsible", _("Responsible worker"), lambda row: row.responsible),
    Column("id_number", _("ID number"), _person("id_number"), mask_id_number, False, Sealed.ID_NUMBER),
    _words("note", _("Note"), lambda row: row.note, Sealed.NEED_NOTE),
)


# --- visits -----------------------------------------------------------------------------------------
def _of_visit(name: str) -> Callable[[Visit], object]:
    return lambda row: getattr(row, name)


def _display(name: str) -> Callable[[models.Model], object]:
    return lambda row: getattr(row, f"get_{name}_display")()


VISITS = (
    Column("when", _("When"), _of_visit("happened_at")),
    Column("address", _("Door"), lambda row: row.household.address),
    Column("worker", _("Worker"), lambda row: row.worker.name),
    Column("means", _("How"), _display("means")),
    Column("result", _("Result"), _display("result")),
    Column("finding", _("Finding"), _display("finding")),
    Column("due", _("Was due"), _of_visit("due_date")),
    Column(
        "request",
        _("Became the request"),
        lambda row: format_code(row.service_request.code) if row.service_request else "",
        is_default=False,
    ),
    _words("note", _("Note"), _of_visit("note")),
)

NUMBERS = (
    Column("what", _("What"), lambda row: row[0]),
    Column("value", _("Number"), lambda row: row[1]),
    Column("hits", _("counted"), lambda row: row[2]),
    Column("of", _("out of"), lambda row: row[3]),
)
