"""What `docs/security/practice.md` says is what the code does."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from households import reference, sign_in
from households.viewer import ADMINISTRATOR
from resilience import urls
from resilience.accounts import confirming, limits
from resilience.gate.processes import ROOT
from tests.security.test_asvs import is_there

pytestmark = pytest.mark.once

PRACTICE = (ROOT / "docs" / "security" / "practice.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\|[^|]+\| ([0-9]+)(?: in ([0-9]+) minutes)? \| `([\w.]+)` \|$", re.MULTILINE)


def value_of(dotted: str) -> object:
    if dotted.startswith("settings."):
        return getattr(settings, dotted.removeprefix("settings."))
    module, _dot, name = dotted.rpartition(".")
    return reduce(getattr, [name], import_module(module))


def test_every_limit_is_the_codes_own() -> None:
    rows = _ROW.findall(PRACTICE)
    assert len(rows) >= 25
    for most, minutes, name in rows:
        value = value_of(name)
        if isinstance(value, limits.Limit):
            assert (int(most), timedelta(minutes=int(minutes or 0))) == (value.most, value.per), name
        else:
            assert (int(most), minutes) == (value, ""), name


def test_no_counted_limit_is_left_out() -> None:
    urls.urlpatterns  # noqa: B018 - which reads every module that answers a page
    modules = [module for name, module in sys.modules.items() if name.startswith(("resilience.", "households."))]
    counted = {value.name for module in modules for value in vars(module).values() if isinstance(value, limits.Limit)}
    said = [value_of(name) for _most, _minutes, name in _ROW.findall(PRACTICE)]
    assert len(counted) > 20
    assert counted == {value.name for value in said if isinstance(value, limits.Limit)}


def test_a_session_is_as_long_as_it_says() -> None:
    assert f"A session: {timedelta(seconds=settings.SESSION_COOKIE_AGE).total_seconds() / 3600:.0f} hours" in PRACTICE


def _cells(section: str) -> list[list[str]]:
    text = PRACTICE.partition(f"## {section}.")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


def test_each_role_signs_in_as_it_says() -> None:
    said = {role: rest for who, *rest in _cells("2")[2:] for role in who.split(", ")}
    rules = {**sign_in.BY_ROLE, ADMINISTRATOR: sign_in.ADMINISTRATOR}
    assert set(rules) == set(said)
    for role, (factor, idle, whole) in said.items():
        assert factor == ("needed" if rules[role].needs_second_factor else "may have one"), role
        assert (_span(idle), _span(whole)) == (rules[role].idle, rules[role].whole), role
    fresh = confirming.FRESH.total_seconds() / 60
    assert f"longer ago than {fresh:.0f} minutes" in PRACTICE


def _span(words: str) -> timedelta:
    number, unit = words.split()
    return timedelta(**{unit: int(number)})


def test_openings_are_told_from_the_number_it_says() -> None:
    said = {who: int(number) for who, number in _cells("12")[2:]}
    by_role = {str(role): told for role, (told, _stopped) in reference.OPENING_LIMITS.items()}
    assert said == {**by_role, ADMINISTRATOR: reference.LEAST_TRUSTED[0]}


def test_it_lists_every_package_we_are_made_of() -> None:
    inventory = PRACTICE.partition("## 10.")[2].partition("## 11.")[0]
    listed = re.findall(r"^\| ([\w-]+) \| [^|]+ \| [^|]+ \|$", inventory, re.MULTILINE)
    pinned = []
    for name in ("requirements.txt", "requirements-postgres.txt"):
        pinned += re.findall(r"^([\w-]+)(?:\[[^]]*\])?==", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in listed if name != "package"] == pinned


FOLDER = ROOT / "docs" / "security"
DOCUMENTS = sorted([*FOLDER.glob("*.md"), *ROOT.glob("SECURITY*.md")])
_NODE = re.compile(r"`(tests/[\w/]+\.py(?:::\w+)*)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_what_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:resilience|households|templates|tests|docs)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([\w./-]+)\)", text):
        assert (document.parent / link).exists(), link
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= set(get_commands())
    for node in _NODE.findall(text):
        assert is_there(node) if "::" in node else (ROOT / node).exists(), node


@pytest.mark.parametrize(
    "document", [each for each in DOCUMENTS if ".zh-hans" in each.name], ids=lambda path: path.name
)
def test_both_languages_say_the_same_things(document: Path) -> None:
    ours = document.read_text(encoding="utf-8")
    theirs = document.with_name(document.name.replace(".zh-hans", "")).read_text(encoding="utf-8")
    shape = re.compile(r"^(#+ |```|\||\d+\. |- \*\*)", re.MULTILINE)
    assert shape.findall(ours) == shape.findall(theirs)
    same = re.compile(r"`[^`\n]+`|\b[TPA]\d+\b|CVSS \d|\b\d{2,}\b(?= ?(?:天|days|位|bits))")
    assert [each for each in same.findall(ours) if each.startswith("`tests/") or each[0] in "TPA"] == [
        each for each in same.findall(theirs) if each.startswith("`tests/") or each[0] in "TPA"
    ]


def test_each_threat_has_its_number_once_and_a_proof() -> None:
    text = (FOLDER / "threat-model.md").read_text(encoding="utf-8")
    threats = re.findall(r"^\| (T\d+) \|.*\| ([^|]*) \|$", text, re.MULTILINE)
    assert [name for name, _proof in threats] == [f"T{number}" for number in range(1, len(threats) + 1)]
    assert len(threats) >= 30
    assert [name for name, proof in threats if not _NODE.search(proof)] == []


def test_every_actor_does_something_and_every_asset_is_named_once() -> None:
    text = (FOLDER / "threat-model.md").read_text(encoding="utf-8")
    before, _heading, table = text.partition("## Threats, and what holds them")
    for number in range(1, 13):
        assert re.search(rf"^\| P{number} ", before, re.MULTILINE)
        assert re.search(rf"\bP{number}\b", table.partition("## What remains")[0]), number


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_nothing_is_promised_for_later(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert re.findall(r"\bbranch(?:es)?\b|being built|not yet|planned|正在做|分支|还没|计划", text) == []
