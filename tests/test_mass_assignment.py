"""Every field of every model, sent along with every form: nothing happens that the form alone would not do.

Each form is sent twice by somebody who may, and undone: as it is, and with all those names besides. Both answers and
both databases must be the same, but for what is drawn at random.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import time_machine
from allauth.mfa.models import Authenticator
from django import forms
from django.apps import apps
from django.db import models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from households import reference
from households.actions.people import hand_over_everything
from households.forms.campaigns import ConfirmForm
from households.forms.drafts import DangerForm
from households.forms.invitations import AcceptForm
from households.forms.people import WakeForm
from households.models import Invitation
from households.views.request_page import BY_SLUG
from resilience.accounts.forms import CredentialForm, EndSessionForm, FactorForm
from resilience.accounts.models import RateCount, Session, User
from resilience.accounts.sessions import SessionStore
from resilience.exports.listings import LISTINGS
from resilience.exports.models import Export, Which
from resilience.lib.codes import new_code, new_token
from resilience.lib.dates import today
from resilience.outbox.models import Message
from resilience.privacy.forms import ProofForm
from tests import factories as f
from tests.bad_forms import BUTTONS, ELSEWHERE, FORMS, POSTED, SEARCHES, Sent
from tests.bad_input import BadInputTestCase
from tests.factories import PASSWORD
from tests.households.ask import DETAILS, WHAT
from tests.surface import address

OURS = ("accounts", "mfa", "outbox", "households", "privacy", "exports")
FORGED = {
    "uuid": str(uuid.UUID(int=0xBAD)), "code": new_code(), "token": new_token(), "word": "forged", "day": "2031-03-03",
    "moment": "2031-03-03T03:03:03+00:00", "number": "1", "yes": "1",
}  # fmt: skip
# Of no model, and of Django's own making: what somebody who knows it would try besides.
ODD = {
    "_state": "x", "_state.adding": "1", "pk": "1", "objects": "x", "__class__": "x", "csrfmiddlewaretoken": "x",
    "_method": "DELETE", "by": "1", "actor": "desk", "viewer": "1", "user": "1", "instance": "1", "initial": "x",
    "is_admin": "1", "role": "staff", "appointments": "1", "appointments__role": "staff", "groups": "1",
    "user_permissions": "1", "counted": "forged", "service_request__state": "closed", "worker__is_superuser": "1",
    "household__grid": "1", "household__community__code": "620103002001", "password": "forged", "from_state": "closed",
}  # fmt: skip
# Buttons, and what else is no form of one class.
_PASSWORDS = {"old_password": PASSWORD, "new_password1": "other-weather-31", "new_password2": "other-weather-31"}
_ACCEPTED = {"username": "newhand", "password": "other-weather-31", "again": "other-weather-31"}
PRESSED = {
    "ask": Sent("anonymous", forms.Form, {"what": ["groceries"], "urgency": "low"}),
    "ask-kind": Sent("anonymous", forms.Form, {"kind": []}),
    "ask-where-doors": Sent("anonymous", forms.Form, {"door": "1/701"}),
    "ask-danger": Sent("in danger", DangerForm, {"address": "西园市场东门", "phone": "19900000001"}),
    "ask-often": Sent("often", forms.Form, {"often-groceries": "7", "often-repair": ""}),
    "ask-send": Sent("finished", forms.Form),
    "ask-add": Sent("scanned", forms.Form),
    "ask-clear": Sent("finished", forms.Form),
    "household-confirm": Sent("worker", forms.Form),
    "text_size": Sent("anonymous", forms.Form, {"size": "150"}),
    "set_language": Sent("anonymous", forms.Form, {"language": "en"}),
    "person-back": Sent("clerk", forms.Form, more={"uid": "@ill.uid"}),
    "export-fetch": Sent("clerk", forms.Form),
    "export-end": Sent("clerk", forms.Form),
    "request-accept": Sent("worker", BY_SLUG["accept"]),
    "request-start": Sent("worker", BY_SLUG["start"]),
    "request-take-up": Sent("clerk", BY_SLUG["take-up"], on="untaken"),
    "request-take-back": Sent("clerk", BY_SLUG["take-back"], on="cancelled"),
    "request-unmerge": Sent("clerk", forms.Form, on="joined"),
    "desk-search": Sent("clerk", forms.Form, {"q": "金雀"}),
    "households": Sent("worker", forms.Form, {"q": "金雀"}),
    "consent-take-back": Sent("worker", forms.Form, more={"purpose": "photos"}),
    "data-request-take": Sent("clerk", forms.Form),
    "data-request-copy": Sent("clerk", forms.Form, {"shape": "file"}),
    "data-request-fetch": Sent("clerk", forms.Form),
    "data-request-proposed": Sent("clerk", forms.Form),
    "track-data": Sent("anonymous", ProofForm, {"id_tail": "017005"}),
    "accounts:logout": Sent("worker", forms.Form),
    "accounts:login": Sent("anonymous", forms.Form, {"username": "newcomer", "password": PASSWORD}),
    "accounts:password": Sent("newcomer", forms.Form, _PASSWORDS),
    "accounts:passkey": Sent("anonymous", CredentialForm, {"credential": "{}"}),
    "accounts:passkey_options": Sent("anonymous", forms.Form),
    "accounts:recovery_codes": Sent("lead", forms.Form),
    "accounts:remove_factor": Sent("lead", FactorForm, {"factor": "@lead_app.pk"}),
    "accounts:sessions": Sent("worker", EndSessionForm, {"others": "on"}),
    "person-sessions": Sent("clerk", EndSessionForm, {"others": "on"}),
    "people-dormant": Sent("clerk", WakeForm, {"person": "@asleep.uid"}),
    "invitation-cancel": Sent("clerk", forms.Form),
    "invited": Sent("anonymous", AcceptForm, _ACCEPTED),
    "campaign-approve": Sent("clerk", ConfirmForm),
    "campaign-close": Sent("clerk", ConfirmForm, more={"uid": "@running.uid"}),
    "openings-allow": Sent("clerk", forms.Form, {"place": "@home.code"}),
    "audit-verify": Sent("auditor", forms.Form),
}
# Fields of forms that are not in FORMS: of whose network has begun very many; the filter of the list exported.
LISTED = {"ask": {"phone"}, "export-new": LISTINGS[Which.HOUSEHOLDS].filters}
# Read from what a POST sends, beside the form: the way a page goes on, by the names of its buttons and hidden fields.
BESIDE_THE_FORM = {
    "next", "keep", "stay", "remove", "back", "step", "seen", "twin", "codes", "photos", "q", "size", "language",
}  # fmt: skip
RANDOM = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[A-Za-z0-9_-]{43}|[2-9A-HJ-NP-Z]{9}|[0-9a-f]{20,}"
    r"|[2-9A-HJ-NP-Z]{3}(?:-[2-9A-HJ-NP-Z]{3}){2}|md5\$\w+"
)


def forged() -> Iterator[tuple[str, str]]:
    """Every field of our models by its name and its column, and one step further, with a value it would take."""
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        for field in model._meta.concrete_fields:
            value = FORGED[_kind(field)]
            yield field.name, value
            yield field.attname, value
            yield f"{model._meta.model_name}__{field.name}", value
    yield from ODD.items()


def _kind(field: models.Field[Any, Any]) -> str:
    kinds: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
        (models.ForeignKey, "number"), (models.BooleanField, "yes"), (models.DateTimeField, "moment"),
        (models.DateField, "day"), (models.IntegerField, "number"), (models.AutoField, "number"),
        (models.UUIDField, "uuid"),
    )  # fmt: skip
    if field.choices:
        return "word"
    named = {"code": "code", "token": "token"}.get(field.name, "word")
    return next((kind for each, kind in kinds if isinstance(field, each)), named)


class Database:
    """What is in our tables, to be compared as text: `before` is what there was, all else is new.

    New rows are told by their order and not by their id, as a sequence goes on after what was undone; and what is
    drawn at random is told from what was there before, and from what is sent.
    """

    def __init__(self, before: Database | None = None) -> None:
        ours = [model for model in apps.get_models() if model._meta.app_label in OURS]
        self.rows = {model: list(model._base_manager.order_by("pk").values()) for model in ours}
        self.ids = {model: [row[model._meta.pk.attname] for row in rows] for model, rows in self.rows.items()}
        self.before = before or self
        self.known: set[str] = before.known if before else {*RANDOM.findall(repr(self.rows)), *FORGED.values()}

    def text(self) -> dict[str, str]:
        """By model, a line for each row; without the counts of tries."""
        return {
            model._meta.label: self.without_random("\n".join(self._lines(model, rows)))
            for model, rows in self.rows.items()
            if model is not RateCount
        }

    def without_random(self, text: str) -> str:
        return RANDOM.sub(lambda found: found[0] if found[0] in self.known else "random", text)

    def _lines(self, model: type[models.Model], rows: list[dict[str, Any]]) -> list[str]:
        lines = [repr(self._row(model, row)) for row in rows]
        return sorted(lines) if model is Session else lines  # whose keys are drawn at random, and order nothing

    def _row(self, model: type[models.Model], row: dict[str, Any]) -> dict[str, Any]:
        values = {each.attname: self._value(each, row[each.attname]) for each in model._meta.concrete_fields}
        if model is Message:  # its key names the request by id
            values["key"] = re.sub(r"^\d+:|:r\d+:", ":", values["key"])
        if model is Session:  # sealed anew each time: what it knows
            values |= {"session_key": "", "session_data": sorted(SessionStore().decode(values["session_data"]))}
        if model is Invitation:
            values["token_digest"] = values["token_digest"] and "random"
        if model is Export:
            values["file_key"] = values["file_key"] and "random"
        if model is Authenticator:  # as with a session
            values["data"] = sorted(values["data"])
        return values

    def _value(self, field: models.Field[Any, Any], value: Any) -> Any:
        pointed: Any = field.model if field.primary_key else field.remote_field and field.remote_field.model
        if pointed not in self.ids or value is None or value in self.before.ids[pointed]:
            return value
        return f"new {self.ids[pointed].index(value)}" if value in self.ids[pointed] else value


class MassAssignmentTests(BadInputTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        theirs = (f.make_request(cls.other_household, phone="19900000002") for _ in range(3))
        cls.untaken, cls.cancelled, cls.joined = theirs
        f.make_category("repair", name_zh="维修", name_en="Repair")
        whole = {**WHAT, **DETAILS}
        cls.cookies |= {
            "finished": cls._scan(whole),
            "in danger": cls._draft(reverse("ask"), {**WHAT, "urgency": "life"}),
            "often": cls._scan({**whole, "what": ["groceries", "repair"], "every_days": "7"}),
            "scanned": cls._scan({**whole, "phone": cls.planted.request.phone}),
        }
        rows = type(cls.request)._base_manager
        rows.filter(pk=cls.untaken.pk).update(state="submitted", worker=None)
        rows.filter(pk=cls.cancelled.pk).update(state="cancelled", worker=None, closed_at=timezone.now())
        rows.filter(pk=cls.joined.pk).update(state="merged", merged_into=cls.request, worker=None)
        cls.untaken.assignments.model._base_manager.filter(service_request__worker=None, ended_at=None).update(
            ended_at=timezone.now(), end_reason="closed"
        )

        cls.lead_app = Authenticator.objects.get(user=cls.lead)
        cls._signed_in(cls.worker)  # on a second device
        cls.asleep = f.make_worker("asleep", cls.grid)
        User.objects.filter(pk=cls.asleep.pk).update(is_active=False, dormant_since=timezone.now())
        cls.ill = f.make_worker("ill", cls.grid)
        f.make_responsible(f.make_household(cls.building, 3, "603"), cls.ill)
        until = today() + timedelta(days=9)
        hand_over_everything(cls.ill, receivers=[cls.lead], by=cls.clerk, why="病了", away_until=until)

    def setUp(self) -> None:
        super().setUp()
        newcomer, client = f.make_worker("newcomer", self.grid), Client()
        client.force_login(newcomer)
        self.cookies = {**self.cookies, "newcomer": {"sessionid": client.cookies["sessionid"].value}}

    @classmethod
    def _scan(cls, answers: dict[str, Any]) -> dict[str, str]:
        return cls._draft(address("door", cls.planted.ids("door")), answers)

    @classmethod
    def _draft(cls, path: str, answers: dict[str, Any]) -> dict[str, str]:
        """The cookie of a form so far."""
        reference.forget()
        client = Client()
        assert client.post(path, answers).status_code == 303
        return {"draft": client.cookies["draft"].value}

    def outcome(self, before: Database, actor: str, path: str, data: dict[str, Any]) -> tuple[str, dict[str, str]]:
        """What it answers and what is in the database afterwards; undone."""
        reference.forget()
        with transaction.atomic():
            response = self.browser(actor).post(path, data)
            after = Database(before).text()
            transaction.set_rollback(True)
        return f"{response.status_code} {before.without_random(response.get('Location', ''))}", after

    def compare(self, before: Database, name: str, form: Sent) -> bool:
        """Whether the form alone changes something: the comparison sees what is done."""
        actor, path, data = form.actor, self.path(name, form), self.filled(form)
        listed = {*form.form.base_fields, *data, *LISTED.get(name, ()), *BESIDE_THE_FORM}
        extra = {key: value for key, value in forged() if key not in listed}
        alone = self.outcome(before, actor, path, data)
        with_more = self.outcome(before, actor, path, {**extra, **data})
        if alone[0] != with_more[0]:
            self.faults.append(f"{name} as {actor}: {alone[0]} alone, {with_more[0]} with the rest")
        for label, rows in alone[1].items():
            if rows != with_more[1][label]:
                old, new = set(rows.splitlines()), set(with_more[1][label].splitlines())
                self.faults.append(f"{name} as {actor} changes {label}:\n    {old - new}\n    {new - old}")
        return before.text() != alone[1]

    def test_it_does_nothing_that_the_form_does_not_list(self) -> None:
        silent, before = set(), Database()
        with time_machine.travel(timezone.now(), tick=False):
            for name in sorted(POSTED):
                for form in FORMS.get(name) or (PRESSED[name],):
                    if not self.compare(before, name, form):
                        silent.add(name)
        self.check()
        assert silent <= READING, f"these did nothing at all, so nothing was tried: {sorted(silent - READING)}"

    def test_it_sends_every_field_there_is(self) -> None:
        sent = dict(forged())
        for model in apps.get_models():
            if model._meta.app_label in OURS:
                assert {field.name for field in model._meta.concrete_fields} <= sent.keys()
        assert len(sent) > 300

    def test_it_knows_every_button(self) -> None:
        assert set(PRESSED) == BUTTONS | SEARCHES | set(ELSEWHERE)

    def test_it_sees_what_a_form_does_that_it_should_not(self) -> None:
        """The comparison itself: one column more, and it says so."""
        with transaction.atomic():
            before = Database()
            as_it_is = Database(before).text()
            type(self.request)._base_manager.filter(pk=self.request.pk).update(is_excluded=True)
            assert Database(before).text() != as_it_is
            transaction.set_rollback(True)


# They change nothing in our tables: they search, preview, go on to a page, or set a cookie; or want a browser's key.
READING = {
    "round-households", "special-needs-list", "not-visited-list",
    "desk-search", "households", "track-find", "set_language", "text_size", "accounts:logout",
    "data-request-fetch", "data-request-proposed", "track-data",
    "audit", "audit-verify", "accounts:passkey", "accounts:add_passkey",
}  # fmt: skip
