"""`manage.py demo --no-serve`: a believable place, the same each time, nobody real in it."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any

import phonenumbers
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import DateField
from django.test import TestCase, override_settings
from django.utils import timezone
from stdnum.cn import ric

from households import reference
from households.actions.care import refresh_all
from households.models import (
    TRANSITIONS,
    Assignment,
    Building,
    Campaign,
    CampaignState,
    Destruction,
    EventKind,
    Household,
    HouseholdPhone,
    ItemState,
    Level,
    LifeKind,
    Opening,
    OpeningReason,
    Photo,
    Rating,
    Region,
    RequestEvent,
    RequestItem,
    Resident,
    ResidentNeed,
    Responsibility,
    ServiceRequest,
    Source,
    State,
    Tombstone,
    Urgency,
    Visit,
)
from households.twin_search import likely_twins
from resilience.accounts.models import User
from resilience.audit.models import Entry, Link
from resilience.audit.triggers import lifted
from resilience.audit.verify import verify
from resilience.demo.place import BLOCK, COMMUNITY, HOUSEHOLDS, PASSWORD
from resilience.demo.shift import MOVED
from resilience.demo.texts import ASKS, DONE
from resilience.exports.models import Export
from resilience.outbox.models import Message, MessageState
from resilience.privacy.models import Consent, DataRequest, RequestState

NOON = datetime(2026, 11, 18, 4, 30, tzinfo=UTC)  # half past twelve in Lanzhou, a Wednesday


def demo(*more: str, households: int = 90) -> str:
    out = io.StringIO()
    call_command("demo", "--no-serve", "--households", str(households), *more, stdout=out)
    return out.getvalue()


def picture() -> list[Any]:
    """What a visitor would recognise a demo by."""
    return [
        list(Resident.unscoped.order_by("pk").values_list("uid", "name", "birth_date", "relation", "presence")),
        [row.phone + row.id_number for row in Resident.unscoped.order_by("pk")],
        list(ServiceRequest.unscoped.order_by("pk").values_list("code", "token", "text", "state", "created_at")),
        list(RequestEvent.unscoped.order_by("pk").values_list("kind", "at", "note", "by__username")),
        list(Visit.unscoped.order_by("pk").values_list("uid", "happened_at", "note", "result")),
        list(
            Opening.objects.order_by("pk").values_list("opened_at", "reason", "by__username", "household__file_number")
        ),
        list(Consent.objects.order_by("pk").values_list("given_at", "resident__name", "answer", "ended_at")),
        list(DataRequest.objects.order_by("pk").values_list("asked_at", "resident__name", "kind", "state")),
        list(Export.objects.order_by("pk").values_list("code", "asked_at", "rows", "state")),
        list(Household.unscoped.order_by("pk").values_list("door_key", "file_number", "next_due_date")),
    ]


class DemoTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        reference.forget()
        cls.media = cls.enterClassContext(TemporaryDirectory())
        with time_machine.travel(NOON, tick=False), override_settings(MEDIA_ROOT=cls.media):
            demo()

    def setUp(self) -> None:
        reference.forget()
        traveller = time_machine.travel(NOON, tick=False)
        traveller.start()
        self.addCleanup(traveller.stop)

    # --- the place ------------------------------------------------------------------------------
    def test_is_planned_like_the_real_one(self) -> None:
        doors = sum(plan.entrances * plan.storeys * plan.doors for plan in BLOCK)
        shops = 8
        assert (len(BLOCK), sum(plan.entrances for plan in BLOCK), doors - shops) == (9, 27, HOUSEHOLDS)

    def test_has_every_division_of_the_city(self) -> None:
        assert Region.objects.filter(level=Level.DISTRICT).count() == 9
        assert Region.objects.communities().count() > 1_100

    def test_fills_as_many_doors_as_asked_for_each_with_one_who_answers_for_it(self) -> None:
        assert Household.unscoped.count() == 90
        assert Responsibility.objects.active().count() == 90
        assert Building.objects.count() == 9
        assert Responsibility.objects.active().values("worker").distinct().count() == 6

    def test_gives_everybody_an_account_that_opens(self) -> None:
        above = ("volunteer", "supervisor", "auditor")
        names = ("admin", "desk1", "desk2", "lead", *(f"worker{n}" for n in range(1, 6)), *above)
        user = User.objects.get(username="admin")
        assert user.check_password(PASSWORD)
        assert set(User.objects.filter(password=user.password).values_list("username", flat=True)) == set(names)

    # --- again ----------------------------------------------------------------------------------
    def test_changes_nothing_the_second_time_and_says_so(self) -> None:
        before = picture()
        said = demo()
        assert "nothing was changed" in said
        assert str(connection.settings_dict["NAME"]) in said
        assert "--fresh" in said
        assert picture() == before

    def test_a_week_later_nothing_is_later_than_it_was(self) -> None:
        def late() -> list[object]:
            doors = Household.unscoped.overdue().count(), Household.unscoped.due_by(timezone.localdate()).count()
            dues = ServiceRequest.unscoped.order_by("pk").values_list("due_at", flat=True)
            return [doors, ServiceRequest.unscoped.overdue().count(), [due - timezone.now() for due in dues]]

        before, born = late(), list(Resident.unscoped.order_by("pk").values_list("birth_date", flat=True))
        with time_machine.travel(NOON + timedelta(days=7), tick=False):
            assert late() != before
            assert "moved by 7 d" in demo()
            assert late() == before
            assert "nothing was changed" in demo()
            self.test_nothing_lies_in_the_future()
        assert list(Resident.unscoped.order_by("pk").values_list("birth_date", flat=True)) == born

    def test_leaves_a_night_as_it_was(self) -> None:
        with time_machine.travel(NOON + timedelta(hours=20), tick=False):
            assert "nothing was changed" in demo()

    def test_moves_every_table_of_what_happens(self) -> None:
        """A new table with a date must be decided about."""
        stay = {"Region", "Grid", "Building", "Appointment", "CareRule", "ClockRule", "SpecialDay", "RequestDraft"}
        stay |= {
            "Campaign",
            "Destruction",
            "Tombstone",
            "DoomedFile",
            "RetentionRule",
            "DueRow",
            "Session",
            "Invitation",
            "OpeningAllowance",
            "ConsentText",
        }
        for label in ("accounts", "households", "outbox", "exports", "privacy"):
            for model in apps.get_app_config(label).get_models():
                dated = any(isinstance(field, DateField) for field in model._meta.concrete_fields)
                if dated and not model.__name__.startswith("Historical"):
                    assert (model in MOVED) != (model.__name__ in stay), model

    def test_empties_no_database_that_is_not_a_demo(self) -> None:
        Region.objects.filter(code=COMMUNITY).update(code="620103001999")
        with self.assertRaisesMessage(CommandError, "does not hold the demo"):
            demo("--fresh")
        assert Household.unscoped.count() == 90

    def test_is_the_same_for_the_same_seed_and_another_for_another(self) -> None:
        first = picture()
        with transaction.atomic():
            _empty()
            demo()
            assert picture() == first
            _empty()
            demo("--seed", "7")
            other = picture()
            transaction.set_rollback(True)
        assert all(one != another for one, another in zip(first, other, strict=True))

    def test_its_audit_is_sound(self) -> None:
        connection.check_constraints()
        report = verify()
        assert report.is_sound, report.faults
        assert report.rows > ServiceRequest.unscoped.count() * 3

    def test_a_campaign_that_has_ended_keeps_nothing_that_names_anybody(self) -> None:
        ended = Campaign.objects.get(state=CampaignState.ENDED)
        assert Destruction.objects.filter(campaign=ended, finished_at__isnull=False).exists()
        assert not ServiceRequest.unscoped.filter(campaign=ended, anonymised_at__isnull=True).exists()

    def test_leaves_the_clock_as_it_was(self) -> None:
        assert timezone.now() == NOON
        assert Message._meta.get_field("created_at").get_default() == NOON
        assert ServiceRequest().code != ServiceRequest().code

    # --- nobody real ----------------------------------------------------------------------------
    def test_has_no_phone_that_anybody_could_have(self) -> None:
        numbers = {
            *(row.number for row in HouseholdPhone.unscoped.all()),
            *(row.phone for row in Resident.unscoped.all()),
            *(row.phone for row in ServiceRequest.unscoped.all()),
            *(row.filer_phone for row in ServiceRequest.unscoped.all()),
            *(user.phone for user in User.objects.all()),
        } - {""}
        assert len(numbers) > 100
        assert [n for n in numbers if phonenumbers.is_valid_number(phonenumbers.parse(n, "CN"))] == []
        assert {number[:3] for number in numbers} == {"154"}

    def test_has_no_id_number_that_anybody_could_have(self) -> None:
        numbers = [row.id_number for row in Resident.unscoped.all() if row.id_number]
        assert len(numbers) > 100
        assert Counter(map(len, numbers)) == {18: len(numbers)}
        assert [number for number in numbers if ric.is_valid(number)] == []

    # --- believable -----------------------------------------------------------------------------
    def test_has_something_of_every_kind_going_on(self) -> None:
        requests = ServiceRequest.unscoped.all()
        assert set(requests.values_list("state", flat=True)) == set(State.values)
        assert set(requests.values_list("urgency", flat=True)) == set(Urgency.values)
        assert set(requests.values_list("source", flat=True)) == set(Source.values)
        assert {Rating.SATISFIED, Rating.MOSTLY, Rating.DISSATISFIED} <= set(requests.values_list("rating", flat=True))
        assert requests.overdue().exists()
        assert requests.filter(paused_at__isnull=False).exists()
        assert requests.filter(escalation__gt=0).exists()
        assert requests.filter(reopened__gt=0, state=State.CLOSED).exists()
        assert RequestItem.unscoped.filter(state=ItemState.FOR_NOW).exists()
        assert set(Message.objects.values_list("state", flat=True)) >= {MessageState.SENT, MessageState.FAILED}
        assert Household.unscoped.due_by(timezone.localdate()).exists()

    # --- people's own data ------------------------------------------------------------------------
    def test_somebody_looked_for_each_reason_and_one_at_so_many_that_those_in_charge_were_told(self) -> None:
        openings = Opening.objects.all()
        assert set(openings.values_list("reason", flat=True)) == set(OpeningReason.values)
        assert openings.filter(about__isnull=False).exists()
        assert set(openings.filter(is_over=True).values_list("by__username", flat=True)) == {"supervisor"}
        assert Entry.objects.filter(action="openings.alarm").count() == 1
        assert Message.objects.filter(about="openings").exists()

    def test_some_agreed_one_said_no_one_took_it_back_and_a_parent_spoke_for_a_child(self) -> None:
        assert Consent.objects.filter(answer="yes", ended_at__isnull=True).count() >= 4
        assert Consent.objects.filter(answer="no").count() == 1
        assert Consent.objects.filter(answer="yes", ended_at__isnull=False).count() == 1
        assert Consent.objects.filter(is_child=True, given_by="guardian", guardian__isnull=False).count() == 1

    def test_requests_about_ones_own_data_are_in_every_state_and_one_is_nearly_too_late(self) -> None:
        assert set(DataRequest.objects.values_list("state", flat=True)) == set(RequestState.values)
        due = DataRequest.objects.open().due_first()[0].due_at
        assert timedelta(0) < due - timezone.now() < timedelta(days=3)

    def test_one_export_waits_one_was_refused_and_one_is_over_with_its_file(self) -> None:
        states = Counter(Export.objects.values_list("state", flat=True))
        assert states == {"waiting": 1, "refused": 1, "ended": 1}
        over = Export.objects.get(state="ended")
        assert (over.end, over.downloads, over.file) == ("expired", 1, "")
        assert over.made_at is not None

    def test_has_photos_that_are_there(self) -> None:
        photos = list(Photo.unscoped.all())
        assert photos
        with self.settings(MEDIA_ROOT=self.media):
            for photo in photos:
                with photo.image.open() as file:
                    assert file.read(4) == b"RIFF"

    def test_speaks_in_many_words(self) -> None:
        assert sum(map(len, ASKS.values())) >= 60
        said = Counter(ServiceRequest.unscoped.values_list("text", flat=True))
        assert max(said.values()) <= 3
        assert not any("{" in text for text in said)

    def test_answers_what_was_asked(self) -> None:
        """Each kind has words of its own: no lift is mended where the heating leaks."""
        assert set(DONE) >= {code.partition("-")[0] for code in ASKS}
        words = {kind: {word for texts in DONE.values() for text in texts for word in re.findall(said, text)}
                 for kind, said in {"repair-lift": "电梯", "repair-heat": "室温|暖气"}.items()}  # fmt: skip
        ended = RequestEvent.unscoped.filter(kind=EventKind.RESOLVED).exclude(service_request__category__code="other")
        for event in ended.select_related("service_request__category"):
            code = event.service_request.category.code
            for kind, own in words.items():
                assert code == kind or not any(word in event.note for word in own), (code, event.note)

    def test_files_have_a_past(self) -> None:
        kinds = set(Resident.unscoped.filter(life_events__isnull=False).values_list("life_events__kind", flat=True))
        assert {LifeKind.WENT_AWAY, LifeKind.MOVED_OUT} & kinds
        assert Household.unscoped.filter(changes__isnull=False).exists()

    def test_nothing_lies_in_the_future(self) -> None:
        now = timezone.now()
        for model, field in ((RequestEvent, "at"), (Visit, "happened_at"), (Assignment, "started_at"),
                             (ServiceRequest, "updated_at"), (Message, "created_at"), (Opening, "last_at"),
                             (Consent, "given_at"), (DataRequest, "asked_at"), (Export, "asked_at")):  # fmt: skip
            assert not model._default_manager.filter(**{f"{field}__gt": now}).exists(), model
        assert RequestEvent.unscoped.filter(at__lt=now - timedelta(days=26)).exists()

    def test_the_neighbours_of_the_cold_stair_are_proposed_as_twins(self) -> None:
        joined = ServiceRequest.unscoped.filter(merged_into__isnull=False, category__code="repair-heat")
        main = joined.select_related("merged_into__household")[0].merged_into
        assert main
        assert main.household
        alone = (
            ServiceRequest.unscoped.open()
            .exclude(pk=main.pk)
            .get(category__code="repair-heat", building=main.building, household__entrance=main.household.entrance)
        )
        found = likely_twins(alone, ServiceRequest.unscoped.all())
        assert found[0][0] == main

    # --- consistent -----------------------------------------------------------------------------
    def test_every_story_follows_the_table_of_moves(self) -> None:
        for request in ServiceRequest.unscoped.prefetch_related("events"):
            state = None
            for event in request.events.all():
                if not event.to_state:
                    continue
                if state is not None:
                    assert event.from_state == state, request.code
                    assert event.to_state == state or event.to_state in TRANSITIONS[State(state)], request.code
                state = event.to_state
            assert state == request.state, request.code

    def test_every_active_assignment_is_the_requests_worker(self) -> None:
        active = {row.service_request_id: row.worker_id for row in Assignment.objects.active()}
        given = dict(ServiceRequest.unscoped.filter(worker__isnull=False).values_list("pk", "worker"))
        assert active == given

    def test_contact_dates_are_what_the_rules_make_of_them(self) -> None:
        rows = Household.unscoped.order_by("pk").values_list("pk", "next_due_date")
        needs = ResidentNeed.unscoped.order_by("pk").values_list("pk", "next_due_date")
        before = list(rows), list(needs)
        refresh_all()
        assert (list(rows), list(needs)) == before


def _empty() -> None:
    """As if nothing had been filled; inside a transaction that is undone."""
    reference.forget()
    connection.check_constraints()  # PostgreSQL alters no table while something waits for the commit
    with lifted():
        Link.objects.all().delete()
        Entry.objects.all().delete()
        connection.check_constraints()
    for personal in (Export, Consent, DataRequest, Opening):
        personal._default_manager.all().delete()
    for model in (Photo, Message, Visit, ServiceRequest, Responsibility):
        if model is ServiceRequest:
            RequestEvent.unscoped.all().delete()
            ServiceRequest.unscoped.update(merged_into=None, state=State.CLOSED, worker=None, paused_at=None)
        model._default_manager.all().delete()
    for household in Household.unscoped.all():
        household.life_events.all().delete()
    Household.unscoped.update(contact=None)
    Resident.unscoped.all().delete()
    Household.unscoped.all().delete()
    Building.objects.all().delete()
    Tombstone.objects.all().delete()
    Destruction.objects.all().delete()
    Campaign.objects.all().delete()
    _forget_people()


def _forget_people() -> None:
    for user in User.objects.all():
        user.appointments.all().delete()
    Region.objects.get(code="620103001001").grids.all().delete()
    User.objects.all().delete()
