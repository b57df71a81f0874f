"""What the files remember: people who came, left, died or were born in the last months, and what was corrected since.

The entries are those the verbs of `households.actions` write, with the same keys.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from households.models import FileChange, Household, LifeEvent, LifeKind, Presence, Relation, Resident
from households.wording import HIDDEN
from resilience.demo.names import FEMALE, MALE, pick_name
from resilience.demo.people import BATCH, Home
from resilience.demo.place import new_uid
from resilience.lib.dates import today
from resilience.lib.inputs import mask_phone

_LONGEST = 170  # days back
_AWAY_AT = ("女儿家，安宁区", "儿子家，城关区", "老家会宁", "省中医院住院", "新疆打工")
_WENT_TO = ("安宁区", "西固区", "榆中县", "西安", "城关区雁滩")


def write_past(homes: list[Home], rng: Random) -> None:
    """Life events, corrections and confirmations of a block, each with its entry in the file."""
    lived_in = [home for home in homes if home.residents]
    past = _Past(rng)
    for home in rng.sample(lived_in, max(1, len(lived_in) // 8)):
        past.happen(home)
    for home in rng.sample(lived_in, max(1, len(lived_in) // 3)):
        past.correct(home)
    for home in lived_in:
        past.confirm(home)
    past.keep(lived_in)


class _Past:
    """Rows to be written, collected."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.events: list[LifeEvent] = []
        self.changes: list[FileChange] = []
        self.gone: list[Resident] = []  # those who lived there once
        self.changed: list[Resident] = []

    def keep(self, homes: list[Home]) -> None:
        Resident.unscoped.bulk_create(self.gone, batch_size=BATCH)
        LifeEvent.unscoped.bulk_create(self.events, batch_size=BATCH)
        FileChange.unscoped.bulk_create(sorted(self.changes, key=lambda change: change.at), batch_size=BATCH)
        fields = ["presence", "away_until_date", "stays_with", "relation"]
        Resident.unscoped.bulk_update(self.changed, fields, batch_size=200)
        households = [home.household for home in homes]
        Household.unscoped.bulk_update(households, ["confirmed_by", "care_colour"], batch_size=200)

    def happen(self, home: Home) -> None:
        rng, family = self.rng, home.family
        day = today() - timedelta(days=rng.randrange(2, _LONGEST))
        youngest = home.residents[-1]
        if youngest.birth_year and youngest.birth_date and (today() - youngest.birth_date).days < _LONGEST:
            self._record(home, youngest, LifeKind.BORN, youngest.birth_date)
        elif family.kind == "alone_old" and rng.random() < 0.5:
            widowed = self._former(home, Relation.SPOUSE, Presence.DIED)
            self._record(home, widowed, LifeKind.DIED, day, "因病去世，社区已协助办理手续")
        elif family.kind in ("couple", "old_couple") and rng.random() < 0.5:
            left = self._former(home, Relation.CHILD, Presence.MOVED_OUT)
            self._record(home, left, LifeKind.MOVED_OUT, day, elsewhere=rng.choice(_WENT_TO))
        elif family.is_tenant:
            self._record(home, home.residents[0], LifeKind.MOVED_IN, day, "租房合同一年")
        else:
            self._away(home, youngest, day)

    def _away(self, home: Home, resident: Resident, day: date) -> None:
        """Somewhere else for a while; two in three are back already."""
        rng, where = self.rng, self.rng.choice(_AWAY_AT)
        self._record(home, resident, LifeKind.WENT_AWAY, day, elsewhere=where)
        if rng.random() < 0.66:
            back = day + timedelta(days=rng.randrange(1, max(2, (today() - day).days)))
            self._record(home, resident, LifeKind.CAME_BACK, min(back, today() - timedelta(days=1)))
        else:
            resident.presence = Presence.AWAY
            resident.away_until_date = today() + timedelta(days=rng.randrange(5, 60))
            self.changed.append(resident)

    def _former(self, home: Home, relation: str, presence: str) -> Resident:
        """Somebody who lived there and does not any more."""
        rng, contact = self.rng, home.residents[0]
        age = 24 if relation == Relation.CHILD else -1
        birth = date((contact.birth_year or 1950) + age, rng.randrange(1, 13), rng.randrange(1, 28))
        sex = (MALE if contact.sex == FEMALE else FEMALE) if relation == Relation.SPOUSE else rng.choice((FEMALE, MALE))
        surname = contact.name[0] if relation == Relation.CHILD else rng.choice("王李张刘陈杨")
        name = pick_name(rng, "han", surname, sex, birth.year)
        resident = Resident(
            uid=new_uid(rng), household=home.household, name=name, sex=sex, relation=relation, presence=presence,
            birth_year=birth.year, birth_date=birth, created_at=contact.created_at,
        )  # fmt: skip
        self.gone.append(resident)
        return resident

    def _record(
        self, home: Home, resident: Resident, kind: LifeKind, day: date, note: str = "", elsewhere: str = ""
    ) -> None:
        reported = _office_hour(min(day + timedelta(days=self.rng.randrange(0, 4)), today()), self.rng)
        self.events.append(
            LifeEvent(
                household=home.household, resident=resident, kind=kind, happened_date=day, reported_at=reported,
                by=home.worker, elsewhere=elsewhere, note=note,
            )
        )  # fmt: skip
        new = {LifeKind.WENT_AWAY: "away", LifeKind.DIED: "died", LifeKind.MOVED_OUT: "moved_out"}.get(kind, "here")
        field = ("name", "", resident.name) if kind in (LifeKind.BORN, LifeKind.MOVED_IN) else ("presence", "", new)
        self._change(home, "life", reported, [field], note, resident)

    def correct(self, home: Home) -> None:
        rng, contact = self.rng, home.residents[0]
        at = _office_hour(today() - timedelta(days=rng.randrange(1, 150)), rng)
        old_phone = mask_phone(f"154{rng.randrange(100_000_000):08}")
        action, fields, why = rng.choice((
            ("resident_amended", [("phone", old_phone, mask_phone(home.phone))], "入户核对，换了号码"),
            ("amended", [("door_note", "", HIDDEN)], "走访时了解到"),
            ("resident_amended", [("relation", "other", contact.relation)], "登记时填错"),
            ("resident_amended", [("registered", "", home.household.file_number)], "查看了户口本"),
            ("phone_added", [("phone", "", mask_phone(home.phone)), ("label", "", "女儿")], ""),
        ))  # fmt: skip
        resident = contact if action.startswith("resident") else None
        self._change(home, action, at, fields, why, resident)

    def confirm(self, home: Home) -> None:
        """Every file was confirmed by its worker, and says so."""
        home.household.confirmed_by = home.worker
        at = home.household.confirmed_at
        if at:
            self._change(home, "confirmed", at, [("confirmed", "", timezone.localdate(at).isoformat())], "")

    def _change(
        self, home: Home, action: str, at: datetime, fields: list[tuple[str, str, str]], why: str,
        resident: Resident | None = None,
    ) -> None:  # fmt: skip
        rows = [{"field": field, "old": old, "new": new} for field, old, new in fields]
        change = FileChange(
            household=home.household, resident=resident, at=at, by=home.worker, action=action, changes=rows, why=why
        )
        self.changes.append(change)


def _office_hour(day: date, rng: Random) -> datetime:
    """A moment of that day at work; never in the future."""
    moment = timezone.make_aware(datetime.combine(day, time(rng.randrange(9, 18), rng.randrange(60))))
    return min(moment, timezone.now() - timedelta(minutes=rng.randrange(5, 50)))
