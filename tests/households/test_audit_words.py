"""Every slug that the code writes into the audit has words in both languages, and no words are left over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.utils import translation

from households import audit_words, wording
from households.audit_words import GROUPS, action_words, kind_words
from households.models import EventKind, LifeKind
from resilience.audit.admin import Audited
from resilience.privacy.models import RequestState

pytestmark = pytest.mark.once
_ROOT = Path(settings.BASE_DIR)
_TABLES = [page.model._meta.model_name for page in admin.site._registry.values() if isinstance(page, Audited)]
# Slugs put together of what a row holds: how the code spells them, and all that can come of it.
_SPELT = {
    "f'household.{change.action}'": [f"household.{action}" for action in wording.ACTIONS],
    "f'resident.{event.kind}'": [f"resident.{kind}" for kind in LifeKind.values],
    "f'request.{event.kind}'": [f"request.{kind}" for kind in EventKind.values],
    "state.value": [RequestState.DONE.value, RequestState.REFUSED.value],
    "f'admin.{name}.{what}'": [f"admin.{name}.{what}" for name in _TABLES for what in audit_words._ADMIN],
}


@dataclass(frozen=True)
class Sink:
    """A function that writes a row: what it puts around its argument, and in which file it can be called."""

    name: str
    place: int = 0  # of the slug among the arguments
    spelt: str = "{}"
    within: str = ""  # a private one is its file's

    def is_called(self, call: ast.Call, file: str) -> bool:
        called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        return called == self.name and self.within in ("", file) and len(call.args) > self.place


@cache
def _functions() -> list[tuple[str, ast.FunctionDef]]:
    files = [path for top in ("households", "resilience") for path in sorted((_ROOT / top).rglob("*.py"))]
    trees = [(str(path.relative_to(_ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in files]
    return [(file, node) for file, tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _said(node: ast.expr, function: ast.FunctionDef) -> Iterator[ast.expr]:
    """All that an expression can be: either side of a choice, what a local name was given."""
    given = [each.value for each in ast.walk(function) if isinstance(each, ast.Assign) and _gives(each, node)]
    for either in [node.body, node.orelse] if isinstance(node, ast.IfExp) else given:
        yield from _said(either, function)
    if not given and not isinstance(node, ast.IfExp):
        yield node


def _gives(assigned: ast.Assign, node: ast.expr) -> bool:
    names = [each.id for each in assigned.targets if isinstance(each, ast.Name)]
    return isinstance(node, ast.Name) and node.id in names


def _passed_on(node: ast.expr, function: ast.FunctionDef, sink: Sink, file: str) -> Sink | None:
    """The function as a sink of its own, where the slug is (in) one of its arguments."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    names = [part.value if isinstance(part, ast.FormattedValue) else part for part in parts]
    arguments = [each.arg for each in function.args.args]
    if not all(isinstance(n, ast.Constant) or (isinstance(n, ast.Name) and n.id in arguments) for n in names):
        return None
    spelt = "".join("{}" if isinstance(n, ast.Name) else str(n.value) for n in names)
    place = next(arguments.index(n.id) for n in names if isinstance(n, ast.Name))
    is_private = function.name.startswith("_")
    return Sink(function.name, place, sink.spelt.format(spelt), file if is_private else "")


@cache
def slugs() -> frozenset[str]:
    """All that `record` and `Deed` are ever called with, through however many functions."""
    found: set[str] = set()
    waiting, known = [Sink("record"), Sink("Deed")], set()
    while waiting:
        known.add(sink := waiting.pop())
        for file, function in _functions():
            for call in ast.walk(function):
                if not (isinstance(call, ast.Call) and sink.is_called(call, file)) or file.endswith("audit/actions.py"):
                    continue
                for node in _said(call.args[sink.place], function):
                    if isinstance(node, ast.Constant):
                        found.add(sink.spelt.format(node.value))
                    elif spelt := _SPELT.get(ast.unparse(node)):
                        found |= {sink.spelt.format(each) for each in spelt}
                    elif more := _passed_on(node, function, sink, file):
                        waiting += [more] if more not in known else []
                    else:
                        pytest.fail(f"{file}:{node.lineno}: add what {ast.unparse(node)} can be to _SPELT")
    return frozenset(found)


def test_it_finds_slugs_wherever_they_are_written() -> None:
    assert slugs() >= {
        "user.signed_in", "user.left", "campaign.held", "invitation.made", "export.fetched", "consent.given",
        "data.refused", "household.opened", "request.twin", "resident.born", "openings.looked", "retention.applied",
        "photo.removed", "admin.user.changed",
    }  # fmt: skip
    assert len(slugs()) > 100


@pytest.mark.parametrize("slug", sorted(slugs()))
def test_it_has_words_in_both_languages(slug: str) -> None:
    with translation.override("en"):
        english = action_words(slug)
    with translation.override("zh-hans"):
        chinese = action_words(slug)
    assert english != slug
    assert chinese != english
    assert any(ord(character) > 0x2E80 for character in chinese)


def test_no_words_are_left_over() -> None:
    assert set(audit_words._OWN) <= slugs()


def test_every_slug_is_in_a_group_that_the_filter_offers() -> None:
    assert {slug.partition(".")[0] + "." for slug in slugs()} == set(GROUPS)


def test_no_two_deeds_read_alike_within_a_group() -> None:
    with translation.override("en"):
        for group in GROUPS:
            ours = [slug for slug in slugs() if slug.startswith(group)]
            assert len({action_words(slug) for slug in ours}) == len(ours), group


@pytest.mark.parametrize("name", _TABLES)
def test_a_table_of_the_administration_is_called_by_its_name(name: str) -> None:
    with translation.override("zh-hans"):
        assert kind_words(name) != name
