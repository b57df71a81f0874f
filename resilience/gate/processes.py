"""Children of the gate: started with a known environment, ended with everything they started."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST = 40 * 60  # seconds; a step that takes longer hangs
_SETTINGS_FILE = ROOT / "resilience" / "settings.py"
# None of a developer's own settings may decide whether the tests pass.
_OURS = {
    "PRODUCTION": "0",
    "DEBUG": "0",
    "DATABASE_URL": "sqlite://:memory:",
    "DJANGO_SETTINGS_MODULE": "resilience.settings",
    "ENV_FILE": os.devnull,  # no `.env`
    "PYTHONUNBUFFERED": "1",
}
_PR_SET_PDEATHSIG = 1


def in_ci() -> bool:
    """Whether this is a build machine, where nothing may be left out."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def variables() -> set[str]:
    """The names of all environment variables that settings.py reads."""
    return set(re.findall(r"""\benv\.\w+\(\s*["']([A-Z_]+)""", _SETTINGS_FILE.read_text(encoding="utf-8")))


def environment(**changes: str) -> dict[str, str]:
    """The environment of a child: ours without the developer's own settings, with `changes` on top."""
    own = variables()
    kept = {name: value for name, value in os.environ.items() if name not in own}
    return {**kept, **_OURS, **changes}


def python(*arguments: str) -> list[str]:
    """A command line that runs this very Python: `python("-m", "ruff", "check")`."""
    return [sys.executable, *arguments]


def dies_with_parent(number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """A `preexec_fn` after which the child gets a signal when we die, however we die; None where the system has none.

    It comes after the child has changed its user, which would undo it, so it is no use with setuid programs.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number))

    return ask


def run(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> int:
    """Run a command, its output on our own; the exit code. Whatever ends us ends it and all that it started."""
    sys.stdout.flush()
    child = subprocess.Popen(
        command, cwd=cwd, env=env or environment(), start_new_session=True, preexec_fn=dies_with_parent()
    )
    try:
        return child.wait(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        sys.stdout.write(f"Stopped: {command[0]} took more than {LONGEST // 60} minutes.\n")
        return 124
    finally:
        _end_group(child)


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Ask the child's whole group to end, then make it; a no-op when it has ended by itself."""
    for number, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=patience)
            return
