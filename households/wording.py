"""How a file's changes and a request's events are worded. Rows keep codes, ids and days; readers get words, in
their own language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import reference
from .models import (
    CareColour,
    EscalationLevel,
    ItemState,
    Outcome,
    Presence,
    Rating,
    Relation,
    RequestEvent,
    ServiceRequest,
    Sex,
    Urgency,
)

# The verbs write these codes into FileChange.action.
ACTIONS: dict[str, Promise] = {
    "opened": _("opened this file"),
    "amended": _("amended the file"),
    "door_corrected": _("corrected the door"),
    "confirmed": _("confirmed that everything is right"),
    "responsible": _("changed who is responsible"),
    "phone_added": _("added a phone"),
    "phone_removed": _("removed a phone"),
    "resident_added": _("added a person"),
    "resident_amended": _("amended a person’s details"),
    "need_added": _("noted a special need"),
    "need_ended": _("ended a special need"),
    "life": _("recorded a change in the household"),
    "door_key": _("renewed the door code"),
    "closed": _("closed this file"),
}
# What a preview and a certificate call the tables they count.
TABLES: dict[str, Promise] = {
    "households.servicerequest": _("Requests: words, names, phones, address"),
    "households.requestevent": _("What was said in them"),
    "households.requestitem": _("Needs named in them: words"),
    "households.assignment": _("Notes of who worked on them"),
    "households.visit": _("Visits with their notes"),
    "households.residentneed": _("Special needs with their notes"),
    "households.visitcheck": _("Needs seen to on visits"),
    "households.filechange": _("Entries of histories that repeat them"),
    "households.opening": _("Who opened sealed details"),
    "households.photo": _("Photos"),
    "households.requestdraft": _("Unfinished forms"),
    "outbox.message": _("Messages about them"),
    "exports.export": _("Exported lists that hold some of it"),
    "file": _("Files of photos and of exported lists"),
}
FIELDS: dict[str, Promise] = {
    "worker": _("responsible worker"),
    "door_note": _("note for whoever comes to the door"),
    "care_colour": _("care colour"),
    "entrance": _("entrance"),
    "floor": _("floor"),
    "door": _("door"),
    "contact": _("contact person"),
    "phone": _("phone"),
    "label": _("whose phone"),
    "name": _("name"),
    "birth": _("born"),
    "sex": _("sex"),
    "id_number": _("ID number"),
    "relation": _("relation to the contact"),
    "registered": _("registered at"),
    "presence": _("lives here or not"),
    "household": _("home"),
    "stays_with": _("stays at"),
    "away_until": _("away until"),
    "need": _("special need"),
    "need_note": _("note on the need"),
    "since": _("since"),
    "until": _("until"),
    "confirmed": _("file confirmed"),
}
_VALUES: dict[str, dict[str, Promise]] = {
    "care_colour": dict(CareColour.choices),
    "sex": dict(Sex.choices),
    "relation": dict(Relation.choices),
    "presence": dict(Presence.choices),
}
HIDDEN = "***"
"""What a history entry holds instead of a value that is sealed in its own table."""
_DOOR = re.compile(r"(?P<building>.+)#(?P<entrance>\d{1,2})#(?P<door>[^#]{1,10})")  # `Household.door_code`


def action(code: str) -> str:
    """What was done; a code of another release as it is."""
    return str(ACTIONS.get(code, code))


def table(label: str) -> str:
    """What a table is called; one of an area that is gone as it is."""
    return str(TABLES.get(label, label))


def field(code: str) -> str:
    return str(FIELDS.get(code, code))


def value(code: str, text: str) -> str:
    """A stored value in the reader's words; '' stays '', and what an earlier release wrote out stays as it is."""
    if not text:
        return ""
    if text == HIDDEN:
        return gettext("kept sealed, not shown")
    words = _WORDS.get(code)
    return words(text) if words else str(_VALUES.get(code, {}).get(text, text))


def _day(text: str) -> str:
    try:
        return date_format(date.fromisoformat(text[:10]), "DATE_FORMAT")
    except ValueError:
        return text


