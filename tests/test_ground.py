"""What every test stands on holds: no network, its own files, the same language, real data where it must be there."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import translation

from resilience.gate.processes import ROOT
from tests import shared_data


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "2001:db8::1"])
def test_no_test_reaches_another_machine(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as asking, pytest.raises(RuntimeError, match=f"tried to connect to {host}"):
        asking.connect((host, 443))


def test_a_test_reaches_its_own_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as asking:
        assert asking.connect_ex(server.getsockname()) == 0


@pytest.mark.parametrize("time", ["first", "second"])
def test_files_of_one_test_are_not_there_in_the_next(time: str) -> None:
    assert default_storage.save("photo.txt", ContentFile(time.encode())) == "photo.txt"
    assert not Path(default_storage.path("photo.txt")).is_relative_to(ROOT)


def test_passwords_are_cheap_and_the_language_is_chinese() -> None:
    assert identify_hasher(make_password("plain")).algorithm == "md5"
    assert translation.get_language() == "zh-hans"


@pytest.mark.django_db
def test_the_database_is_of_the_kind_a_place_runs_on() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
        else:
            cursor.execute("SHOW server_encoding")
            assert cursor.fetchone() == ("UTF8",)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans in no time")
def test_postgresql_plans_a_statement_that_is_asked_again_only_once() -> None:
    with connection.cursor() as cursor:
        for number in range(9):
            cursor.execute("SELECT %s::int AS asked_again", [number])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%asked_again%%'")
        assert cursor.fetchone() == (1,)


def test_real_data_must_be_there_in_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shared_data, "FOLDER", tmp_path)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"nothing\.csv is not there"):
        shared_data.shared_file("nothing.csv")


def test_real_data_may_be_missing_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shared_data, "FOLDER", tmp_path)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"nothing\.csv is not there"):
        shared_data.shared_file("nothing.csv")


@pytest.mark.shared_data
def test_real_data_is_what_it_is_said_to_be(civic_messages: Path, lanzhou_divisions: Path) -> None:
    assert civic_messages.read_text(encoding="utf-8-sig").startswith("id,user,title,submitted_at,text,reply,replied_at")
    assert lanzhou_divisions.read_text(encoding="utf-8-sig").startswith("code,level,name,parent_code")
