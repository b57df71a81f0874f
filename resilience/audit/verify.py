"""Walking the chain: every row, its seal, its link, its time and the anchors it must pass. Some fifty thousand rows a
second, in the memory of one batch."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import connections

from . import triggers
from .chain import COLUMNS, FORM, GENESIS, digest, link_hash
from .fields import to_number
from .keys import ring
from .models import now

BATCH = 5_000  # rows
SLACK = timedelta(minutes=15)  # how long a transaction may take, and how far servers' clocks may be apart
_TICKS_OF_SLACK = SLACK // timedelta(microseconds=1)
_ID, _AT = 1 + COLUMNS.index("id"), 1 + COLUMNS.index("at")  # in the canonical form

# What can be wrong. The command and the page have the words.
EDITED = "edited"  # an entry does not fit its digest
UNKNOWN_KEY = "unknown_key"  # sealed with a key that is not ours
REMOVED = "removed"  # a link without its entry
GAP = "gap"  # a number is missing among the links, or there twice
BROKEN = "broken"  # a link does not follow from the one before: swapped, put in, or written anew
TWICE = "twice"  # an entry with two links
UNLINKED = "unlinked"  # an entry without a link
BACK_DATED = "back_dated"  # older than rows that were there before it
FUTURE = "future"  # later than now
CUT = "cut"  # an anchor was further
REWRITTEN = "rewritten"  # an anchor saw another hash here
FORGED = "forged"  # an anchor that no key of ours sealed
UNGUARDED = "unguarded"  # triggers are off


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, at which number of the chain (None: not in it), with which entry."""

    what: str
    seq: int | None = None
    entry: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """A head that somebody saw: the chain must have that hash at that number."""

    seq: int
    hash: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a walk came to. `faults` stop at the first of the chain itself; `head` is the last row that was right."""

    rows: int
    head: Pin
    faults: tuple[Fault, ...]
    pinned: int = 0  # up to where anchors vouch for it

    @property
    def is_sound(self) -> bool:
        return not self.faults


def verify(
    *,
    pins: Iterable[Pin] = (),
    since: Pin | None = None,
    using: str = "default",
    faults: Sequence[Fault] = (),
    is_quick: bool = False,
) -> Report:
    """Walk the chain from `since` (else its beginning) to its head as it is now, past all `pins`.

    `faults` found elsewhere (in anchors) are reported with the rest. `is_quick` leaves out what counts all rows there
    are: entries outside the chain, or in it twice.
    """
    by_number: dict[int, list[Pin]] = {}
    for pin in pins:
        by_number.setdefault(pin.seq, []).append(pin)
    found = list(faults)
    if gone := triggers.missing(using):
        found.append(Fault(UNGUARDED, more=", ".join(gone)))
    start = since or Pin(0, GENESIS)
    top = _top(using)
    walk = _Walk(start, by_number)
    fault = _against(start, by_number) or walk.through(_rows(using, start.seq, top))
    if fault is None:
        fault = _cut(walk.head, by_number) or (None if is_quick else _strays(using, walk.head))
    if fault is not None:
        found.append(fault)
    pinned = max((seq for seq in by_number if seq <= walk.head.seq), default=0)
    return Report(walk.head.seq - start.seq, walk.head, tuple(found), pinned)


def head(using: str = "default") -> Pin:
    """The last link there is."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT seq, hash FROM {triggers.LINK} ORDER BY seq DESC LIMIT 1")
        row = cursor.fetchone()
    return Pin(*row) if row else Pin(0, GENESIS)


