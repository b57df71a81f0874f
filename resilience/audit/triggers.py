"""What the database itself sees to: every entry gets its link, links are written by nobody else, and nothing of the
audit is changed or removed. No code of ours can forget it, and a mistake in a query cannot undo it.

SQLite: the link is written with the entry; its hash needs a function that Django gives to its connections, so that a
bare shell cannot even add a row. PostgreSQL: the link is written while the transaction commits, under one lock for
all. It is taken last: the entry's deferred trigger only notes the entry down, and the note's own deferred trigger
takes the lock. So the checks of foreign keys, which may wait for somebody's row, are over by then, and who holds the
lock waits for nobody. (With SERIALIZABLE transactions two that commit at once cannot fork: one fails.)

Installed after every `migrate`, like the index of words: on SQLite, a table that is altered loses its triggers.
Whoever owns the tables can take triggers off: what they do then, `verify` finds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .chain import GENESIS

ENTRY, LINK, ANCHOR, NOTE = "audit_entry", "audit_link", "audit_anchor", "audit_note"
GUARDED = (ENTRY, LINK, ANCHOR)
LOCK = 0x61756469740001  # 'audit', and a number: the key of PostgreSQL's advisory lock
_NEVER = "rows of the audit are never changed or removed"
_NOT_BY_HAND = "links of the audit are written by the database"


def install(using: str = "default", **_kwargs: Any) -> None:
    """Receiver of post_migrate. Does nothing where everything is in place."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if all(table in tables for table in GUARDED) and missing(using):
        {"sqlite": _install_sqlite, "postgresql": _install_postgres}[connection.vendor](connection)


def make_way(using: str = "default", plan: Any = (), **_kwargs: Any) -> None:
    """Receiver of pre_migrate: Django alters a table of SQLite by making it anew, and triggers that name it stop it."""
    connection = connections[using]
    is_ours = any(migration.app_label == "audit" for migration, _is_backwards in plan or ())
    if connection.vendor == "sqlite" and is_ours:
        lift(using)


def missing(using: str = "default") -> list[str]:
    """Names of the triggers that are not there as they should be, or are switched off."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        return _missing_sqlite(connection)
    return _missing_postgres(connection)


def lift(using: str = "default") -> None:
    """Take the triggers off. For whoever empties a demo or a test's database, and for migrations."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in _sqlite_triggers():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        else:
            for name, (table, _what) in _postgres_triggers().items():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")


@contextmanager
def lifted(using: str = "default") -> Iterator[None]:
    """Within the block there are no triggers."""
    lift(using)
    try:
        yield
    finally:
        install(using)


# --- SQLite ---------------------------------------------------------------------------------------
def _sqlite_triggers() -> dict[str, str]:
    """Name → the statement that makes it, as sqlite_master repeats it."""
    last = f"SELECT hash FROM {LINK} ORDER BY seq DESC LIMIT 1"
    following = f"coalesce((SELECT max(seq) FROM {LINK}), 0) + 1"

    def hashed(entry_digest: str) -> str:
        return f"SHA256(coalesce(({last}), '{GENESIS}') || {entry_digest})"

    def refuse(words: str) -> str:
        return f"SELECT RAISE(ABORT, '{words}')"

    theirs = f"(SELECT digest FROM {ENTRY} WHERE id = new.entry_id)"
    # INSERT OR REPLACE removes rows without a DELETE: by their key, or by the number SQLite itself gives a row.
    replaced = f"EXISTS (SELECT 1 FROM {ENTRY} WHERE id = new.id OR rowid = new.rowid)"
    wrong = f"new.seq IS NOT {following} OR new.hash IS NOT {hashed(theirs)}"
    made = {
        f"{ENTRY}_chain": (
            f"AFTER INSERT ON {ENTRY} BEGIN INSERT INTO {LINK}(seq, entry_id, hash) "
            f"SELECT {following}, new.id, {hashed('new.digest')}; END"
        ),
        f"{ENTRY}_once": f"BEFORE INSERT ON {ENTRY} WHEN {replaced} BEGIN {refuse(_NEVER)}; END",
        f"{LINK}_own": f"BEFORE INSERT ON {LINK} WHEN {wrong} BEGIN {refuse(_NOT_BY_HAND)}; END",
        f"{ANCHOR}_once": (
            f"BEFORE INSERT ON {ANCHOR} WHEN EXISTS (SELECT 1 FROM {ANCHOR} WHERE id = new.id) "
            f"BEGIN {refuse(_NEVER)}; END"
        ),
    }
    for table in GUARDED:
        for what in ("UPDATE", "DELETE"):
            made[f"{table}_no_{what.lower()}"] = f"BEFORE {what} ON {table} BEGIN {refuse(_NEVER)}; END"
    return {name: f"CREATE TRIGGER {name} {rest}" for name, rest in made.items()}


