"""A new place has nobody in it, and nothing that everybody knows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from django.test import TestCase

from resilience.accounts.models import Session, User
from resilience.gate.processes import ROOT, environment, python
from tests.test_settings import SERVER


class DefaultsTests(TestCase):
    def test_a_new_database_has_no_account(self) -> None:
        assert not User.objects.exists()
        assert not Session.objects.exists()


@pytest.mark.once
def test_the_demo_with_its_known_password_refuses_a_server(tmp_path: Path) -> None:
    database = tmp_path / "server.sqlite3"
    env = environment(**SERVER, DATABASE_URL=f"sqlite:///{database}", RESILIENCE_NO_SETUP="1")
    command = python("manage.py", "demo", "--no-serve")
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert "PRODUCTION=1" in ran.stderr
    assert not database.exists() or database.stat().st_size == 0
