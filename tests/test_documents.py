"""What a newcomer reads is true: files are there, commands exist, every setting is explained in both languages."""

from __future__ import annotations

import re
import stat
import tomllib

import pytest
from django.core.management import get_commands

from resilience import bootstrap
from resilience.gate.processes import ROOT, variables

pytestmark = pytest.mark.once

READMES = ["README.md", "README.zh-hans.md"]
ENVIRONMENT_ONLY = {"RESILIENCE_NO_SETUP", "ENV_FILE"}  # read by the bootstrap and before the settings


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READMES)
def test_it_explains_every_setting_and_no_other(name: str) -> None:
    table = [line.split("|")[1] for line in text(name).splitlines() if line.startswith("| `")]
    explained = {word for cell in table for word in re.findall(r"`([A-Z][A-Z_]+)`", cell)}
    assert explained == variables() | ENVIRONMENT_ONLY


@pytest.mark.parametrize("name", READMES)
def test_it_names_only_files_that_are_there(name: str) -> None:
    named = re.findall(r"`((?:resilience|households|templates|tests|\.ci)/[\w./-]*)`", text(name))
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_it_names_only_commands_that_are_there(name: str) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", text(name)))
    assert {"demo", "test", "work"} <= named
    assert named <= set(get_commands())


def test_both_readmes_say_the_same_things() -> None:
    outlines = [re.findall(r"^(#+|```|\|)", text(name), re.MULTILINE) for name in READMES]
    assert outlines[0] == outlines[1]


def test_the_changelog_speaks_to_each_of_its_readers() -> None:
    newest = text("CHANGELOG.md").split("\n## ")[1]
    assert re.findall(r"^### (.+)", newest, re.MULTILINE) == [
        "Residents",
        "Grid workers",
        "Community staff",
        "Operators",
        "Developers",
    ]


def test_the_licence_is_whole() -> None:
    licence = text("LICENSE")
    assert "Apache License" in licence
    assert "Grant of Patent License" in licence
    assert "Copyright 2026 The Resilience contributors" in licence
    assert "[yyyy]" not in licence


def test_ci_runs_the_command_of_the_readme() -> None:
    script = text(".ci/run")
    assert "set -euo pipefail" in script
    assert "python3 manage.py test" in script
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR
    assert "bash .ci/run" in text(".github/workflows/ci.yml")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-postgres.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line.strip() for line in text(name).splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    pinned = [line for line in wanted if re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9][0-9.]*", line)]
    assert wanted == pinned


def test_the_tools_expect_the_oldest_python_we_support() -> None:
    tools = tomllib.loads(text("pyproject.toml"))["tool"]
    oldest = bootstrap.OLDEST
    assert tools["mypy"]["python_version"] == "{}.{}".format(*oldest)
    assert tools["ruff"]["target-version"] == "py{}{}".format(*oldest)
