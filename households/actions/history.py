"""The one way an entry gets into a file's history. What is sealed in its own table is never written plainly here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.errors import Refused
from resilience.lib.inputs import mask_id_number, mask_phone

from ..models import FileChange, Household, Resident, ResidentNeed
from ..wording import HIDDEN
from . import trail

_MASKS = {
    "phone": mask_phone,
    "id_number": mask_id_number,
    "door_note": lambda text: HIDDEN if text else "",
    "need_note": lambda text: HIDDEN if text else "",
}


class Change(NamedTuple):
    """One field of a file, before and after, as plain values; `write` masks."""

    field: str
    old: object
    new: object


def write(
    household: Household,
    action: str,
    *,
    by: User | None,
    changes: Iterable[Change] = (),
    why: str = "",
    resident: Resident | None = None,
    need: ResidentNeed | None = None,
) -> None:
    """`action` and `field` are keys of `wording`. What is about a `need` is forgotten with it."""
    rows = [
        {"field": change.field, "old": _shown(change.field, change.old), "new": _shown(change.field, change.new)}
        for change in changes
    ]
    keep([FileChange(household=household, action=action, by=by, why=why, resident=resident, need=need, changes=rows)])


def keep(changes: Sequence[FileChange]) -> None:
    """Entries whose values are masked already, with their rows in the audit. `household` loaded on all."""
    FileChange.unscoped.bulk_create(changes)
    trail.files_changed(changes)


def _shown(field: str, value: object) -> str:
    text = "" if value is None else value.isoformat() if isinstance(value, date) else str(value)
    mask = _MASKS.get(field)
    return mask(text) if mask else text


def differing(pairs: Iterable[tuple[str, object, object]]) -> list[Change]:
    return [Change(field, old, new) for field, old, new in pairs if (old or "") != (new or "")]


def ask_why(changes: Iterable[Change], why: str) -> None:
    """What stood in the file is not overwritten without a reason; an empty field may simply be filled in."""
    if not why and any(change.old for change in changes):
        raise Refused(_("Say why: what stood in the file before was different."), field="why")
