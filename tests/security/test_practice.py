"""What `docs/security/practice.md` says is what the code does."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import reduce
from importlib import import_module

import pytest
from django.conf import settings
from django.core.management import get_commands

from resilience.gate.processes import ROOT

pytestmark = pytest.mark.once

PRACTICE = (ROOT / "docs" / "security" / "practice.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\|[^|]+\| ([0-9]+) \| `([\w.]+)` \|$", re.MULTILINE)


def value_of(dotted: str) -> object:
    if dotted.startswith("settings."):
        return getattr(settings, dotted.removeprefix("settings."))
    module, _dot, name = dotted.rpartition(".")
    return reduce(getattr, [name], import_module(module))


def test_every_limit_is_the_codes_own() -> None:
    rows = _ROW.findall(PRACTICE)
    assert len(rows) >= 20
    wrong = {name: (said, value_of(name)) for said, name in rows if int(said) != value_of(name)}
    assert not wrong


def test_no_counted_limit_is_left_out() -> None:
    """Whatever is given to `limit=` or counted by `hit_all` stands in the table."""
    said = {name.rpartition(".")[2] for _figure, name in _ROW.findall(PRACTICE)}
    used = set()
    for path in [*ROOT.glob("households/**/*.py"), *ROOT.glob("resilience/**/*.py")]:
        source = path.read_text(encoding="utf-8")
        if "import limits" in source or "import hit" in source:
            used |= set(re.findall(r"limit=([A-Z_]+)", source))
            used |= set(re.findall(r'\("[\w.]+", [^()]*, ([A-Z][A-Z_]+)\)', source))
    assert len(used) >= 7
    assert used <= said


def test_a_session_is_as_long_as_it_says() -> None:
    assert f"A session: {timedelta(seconds=settings.SESSION_COOKIE_AGE).total_seconds() / 3600:.0f} hours" in PRACTICE


def test_it_lists_every_package_we_are_made_of() -> None:
    inventory = PRACTICE.partition("## 10.")[2].partition("## 11.")[0]
    listed = re.findall(r"^\| ([\w-]+) \| [^|]+ \| [^|]+ \|$", inventory, re.MULTILINE)
    pinned = []
    for name in ("requirements.txt", "requirements-postgres.txt"):
        pinned += re.findall(r"^([\w-]+)(?:\[[^]]*\])?==", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in listed if name != "package"] == pinned


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "docs" / "security").glob("*.md")))
def test_documents_name_only_what_is_there(name: str) -> None:
    text = (ROOT / "docs" / "security" / name).read_text(encoding="utf-8")
    for path in re.findall(r"`((?:resilience|households|templates|tests|docs)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([\w./-]+)\)", text):
        assert (ROOT / "docs" / "security" / link).exists(), link
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= set(get_commands())
    for node in re.findall(r"`(tests/[\w./]+\.py)::", text):
        assert (ROOT / node).exists(), node
