"""`python -m tests.benchmarks`: every page against bare Django views, in one run on one machine.

Makes two databases in a temporary place (SQLite files; with --postgres, a PostgreSQL that lives as long as the run),
fills them with 1 thousand and 100 thousand requests and opens the pages as a server would, all middleware included,
page and floor in turns. Prints a table: times the floor, growth from small to large, SQL statements, bytes over the
wire, and which goals are met. It takes about two minutes a database. Nothing else should be running: where that cannot
be had, --cpu counts the time of our own thread only (and so leaves out what a PostgreSQL does).
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from resilience.gate import postgres
from resilience.gate.processes import ROOT, environment, python, run

KEY = "a-key-for-benchmarks-only-of-more-than-forty-characters"


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="resilience-benchmark-")))
        database = f"sqlite:///{folder}/small.sqlite3"
        name = f"{folder}/{{size}}.sqlite3"
        if options.postgres:
            database, name = undo.enter_context(postgres.throwaway_cluster()), "{size}"
        child = python("-m", "django", "benchmark", *_handed_on(options))
        return run(child, _environment(database, name, folder))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgres", action="store_true", help="on a throwaway PostgreSQL instead of SQLite")
    parser.add_argument("--rounds", type=int, default=9, help="medians are of so many rounds (at least 5)")
    parser.add_argument("--calls", type=int, default=9, help="times each page is opened in a round")
    parser.add_argument("--small", type=int, default=1_000, help="requests in the small database")
    parser.add_argument("--large", type=int, default=100_000, help="requests in the large database")
    parser.add_argument("--only", default="", metavar="WORDS", help="only pages whose name contains this")
    parser.add_argument("--cpu", action="store_true", help="processor time instead of the clock's")
    parser.add_argument("--http", action="store_true", help="times from a granian on this machine, its share included")
    parser.add_argument("--profile", action="store_true", help="print where the time of the pages goes instead")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file, too")
    options = parser.parse_args(arguments)
    if options.rounds < 5 or options.calls < 1 or not 300 <= options.small <= options.large:
        parser.error("at least 5 rounds of 1 call, and 300 requests; the large database not smaller than the small")
    return options


def _handed_on(options: argparse.Namespace) -> list[str]:
    numbers = [f"--{name}={getattr(options, name)}" for name in ("rounds", "calls", "small", "large")]
    switches = [f"--{name}" for name in ("cpu", "http", "profile") if getattr(options, name)]
    return [
        *numbers,
        *switches,
        f"--only={options.only}",
        *([f"--json={options.json.resolve()}"] if options.json else []),
    ]


def _environment(database: str, name: str, folder: Path) -> dict[str, str]:
    """A server's settings: collected static files with hashed names, HTTPS cookies, no debugging."""
    return environment(
        DJANGO_SETTINGS_MODULE="tests.benchmarks.settings",
        DATABASE_URL=database,
        BENCHMARK_DATABASE=name,
        PRODUCTION="1",
        SECRET_KEY=KEY,
        FIELD_KEYS="1:" + base64.b64encode(KEY.encode()[:32]).decode(),
        ALLOWED_HOSTS="localhost",
        BEHIND_TLS_PROXY="1",
        PROXY_HOPS="1",
        SITE_URL="https://localhost",
        DUTY_PHONE="0000-110",
        STATIC_ROOT=str(folder / "static"),
        MEDIA_ROOT=str(folder / "media"),
        PYTHONPATH=str(ROOT),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
