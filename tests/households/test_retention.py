"""Retention: listed a day before it goes, nothing earlier, nothing under a hold, audit never below three years."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from households import reference
from households.actions import campaigns as campaign_verbs
from households.actions import retention as verbs
from households.actions.sweep import swept_tables
from households.models import (
    Campaign,
    DueRow,
    FileChange,
    Household,
    HouseholdPhone,
    LifeEvent,
    LifeKind,
    Photo,
    Resident,
    ResidentNeed,
    RetentionRule,
    ServiceRequest,
    Subject,
    Tombstone,
    Visit,
)
from households.models.retention import NOTICE
from households.retention import LISTED_FOR
from resilience import data_map
from resilience.chores import EVERY_DAY
from resilience.lib.classified import Level
from resilience.lib.dates import today
from resilience.outbox.models import Message
from tests import factories as f
from tests.households import purging as p
from tests.households.retaining import DAY, LONG_AGO, RetentionCase


class SweepTests(RetentionCase):
    def test_every_table_that_holds_something_of_somebody_is_swept(self) -> None:
        """Those of areas and of Django, too; of the audit, of which nothing is deleted, none."""
        personal = {
            row.model._meta.db_table
            for row in data_map.rows()
            if row.held and row.held.level in (Level.PERSONAL, Level.SENSITIVE) and row.model._meta.app_label != "audit"
        }
        assert {"households_opening", "privacy_datarequest", "exports_export", "django_admin_log"} < personal
        assert personal <= set(swept_tables())
        assert not [name for name in swept_tables() if name.startswith("audit_")]

    def test_every_table_named_is_there(self) -> None:
        assert set(swept_tables()) <= set(connection.introspection.table_names())


class ApplyTests(RetentionCase):
    def test_it_goes_only_after_it_was_listed_for_a_day(self) -> None:
        visit = self.old_visit()
        assert verbs.apply_due() == {}
        verbs.list_due()
        assert verbs.apply_due() == {}
        DueRow.objects.update(listed_at=timezone.now() - LISTED_FOR + timedelta(minutes=1))
        assert verbs.apply_due() == {}
        self.tomorrow()
        assert verbs.apply_due() == {Subject.VISITS: 1}
        assert not Visit.unscoped.filter(pk=visit.pk).exists()
        assert Tombstone.objects.get(table="households.visit").rule == "visits"

    def test_what_is_young_stays(self) -> None:
        f.make_visit(self.household, self.worker)
        f.make_request(self.household)
        assert set(verbs.list_due().values()) == {0}

    def test_what_is_not_due_any_more_leaves_the_list(self) -> None:
        visit = self.old_visit()
        verbs.list_due()
        Visit.unscoped.filter(pk=visit.pk).update(happened_at=timezone.now())
        self.tomorrow()
        assert verbs.apply_due() == {}
        assert Visit.unscoped.filter(pk=visit.pk).exists()
        assert not DueRow.objects.exists()

    def test_listing_twice_changes_nothing_and_a_row_keeps_its_day(self) -> None:
        self.old_visit()
        verbs.list_due()
        self.tomorrow()
        before = list(DueRow.objects.values_list("pk", "listed_at"))
        verbs.list_due()
        assert list(DueRow.objects.values_list("pk", "listed_at")) == before

    def test_nothing_under_a_legal_hold_goes_and_all_of_it_when_that_is_over(self) -> None:
        campaign = f.make_campaign(self.home, by=self.clerk, takes_visits=True)
        visit = self.old_visit(campaign=campaign)
        need = f.make_need(self.wang, until_date=today() - LONG_AGO, since_date=today() - LONG_AGO, campaign=campaign)
        filed = self.old_request(campaign=campaign)
        verbs.list_due()
        campaign_verbs.hold(campaign, by=self.clerk, why="案件", until_date=today())
        self.tomorrow()
        verbs.apply_due()
        assert Visit.unscoped.filter(pk=visit.pk).exists()
        assert ResidentNeed.unscoped.filter(pk=need.pk).exists()
        assert not ServiceRequest.unscoped.get(pk=filed.pk).is_anonymised
        Campaign.objects.update(hold_until_date=today() - DAY)
        verbs.list_due()
        self.tomorrow()
        assert verbs.apply_due()[Subject.VISITS] == 1
        assert ServiceRequest.unscoped.get(pk=filed.pk).is_anonymised

    def test_a_request_is_anonymised_and_one_that_is_open_or_waits_for_an_answer_is_not(self) -> None:
        old = self.old_request()
        resolved = self.old_request()
        ServiceRequest.unscoped.filter(pk=resolved.pk).update(state="resolved")
        verbs.list_due()
        self.tomorrow()
        verbs.apply_due()
        assert ServiceRequest.unscoped.get(pk=old.pk).is_anonymised
        assert not ServiceRequest.unscoped.get(pk=resolved.pk).is_anonymised

    def test_photos_go_earlier_than_their_request(self) -> None:
        filed = self.old_request()
        ServiceRequest.unscoped.filter(pk=filed.pk).update(updated_at=timezone.now() - timedelta(days=200))
        photo = p.plant_photo(service_request=filed)
        verbs.list_due()
        self.tomorrow()
        assert verbs.apply_due() == {Subject.PHOTOS: 1, Subject.MESSAGES: 2}
        assert not Photo.unscoped.exists()
        assert not photo.image.storage.exists(str(photo.image.name))
        assert not ServiceRequest.unscoped.get(pk=filed.pk).is_anonymised

    def test_somebody_who_moved_out_goes_with_needs_events_and_what_the_history_repeats(self) -> None:
        gone = f.make_resident(self.household, "刘走远", presence="moved_out", phone="19900000088")
        f.make_need(gone, note="糖尿病")
        about = {"household": self.household, "resident": gone, "by": self.clerk}
        LifeEvent.unscoped.create(
            **about, kind=LifeKind.MOVED_OUT, happened_date=today(), reported_at=timezone.now() - LONG_AGO, note="搬走"
        )
        FileChange.unscoped.create(**about, action="resident_amended", why="改名")
        repeats = FileChange.unscoped.create(
            household=self.household, by=self.clerk, action="amended",
            changes=[{"field": "contact", "old": "刘走远", "new": "王秀英"}],
        )  # fmt: skip
        stays = f.make_resident(self.household, "刘刚走", presence="moved_out")
        verbs.list_due()
        self.tomorrow()
        assert verbs.apply_due() == {Subject.PEOPLE: 1}
        assert not Resident.unscoped.filter(pk=gone.pk).exists()
        assert Resident.unscoped.filter(pk=stays.pk).exists()
        assert not LifeEvent.unscoped.exists()
        repeats.refresh_from_db()
        assert repeats.changes == [{"field": "contact", "old": "***", "new": "王秀英"}]
        assert "改名" not in [row.why for row in FileChange.unscoped.all()]

    def test_a_closed_file_keeps_its_door_and_nothing_else(self) -> None:
        empty = f.make_household(self.building, 3, "601", door_note="狗", until_date=today() - LONG_AGO)
        Household.unscoped.filter(pk=empty.pk).update(from_date=today() - LONG_AGO)
        f.make_phone(empty, "19900000077")
        FileChange.unscoped.create(household=empty, action="opened", by=self.clerk)
        before = empty.door_key
        verbs.list_due()
        self.tomorrow()
        assert verbs.apply_due() == {Subject.FILES: 1}
        empty.refresh_from_db()
        assert (empty.door, empty.door_note, empty.door_key == before) == ("601", "", False)
        assert not HouseholdPhone.unscoped.filter(household=empty).exists()
        verbs.list_due()
        assert not DueRow.objects.exists()

    def test_messages_that_failed_go_too_and_one_that_waits_stays(self) -> None:
        for state in ("sent", "failed", "waiting"):
            Message.objects.create(
                key=state, channel="sms", recipient="1", body="话", state=state, created_at=timezone.now() - LONG_AGO
            )
        verbs.list_due()
        self.tomorrow()
        assert verbs.apply_due() == {Subject.MESSAGES: 2}
        assert Message.objects.get().state == "waiting"

    def test_it_goes_on_after_being_cut_off(self) -> None:
        for _number in range(5):
            self.old_visit()
        verbs.list_due()
        self.tomorrow()
        with mock.patch("households.actions.purge.BATCH", 2):
            assert verbs.apply_due(p.StopAfter(2)) != {Subject.VISITS: 5}
            verbs.apply_due()
        assert not Visit.unscoped.exists()
        assert Tombstone.objects.filter(table="households.visit").count() == 5

    def test_a_rule_that_ended_keeps_and_another_takes_its_place(self) -> None:
        self.old_visit()
        RetentionRule.objects.filter(subject="visits").update(until_date=today() - DAY)
        reference.forget()
        assert verbs.list_due()[Subject.VISITS] == 0
        RetentionRule.objects.create(subject="visits", keep_days=3_000, written_at=timezone.now() - NOTICE)
        reference.forget()
        assert verbs.list_due()[Subject.VISITS] == 1

    def test_of_two_rules_of_a_time_the_longer_one_holds(self) -> None:
        RetentionRule.objects.create(
            subject="visits", keep_days=90, until_date=today() + DAY, written_at=timezone.now() - NOTICE
        )
        reference.forget()
        assert reference.retention()[Subject.VISITS] == 730

    def test_nothing_that_people_would_miss_is_kept_for_less_than_ninety_days(self) -> None:
        rules = RetentionRule.objects.all()
        for subject, least in (
            *((each, 90) for each in ("requests", "photos", "visits", "needs", "people", "files")), ("messages", 7),
        ):  # fmt: skip
            assert rules.filter(subject=subject).update(keep_days=least) == 1
            with pytest.raises(IntegrityError, match="at_least"), transaction.atomic():
                rules.filter(subject=subject).update(keep_days=least - 1)

    def test_who_looked_is_kept_for_three_years_at_least(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            RetentionRule.objects.filter(subject="audit").update(keep_days=1_095)

    def test_it_is_done_every_day(self) -> None:
        self.old_visit()
        chore = EVERY_DAY["rows forgotten"]
        stop = p.StopAfter(1_000)
        assert chore(stop) == 0
        self.tomorrow()
        assert chore(stop) == 1

    def test_the_command_lists_and_with_apply_does_it(self) -> None:
        self.old_visit()
        with mock.patch("sys.stdout") as out:
            call_command("retention")
        told = "".join(call.args[0] for call in out.write.call_args_list)
        assert "visits: kept 730 days, 1 due, 1 listed" in told
        assert Visit.unscoped.exists()
        self.tomorrow()
        with mock.patch("sys.stdout"):
            call_command("retention", "--apply")
        assert not Visit.unscoped.exists()