def _missing_sqlite(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'")
        there = dict(cursor.fetchall())
    return [name for name, statement in _sqlite_triggers().items() if there.get(name) != statement]


def _install_sqlite(connection: BaseDatabaseWrapper) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name, statement in _sqlite_triggers().items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(statement)


# --- PostgreSQL -----------------------------------------------------------------------------------
# Tables by their full names: a temporary table of the same name must not come between.
_FUNCTIONS = f"""
CREATE TABLE IF NOT EXISTS {{schema}}.{NOTE} (entry_id uuid PRIMARY KEY, digest text NOT NULL);
ALTER TABLE {{schema}}.{NOTE} SET UNLOGGED;

CREATE OR REPLACE FUNCTION {{schema}}.audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION '%: {_NEVER}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE OR REPLACE FUNCTION {{schema}}.audit_refuse_link() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION '{_NOT_BY_HAND}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION {{schema}}.audit_note_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO {{schema}}.{NOTE} (entry_id, digest) VALUES (NEW.id, NEW.digest);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION {{schema}}.audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last record;
BEGIN
  PERFORM pg_advisory_xact_lock({LOCK});
  SELECT seq, hash INTO last FROM {{schema}}.{LINK} ORDER BY seq DESC LIMIT 1;
  INSERT INTO {{schema}}.{LINK} (seq, entry_id, hash) VALUES (
    coalesce(last.seq, 0) + 1, NEW.entry_id,
    encode(sha256(convert_to(coalesce(last.hash, '{GENESIS}') || NEW.digest, 'UTF8')), 'hex')
  );
  DELETE FROM {{schema}}.{NOTE} WHERE entry_id = NEW.entry_id;
  RETURN NULL;
END $$;
"""


def _postgres_triggers() -> dict[str, tuple[str, str]]:
    """Name → its table, and the statement that makes it."""
    each = "FOR EACH ROW EXECUTE FUNCTION {schema}."
    last = f"CREATE CONSTRAINT TRIGGER {{name}} AFTER INSERT ON {{table}} DEFERRABLE INITIALLY DEFERRED {each}"
    wanted = [
        (f"{ENTRY}_chain", ENTRY, f"{last}audit_note_down()"),
        (f"{NOTE}_chain", NOTE, f"{last}audit_chain()"),
        (f"{LINK}_own", LINK, f"CREATE TRIGGER {{name}} BEFORE INSERT ON {{table}} {each}audit_refuse_link()"),
    ]
    for table in GUARDED:
        kept, emptied = f"{table}_kept", f"{table}_not_emptied"
        refused = f"CREATE TRIGGER {{name}} BEFORE {{what}} ON {{table}} {each}audit_refuse()"
        wanted.append((kept, table, refused.replace("{what}", "UPDATE OR DELETE")))
        wanted.append((emptied, table, refused.replace("{what}", "TRUNCATE").replace("EACH ROW", "EACH STATEMENT")))
    return {
        name: (table, statement.replace("{name}", name).replace("{table}", table)) for name, table, statement in wanted
    }


def _made_from() -> str:
    statements = _FUNCTIONS + "".join(statement for _table, statement in _postgres_triggers().values())
    return hashlib.blake2b(statements.encode(), digest_size=12).hexdigest()


def _missing_postgres(connection: BaseDatabaseWrapper) -> list[str]:
    """Each trigger bears as its comment what it was made from. 'A': fires in a session of a replica, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, obj_description(t.oid, 'pg_trigger'), tgenabled FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND relname LIKE 'audit%%' "
            "AND pg_table_is_visible(c.oid)"
        )
        there = {name for name, made_from, enabled in cursor if made_from == _made_from() and enabled in ("O", "A")}
    return [name for name in _postgres_triggers() if name not in there]


def _install_postgres(connection: BaseDatabaseWrapper) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        schema = cursor.fetchone()[0]
        cursor.execute(_FUNCTIONS.replace("{schema}", schema))
        for name, (table, statement) in _postgres_triggers().items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            cursor.execute(statement.replace("{schema}", schema))
            cursor.execute(f"COMMENT ON TRIGGER {name} ON {table} IS '{_made_from()}'")
            if name.endswith(("_kept", "_not_emptied")):
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
