"""The gate itself: it goes on to the end, leaves nothing out in CI, and leaves no process behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from resilience.gate import checks, postgres, processes, steps, suites, tools
from resilience.gate.steps import Outcome, State, Step
from resilience.gate.tools import Tool

pytestmark = pytest.mark.once


def step(name: str, state: State, note: str = "") -> Step:
    return Step(name, f"The {name}", lambda: Outcome(state, note))


def eventually(true: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it becomes true in time."""
    give_up = time.monotonic() + seconds
    while not true() and time.monotonic() < give_up:
        time.sleep(0.05)
    return true()


def alive(pid: int) -> bool:
    """Whether a process runs (one that has ended and waits to be asked about it does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


# --- steps --------------------------------------------------------------------------------------------
def test_it_goes_on_after_a_failure_and_sums_up() -> None:
    said = StringIO()
    row = [step("one", State.PASSED), step("two", State.FAILED, "exit code 3"), step("three", State.PASSED)]
    records = steps.run_all(row, said.write)
    assert [record.outcome.state for record in records] == [State.PASSED, State.FAILED, State.PASSED]
    assert not steps.is_open(records)
    closing = steps.summary(records)
    assert "The two" in closing
    assert "exit code 3" in closing
    assert "The gate is shut: two." in closing
    assert "2/3  The two" in said.getvalue()


def test_it_opens_when_all_passed() -> None:
    records = steps.run_all([step("one", State.PASSED)], StringIO().write)
    assert steps.is_open(records)
    assert "The gate is open: 1 steps" in steps.summary(records)


def test_it_says_loudly_what_was_left_out() -> None:
    records = steps.run_all([step("one", State.PASSED), step("two", State.SKIPPED, "no tool")], StringIO().write)
    assert steps.is_open(records)
    assert "NOT CHECKED HERE: two." in steps.summary(records)


def test_it_stays_shut_when_nothing_was_run() -> None:
    assert not steps.is_open([])


@pytest.mark.parametrize(("ci", "state"), [("true", State.FAILED), ("1", State.FAILED), ("", State.SKIPPED)])
def test_it_leaves_nothing_out_in_ci(monkeypatch: pytest.MonkeyPatch, ci: str, state: State) -> None:
    monkeypatch.setenv("CI", ci)
    assert Outcome.skipped("no tool").state is state


def test_an_exit_code_is_an_outcome() -> None:
    assert Outcome.of(0).state is State.PASSED
    assert Outcome.of(2) == Outcome(State.FAILED, "exit code 2")


def test_no_test_at_all_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "run", lambda *_arguments: 5)
    assert suites.on_sqlite([]) == Outcome(State.FAILED, "no test was found")


def names(row: list[Step]) -> list[str]:
    return [found.name for found in row]


def test_it_chooses_its_suites() -> None:
    assert names(suites.steps()) == ["sqlite", "postgres", "browser"]
    assert names(suites.steps(fast=True)) == ["sqlite"]
    assert names(suites.steps(["tests/test_gate.py"])) == ["sqlite", "postgres"]


def test_the_long_runs_try_as_many_cases_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[list[str], dict[str, str]]] = []

    def instead(command: list[str], env: dict[str, str]) -> int:
        ran.append((command, env))
        return 0

    monkeypatch.setattr(suites, "run", instead)
    assert names(suites.long_steps()) == ["sqlite", "postgres"]
    (alone,) = suites.long_steps(fast=True)
    assert alone.run() == Outcome(State.PASSED)
    ((command, env),) = ran
    assert (env["FUZZ"], env["STEPS"], env["TAMPERINGS"]) == ("100000", "100000", "20000")
    files = [Path(processes.ROOT, part) for part in command if part.startswith("tests/")]
    assert files
    assert all(file.exists() for file in files)


# --- the command --------------------------------------------------------------------------------------
@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the steps that the command would have run."""
    seen: list[str] = []

    def instead(row: list[Step], _write: object) -> list[steps.Record]:
        seen.extend(names(row))
        return [steps.Record(found, Outcome(State.PASSED), 0) for found in row]

    monkeypatch.setattr("resilience.management.commands.test.run_all", instead)
    monkeypatch.setattr(signal, "signal", lambda *_arguments: None)
    return seen


def test_the_command_runs_everything(ran: list[str]) -> None:
    call_command("test", stdout=StringIO())
    assert ran == [*names(list(checks.STEPS)), "sqlite", "postgres", "browser"]


def test_the_command_can_be_fast(ran: list[str]) -> None:
    call_command("test", fast=True, stdout=StringIO())
    assert "postgres" not in ran
    assert "browser" not in ran
    assert "sqlite" in ran


def test_the_command_takes_paths_and_options_of_pytest(ran: list[str]) -> None:
    call_command("test", "tests/test_gate.py", "--", "-x", stdout=StringIO())
    assert ran == ["sqlite", "postgres"]


def test_the_command_can_take_long(ran: list[str]) -> None:
    call_command("test", long=True, stdout=StringIO())
    assert ran == ["sqlite", "postgres"]
    with pytest.raises(CommandError, match="--long says itself"):
        call_command("test", "tests/test_gate.py", "--long", stdout=StringIO())


def test_the_command_takes_single_steps(ran: list[str]) -> None:
    call_command("test", "--only", "types", "--only", "style", stdout=StringIO())
    assert ran == ["style", "types"]


