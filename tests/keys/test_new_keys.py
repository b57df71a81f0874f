"""`new_keys` prints keys that work, never one that is in use, and says where they must not be."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from resilience.lib.keyring import parsed, ring
from tests.keys.rings import INDEX, NEW

pytestmark = pytest.mark.django_db


def printed() -> tuple[list[str], str]:
    lines, warned = io.StringIO(), io.StringIO()
    call_command("new_keys", stdout=lines, stderr=warned)
    return lines.getvalue().splitlines(), warned.getvalue()


def test_it_prints_a_line_for_each_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIELD_KEYS", "INDEX_KEYS"):
        monkeypatch.delenv(name, raising=False)
    lines, warned = printed()
    settings = dict(line.split("=", 1) for line in lines)
    assert {"FIELD_KEYS", "INDEX_KEYS"} <= set(settings)
    for name, entry in settings.items():
        assert len(next(iter(parsed(name, (entry,)).values()))) == 32
    assert len(set(settings.values())) == len(settings)
    assert "where the backups are not" in warned


@override_settings(FIELD_KEYS=[NEW], INDEX_KEYS=[INDEX])
def test_a_ring_that_is_set_gets_one_more_and_is_not_printed(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setenv("FIELD_KEYS", NEW)
    lines, _warned = printed()
    [fresh] = [line.removeprefix("# ") for line in lines if line.startswith("# 8:")]
    assert set(parsed("FIELD_KEYS", (fresh, NEW))) == {8, 7}
    assert NEW.partition(":")[2] not in "\n".join(lines)
    assert len(ring("FIELD_KEYS")) == 1
