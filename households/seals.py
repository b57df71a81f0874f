"""How pages show what is sealed: masked, with the button that opens it where the viewer may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from .models import Household, Opening, OpeningReason, Resident, Sealed, ServiceRequest
from .openings import NOTES, PHONES, Subject, Value

ABOUT = ":"
"""In the value of a reason: 'request:ABCDEFGHJ', about that one."""
ICONS = {
    Sealed.PHONE: "phone",
    Sealed.FILER_PHONE: "phone",
    Sealed.DOOR_NOTE: "door-open",
    Sealed.NEED_NOTE: "heart-pulse",
}


@dataclass(frozen=True, slots=True)
class Opens:
    """What the viewer of a page may do with what is sealed on it.

    `reason`: a value of the form's, where the page makes it plain: then one tap opens. `has_need_notes`: there are
    notes on needs behind the door that the page shows. `by`: a request that is with the viewer, by which they may
    read the note of a door they do not serve. `hides_notes`: of whom notes are not even said to be there.
    """

    may: bool
    reason: str = ""
    has_need_notes: bool = False
    by: ServiceRequest | None = None
    hides_notes: bool = False


@dataclass(frozen=True, slots=True)
class Seal:
    """Values of one subject that are opened together. `url`: where; '' where the viewer may not."""

    key: str
    url: str
    fields: tuple[Sealed, ...]
    values: list[Value]
    reason: str = ""
    is_persons: bool = False  # so that whose it is stands above it already

    @property
    def id(self) -> str:
        """Of the element that htmx puts the values into."""
        return seal_id(self.key, self.fields)

    @property
    def query(self) -> str:
        return "&".join(f"what={field.value}" for field in self.fields)

    @property
    def icon(self) -> str:
        return ICONS.get(self.fields[0], "lock")

    @property
    def show(self) -> str:
        """What the button does."""
        return show_words(self.fields, len(self.values))

    @property
    def why(self) -> str:
        """As the button says it, after what it does."""
        if self.reason == OpeningReason.VISIT:
            return pgettext("show it", "for the visit that is due")
        if self.fields[0] in PHONES:
            return pgettext("show it", "to call about their request")
        return pgettext("show it", "for their request")

    @property
    def whose(self) -> str:
        """Beside the button, for those who only hear it; '' where several are opened at once."""
        return self.values[0].whose if len(self.values) == 1 else ""


def seal(subject: Subject, fields: Iterable[Sealed], opens: Opens) -> Seal | None:
    """Of what is on file among `fields`; None where nothing is.

    A household comes from `access.household_file`, with its phones; without a statement of its own.
    """
    values = [value for field in fields for value in _masked(subject, field, opens) if value.text]
    if not values:
        return None
    found = tuple(dict.fromkeys(value.field for value in values))
    if opens.may:
        reason = "" if Sealed.ID_NUMBER in found else opens.reason  # which no visit and no call needs
        return Seal(key_of(subject), url_of(subject), found, values, reason, isinstance(subject, Resident))
    if opens.by and Sealed.DOOR_NOTE in found:
        values = [value for value in values if value.field == Sealed.DOOR_NOTE]
        return Seal(key_of(opens.by), url_of(opens.by), (Sealed.DOOR_NOTE,), values, OpeningReason.REQUEST.value)
    return Seal(key_of(subject), "", found, values)


def _masked(subject: Subject, field: Sealed, opens: Opens) -> list[Value]:
    if isinstance(subject, Household):
        if field == Sealed.PHONE:
            return [Value(field, label, number) for _pk, number, label in subject.phone_list]
        text = subject.door_note if field == Sealed.DOOR_NOTE else "*" * opens.has_need_notes
        return [Value(field, "", text)]
    if isinstance(subject, Resident):
        if field == Sealed.NEED_NOTE:
            return [Value(field, subject.name, "*" * opens.has_need_notes)]
        return [Value(field, subject.name, subject.phone if field == Sealed.PHONE else subject.id_number)]
    if field == Sealed.DOOR_NOTE:
        has_note = subject.household and not opens.hides_notes
        return [Value(field, "", subject.household.door_note if subject.household and has_note else "")]
    is_theirs = field == Sealed.PHONE
    who, number = (
        (subject.person_name, subject.phone) if is_theirs else (subject.filer_name, subject.filer_phone)
    )  # fmt: skip
    return [Value(field, who, number)]


def key_of(subject: Subject) -> str:
    return subject.code if isinstance(subject, ServiceRequest) else subject.uid.hex


def url_of(subject: Subject) -> str:
    """Where it is opened."""
    if isinstance(subject, ServiceRequest):
        return reverse("request-open", args=[subject.code])
    return reverse("resident-open" if isinstance(subject, Resident) else "household-open", args=[subject.uid])


def seal_id(key: str, fields: Iterable[Sealed]) -> str:
    return f"seal-{key}-{Opening.spelt(field.value for field in fields).replace(' ', '-')}"


def show_words(fields: Iterable[Sealed], count: int) -> str:
    """'Show the number', 'Show the notes': what is opened, `count` values of it."""
    wanted = set(fields)
    if wanted <= set(PHONES):
        return ngettext("Show the number", "Show the numbers", count)
    if wanted == {Sealed.ID_NUMBER}:
        return _("Show the ID number")
    if wanted <= set(NOTES):
        return ngettext("Show the note", "Show the notes", count)
    return pgettext("sealed details", "Show them")
