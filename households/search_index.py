"""What makes search fast, kept by the database itself: a write costs no extra statement and none can forget it.

SQLite: two FTS5 tables whose tokens are the code points of single characters ('水' is `27700`), so that a phrase of
them is a substring: two-character names, rare characters and `·` alike. Triggers keep them. PostgreSQL: GIN indexes
over the array of single characters. The community is one of the tokens: a look at one place stays cheap in a city.

Installed after every `migrate`, not by a migration: on SQLite the triggers go before Django alters a table, and then
everything is filled anew.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# By name, not from the models: apps.py imports this before they are there.
REQUESTS = "households_servicerequest"
RESIDENTS = "households_resident"
REQUEST_WORDS = "households_request_words"
RESIDENT_WORDS = "households_resident_words"
# The texts a request is found by, apart by a character that no input can hold (inputs.clean_text removes it).
REQUEST_TEXTS = ("person_name", "filer_name", "address", "text")
BLANKS = " \t\n\r\u3000\u00a0"  # left out, of what is searched and of what is searched for


def install(using: str = "default", **_kwargs: Any) -> None:
    """Receiver of post_migrate. Does nothing where everything is in place."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if REQUESTS not in tables or RESIDENTS not in tables:
        return
    {"sqlite": _install_sqlite, "postgresql": _install_postgres}[connection.vendor](connection)


def make_way(using: str = "default", plan: object = (), **_kwargs: Any) -> None:
    """Receiver of pre_migrate: Django alters a table of SQLite by making it anew, and triggers that name it stop it."""
    connection = connections[using]
    if connection.vendor != "sqlite" or not plan:
        return
    with connection.cursor() as cursor:
        for name, statement in _sqlite_objects().items():
            if statement.startswith("CREATE TRIGGER"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def fold(text: str) -> str:
    """As it is indexed: ASCII in lower case, blanks left out. Nothing else, as the databases differ in the rest."""
    return text.translate(_FOLD)


_FOLD: dict[int, int | None] = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}
_FOLD |= dict.fromkeys(map(ord, BLANKS))


# --- SQLite ---------------------------------------------------------------------------------------
def tokens(folded: str) -> str:
    """The phrase that stands for a folded text."""
    return " ".join(str(ord(character)) for character in folded)


def _sqlite_fold(expression: str) -> str:
    for blank in BLANKS:
        expression = f"replace({expression}, char({ord(blank)}), '')"
    return f"lower({expression})"  # without ICU, ASCII only


def _sqlite_tokens(expression: str) -> str:
    """`tokens(fold(…))` in SQL: json_each over an array as long as the text counts its characters."""
    array = "'[' || substr(replace(hex(zeroblob(length(d.t))), '00', ',0'), 2) || ']'"
    return (
        f"coalesce((SELECT group_concat(unicode(substr(d.t, j.key + 1, 1)), ' ') "
        f"FROM (SELECT {_sqlite_fold(expression)} AS t) AS d, json_each({array}) AS j), '')"
    )


def _request_text(row: str) -> str:
    return " || char(31) || ".join(f"{row}.{column}" for column in REQUEST_TEXTS)


def _sqlite_objects() -> dict[str, str]:
    """Name → the statement that makes it, as sqlite_master repeats it."""
    w, r, s, h = REQUEST_WORDS, REQUESTS, RESIDENT_WORDS, "households_household"
    community = f"(SELECT community_id FROM {h} WHERE id = new.household_id)"
    old, new = _request_text("old"), _request_text("new")
    forget = (
        f"INSERT INTO {w}({w}, rowid, community, doc) "
        f"VALUES ('delete', old.id, old.community_id, {_sqlite_tokens(old)})"
    )
    learn = f"INSERT INTO {w}(rowid, community, doc) VALUES (new.id, new.community_id, {_sqlite_tokens(new)})"
    meet = f"INSERT INTO {s}(rowid, community, doc) VALUES (new.id, {community}, {_sqlite_tokens('new.name')})"
    part = f"DELETE FROM {s} WHERE rowid = old.id"
    theirs = f"SELECT id FROM {RESIDENTS} WHERE household_id = new.id"
    moved = f"UPDATE {s} SET community = new.community_id WHERE rowid IN ({theirs})"
    changed = f"({old}) IS NOT ({new}) OR old.community_id IS NOT new.community_id"
    return {
        # Contentless: what a request says is not stored twice.
        w: f"CREATE VIRTUAL TABLE {w} USING fts5(community, doc, content='', tokenize='ascii')",
        s: f"CREATE VIRTUAL TABLE {s} USING fts5(community, doc, tokenize='ascii')",
        f"{w}_insert": f"CREATE TRIGGER {w}_insert AFTER INSERT ON {r} BEGIN {learn}; END",
        f"{w}_update": (
            f"CREATE TRIGGER {w}_update AFTER UPDATE OF {', '.join(REQUEST_TEXTS)}, community_id ON {r} "
            f"WHEN {changed} BEGIN {forget}; {learn}; END"
        ),
        f"{w}_delete": f"CREATE TRIGGER {w}_delete AFTER DELETE ON {r} BEGIN {forget}; END",
        f"{s}_insert": f"CREATE TRIGGER {s}_insert AFTER INSERT ON {RESIDENTS} BEGIN {meet}; END",
        f"{s}_update": (
            f"CREATE TRIGGER {s}_update AFTER UPDATE OF name, household_id ON {RESIDENTS} "
            f"WHEN old.name IS NOT new.name OR old.household_id IS NOT new.household_id BEGIN {part}; {meet}; END"
        ),
        f"{s}_delete": f"CREATE TRIGGER {s}_delete AFTER DELETE ON {RESIDENTS} BEGIN {part}; END",
        f"{s}_moved": (
            f"CREATE TRIGGER {s}_moved AFTER UPDATE OF community_id ON {h} "
            f"WHEN old.community_id IS NOT new.community_id BEGIN {moved}; END"
        ),
    }


