"""The steps that run tests: pytest on SQLite, on PostgreSQL, and in a browser."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence

from resilience.gate import postgres, tools
from resilience.gate.processes import environment, python, run
from resilience.gate.steps import Outcome, State, Step

BROWSER = "tests/browser"
WORKERS = "2"  # the machine has two cores
_NO_TEST = 5  # pytest's exit code for "nothing was collected"
_EVERYTHING_ELSE = ("tests", f"--ignore={BROWSER}")
_WITH_DATABASE = ("-m", "not slow and not once")
# What tries many cases, and how many of each in its long form: an hour and a half on two cores for both databases.
_LONG = ("tests/reliability/test_fuzz.py", "tests/households/test_lifecycle.py", "tests/audit/test_tampering.py")
_SIZES = {"FUZZ": "100000", "STEPS": "100000", "TAMPERINGS": "20000"}


def on_sqlite(arguments: Sequence[str], **sizes: str) -> Outcome:
    """The tests on SQLite, in files of their own (see tests/conftest.py)."""
    return _pytest(arguments, environment(**sizes))


def on_postgres(arguments: Sequence[str], **sizes: str) -> Outcome:
    """The same tests on a PostgreSQL that lives as long as they do, but for those that touch no database."""
    lack = tools.need(tools.POSTGRES)
    if lack:
        return Outcome.skipped(lack)
    try:
        with postgres.throwaway_cluster() as url:
            return _pytest(arguments, environment(DATABASE_URL=url, **sizes))
    except postgres.PostgresError as error:
        sys.stdout.write(f"{error}\n")
        return Outcome(State.FAILED, "PostgreSQL did not start")


def in_browser(arguments: Sequence[str]) -> Outcome:
    """The journeys in Chromium; once, as what they test does not depend on the database."""
    lack = tools.need(tools.CHROMIUM, tools.CHINESE_FONT)
    if lack:
        return Outcome.skipped(lack)
    return _pytest(arguments, environment(CHROMIUM=tools.find_chromium()))


def _pytest(arguments: Sequence[str], env: dict[str, str]) -> Outcome:
    returncode = run(python("-m", "pytest", "-q", "-n", WORKERS, *arguments), env)
    return Outcome.of(returncode, "no test was found" if returncode == _NO_TEST else "")


def steps(arguments: Sequence[str] = (), fast: bool = False) -> list[Step]:
    """The test steps; with `arguments` (paths, pytest options) these replace what would be run, browser tests too."""
    chosen = list(arguments) or list(_EVERYTHING_ELSE)
    found = [Step("sqlite", "Tests on SQLite", functools.partial(on_sqlite, chosen))]
    if not fast:
        again = chosen if arguments else [*chosen, *_WITH_DATABASE]
        found.append(Step("postgres", "Tests on PostgreSQL", functools.partial(on_postgres, again)))
    if not fast and not arguments:
        found.append(Step("browser", "Tests in a browser", functools.partial(in_browser, [BROWSER])))
    return found


def long_steps(fast: bool = False) -> list[Step]:
    """The tests that try many cases, with as many as an evening allows; for one's own machine."""
    found = [Step("sqlite", "Long runs on SQLite", functools.partial(on_sqlite, _LONG, **_SIZES))]
    if not fast:
        found.append(Step("postgres", "Long runs on PostgreSQL", functools.partial(on_postgres, _LONG, **_SIZES)))
    return found
