"""The destruction itself: cut off and gone on with, files that will not go, what areas add, what codes answer then."""

from __future__ import annotations

import json
import re
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import TransactionTestCase
from django.urls import reverse

from households import reference
from households.actions import purge
from households.actions import requests as request_verbs
from households.models import (
    Actor,
    Deed,
    DoomedFile,
    Photo,
    RequestEvent,
    ServiceRequest,
    State,
    Tombstone,
    Visit,
)
from households.signals import counting, purging
from households.tombstones import LIST_NAME, directory
from resilience.lib.codes import new_code, new_token
from resilience.lib.errors import Refused
from tests import factories as f
from tests.base import CastTestCase
from tests.households import purging as p

_TOKENS = re.compile(r'csrfmiddlewaretoken" value="[A-Za-z0-9]+|name="next" value="[^"]*')


class Ending(TransactionTestCase):
    """Not in one transaction, as a destruction is not: so that it gets to its certificate."""

    setUpCast = CastTestCase.setUpTestData.__func__

    def setUp(self) -> None:
        type(self).setUpCast(type(self))
        self.campaign = f.make_campaign(
            self.home, by=self.clerk, categories=[self.category], need_kinds=[f.make_need_kind()], takes_visits=True
        )
        self.canaries = p.Canaries()
        self.filed = p.plant_request(self.canaries, self.campaign, self.household, self.worker)
        self.visit = p.plant_visit(self.canaries, self.campaign, self.household, self.worker)

    def tearDown(self) -> None:
        reference.forget()
        super().tearDown()

    def approved(self) -> Any:
        return p.approved(self.campaign, by=self.clerk, second=self.admin)


class CutOffTests(Ending):
    def test_it_goes_on_where_it_was_cut_off_and_counts_nothing_twice(self) -> None:
        for _number in range(5):
            p.plant_visit(self.canaries, self.campaign, self.household, self.worker)
        destruction = self.approved()
        with mock.patch.object(purge, "BATCH", 2):
            p.run(p.StopAfter(2))
            assert Visit.unscoped.filter(campaign=self.campaign).count() == 2
            p.run()
        destruction.refresh_from_db()
        assert destruction.is_done
        assert destruction.counts["households.visit"] == {"destroyed": 6}
        assert p.run() == 0

    def test_a_batch_that_fails_has_done_nothing(self) -> None:
        self.approved()
        with mock.patch.object(Tombstone.objects, "bulk_create", side_effect=EOFError), pytest.raises(EOFError):
            p.run()
        assert Visit.unscoped.filter(pk=self.visit.pk).exists()
        assert not Tombstone.objects.exists()

    def test_a_file_that_will_not_go_is_shown_tried_again_and_waited_for(self) -> None:
        photo = p.plant_photo(visit=self.visit)
        destruction = self.approved()
        with mock.patch.object(FileSystemStorage, "delete", side_effect=PermissionError):
            p.run()
        doomed = DoomedFile.objects.get()
        assert (doomed.name, doomed.tries, doomed.last_error) == (photo.image.name, 1, "PermissionError")
        destruction.refresh_from_db()
        assert not destruction.is_done
        self.client.force_login(self.clerk)
        page = self.client.get(reverse("campaign", args=[self.campaign.uid]))
        assert (page.context["tally"]["stuck"], default_storage.exists(str(photo.image.name))) == (1, True)
        p.run()
        destruction.refresh_from_db()
        assert (destruction.is_done, default_storage.exists(str(photo.image.name))) == (True, False)

    def test_a_picture_that_another_row_shows_stays(self) -> None:
        photo = p.plant_photo(visit=self.visit)
        kept = Photo.unscoped.create(
            visit=f.make_visit(self.foreign_household, self.foreign_worker), image=photo.image.name, width=9, height=9
        )
        self.approved()
        p.run()
        assert default_storage.exists(str(kept.image.name))

    def test_a_request_reopened_meanwhile_is_waited_for(self) -> None:
        destruction = self.approved()
        ServiceRequest.unscoped.filter(pk=self.filed.pk).update(state=State.REOPENED)
        p.run()
        destruction.refresh_from_db()
        assert not destruction.is_done
        self.filed.refresh_from_db()
        assert self.filed.text


