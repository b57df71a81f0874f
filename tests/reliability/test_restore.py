"""A backup that is restored brings purged people back; `purge_again` makes them go again, from the list outside."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TransactionTestCase

from households import reference
from households.models import Photo, ResidentNeed, ServiceRequest, Tombstone, Visit
from households.tombstones import LIST_NAME, directory
from tests import factories as f
from tests.base import CastTestCase
from tests.households import purging as p


@pytest.mark.skipif(connection.vendor != "sqlite", reason="restores a file; the list works alike on both")
class RestoreTests(TransactionTestCase):
    setUpCast = CastTestCase.setUpTestData.__func__

    def setUp(self) -> None:
        type(self).setUpCast(type(self))
        self.campaign = f.make_campaign(
            self.home, by=self.clerk, categories=[self.category], need_kinds=[f.make_need_kind()], takes_visits=True
        )
        canaries = p.Canaries()
        self.filed = p.plant_request(canaries, self.campaign, self.household, self.worker)
        self.visit = p.plant_visit(canaries, self.campaign, self.household, self.worker)
        self.need = p.plant_need(canaries, self.campaign, self.household, self.worker)
        self.photo = p.plant_photo(service_request=self.filed)
        self.kept = f.make_visit(self.foreign_household, self.foreign_worker, note="别处的")

    def tearDown(self) -> None:
        reference.forget()
        super().tearDown()

    def backed_up(self, folder: Path) -> None:
        """As README says: the database while it runs, and the media."""
        with sqlite3.connect(folder / "backup.sqlite3") as backup:
            connection.ensure_connection()
            connection.connection.backup(backup)
        shutil.copytree(settings.MEDIA_ROOT, folder / "media")

    def restored(self, folder: Path) -> None:
        connection.ensure_connection()
        with sqlite3.connect(folder / "backup.sqlite3") as backup:
            backup.backup(connection.connection)
        shutil.copytree(folder / "media", settings.MEDIA_ROOT, dirs_exist_ok=True)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def again(self, *arguments: Any) -> str:
        with mock.patch("sys.stdout") as out:
            call_command("purge_again", *arguments)
        return "".join(call.args[0] for call in out.write.call_args_list)

    def test_nobody_who_was_purged_is_back_and_nobody_else_is_gone(self) -> None:
        self.backed_up(self.folder)
        p.approved(self.campaign, by=self.clerk, second=self.admin)
        p.run()
        assert not Visit.unscoped.filter(pk=self.visit.pk).exists()
        self.restored(self.folder)
        assert Visit.unscoped.filter(pk=self.visit.pk).exists()
        assert not Tombstone.objects.exists()
        assert p.left_in_tables(set())

        told = self.again()
        assert "households.servicerequest: 1" in told
        assert p.left_in_tables(set()) == []
        assert p.left_in_files(set()) == []
        assert p.left_in_words() == []
        assert not Photo.unscoped.exists()
        assert not Path(self.photo.image.path).exists()
        assert not ResidentNeed.unscoped.filter(pk=self.need.pk).exists()
        assert ServiceRequest.unscoped.get(pk=self.filed.pk).is_anonymised
        assert Visit.unscoped.get().note == "别处的"
        assert "Nothing had come back" in self.again()

    def test_one_that_was_open_when_the_backup_was_made_goes_too(self) -> None:
        filed = f.make_request(self.household, text=p.MARK)
        self.backed_up(self.folder)
        filed.assignments.update(ended_at=filed.created_at, end_reason="closed")
        ServiceRequest.unscoped.filter(pk=filed.pk).update(state="closed", worker=None)
        p.approved(self.campaign, by=self.clerk, second=self.admin)
        p.run()
        self.restored(self.folder)
        self.again()
        left = ServiceRequest.unscoped.get(pk=filed.pk)
        assert (left.state, left.is_anonymised, left.worker) == ("closed", True, None)
        assert p.left_in_tables(set()) == []

    def test_without_the_list_it_says_so_and_does_nothing(self) -> None:
        with pytest.raises(CommandError, match="There is no list"):
            self.again("--list", str(self.folder / "nowhere.txt"))
        assert not (directory() / LIST_NAME).exists()