def _install_sqlite(connection: BaseDatabaseWrapper) -> None:
    wanted = _sqlite_objects()
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'households%words%'")
        there = dict(cursor.fetchall())
        if all(there.get(name) == statement for name, statement in wanted.items()):
            return
        for name in reversed(wanted):
            if name in there:
                cursor.execute(f"DROP {'TABLE' if name in (REQUEST_WORDS, RESIDENT_WORDS) else 'TRIGGER'} {name}")
        for statement in wanted.values():
            cursor.execute(statement)
        cursor.execute(
            f"INSERT INTO {REQUEST_WORDS}(rowid, community, doc) "
            f"SELECT r.id, r.community_id, {_sqlite_tokens(_request_text('r'))} FROM {REQUESTS} AS r"
        )
        cursor.execute(
            f"INSERT INTO {RESIDENT_WORDS}(rowid, community, doc) "
            f"SELECT p.id, h.community_id, {_sqlite_tokens('p.name')} FROM {RESIDENTS} AS p "
            f"JOIN households_household AS h ON h.id = p.household_id"
        )


# --- PostgreSQL -----------------------------------------------------------------------------------
# Only built-in functions inside, so that a dump restores whatever the search path. In PL/pgSQL, which the planner does
# not look into: it must believe the COST. Without, it takes the folding of a text to be next to nothing and reads the
# whole table rather than the index. `lower` by the collation "C" knows ASCII only.
_PG_FOLD = r"""
CREATE OR REPLACE FUNCTION resilience_fold(text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS
$$ BEGIN RETURN replace(replace(replace(replace(replace(replace(
lower($1 COLLATE "C"), ' ', ''), E'\t', ''), E'\n', ''), E'\r', ''), E'\u3000', ''), E'\u00a0', ''); END $$
"""
PG_REQUEST_DOC = f"resilience_fold({' || chr(31) || '.join(REQUEST_TEXTS)})"
PG_REQUEST_CHARS = f"(string_to_array({PG_REQUEST_DOC}, NULL) || ('c' || community_id::text))"
PG_RESIDENT_DOC = "resilience_fold(name)"
PG_RESIDENT_CHARS = f"string_to_array({PG_RESIDENT_DOC}, NULL)"
# New entries wait in a list that every search reads from end to end until a vacuum comes. By default it grows to 4 MB,
# some thousand requests: then reading the table is cheaper. 256 kB are fifty requests, and sorted in within some ms.
_PG_WAITING = "fastupdate = on, gin_pending_list_limit = 256"


def _postgres_objects() -> dict[str, str]:
    """Name of the index → the statement that makes it."""
    return {
        name: f"CREATE INDEX {name} ON {table} USING gin (({characters})) WITH ({_PG_WAITING})"
        for name, table, characters in (
            (REQUEST_WORDS, REQUESTS, PG_REQUEST_CHARS),
            (RESIDENT_WORDS, RESIDENTS, PG_RESIDENT_CHARS),
        )
    }


def _install_postgres(connection: BaseDatabaseWrapper) -> None:
    """Each index bears as its comment what it was made from: made otherwise, it is made anew."""
    wanted = _postgres_objects()
    made_from = {name: _digest(_PG_FOLD + statement) for name, statement in wanted.items()}
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class "
            "WHERE relname = ANY(%s) AND pg_table_is_visible(oid)",
            [list(wanted)],
        )
        there = dict(cursor.fetchall())
        if there == made_from:
            return
        for name in there:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(_PG_FOLD)
        for name, statement in wanted.items():
            cursor.execute(statement)
            cursor.execute(f"COMMENT ON INDEX {name} IS '{made_from[name]}'")


def _digest(statements: str) -> str:
    return hashlib.blake2b(statements.encode(), digest_size=12).hexdigest()