def hash_at(seq: int, using: str = "default") -> Pin | None:
    """The link of that number."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT hash FROM {triggers.LINK} WHERE seq = %s", [seq])
        row = cursor.fetchone()
    return Pin(seq, row[0]) if row else Pin(0, GENESIS) if seq == 0 else None


class _Walk:
    """One pass over the links in order; keeps what the next row is compared with."""

    def __init__(self, start: Pin, pins: Mapping[int, list[Pin]]) -> None:
        self.head = start
        self._pins = pins
        self._latest = 0
        self._keys = ring()

    def through(self, batches: Iterator[list[Any]]) -> Fault | None:
        """The first fault, or None."""
        for rows in batches:
            if fault := self._batch(rows):
                return fault
        return None

    def _batch(self, rows: list[Any]) -> Fault | None:
        """Locals, and one condition for all that is right: this runs for every row there is."""
        seq, before, latest = self.head.seq, self.head.hash, self._latest
        keys, pins, slack = self._keys, self._pins, _TICKS_OF_SLACK
        not_after = to_number(now()) + slack
        fault: Fault | None = None
        for number, hashed, told, *form in rows:
            try:
                is_right = (
                    number == seq + 1
                    and told == digest(form, keys[form[-1]])
                    and hashed == sha256((before + told).encode()).hexdigest()
                    and latest - slack <= form[_AT] <= not_after
                )
            except (TypeError, KeyError):  # a kind of value that is never stored, a key that is not ours
                is_right = False
            if not is_right:
                fault = _diagnosis(number, form, seq, told, keys, not_after, (before, hashed))
            elif number in pins:
                fault = _against(Pin(number, hashed), pins)
            if fault is not None:
                break
            seq, before = number, hashed
            latest = max(latest, form[_AT])
        self.head, self._latest = Pin(seq, before), latest
        return fault


def _diagnosis(
    number: Any, form: list[Any], before: Any, told: Any, keys: Mapping[int, bytes], not_after: int, hashes: Any
) -> Fault:
    """Which of the conditions a row breaks."""
    entry = _hex(form[_ID] or "")
    if number != before + 1:
        return Fault(GAP, before + 1, entry)
    if not entry:
        return Fault(REMOVED, number)
    if form[-1] not in keys:
        return Fault(UNKNOWN_KEY, number, entry)
    try:
        is_edited = told != digest(form, keys[form[-1]])
    except TypeError:
        is_edited = True
    if is_edited:
        return Fault(EDITED, number, entry)
    if hashes[1] != link_hash(hashes[0], told):
        return Fault(BROKEN, number, entry)
    return Fault(FUTURE if form[_AT] > not_after else BACK_DATED, number, entry)


def _against(here: Pin, pins: Mapping[int, list[Pin]]) -> Fault | None:
    wrong = next((pin for pin in pins.get(here.seq, ()) if not hmac.compare_digest(pin.hash, here.hash)), None)
    return Fault(REWRITTEN, here.seq, more=wrong.source) if wrong else None


def _cut(end: Pin, pins: Mapping[int, list[Pin]]) -> Fault | None:
    """Whether an anchor was further than the chain goes."""
    beyond = [pin for seq in sorted(pins) if seq > end.seq for pin in pins[seq]]
    return Fault(CUT, end.seq + 1, more=beyond[-1].source) if beyond else None


def _strays(using: str, end: Pin) -> Fault | None:
    """What a walk along the links does not see: entries they leave out, or name twice."""
    entry, link = triggers.ENTRY, triggers.LINK
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT entry_id, max(seq) FROM {link} GROUP BY entry_id HAVING count(*) > 1 LIMIT 1")
        if row := cursor.fetchone():
            return Fault(TWICE, row[1], _hex(row[0]))
        # In one statement, so that a row that comes in meanwhile is in both or in neither.
        cursor.execute(f"SELECT (SELECT count(*) FROM {entry}) = (SELECT count(*) FROM {link})")
        if not cursor.fetchone()[0]:
            cursor.execute(
                f"SELECT id FROM {entry} e WHERE NOT EXISTS (SELECT 1 FROM {link} l WHERE l.entry_id = e.id) LIMIT 1"
            )
            row = cursor.fetchone()
            return Fault(UNLINKED, None, _hex(row[0])) if row else Fault(GAP, end.seq + 1)
    return None


def _hex(entry: Any) -> str:
    return getattr(entry, "hex", None) or str(entry)


def _top(using: str) -> int:
    """The highest number there is now: what comes in while we walk is for the next time."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(seq), 0) FROM {triggers.LINK}")
        return int(cursor.fetchone()[0])


def _rows(using: str, after: int, top: int) -> Iterator[list[Any]]:
    """Batches of (number, hash, digest, *canonical form), as plain texts and numbers."""
    connection = connections[using]
    hex_id = "e.id" if connection.vendor == "sqlite" else "encode(uuid_send(e.id), 'hex')"
    columns = ", ".join(hex_id if name == "id" else f"e.{name}" for name in COLUMNS)
    # By numbers and not by LIMIT: of an open range PostgreSQL expects much, and starts workers for each batch.
    statement = (
        f"SELECT l.seq, l.hash, e.digest, {FORM}, {columns} FROM {triggers.LINK} l "
        f"LEFT JOIN {triggers.ENTRY} e ON e.id = l.entry_id WHERE l.seq > %s AND l.seq <= %s ORDER BY l.seq"
    )
    while after < top:
        with connection.cursor() as cursor:
            cursor.execute(statement, [after, min(after + BATCH, top)])
            rows = cursor.fetchall()
            if not rows:  # so many numbers are missing: on with the next there is
                cursor.execute(f"SELECT min(seq) FROM {triggers.LINK} WHERE seq > %s", [after])
                (found,) = cursor.fetchone()
                if found is None:
                    return
                after = found - 1
                continue
        yield rows
        after = rows[-1][0]
