"""How the data map is written down: for every field of every model how delicate it is, what for, why we may, how long.

Each app says it of its own tables in its `data_map.py` (`MAP`); `resilience.data_map` collects them and says it of
tables that are not ours. `tests/test_data_map.py` fails for a field that nobody has classified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Level(TextChoices):
    PUBLIC = "public", pgettext_lazy("data", "public")
    INTERNAL = "internal", pgettext_lazy("data", "internal")
    PERSONAL = "personal", pgettext_lazy("data", "personal")
    SENSITIVE = "sensitive", pgettext_lazy("data", "sensitive")


@dataclass(frozen=True)
class Retention:
    """A rule with a name: so many days, or (None) while something lasts, which the words say."""

    name: str
    words: StrOrPromise
    days: float | None = None


@dataclass(frozen=True)
class Use:
    """What a group of fields is kept for. `about_residents`: it stands on the page that residents read."""

    title: StrOrPromise
    what: StrOrPromise  # is kept, in plain words
    purpose: StrOrPromise
    basis: StrOrPromise
    retention: Retention
    seen_by: StrOrPromise
    about_residents: bool = True


@dataclass(frozen=True)
class Held:
    """One field. `reason`: why something delicate stands there unsealed, or what else must be known of it."""

    level: Level
    use: Use
    reason: StrOrPromise = ""


Fields = dict[str, Held]
Map = Mapping[str, Fields]  # by the label of the model: households.Resident


def classify(
    use: Use,
    *,
    public: str = "",
    internal: str = "",
    personal: str = "",
    sensitive: str = "",
    reasons: Mapping[str, StrOrPromise] | None = None,
    uses: Mapping[str, Use] | None = None,
) -> Fields:
    """The fields of a table: names apart by blanks, by level. `uses`: of those that are kept for something else."""
    levels = {Level.PUBLIC: public, Level.INTERNAL: internal, Level.PERSONAL: personal, Level.SENSITIVE: sensitive}
    found = dict(_named(use, levels))
    for name, other in (uses or {}).items():
        found[name] = replace(found[name], use=other)
    for name, reason in (reasons or {}).items():
        found[name] = replace(found[name], reason=reason)
    return found


def _named(use: Use, levels: Mapping[Level, str]) -> Iterator[tuple[str, Held]]:
    for level, names in levels.items():
        for name in names.split():
            yield name, Held(level, use)


# --- what more than one app says ------------------------------------------------------------------
DUTY = _("The duties that the law gives a community towards those who live there (PIPL, Article 13, item 3).")
CONSENT = _("Your consent, which you can withdraw (PIPL, Articles 13 and 15; for health and the like Article 29).")
WORK = _("Managing the people who work here (PIPL, Article 13, item 2).")
SAFETY = _("Measures that the law asks of us to keep data safe (PIPL, Articles 51 and 54).")
NOT_PERSONAL = _("Not about a person.")

IN_USE = Retention("in_use", _("while the table is in use"))
THREE_YEARS = Retention("three_years", _("at least three years"), days=3 * 365)

RULES = Use(
    title=_("Places, tables and rules"),
    what=_("The official places, kinds of needs, clocks and rules that staff keep."),
    purpose=_("So that requests and visits go to the right people at the right time."),
    basis=NOT_PERSONAL,
    retention=IN_USE,
    seen_by=_("whoever works here; names of places and kinds of needs everybody"),
    about_residents=False,
)
MACHINERY = Use(
    title=_("What the system needs to run"),
    what=_("Permissions, kinds of tables, check values of keys."),
    purpose=_("So that the system works."),
    basis=NOT_PERSONAL,
    retention=IN_USE,
    seen_by=_("administrators"),
    about_residents=False,
)