def _door(text: str) -> str:
    door = _DOOR.fullmatch(text)
    if door is None:
        return text
    label = gettext("Entrance %(entrance)s, %(door)s") % {"entrance": door["entrance"], "door": door["door"]}
    return f"{door['building']} {label}"


def _kind_of_need(code: str) -> str:
    return next((kind.name for kind in reference.need_kinds().values() if kind.code == code), code)


_WORDS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("away_until", "since", "until", "confirmed"), _day),
    **dict.fromkeys(("household", "stays_with"), _door),
    "need": _kind_of_need,
}


# --- what an event of a request says ------------------------------------------------------------
_BECAUSE: dict[str, Promise] = {
    "unanswered": _("Closed because nobody answered in time. It can be reopened."),
    "left": _("The worker has left; the desk gives it to somebody else."),
    "away": _("The worker is away; the desk gives it to somebody else."),
    "again": _("Needed again today"),
    "kept": _("Goes on as an ordinary request; the campaign it was filed in ends."),
}
_PUT_RIGHT: dict[str, Promise] = {
    "who": _("The name or the phone was put right."),
    "text": _("The words are taken back."),
    "address": _("The address is taken back."),
}
_ON_THE_PHONE: dict[str, Promise] = {
    "still": _("On the phone: still needed."),
    "not": _("On the phone: not needed any more."),
    "done": _("On the phone: done already."),
    "nobody": _("Called; nobody answered."),
}


def said(event: RequestEvent) -> str:
    """All that an event says: what its details hold, in words, and below it what somebody wrote."""
    return said_of(event.details, event.note)


def said_of(details: dict[str, Any] | None, note: str) -> str:
    """`said`, of an event's columns.

    Events of earlier releases have no details; their note holds everything, in the language of whoever wrote it.
    """
    parts = [words(details[key]) for key, words in _DETAILS.items() if details.get(key)] if details else []
    return "\n".join(filter(None, [" · ".join(filter(None, parts)), note]))


def _label(choices: list[tuple[Any, Any]], code: object) -> str:
    """A code of another release stays as it is."""
    return str(dict(choices).get(code, code))


def _category(pk: int) -> str:
    try:
        return str(reference.categories()[pk])
    except KeyError:
        return f"#{pk}"


def _categories(pks: list[int]) -> str:
    return gettext(", ").join(_category(pk) for pk in pks)


def _needs(needs: list[dict[str, Any]]) -> str:
    """One line a need: what it is, how it stands, when it comes back."""
    return "\n".join(_need(need) for need in needs)


def _need(need: dict[str, Any]) -> str:
    parts = [need.get("words") or _category(need["category"]), _label(ItemState.choices, need.get("state", ""))]
    if need.get("next"):
        day = date_format(date.fromisoformat(need["next"]), "DATE_FORMAT")
        parts.append(gettext("needed again on %(day)s") % {"day": day})
    return " · ".join(part for part in parts if part)


def _from_to(pair: list[Any], words: Callable[[Any], str]) -> str:
    was, now = (words(each) for each in pair)
    return now if was == now else f"{was} → {now}"


def _fields(names: list[str]) -> str:
    verbose = {field.name: getattr(field, "verbose_name", field.name) for field in ServiceRequest._meta.get_fields()}
    return gettext(", ").join(str(verbose.get(name, name)) for name in names)


# What `RequestEvent.details` may hold, in the order it is said.
_DETAILS: dict[str, Callable[[Any], str]] = {
    "outcome": lambda code: _label(Outcome.choices, code),
    "rating": lambda code: _label(Rating.choices, code),
    "answer": lambda code: str(_ON_THE_PHONE.get(code, code)),
    "asked": _categories,
    "needs": _needs,
    "because": lambda code: str(_BECAUSE.get(code, code)),
    "level": lambda code: _label(EscalationLevel.choices, code),
    "category": lambda pair: _from_to(pair, _category),
    "urgency": lambda pair: _from_to(pair, lambda code: _label(Urgency.choices, code)),
    "fields": _fields,
    "put_right": lambda codes: " · ".join(str(_PUT_RIGHT.get(code, code)) for code in codes),
}
