"""A PostgreSQL cluster for one run: made in a temporary folder, gone afterwards whatever happens."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from resilience.gate.processes import dies_with_parent
from resilience.gate.tools import find_postgres

NAME = "resilience"
# Nothing here outlives the run, so nothing need reach the disk.
_CONFIGURATION = {
    "listen_addresses": "",  # only the socket in the folder, which is closed to others
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
_PATIENCE = 60  # seconds to come up, and to go down


class PostgresError(RuntimeError):
    """The cluster did not come up; the message ends with what the server said."""


@contextlib.contextmanager
def throwaway_cluster() -> Iterator[str]:
    """Run a new cluster; gives its DATABASE_URL. Raises PostgresError if it does not come up."""
    found = find_postgres()
    if not found:
        raise PostgresError("PostgreSQL is not installed.")
    programs = Path(found)
    identity = _identity()
    # Not tempfile's default: TMPDIR may lie in a folder the server's user cannot enter, and socket paths are short.
    folder = Path(tempfile.mkdtemp(prefix="resilience-pg-", dir="/tmp"))
    try:
        if identity:
            os.chown(folder, identity["user"], identity["group"])
        _make(programs, folder, identity)
        with _running(programs, folder, identity) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _identity() -> dict[str, Any]:
    """Who the server runs as, for subprocess: it refuses to be root, so `postgres` or `nobody` when we are."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise PostgresError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`.")


def _make(programs: Path, folder: Path, identity: dict[str, Any]) -> None:
    """initdb; C.UTF-8 where the system has it, as the letters of `lower()` then include those beyond ASCII."""
    said = ""
    for locale in ("C.UTF-8", "C"):
        made = subprocess.run(
            [
                *(programs / "initdb", "--pgdata", folder / "data", "--username", NAME, "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", locale, "--no-sync", "--no-instructions"),
            ],
            check=False,
            **_quiet(folder),
            **identity,
        )
        if made.returncode == 0:
            return
        said = made.stdout
        shutil.rmtree(folder / "data", ignore_errors=True)
    raise PostgresError(f"initdb failed:\n{said}")


@contextlib.contextmanager
def _running(programs: Path, folder: Path, identity: dict[str, Any]) -> Iterator[str]:
    port = str(20_000 + secrets.randbelow(20_000))  # only names the socket; nothing listens on the network
    log = folder / "server.log"
    options = [part for name, value in _CONFIGURATION.items() for part in ("-c", f"{name}={value}")]
    with log.open("w") as record:
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, "-p", port, *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=record,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGQUIT),
            **identity,
        )
    try:
        _wait_until_up(programs, folder, port, server)
        yield f"postgres://{NAME}@{quote(str(folder), safe='')}:{port}/{NAME}"
    except PostgresError as error:
        raise PostgresError(f"{error}\n{log.read_text(errors='replace')[-2000:]}") from None
    finally:
        _stop(server)


def _wait_until_up(programs: Path, folder: Path, port: str, server: subprocess.Popen[bytes]) -> None:
    """Wait for the server, by making the database: that is the first thing it can be asked for."""
    give_up = time.monotonic() + _PATIENCE
    place = ["--host", str(folder), "--port", port, "--username", NAME]
    create = [str(programs / "createdb"), *place, "--maintenance-db=postgres", NAME]
    while True:
        asked = subprocess.run(create, check=False, **_quiet(folder))
        if asked.returncode == 0:
            return
        if server.poll() is not None:
            raise PostgresError(f"PostgreSQL ended at once with {server.returncode}.")
        if time.monotonic() > give_up:
            raise PostgresError(f"PostgreSQL was not up after {_PATIENCE} s: {asked.stdout}")
        time.sleep(0.1)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown, then immediate, then by force."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            server.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=_PATIENCE / 3)
            return


def _quiet(folder: Path) -> dict[str, Any]:
    """For subprocess.run: in a folder the server's user may enter, all words kept."""
    return {"cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
