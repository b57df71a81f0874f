"""Ten thousand random tamperings by somebody who owns the tables and has no key: each is found.

Triggers and constraints are out of their way, and where they touch the chain they hash everything behind it anew.
Three anchors stand in the chain; rows after the last one can be cut off or hashed anew unseen, so they are left alone
by those who do that (`test_verify` says so).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.test import TestCase

from resilience.audit import triggers
from resilience.audit.actions import record
from resilience.audit.chain import COLUMNS, GENESIS, digest, link_hash
from resilience.audit.verify import UNGUARDED, Pin, verify
from tests import factories as f
from tests.audit.chained import settle

ROWS, ANCHORED = 24, (8, 16, 22)
TAMPERINGS = int(os.environ.get("TAMPERINGS") or (10_000 if connection.vendor == "sqlite" else 2_000))
NUMBERS = ("at", "by_id", "key_id")
Chain = dict[int, tuple[Any, str]]  # number → entry, hash


class TamperingTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        user = f.make_user("clerk")
        for number in range(ROWS):
            record(
                f"household.{'amended' if number % 3 else 'opened'}", by=user if number % 2 else None,
                subject=("household", f"{number:032x}"), place="620103001001", fields=["care_colour"], why="核对",
                details={"n": number},
            )  # fmt: skip
        settle()
        with connection.cursor() as cursor:
            for table in (triggers.ENTRY, triggers.LINK):  # the same rows without any constraint or trigger
                cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_kept")
                cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM {table}_kept")
        cls.chain = cls.read()
        cls.pins = [Pin(seq, cls.chain[seq][1]) for seq in ANCHORED]

    # --- the attacker's tools
    @staticmethod
    def run_sql(statement: str, *params: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else []

    @classmethod
    def read(cls) -> Chain:
        return {
            seq: (entry, hashed) for seq, entry, hashed in cls.run_sql("SELECT seq, entry_id, hash FROM audit_link")
        }

    def rechain(self, entries: list[Any]) -> None:
        """The whole chain anew over these entries, in that order."""
        told = dict(self.run_sql("SELECT id, digest FROM audit_entry"))
        self.run_sql("DELETE FROM audit_link")
        before, rows = GENESIS, []
        for seq, entry in enumerate(entries, 1):
            before = link_hash(before, told.get(entry, "0" * 64))
            rows += [seq, entry, before]
        places = ", ".join(["(%s, %s, %s)"] * len(entries))
        self.run_sql(f"INSERT INTO audit_link (seq, entry_id, hash) VALUES {places}", *rows)

    def order(self) -> list[Any]:
        return [self.chain[seq][0] for seq in sorted(self.chain)]

    def other(self, rng: Random, column: str, old: Any) -> Any:
        """A value that is not `old`."""
        if column in NUMBERS:
            return (old or 0) + rng.choice([1, -1, 7, 10_000])
        text = str(old)
        if len(text) == 64:  # as long as the column
            return rng.choice([text[:-1], text[1:] + ("1" if text[0] == "0" else "0"), text.upper()])
        made = [
            text + rng.choice("0 a张\x1f,\""), text[:-1] if text else "x", text.swapcase() + "'", text[::-1] + "-",
            text.replace("e", "é") + "…",
        ]  # fmt: skip
        return rng.choice([each for each in made if each != text])

    @staticmethod
    def new_id(rng: Random) -> Any:
        made = UUID(int=rng.getrandbits(128))
        return made if connection.vendor == "postgresql" else made.hex

    def new_entry(self, entry: Any, **instead: Any) -> None:
        """A copy of an entry, some columns different."""
        columns = [*COLUMNS, "digest"]
        names = [column for column in columns if column in instead]
        asked = ", ".join("%s" if column in instead else column for column in columns)
        self.run_sql(
            f"INSERT INTO audit_entry ({', '.join(columns)}) SELECT {asked} FROM audit_entry WHERE id = %s",
            *[instead[name] for name in names], entry,
        )  # fmt: skip

    # --- what they do
    def edit(self, rng: Random) -> None:
        entry = rng.choice(self.order())
        column = rng.choice([*COLUMNS[1:], "digest"])
        ((old,),) = self.run_sql(f"SELECT {column} FROM audit_entry WHERE id = %s", entry)
        self.run_sql(f"UPDATE audit_entry SET {column} = %s WHERE id = %s", self.other(rng, column, old), entry)

    def edit_and_seal_without_the_key(self, rng: Random) -> None:
        """The digest made new with a key of theirs, and everything behind it hashed anew."""
        entry = rng.choice(self.order())
        column = rng.choice(("action", "subject_key", "place", "why", "address", "details"))
        ((old,),) = self.run_sql(f"SELECT {column} FROM audit_entry WHERE id = %s", entry)
        told = digest((1, str(entry), self.other(rng, column, old)), rng.randbytes(32))
        self.run_sql(
            f"UPDATE audit_entry SET {column} = %s, digest = %s WHERE id = %s",
            self.other(rng, column, old),
            told,
            entry,
        )
        self.rechain(self.order())

    def move_values(self, rng: Random) -> None:
        """From one column to the one beside it, so that what stands there reads the same."""
        entry = rng.choice(self.order())
        one, other = rng.choice([("fields", "why"), ("fields", "place"), ("details", "fields")])
        self.run_sql(f"UPDATE audit_entry SET {one} = {one} || {other}, {other} = '' WHERE id = %s", entry)

    def edit_link(self, rng: Random) -> None:
        seq = rng.choice(list(self.chain))
        entry, hashed = self.chain[seq]
        column, value = rng.choice([
            ("hash", self.other(rng, "hash", hashed)), ("seq", seq + rng.choice([1, -1, ROWS])),
            ("entry_id", rng.choice([each for each in self.order() if each != entry])),
        ])  # fmt: skip
        self.run_sql(f"UPDATE audit_link SET {column} = %s WHERE seq = %s", value, seq)

    def remove(self, rng: Random) -> None:
        seq = rng.randint(1, ROWS)
        if rng.random() < 0.7:
            self.run_sql("DELETE FROM audit_entry WHERE id = %s", self.chain[seq][0])
        else:
            self.run_sql("DELETE FROM audit_link WHERE seq = %s", seq)

    def remove_and_rechain(self, rng: Random) -> None:
        entries = self.order()
        for _each in range(rng.randint(1, 4)):
            gone = entries.pop(rng.randrange(ANCHORED[-1] - 5))
            self.run_sql("DELETE FROM audit_entry WHERE id = %s", gone)
        self.rechain(entries)

    def swap(self, rng: Random) -> None:
        """The places of two rows in the chain, or their contents."""
        one, other = rng.sample(range(1, ANCHORED[-1] + 1), 2)
        entries = self.order()
        if rng.random() < 0.3:
            column = rng.choice(("subject_key", "details", "at", "id", "digest"))
            pair = [entries[one - 1], entries[other - 1]]
            values = [self.run_sql(f"SELECT {column} FROM audit_entry WHERE id = %s", each)[0][0] for each in pair]
            spare = self.new_id(rng)
            if column == "id":
                self.run_sql("UPDATE audit_entry SET id = %s WHERE id = %s", spare, pair[0])
                self.run_sql("UPDATE audit_entry SET id = %s WHERE id = %s", pair[0], pair[1])
                self.run_sql("UPDATE audit_entry SET id = %s WHERE id = %s", pair[1], spare)
                return
            for each, value in zip(pair, reversed(values), strict=True):
                self.run_sql(f"UPDATE audit_entry SET {column} = %s WHERE id = %s", value, each)
            return
        entries[one - 1], entries[other - 1] = entries[other - 1], entries[one - 1]
        if rng.random() < 0.5:
            self.rechain(entries)
            return
        for seq in (one, other):
            self.run_sql("UPDATE audit_link SET entry_id = %s WHERE seq = %s", entries[seq - 1], seq)

    def put_in(self, rng: Random) -> None:
        """A row that never was, back-dated between two others, and all hashed anew."""
        entries = self.order()
        at = rng.randrange(ROWS + 1)
        made = self.new_id(rng)
        told = rng.choice(["0" * 64, digest((1, str(made)), rng.randbytes(32))])
        self.new_entry(rng.choice(entries), id=made, digest=told)
        self.chain_with(entries, at, made)

    def chain_with(self, entries: list[Any], at: int, made: Any) -> None:
        entries.insert(at, made)
        self.rechain(entries)

    def copy(self, rng: Random) -> None:
        """A row that was, again: under its own id or another, in the chain again or beside it."""
        entries = self.order()
        entry = rng.choice(entries)
        made = rng.choice([entry, self.new_id(rng)])
        if made == entry and rng.random() < 0.5:
            self.chain_with(entries, len(entries), entry)  # only a second link
            return
        self.new_entry(entry, id=made)
        if rng.random() < 0.7:
            self.chain_with(entries, rng.choice([len(entries), rng.randrange(ROWS)]), made)

    def cut(self, rng: Random) -> None:
        """The end, below an anchor."""
        keep = rng.randrange(ANCHORED[-1])
        self.run_sql("DELETE FROM audit_link WHERE seq > %s", keep)
        for seq in range(keep + 1, ROWS + 1):
            self.run_sql("DELETE FROM audit_entry WHERE id = %s", self.chain[seq][0])

    def fork(self, rng: Random) -> None:
        """A second chain from some number on: beside the first, or in its place."""
        entries = self.order()
        at = rng.randrange(ANCHORED[-1] - 1)
        if rng.random() < 0.5:
            before = self.chain[at][1] if at else GENESIS
            self.run_sql(
                "INSERT INTO audit_link (seq, entry_id, hash) VALUES (%s, %s, %s)",
                at + 1, entries[at + 1], link_hash(before, "1" * 64),
            )  # fmt: skip
            return
        rest = entries[at:]
        while rest == entries[at:]:
            rng.shuffle(rest)
        self.rechain(entries[:at] + rest)

    def test_it_finds_each_of_ten_thousand(self) -> None:
        ways: list[Callable[[Random], None]] = [
            self.edit, self.edit, self.edit_and_seal_without_the_key, self.move_values, self.edit_link, self.remove,
            self.remove_and_rechain, self.swap, self.put_in, self.copy, self.cut, self.fork,
        ]  # fmt: skip
        assert self.faults() == set()
        rng, found, missed = Random(7), Counter[str](), []
        for number in range(TAMPERINGS):
            way = rng.choice(ways)
            with transaction.atomic():
                way(rng)
                faults = self.faults()
                transaction.set_rollback(True)
            found.update(faults)
            if not faults:
                missed.append(f"{number} {way.__name__}")
        assert missed == []
        assert len(found) >= 7, found  # each in its own way

    def faults(self) -> set[str]:
        return {fault.what for fault in verify(pins=self.pins).faults if fault.what != UNGUARDED}