@pytest.mark.usefixtures("ran")
def test_the_command_knows_its_steps() -> None:
    with pytest.raises(CommandError, match="No step typos"):
        call_command("test", "--only", "typos", stdout=StringIO())


def test_the_command_fails_when_a_step_does(monkeypatch: pytest.MonkeyPatch, ran: list[str]) -> None:
    failed = [steps.Record(step("one", State.FAILED), Outcome(State.FAILED), 0)]
    monkeypatch.setattr("resilience.management.commands.test.run_all", lambda *_arguments: failed)
    with pytest.raises(SystemExit) as left:
        call_command("test", stdout=StringIO())
    assert left.value.code == 1
    assert ran == []


# --- the environment of its children ------------------------------------------------------------------
def test_no_setting_of_a_developer_reaches_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PRODUCTION": "1", "DUTY_PHONE": "1", "DATABASE_URL": "postgres://x", "OTHER": "kept"}.items():
        monkeypatch.setenv(name, value)
    env = processes.environment(SECRET_KEY="theirs")
    assert env["PRODUCTION"] == "0"
    assert "DUTY_PHONE" not in env
    assert env["DATABASE_URL"].startswith("sqlite")
    assert env["SECRET_KEY"] == "theirs"
    assert env["OTHER"] == "kept"


def test_it_knows_what_the_settings_read() -> None:
    assert {"PRODUCTION", "SECRET_KEY", "FIELD_KEYS", "ALLOWED_HOSTS", "DATABASE_URL"} <= processes.variables()


# --- tools --------------------------------------------------------------------------------------------
def test_it_installs_only_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def refuse(packages: list[str]) -> bool:
        asked.append(packages)
        return False

    monkeypatch.setattr(tools, "apt_install", refuse)
    here, gone = Tool("here", "here-package", lambda: "/bin/here"), Tool("gone", "gone-package", lambda: "")
    assert tools.need(here) == ""
    assert asked == []
    assert "gone not found; on Debian or Ubuntu: apt-get install gone-package" in tools.need(here, gone)
    assert asked == [["gone-package"]]


def test_it_takes_no_postgres_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "_major", lambda _folder: 13)
    assert tools.find_postgres() == ""


def test_it_uses_the_browser_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert tools.find_chromium() == sys.executable


# --- children -----------------------------------------------------------------------------------------
CHILD = (
    "import subprocess, sys; p = subprocess.Popen(['sleep', '300']); open(sys.argv[1], 'w').write(str(p.pid)); p.wait()"
)


def test_it_ends_what_takes_too_long_with_all_it_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "LONGEST", 1)
    noted = tmp_path / "pid"
    assert processes.run([sys.executable, "-c", CHILD, str(noted)]) == 124
    assert eventually(lambda: not alive(int(noted.read_text())))


def test_it_hands_on_the_exit_code() -> None:
    assert processes.run([sys.executable, "-c", "raise SystemExit(7)"]) == 7


# --- PostgreSQL ---------------------------------------------------------------------------------------
HOLD = """
import signal, sys, time
from resilience.management.commands.test import _end_properly_when_told_to
from resilience.gate.postgres import throwaway_cluster
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has it ignored
_end_properly_when_told_to()
with throwaway_cluster() as url:
    print(url, flush=True)
    time.sleep(300)
"""


@pytest.fixture
def _server_programs() -> None:
    lack = tools.need(tools.POSTGRES)
    if lack and processes.in_ci():
        pytest.fail(lack)
    if lack:
        pytest.skip(lack)


def socket_of(url: str) -> Path:
    """The socket that a cluster listens on: it is there while the server runs."""
    place = url.split("@")[1].rpartition("/")[0]
    folder, _, port = place.replace("%2F", "/").rpartition(":")
    return Path(folder) / f".s.PGSQL.{port}"


def server_of(url: str) -> int:
    return int((socket_of(url).parent / "data" / "postmaster.pid").read_text().split()[0])


@pytest.mark.usefixtures("_server_programs")
def test_it_has_a_database_of_its_own_for_as_long_as_it_needs() -> None:
    with postgres.throwaway_cluster() as url:
        assert psycopg.connect(url).execute("SELECT 1").fetchone() == (1,)
        server = server_of(url)
        assert alive(server)
    assert not alive(server)
    assert not socket_of(url).parent.exists()


@pytest.mark.usefixtures("_server_programs")
def test_the_database_goes_when_the_run_fails() -> None:
    seen: list[tuple[int, Path]] = []

    def fail() -> None:
        with postgres.throwaway_cluster() as url:
            seen.append((server_of(url), socket_of(url).parent))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    ((server, folder),) = seen
    assert not alive(server)
    assert not folder.exists()


@pytest.mark.usefixtures("_server_programs")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_database_goes_when_the_run_is_killed(number: int) -> None:
    held = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=processes.ROOT
    )
    assert held.stdout
    url = held.stdout.readline().strip()
    server = server_of(url)
    os.kill(held.pid, number)
    held.wait(timeout=300)
    held.stdout.close()
    assert eventually(lambda: not alive(server))
    folder = socket_of(url).parent
    if number == signal.SIGKILL:  # nobody was left to tidy up
        shutil.rmtree(folder)
    assert not folder.exists()


def test_it_says_why_the_database_did_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_postgres", lambda: "")
    with pytest.raises(postgres.PostgresError, match="not installed"), postgres.throwaway_cluster():
        pass
