"""How a file's changes are worded: what was done, which field, which value. Rows keep codes; readers get words."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .models import CareColour, Presence, Relation, Sex

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
_DATES = frozenset({"away_until", "since", "until", "confirmed"})


def action(code: str) -> str:
    """What was done; a code of another release as it is."""
    return str(ACTIONS.get(code, code))


def field(code: str) -> str:
    return str(FIELDS.get(code, code))


def value(code: str, text: str) -> str:
    """A stored value in the reader's words; '' stays ''."""
    if not text:
        return ""
    if text == HIDDEN:
        return gettext("kept sealed, not shown")
    if code in _DATES:
        try:
            return date_format(date.fromisoformat(text[:10]), "DATE_FORMAT")
        except ValueError:
            return text
    return str(_VALUES.get(code, {}).get(text, text))