class AreaTests(Ending):
    def test_an_area_destroys_its_own_and_is_counted(self) -> None:
        uid = uuid4()

        def ours(ledger: Any, requests: dict[int, str], **_more: object) -> None:
            if requests:
                assert requests == {self.filed.pk: self.filed.code}
                ledger.destroyed("relief.parcel", [(uid,)])

        def count(campaign: Any, **_more: object) -> list[tuple[str, str, int]]:
            return [("relief.parcel", Deed.DESTROYED, 1)]

        purging.connect(ours)
        counting.connect(count)
        self.addCleanup(purging.disconnect, ours)
        self.addCleanup(counting.disconnect, count)
        destruction = self.approved()
        self.client.force_login(self.clerk)
        lines = self.client.get(reverse("campaign-preview", args=[self.campaign.uid])).context["lines"]
        assert lines[-1] == ("relief.parcel", "destroyed", 1)
        p.run()
        destruction.refresh_from_db()
        assert destruction.counts["relief.parcel"] == {"destroyed": 1}


class AfterwardsTests(Ending):
    def setUp(self) -> None:
        super().setUp()
        self.photo = p.plant_photo(service_request=self.filed)
        self.destruction = self.approved()
        p.run()

    def bare(self, url: str, data: dict[str, str] | None = None) -> tuple[int, str, list[tuple[str, str]]]:
        response = self.client.post(url, data) if data else self.client.get(url)
        body = _TOKENS.sub("", response.content.decode())
        for word in (*url.split("/"), *(data or {}).values()):
            body = body.replace(word, "") if len(word) > 8 else body
        return response.status_code, body, sorted(response.items())

    def test_its_code_link_and_photo_answer_as_ones_that_never_were(self) -> None:
        unknown_photo = uuid4()
        for was, never in (
            (reverse("track", args=[self.filed.token]), reverse("track", args=[new_token()])),
            (
                reverse("track-photo", args=[self.filed.token, self.photo.uid]),
                reverse("track-photo", args=[new_token(), unknown_photo]),
            ),
        ):
            assert self.bare(was) == self.bare(never)
            assert self.bare(was)[0] == 404
        find, tail = reverse("track-find"), self.canaries.phones[0][-4:]
        was_code = self.bare(find, {"code": self.filed.code, "tail": tail})
        assert was_code == self.bare(find, {"code": new_code(), "tail": tail})

    def test_a_worker_and_the_desk_find_no_page_under_its_code(self) -> None:
        self.client.force_login(self.clerk)
        assert self.client.get(reverse("request", args=[self.filed.code])).status_code == 404

    def test_what_is_left_is_a_page_without_anything_to_do(self) -> None:
        left = ServiceRequest.unscoped.get(pk=self.filed.pk)
        self.client.force_login(self.clerk)
        response = self.client.get(reverse("request", args=[left.code]))
        assert response.status_code == 200
        assert response.context["buttons"] == []
        assert self.client.get(reverse("desk") + "?state=closed").status_code == 200

    def test_nobody_writes_in_it_any_more(self) -> None:
        left = ServiceRequest.unscoped.get(pk=self.filed.pk)
        with pytest.raises(Refused):
            request_verbs.remark(left, by=self.clerk, actor=Actor.DESK, text="王秀英家")
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceRequest.unscoped.filter(pk=left.pk).update(person_name="王秀英")
        assert not RequestEvent.unscoped.filter(service_request=left).exclude(note="").exists()

    def test_the_command_checks_it_and_prints_it_with_every_digest(self) -> None:
        self.destruction.refresh_from_db()
        out = self.told("campaign_certificate", str(self.campaign.uid))
        assert self.destruction.hash in out
        printed = json.loads(self.told("campaign_certificate", str(self.campaign.uid), "--json"))
        assert printed["hash"] == self.destruction.hash
        assert len(printed["rows"]) == Tombstone.objects.count()
        kept = directory() / "certificates" / f"{self.campaign.uid.hex}.json"
        assert json.loads(kept.read_text(encoding="utf-8")) == printed
        Tombstone.objects.filter(pk=Tombstone.objects.order_by("pk").values("pk")[:1]).delete()
        with pytest.raises(CommandError, match="rows_hash"):
            self.told("campaign_certificate", str(self.campaign.uid))
        with pytest.raises(CommandError, match="no certificate"):
            self.told("campaign_certificate", str(uuid4()))

    def test_the_list_outside_holds_a_line_for_each_and_nothing_personal(self) -> None:
        lines = (directory() / LIST_NAME).read_text(encoding="ascii").splitlines()
        anchors = Tombstone.objects.filter(table__in=["households.servicerequest", "households.visit", "file"])
        assert {line.split()[2] for line in lines} >= set(anchors.values_list("digest", flat=True))
        assert not Tombstone.objects.unwritten().exists()
        assert all(re.fullmatch(r"[a-z.]+ (destroyed|anonymised) [0-9a-f]{32}", line) for line in lines)

    def told(self, *command: str) -> str:
        with mock.patch("sys.stdout") as out:
            call_command(*command)
        return "".join(call.args[0] for call in out.write.call_args_list)
