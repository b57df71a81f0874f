"""/exports/new/…, /exports/<uid>/ and fetching: one person's file, from asking to its end."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.utils import timezone

from households.models import Appointment
from resilience.audit.models import Entry
from resilience.chores import EVERY_ROUND
from resilience.exports.actions import end_over
from resilience.exports.models import End, Export, ExportRow, State
from resilience.lib.dates import today
from resilience.lib.rows import NEVER
from tests import factories as f
from tests.exports.cases import ASKED, ExportTestCase

NEW = "/exports/new/households/"


class AskingTests(ExportTestCase):
    def test_makes_a_small_masked_file_at_once(self) -> None:
        self.sign_in(self.clerk)
        answer = self.client.post(NEW, ASKED)
        export = Export.objects.get()
        self.assertRedirects(answer, f"/exports/{export.uid}/", status_code=303)
        assert (export.state, export.rows, export.needs_second) == (State.READY, 2, False)
        head, *rows = self.rows_of(self.fetched(export))
        assert len(head) == 4
        assert [row[:3] for row in rows] == [
            [self.household.address, "王秀英", "199****0001"],
            [self.other_household.address, "李国强", "199****0002"],
        ]
        assert [row[3] for row in rows] == [f"{export.code}-1", f"{export.code}-2"]

    def test_works_by_htmx_too(self) -> None:
        self.sign_in(self.clerk)
        answer = self.client.post(NEW, ASKED, headers={"HX-Request": "true"})
        assert answer["HX-Redirect"] == f"/exports/{Export.objects.get().uid}/"

    def test_keeps_the_filter_of_the_list(self) -> None:
        self.sign_in(self.clerk)
        page = self.client.get(NEW, {"grid": self.grid.code, "nonsense": "1"})
        assert page.context["filters"] == {"grid": self.grid.code}
        self.assertContains(page, f'name="grid" value="{self.grid.code}"')
        self.client.post(NEW, {**ASKED, "grid": self.grid.code})
        [_head, *rows] = self.rows_of(self.fetched(Export.objects.get()))
        assert [row[1] for row in rows] == ["王秀英"]

    def test_takes_the_words_of_a_search_by_post_only(self) -> None:
        self.sign_in(self.clerk)
        page = self.client.post(NEW, {"begin": "1", "q": "李国强"})
        assert page.status_code == 200
        self.assertContains(page, 'name="q" value="李国强"')
        self.client.post(NEW, {**ASKED, "q": "李国强"})
        export = Export.objects.get()
        assert [row[1] for row in self.rows_of(self.fetched(export))[1:]] == ["李国强"]
        assert "李国强" not in Entry.objects.filter(subject_kind="export").values_list("details", flat=True)[0]

    def test_says_what_is_missing_and_loses_nothing(self) -> None:
        self.sign_in(self.clerk)
        page = self.client.post(NEW, {**ASKED, "words": "", "purpose": "", "columns": [], "open_phone": "on"})
        assert page.status_code == 422
        assert {"words", "purpose", "columns", "open_phone"} == set(page.context["form"].errors)
        page = self.client.post(NEW, {**ASKED, "open_phone": "on"})
        assert set(page.context["form"].errors) == {"why_phone"}
        self.assertContains(page, "周三发米", status_code=422)
        assert not Export.objects.exists()

    def test_is_nothing_for_workers_volunteers_and_auditors(self) -> None:
        for user in (self.worker, f.make_volunteer("v", self.home), f.make_auditor("a", self.home.parent)):
            self.sign_in(user)
            for url in ("/exports/", NEW):
                assert self.client.get(url).status_code == 403
            assert self.client.post(NEW, ASKED).status_code == 403

    def test_knows_only_the_lists_there_are(self) -> None:
        self.sign_in(self.clerk)
        assert self.client.get("/exports/new/users/").status_code == 404
        assert self.client.put(NEW).status_code == 405

    def test_refuses_more_rows_than_any_file_holds(self) -> None:
        self.sign_in(self.clerk)
        with override_settings(EXPORT_MOST_ROWS=1):
            assert self.client.post(NEW, ASKED).status_code == 422

    def test_needs_a_second_person_above_the_cap_and_for_many_pieces_of_a_long_list(self) -> None:
        with override_settings(EXPORT_ROWS=3):
            assert self.asked().state == State.APPROVED
            assert self.asked().state == State.WAITING  # 2 + 2 rows within a day
        with override_settings(EXPORT_ROWS=1):
            assert self.asked(by=self.second).state == State.WAITING

    def test_needs_a_second_person_for_anything_not_masked(self) -> None:
        self.sign_in(self.clerk)
        self.client.post(NEW, {**ASKED, "open_phone": "on", "why_phone": "要逐户打电话"})
        export = Export.objects.get()
        assert (export.state, export.unmasked, export.why) == (State.WAITING, "phone", {"phone": "要逐户打电话"})
        self.assertContains(self.client.get(f"/exports/{export.uid}/"), "要逐户打电话")
        with pytest.raises(IntegrityError), transaction.atomic():
            Export.objects.filter(pk=export.pk).update(needs_second=False)


class FetchingTests(ExportTestCase):
    def test_is_theirs_alone(self) -> None:
        export = self.made()
        for user in (self.second, self.supervisor, self.admin, self.foreign_clerk, self.lead):
            self.sign_in(user)
            assert self.client.get(f"/exports/{export.uid}/").status_code == 404
            assert self.fetched(export).status_code == 404
            assert self.client.post(f"/exports/{export.uid}/end/").status_code == 404
        self.client.logout()
        assert self.client.get(f"/exports/{export.uid}/").status_code == 302

    def test_has_a_name_of_ours_that_names_nobody(self) -> None:
        export = self.made()
        self.sign_in(self.clerk)
        name = rf'attachment; filename="households-[0-9]{{8}}-[0-9]{{4}}-{export.code}\.xlsx"'
        assert re.fullmatch(name, self.fetched(export)["Content-Disposition"])

    def test_counts_and_ends_with_the_last(self) -> None:
        export = self.made()
        path = Path(settings.MEDIA_ROOT) / export.file
        self.sign_in(self.clerk)
        for _n in range(3):
            assert self.rows_of(self.fetched(export))
        assert self.client.get(f"/exports/{export.uid}/fetch/").status_code == 405  # a preview of a link takes nothing
        self.assertRedirects(self.fetched(export), f"/exports/{export.uid}/", status_code=303)
        assert path.exists()
        with self.captureOnCommitCallbacks(execute=True):
            assert end_over() == 1
        export.refresh_from_db()
        assert (export.state, export.end, export.downloads, export.file_key) == (State.ENDED, End.USED_UP, 3, "")
        assert not path.exists()

    def test_ends_when_its_time_is_over(self) -> None:
        export = self.made()
        self.sign_in(self.clerk)
        with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1), tick=False):
            self.sign_in(self.clerk)
            assert self.fetched(export).status_code == 303
            with self.captureOnCommitCallbacks(execute=True):
                EVERY_ROUND["exports ended"](NEVER)
        export.refresh_from_db()
        assert (export.state, export.end, export.downloads) == (State.ENDED, End.EXPIRED, 0)
        assert not ExportRow.objects.exists()

    def test_lies_sealed_on_the_disk(self) -> None:
        export = self.made()
        content = (Path(settings.MEDIA_ROOT) / export.file).read_bytes()
        assert b"PK" not in content[:4]
        assert "王秀英".encode() not in content
        assert (Path(settings.MEDIA_ROOT) / export.file).stat().st_mode & 0o077 == 0

    def test_is_destroyed_when_they_do_not_see_all_of_it_any_more(self) -> None:
        export = self.made()
        Appointment.objects.filter(user=self.clerk).update(until_date=today() - timedelta(days=1))
        f.Appointment.objects.create(user=self.clerk, role="lead", grid=self.grid, from_date=today())
        self.sign_in(self.clerk)
        with self.captureOnCommitCallbacks(execute=True):
            assert self.fetched(export).status_code == 303
        export.refresh_from_db()
        assert (export.state, export.end) == (State.ENDED, End.OUT_OF_REACH)

    def test_ends_when_who_asked_is_done(self) -> None:
        export = self.made()
        self.sign_in(self.clerk)
        self.assertRedirects(
            self.client.post(f"/exports/{export.uid}/end/"), f"/exports/{export.uid}/", status_code=303
        )
        export.refresh_from_db()
        assert (export.state, export.end) == (State.ENDED, End.GIVEN_UP)

    def test_leaves_a_row_of_the_audit_for_every_step(self) -> None:
        export = self.made()
        self.sign_in(self.clerk)
        b"".join(self.fetched(export).streaming_content)
        self.client.post(f"/exports/{export.uid}/end/")
        rows = Entry.objects.filter(subject_kind="export", subject_key=export.uid.hex).order_by("id")
        assert [row.action for row in rows] == ["export.asked", "export.fetched", "export.ended"]
        assert rows[0].fields == "address,contact,phone"
        assert rows[0].place == self.home.code
        for row in rows:
            assert "周三" not in f"{row.why}{row.details}"
