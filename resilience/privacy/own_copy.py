"""Everything that is kept of one person, for that person, as people read it and as machines do.

`reader` reads it table by table into sections of rows. Which columns of which tables are in it says
`columns.IN_IT`; what is not, and why, `columns.LEFT_OUT`, which the person reads, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from households.wording import field as field_words
from households.wording import value as value_words

from .columns import LABELS, NOT_IN_IT, SECTIONS

FORMAT = "resilience.own-copy/1"


@dataclass(frozen=True, slots=True)
class Value:
    """One value: for machines a text, a number, a yes or no, or nothing; for people words."""

    plain: str | int | bool | None
    words: str


Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of things kept. `key` is one of `SECTIONS`, those of its rows are `LABELS`."""

    key: str
    rows: list[Row]

    @property
    def title(self) -> str:
        return str(SECTIONS[self.key])

    @property
    def told(self) -> list[list[tuple[str, str]]]:
        """The rows as people read them: (label, words), what is empty left out."""
        return [
            [(capfirst(str(LABELS[key])), value.words) for key, value in row.items() if value.words]
            for row in self.rows
        ]


def as_json(sections: Iterable[Section], made_at: datetime) -> str:
    """For machines: keys never change within a format. `keys` says in words what each is."""
    made = {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "keys": {key: str(label) for key, label in {**SECTIONS, **LABELS}.items()},
        "data": {one.key: [{key: value.plain for key, value in row.items()} for row in one.rows] for one in sections},
        "not_in_it": [str(words) for words in NOT_IN_IT],
    }
    return json.dumps(made, ensure_ascii=False, indent=1)


# --- values -----------------------------------------------------------------------------------------
def text(value: object) -> Value:
    return Value(str(value or ""), str(value or ""))


def withheld(because: str) -> Value:
    return Value(None, because)


def number(value: int | None) -> Value:
    return Value(value, "" if value is None else str(value))


def yes_no(value: bool) -> Value:
    return Value(value, _("yes") if value else _("no"))


def day(value: date | None) -> Value:
    return Value(value.isoformat() if value else None, date_format(value, "DATE_FORMAT") if value else "")


def moment(value: datetime | None) -> Value:
    """In the place's time, with its offset."""
    local = timezone.localtime(value, timezone.get_default_timezone()) if value else None
    return Value(local.isoformat() if local else None, date_format(local, "DATETIME_FORMAT") if local else "")


def choice(row: Model, field: str) -> Value:
    """A code, and what it is called."""
    code = str(getattr(row, field))
    words: Any = getattr(row, f"get_{field}_display")()
    return Value(code, str(words) if code else "")


def changed(field: str, old: str, new: str) -> str:
    """One entry of a file's history: what, from – to."""
    words = [part for part in (value_words(field, old), "→", value_words(field, new)) if part]
    return f"{field_words(field)}: {' '.join(words)}"
