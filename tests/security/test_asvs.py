"""`docs/security/asvs.csv` is whole and true: every requirement once, every test it names is there."""

from __future__ import annotations

import ast
import csv
import re
from functools import cache

import pytest

from resilience.gate.processes import ROOT

pytestmark = pytest.mark.once

# Of OWASP ASVS 5.0.0 (tag v5.0.0_release, commit 5cf9b032), CC BY-SA 4.0: the level of each requirement of a section,
# in their order. So "V1.5": "123" says that V1.5.1 is of level 1, V1.5.2 of level 2 and V1.5.3 of level 3.
LEVELS = {
    "V1.1": "22", "V1.2": "1111122223", "V1.3": "112222222223", "V1.4": "222", "V1.5": "123", "V2.1": "122",
    "V2.2": "112", "V2.3": "12223", "V2.4": "23", "V3.1": "3", "V3.2": "113", "V3.3": "12223", "V3.4": "11222233",
    "V3.5": "11122333", "V3.6": "3", "V3.7": "22333", "V4.1": "12233", "V4.2": "23333", "V4.3": "22", "V4.4": "1222",
    "V5.1": "2", "V5.2": "112333", "V5.3": "113", "V5.4": "222", "V6.1": "122", "V6.2": "111111112222",
    "V6.3": "11223333", "V6.4": "112233", "V6.5": "22222333", "V6.6": "2223", "V6.7": "33", "V6.8": "2222",
    "V7.1": "222", "V7.2": "1111", "V7.3": "22", "V7.4": "11222", "V7.5": "223", "V7.6": "22", "V8.1": "1233",
    "V8.2": "1123", "V8.3": "133", "V8.4": "23", "V9.1": "111", "V9.2": "1222", "V10.1": "22", "V10.2": "223",
    "V10.3": "22223", "V10.4": "1111122222233333", "V10.5": "22222", "V10.6": "22", "V10.7": "222", "V11.1": "2233",
    "V11.2": "22233", "V11.3": "11233", "V11.4": "1222", "V11.5": "23", "V11.6": "23", "V11.7": "33",
    "V12.1": "12233", "V12.2": "11", "V12.3": "22223", "V13.1": "2333", "V13.2": "222223", "V13.3": "2233",
    "V13.4": "1222233", "V14.1": "22", "V14.2": "12223333", "V14.3": "122", "V15.1": "12233", "V15.2": "12233",
    "V15.3": "1222222", "V15.4": "3333", "V16.1": "2", "V16.2": "22222", "V16.3": "2222", "V16.4": "222",
    "V16.5": "2223", "V17.1": "23", "V17.2": "22223333", "V17.3": "22",
}  # fmt: skip
COLUMNS = ["id", "chapter", "level", "requirement", "applies", "how", "evidence", "status"]
STATUSES = {"met", "operator", "falls short", "not applicable"}
_NODE = re.compile(r"tests/[\w/]+\.py(?:::\w+){1,2}")


@cache
def rows() -> list[dict[str, str]]:
    with (ROOT / "docs" / "security" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def nodes_of(path: str) -> set[str]:
    """The classes and tests of one file: `Class`, `Class::test`, `test`; a test that is made in parts by its stem."""
    source = (ROOT / path).read_text(encoding="utf-8")
    found, stems = set(), re.findall(r'f"(test_\w+)_\{', source)
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found.add(node.name)
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
            found |= {f"{node.name}::{stem}" for stem in stems}
    return {name for name in found if re.search(r"(?:^|::)test|^\w*Test\w*$|^Test", name)}


def is_there(node: str) -> bool:
    path, _colons, name = node.partition("::")
    return (ROOT / path).exists() and name in nodes_of(path)


def said(row: dict[str, str]) -> str:
    """What an evidence says in words, without its tests."""
    return _NODE.sub("", row["evidence"]).replace(";", "").strip()


def test_it_has_every_requirement_of_the_first_two_levels_once() -> None:
    wanted = [
        (f"{section}.{number}", level)
        for section, levels in LEVELS.items()
        for number, level in enumerate(levels, 1)
        if level in "12"
    ]
    assert len(wanted) == 253
    assert [(row["id"], row["level"]) for row in rows()] == wanted
    assert list(rows()[0]) == COLUMNS


def test_every_row_says_whether_it_applies_and_how_it_stands() -> None:
    for row in rows():
        assert row["status"] in STATUSES, row["id"]
        assert row["chapter"].startswith(row["id"].partition(".")[0] + " "), row["id"]
        assert 5 <= len(row["requirement"]) <= 90, row["id"]  # our own short words, not the standard's text
        does_apply = row["applies"] == "yes"
        assert does_apply or re.fullmatch(r"no: \S.{5,}", row["applies"]), row["id"]
        assert does_apply == (row["status"] != "not applicable"), row["id"]
        assert all(value == value.strip() for value in row.values()), row["id"]


def test_nothing_is_met_or_ruled_out_without_evidence() -> None:
    for row in rows():
        has_test, has_words = bool(_NODE.search(row["evidence"])), len(said(row)) >= 10
        assert has_test or has_words, row["id"]
        if row["status"] == "met":
            assert row["how"], row["id"]
        if row["status"] in ("falls short", "operator"):
            assert has_words, row["id"]
        assert not re.search(r"\bbranch|planned|not yet|being built", " ".join(row.values())), row["id"]


def test_most_of_what_is_met_is_met_by_a_test() -> None:
    met = [row for row in rows() if row["status"] == "met"]
    tested = [row for row in met if _NODE.search(row["evidence"])]
    assert len(tested) >= 0.9 * len(met)


def test_every_test_it_names_is_there() -> None:
    named = {node for row in rows() for node in _NODE.findall(row["evidence"])}
    assert len(named) > 120
    assert sorted(node for node in named if not is_there(node)) == []


def test_every_file_it_names_is_there() -> None:
    for row in rows():
        in_words = f"{row['how']} {said(row)}"
        for path in re.findall(r"\b((?:resilience|households|templates|docs)/[\w./-]*\w)", in_words):
            assert (ROOT / path).exists(), (row["id"], path)


def test_it_sees_a_test_that_is_not_there() -> None:
    assert is_there("tests/security/test_asvs.py::test_it_sees_a_test_that_is_not_there")
    assert is_there("tests/test_access.py::TestAccess")
    for node in (
        "tests/security/test_asvs.py::test_nothing_of_the_kind", "tests/security/no.py::test",
        "tests/test_access.py::TestNothing", "tests/test_access.py::TestTheTable::test_nothing",
        "tests/security/test_asvs.py::rows",
    ):  # fmt: skip
        assert not is_there(node)
