"""A community's openings of one day: who opened how much of what and why, what stands out, and each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from resilience.lib.codes import format_code
from resilience.lib.inputs import encode_cursor

from . import reference
from .models import Household, Opening
from .openings import role_label, what_words, why_words

PAGE = 50
MANY_PEOPLE = 4  # who opened one household's details on one day: more than its worker and the desk
MOST_GROUPS = 2_000  # people × roles × reasons × fields of a day; a community has some fifty people
MOST_CROWDED = 20
_ONE = {
    "is_over": _("above what is usual in an hour"),
    "is_elsewhere": _("not a door of theirs"),
    "is_at_night": _("at night"),
    "is_namesake": _("their own name or number"),
}
MARKS = tuple(_ONE)


@dataclass(slots=True)
class PersonLine:
    """One person's openings of the day, in one role."""

    uid: UUID
    name: str
    role_code: str
    count: int = 0
    what: Counter[str] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)

    @property
    def role(self) -> str:
        return role_label(self.role_code)

    @property
    def what_words(self) -> list[str]:
        return [f"{what_words(name)} {n}" for name, n in self.what.most_common()]

    @property
    def why_words(self) -> list[str]:
        return [f"{why_words(reason, '')} {n}" for reason, n in self.why.most_common()]

    @property
    def marks_words(self) -> list[str]:
        return [mark_words(mark, self.marks[mark]) for mark in MARKS if self.marks[mark]]

    @property
    def may_be_stopped(self) -> bool:
        """Over the first number, in a role that has a second: somebody may have to allow more."""
        return bool(self.marks["is_over"] and reference.opening_limits(self.role_code)[1])


def mark_words(mark: str, n: int) -> str:
    """Why it may want a second look, for `n` openings."""
    words = {
        "is_over": ngettext("%(n)d above what is usual in an hour", "%(n)d above what is usual in an hour", n),
        "is_elsewhere": ngettext("%(n)d not at a door of theirs", "%(n)d not at a door of theirs", n),
        "is_at_night": ngettext("%(n)d at night", "%(n)d at night", n),
        "is_namesake": ngettext("%(n)d of their own name or number", "%(n)d of their own name or number", n),
    }
    return words[mark] % {"n": n}


def people_of(openings: QuerySet[Opening]) -> list[PersonLine]:
    """Who opened, the most first; those that stand out before the others. One statement."""
    marks = {mark: Count("pk", filter=Q(**{mark: True})) for mark in MARKS}
    groups = (
        openings.order_by().values("by__uid", "by__name", "role", "reason", "fields").annotate(n=Count("pk"), **marks)
    )
    lines: dict[tuple[UUID, str], PersonLine] = {}
    for row in groups[:MOST_GROUPS]:
        line = lines.setdefault((row["by__uid"], row["role"]), PersonLine(row["by__uid"], row["by__name"], row["role"]))
        line.count += row["n"]
        line.why[row["reason"]] += row["n"]
        line.what.update(dict.fromkeys(row["fields"].split(), row["n"]))
        line.marks.update({mark: row[mark] for mark in MARKS})  # type: ignore[literal-required]
    return sorted(lines.values(), key=lambda line: (-line.marks.total(), -line.count, line.name))


@dataclass(frozen=True, slots=True)
class Crowded:
    """A household whose details many people opened on one day."""

    uid: UUID
    address: str
    people: int


def crowded(openings: QuerySet[Opening]) -> list[Crowded]:
    """One statement."""
    columns = [f"household__{name}" for name in ("uid", "building__name", "entrance", "door")]
    rows = openings.order_by().filter(household__isnull=False).values_list(*columns)
    many = (
        rows.annotate(people=Count("by", distinct=True)).filter(people__gte=MANY_PEOPLE).order_by("-people", columns[0])
    )
    return [
        Crowded(uid, f"{building} {Household(entrance=entrance, door=door).door_label}", people)
        for uid, building, entrance, door, people in many[:MOST_CROWDED]
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """One opening, ready to print."""

    at: datetime
    name: str
    role: str
    what: str
    why: str
    times: int
    household_uid: UUID | None
    address: str
    person: str
    code: str
    code_label: str
    marks: list[str]


def page_of(openings: QuerySet[Opening], after: tuple[datetime, int] | None) -> tuple[list[Line], str]:
    """A page, the newest first, and the cursor of the next one or ''. One statement."""
    if after:
        at, pk = after
        openings = openings.filter(Q(opened_at__lt=at) | Q(opened_at=at, pk__lt=pk))
    columns = (
        "pk", "opened_at", "by__name", "role", "fields", "reason", "words", "about__code", "times", "household__uid",
        "household__building__name", "household__entrance", "household__door", "resident__name",
        "service_request__code", *MARKS,
    )  # fmt: skip
    rows = list(openings.newest_first().values(*columns)[: PAGE + 1])  # type: ignore[attr-defined]
    shown = rows[:PAGE]
    cursor = encode_cursor([shown[-1]["opened_at"].isoformat(), shown[-1]["pk"]]) if len(rows) > PAGE else ""
    return [_line(row) for row in shown], cursor


def _line(row: dict[str, Any]) -> Line:
    address = ""
    if row["household__uid"]:
        door = Household(entrance=row["household__entrance"], door=row["household__door"])
        address = f"{row['household__building__name']} {door.door_label}"
    return Line(
        at=row["opened_at"],
        name=row["by__name"],
        role=role_label(row["role"]),
        what=what_words(row["fields"]),
        why=why_words(row["reason"], row["words"], row["about__code"] or ""),
        times=row["times"],
        household_uid=row["household__uid"],
        address=address,
        person=row["resident__name"] or "",
        code=row["service_request__code"] or "",
        code_label=format_code(row["service_request__code"] or ""),
        marks=[str(label) for mark, label in _ONE.items() if row[mark]],
    )
