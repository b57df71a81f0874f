"""Reads all that is kept of one person, and nothing that is of anybody else.

The rules, for who adds a table: a row is in it when it is of the person, or of the household alone with nobody in it.
What people wrote is in it when the person could be told: of the person, said to them or by them, and naming nobody else
(`others`). About a household where others live, too, only days and results are told. Colleagues stand by their names,
as everywhere a resident reads; nothing else of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from households.audit_words import action_words
from households.models import (
    Assignment,
    FileChange,
    Household,
    HouseholdPhone,
    LifeEvent,
    Opening,
    Photo,
    RequestEvent,
    RequestItem,
    Resident,
    Responsibility,
    ServiceRequest,
    Visit,
    VisitCheck,
)
from households.openings import role_label, what_words, why_words
from households.wording import action
from resilience.audit.models import Entry
from resilience.lib.crypto import blind_indexes
from resilience.outbox.models import Channel, Message

from .models import Consent, DataRequest
from .others import Others
from .own_copy import Row, Section, Value, changed, choice, day, moment, number, text, withheld, yes_no
from .whose import around, same, sorted_requests

MOST = 2_000  # rows of a section: far more than anybody has
_LINK = re.compile(r"https?://\S+")


def copy_of(resident: Resident) -> list[Section]:
    """Every section, the empty ones too. `resident` with its homes loaded; words in the active language."""
    return _Reader(resident).sections()


class _Reader:
    """Of one person; each method reads a section."""

    def __init__(self, resident: Resident) -> None:
        self.resident, self.home = resident, resident.household
        housemates = set(around(resident).values_list("name", flat=True))
        self.is_alone = not housemates
        self.requests, self.for_others, asked = sorted_requests(resident)
        named = {name for one in asked for name in (one.person_name, one.filer_name)} | housemates
        self.others = Others.than(resident.name, (resident.phone, resident.id_number), named)
        self._codes = [one.code for one in (*self.requests, *self.for_others)]

    def sections(self) -> list[Section]:
        found: dict[str, Iterable[Row]] = {
            "person": [self.person()],
            "home": [self.household()],
            "phones": self.phones(),
            "needs": self.needs(),
            "life_events": self.life_events(),
            "responsible": self.responsible(),
            "visits": self.visits(),
            "requests": [self.request(one) for one in self.requests],
            "request_items": self.items(),
            "request_events": self.events(),
            "request_helpers": self.helpers(),
            "request_photos": self.photos(),
            "asked_for_others": [self.for_other(one) for one in self.for_others],
            "messages": self.messages(),
            "consents": self.consents(),
            "data_requests": self.data_requests(),
            "openings": self.openings(),
            "changes": self.changes(),
            "audit": self.audit(),
        }
        return [Section(key, list(rows)) for key, rows in found.items()]

    # --- what people wrote
    def said(self, words: str) -> Value:
        return withheld(_("Withheld: others are named in it.")) if self.others.are_in(words) else text(words)

    def said_at_home(self, words: str) -> Value:
        if words and not self.is_alone:
            return withheld(_("Withheld: others live there, too."))
        return self.said(words)

    # --- the file
    def person(self) -> Row:
        one = self.resident
        return {
            "name": text(one.name),
            "birth_year": number(one.birth_year),
            "birth_date": day(one.birth_date),
            "sex": choice(one, "sex"),
            "phone": text(one.phone),
            "id_number": text(one.id_number),
            "relation": choice(one, "relation"),
            "presence": choice(one, "presence"),
            "away_until_date": day(one.away_until_date),
            "stays_at": text(_address(one.stays_with)),
            "registered_at": text(_address(one.registered_household)),
            "registered_elsewhere": self.said(one.registered_elsewhere),
            "recorded_at": moment(one.created_at),
        }

    def household(self) -> Row:
        home = self.home
        colour = choice(home, "care_colour") if self.is_alone else withheld("")
        return {
            "address": text(home.address),
            "community": text(home.community),
            "grid": text(home.grid),
            "file_number": text(home.file_number),
            "is_contact": yes_no(home.contact_id == self.resident.pk),
            "door_note": self.said_at_home(home.door_note),
            "care_colour": colour,
            "last_contact_at": moment(home.last_contact_at),
            "next_due_date": day(home.next_due_date if self.is_alone else None),
        }

    def phones(self) -> list[Row]:
        """The flat's phones may be anybody's: of them only the number that is the person's own."""
        if not self.resident.phone:
            return []
        own = blind_indexes("phone", self.resident.phone)
        rows = HouseholdPhone.objects.of_row(household=self.home).filter(number_index__in=own)
        return [{"phone": text(row.number), "label": self.said(row.label)} for row in rows]

    def needs(self) -> list[Row]:
        rows = self.resident.needs.select_related("kind").order_by("since_date", "pk")
        return [
            {
                "kind": Value(row.kind.code, str(row.kind)),
                "since_date": day(row.since_date),
                "until_date": day(row.until_date),
                "note": self.said(row.note),
                "last_met_date": day(row.last_met_date),
                "next_due_date": day(row.next_due_date),
            }
            for row in rows[:MOST]
        ]

    def life_events(self) -> list[Row]:
        rows = LifeEvent.objects.of_row(resident=self.resident).order_by("happened_date", "pk")
        homes = ("household__building", "other_household__building", "by")
        return [
            {
                "kind": choice(row, "kind"),
                "happened_date": day(row.happened_date),
                "address": text(_address(row.household)),
                "other_address": text(_address(row.other_household)),
                "elsewhere": self.said(row.elsewhere),
                "note": self.said(row.note),
                "recorded_at": moment(row.reported_at),
                "by": text(row.by),
            }
            for row in rows.select_related(*homes)[:MOST]
        ]

    def responsible(self) -> list[Row]:
        rows = Responsibility.objects.filter(household=self.home).select_related("worker").order_by("started_at")
        return [
            {"by": text(row.worker), "started_at": moment(row.started_at), "ended_at": moment(row.ended_at)}
            for row in rows[:MOST]
        ]

    def visits(self) -> list[Row]:
        """To the household; what was found is told only to who lives there alone, but for the person's own needs."""
        rows = Visit.objects.of_row(household=self.home).select_related("worker").order_by("happened_at", "pk")
        checks: dict[int, list[str]] = {}
        mine = VisitCheck.objects.filter(need__resident=self.resident).select_related("need__kind")
        for check in mine:
            checks.setdefault(check.visit_id, []).append(str(check.need.kind))
        elsewhere = Q(pk__in=list(checks))
        rows = (rows | Visit.objects.reached_from(self.resident).filter(elsewhere).select_related("worker")).distinct()
        return [
            {
                "happened_at": moment(row.happened_at),
                "means": choice(row, "means"),
                "result": choice(row, "result"),
                "by": text(row.worker),
                "checked": text(_(", ").join(checks.get(row.pk, []))),
                "finding": choice(row, "finding") if self.is_alone else withheld(""),
                "note": self.said_at_home(row.note),
            }
            for row in rows[:MOST]
        ]

    # --- requests
    def request(self, one: ServiceRequest) -> Row:
        return {
            "code": text(one.code),
            "asked_at": moment(one.created_at),
            "category": Value(one.category.code, str(one.category)),
            "urgency": choice(one, "urgency"),
            "text": self.said(one.text),
            "address": text(one.address),
            "person_name": text(one.person_name),
            "phone": text(one.phone if same(one.phone, self.resident.phone) else ""),
            "by_somebody_else": yes_no(bool(one.filer_name or one.filer_phone)),
            "consent": choice(one, "consent"),
            "source": choice(one, "source"),
            "state": choice(one, "state"),
            "closed_at": moment(one.closed_at),
            "outcome": choice(one, "outcome"),
            "rating": choice(one, "rating"),
        }

    def for_other(self, one: ServiceRequest) -> Row:
        """That the person asked, and what about: not for whom, and not in words that tell of them."""
        return {
            "code": text(one.code),
            "asked_at": moment(one.created_at),
            "category": Value(one.category.code, str(one.category)),
            "state": choice(one, "state"),
        }

    def _of_requests(self, model: Any) -> Any:
        """What hangs on the person's requests, of that model."""
        return model.objects.reached_from(*self.requests).filter(service_request__in=self.requests)

    def items(self) -> list[Row]:
        rows = self._of_requests(RequestItem).select_related("category", "service_request")
        return [
            {
                "code": text(row.service_request.code),
                "category": Value(row.category.code, str(row.category)),
                "words": self.said(row.words),
                "state": choice(row, "state"),
                "every_days": number(row.every_days),
                "next_date": day(row.next_date),
            }
            for row in rows.order_by("pk")[:MOST]
        ]

    def events(self) -> list[Row]:
        """What the person reads on the page of the request."""
        rows = self._of_requests(RequestEvent).select_related("by", "service_request")
        return [
            {
                "code": text(row.service_request.code),
                "at": moment(row.at),
                "kind": choice(row, "kind"),
                "by": text(row.by if row.is_public else ""),
                "words": self.said(row.note if row.is_public else ""),
            }
            for row in rows.order_by("at", "pk")[:MOST]
        ]

    def helpers(self) -> list[Row]:
        rows = Assignment.objects.filter(service_request__in=self.requests).select_related("worker", "service_request")
        return [
            {
                "code": text(row.service_request.code),
                "by": text(row.worker),
                "started_at": moment(row.started_at),
                "ended_at": moment(row.ended_at),
            }
            for row in rows.order_by("started_at", "pk")[:MOST]
        ]

    def photos(self) -> list[Row]:
        rows = self._of_requests(Photo).filter(is_public=True).select_related("service_request")
        return [
            {
                "code": text(row.service_request.code if row.service_request else ""),
                "at": moment(row.created_at),
                "width": number(row.width),
                "height": number(row.height),
            }
            for row in rows.order_by("pk")[:MOST]
        ]

    def messages(self) -> list[Row]:
        """To the person's own phone; without the link, which opens the request to whoever holds it."""
        rows = Message.objects.filter(about__in=self._codes, channel=Channel.SMS).order_by("created_at", "pk")
        return [
            {
                "code": text(row.about),
                "phone": text(row.recipient),
                "body": self.said(_LINK.sub("…", row.body)),
                "state": choice(row, "state"),
                "written_at": moment(row.created_at),
                "sent_at": moment(row.sent_at),
            }
            for row in rows[:MOST]
            if same(row.recipient, self.resident.phone)
        ]

    # --- what was done with it
    def consents(self) -> list[Row]:
        """A guardian spoke for them: their name stands there."""
        rows = Consent.objects.filter(resident=self.resident).select_related("text").order_by("pk")
        return [
            {
                "purpose": choice(row, "purpose"),
                "said": choice(row, "answer"),
                "version": number(row.text.version),
                "words": text(row.text.words),
                "given_by": choice(row, "given_by"),
                "guardian_name": text(row.guardian_name),
                "guardian_is": choice(row, "guardian_is"),
                "how": choice(row, "how"),
                "at": moment(row.given_at),
                "taken_back_at": moment(row.ended_at),
            }
            for row in rows[:MOST]
        ]

    def data_requests(self) -> list[Row]:
        """Who asked for them showed that they may: their name stands there, as they came in the person's own."""
        rows = DataRequest.objects.filter(resident=self.resident).order_by("asked_at", "pk")
        return [
            {
                "kind": choice(row, "kind"),
                "asked_at": moment(row.asked_at),
                "asker": choice(row, "asker"),
                "asker_name": text(row.asker_name),
                "authority": text(row.authority),
                "identity": choice(row, "identity"),
                "words": self.said(row.words),
                "proposed": text(row.proposed.get("value", "")),
                "state": choice(row, "state"),
                "due_at": moment(row.due_at),
                "closed_at": moment(row.closed_at),
                "refusal": choice(row, "refusal"),
                "answer": self.said(row.answer),
            }
            for row in rows[:MOST]
        ]

    def openings(self) -> list[Row]:
        """Of the person, of their requests, and of what the household has in common."""
        of_home = Q(household=self.home, resident__isnull=True, service_request__isnull=True)
        rows = Opening.objects.filter(Q(resident=self.resident) | Q(service_request__in=self.requests) | of_home)
        return [
            {
                "at": moment(row.opened_at),
                "by": text(row.by),
                "role": Value(row.role, role_label(row.role)),
                "fields": Value(row.fields, what_words(row.fields)),
                "why": self._why(row),
                "code": text(self._own_code(row.service_request)),
            }
            for row in rows.select_related("by", "about", "service_request").order_by("opened_at", "pk")[:MOST]
        ]

    def _why(self, row: Opening) -> Value:
        """A reason in words is about whoever the opening was about: of the household's own, perhaps somebody else."""
        told = why_words(row.reason, row.words, self._own_code(row.about))
        is_of_home = row.resident_id is None and row.service_request_id is None
        return self.said_at_home(told) if is_of_home and told == row.words else self.said(told)

    def _own_code(self, one: ServiceRequest | None) -> str:
        return one.code if one and one.code in self._codes else ""

    def changes(self) -> list[Row]:
        """Of the person; the file keeps phone, ID number and notes masked in its history."""
        rows = FileChange.objects.of_row(resident=self.resident).select_related("by").order_by("at", "pk")
        return [
            {
                "at": moment(row.at),
                "by": text(row.by),
                "action": Value(row.action, action(row.action)),
                "changed": self.said(" · ".join(changed(**change) for change in row.changes)),
                "why": self.said(row.why),
            }
            for row in rows[:MOST]
        ]

    def audit(self) -> list[Row]:
        rows = Entry.objects.filter(subject_kind="resident", subject_key=self.resident.uid.hex).order_by("id")
        return [
            {
                "at": moment(row.at),
                "action": Value(row.action, action_words(row.action)),
                "fields": text(row.fields),
                "role": choice(row, "actor"),
            }
            for row in rows[:MOST]
        ]


def _address(home: Household | None) -> str:
    return home.address if home else ""
