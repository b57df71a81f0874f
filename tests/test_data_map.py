"""The data map is whole: no field that nobody classified, nothing sensitive unsealed, nothing kept without a rule."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models
from django.utils.translation import override

from resilience import data_map
from resilience.lib.classified import Level, Retention

ROWS = list(data_map.rows())
USES = {id(row.held.use): row.held.use for row in ROWS if row.held}


def test_it_has_a_row_for_every_field() -> None:
    missing = [row.where for row in ROWS if row.held is None]
    assert not missing, f"say in <app>/data_map.py how delicate these are and what for: {missing}"


def test_it_has_a_field_for_every_row() -> None:
    there = {row.where for row in ROWS}
    said = {f"{label}.{name}" for label, fields in data_map.collected().items() for name in fields}
    assert said <= there, f"gone: {sorted(said - there)}"


def test_what_is_sensitive_is_sealed_and_what_is_sealed_is_called_sensitive() -> None:
    unlike = [row.where for row in ROWS if row.held and (row.held.level == Level.SENSITIVE) != row.is_sealed]
    assert not unlike


def test_words_that_people_write_stay_plain_for_a_reason_only() -> None:
    """A text of the register or of a request that is not sealed: the map says why."""
    plain = [
        row.where
        for row in ROWS
        if row.held
        and row.held.level == Level.PERSONAL
        and row.model._meta.app_label == "households"
        and isinstance(row.field, models.TextField | models.JSONField)
        and not row.held.reason
    ]
    assert not plain


def test_every_use_has_a_rule_that_ends_or_says_while() -> None:
    for use in USES.values():
        rule = use.retention
        assert isinstance(rule, Retention)
        with override("en"):
            assert rule.name
            assert (rule.days is not None and rule.days > 0) or str(rule.words).startswith("while "), rule
            assert all(map(str, (use.title, use.what, use.purpose, use.basis, use.seen_by)))


def test_what_is_personal_has_a_legal_basis() -> None:
    with override("en"):
        bare = [
            row.where
            for row in ROWS
            if row.held
            and row.held.level in (Level.PERSONAL, Level.SENSITIVE)
            and "PIPL, Article" not in str(row.held.use.basis)
        ]
    assert not bare


def test_a_new_field_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = apps.get_model("households", "Resident")
    fields = {name: held for name, held in data_map.collected()["households.Resident"].items() if name != "sex"}
    monkeypatch.setitem(data_map.collected(), "households.Resident", fields)
    assert [row.where for row in data_map.rows() if row.held is None] == [f"{model._meta.label}.sex"]
    with pytest.raises(CommandError, match=r"households\.Resident\.sex"):
        call_command("data_map", stdout=io.StringIO())


def printed(**options: str) -> str:
    told = io.StringIO()
    call_command("data_map", stdout=told, **options)
    return told.getvalue()


def test_it_is_printed_as_a_table_in_both_languages() -> None:
    english, chinese = printed(), printed(lang="zh-hans")
    assert len(english.splitlines()) == len(chinese.splitlines()) == len(ROWS) + 1
    line = next(line for line in english.splitlines() if line.startswith("households.Visit.note "))
    assert "sensitive" in line
    assert "sealed" in line
    assert "敏感" in chinese


def test_it_is_printed_for_machines() -> None:
    from_csv = list(csv.DictReader(io.StringIO(printed(format="csv"))))
    assert from_csv == json.loads(printed(format="json"))
    assert {"field", "level", "stored", "purpose", "basis", "retention", "reason"} == set(from_csv[0])
