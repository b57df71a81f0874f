"""The real data that lies beside the project, not in it: used as the input of tests where it is there.

In CI a test that asks for it fails without it; elsewhere it is skipped and says why.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from resilience.gate.processes import ROOT, in_ci

FOLDER = ROOT.parent / "shared" / "data"


def shared_file(name: str) -> Path:
    """The path of a file of the shared data. Fails the test (CI) or skips it (elsewhere) where there is none."""
    path = FOLDER / name
    if path.is_file():
        return path
    why = f"{path} is not there: this test reads real data that is not part of the project"
    if in_ci():
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def civic_messages() -> Path:
    """2,816 real messages of residents: `id,user,title,submitted_at,text,reply,replied_at`."""
    return shared_file("civic_messages.csv")


@pytest.fixture(scope="session")
def lanzhou_divisions() -> Path:
    """The official divisions of Lanzhou: `code,level,name,parent_code`."""
    return shared_file("lanzhou_divisions.csv")
