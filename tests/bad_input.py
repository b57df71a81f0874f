"""The cast for forms that are sent spoilt: a record in each of the states that a form of `bad_forms.py` wants."""

from __future__ import annotations

import time
from datetime import timedelta
from operator import attrgetter
from typing import Any

from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from households import reference
from households.forms import (
    bulk,
)
from households.models import Campaign, ServiceRequest
from resilience.accounts import entering, factors
from resilience.accounts.models import Session, User
from resilience.accounts.sealing import keep
from resilience.lib.dates import today
from tests import factories as f
from tests.accounts.factor_help import code_of, confirm, give_app
from tests.bad_forms import Sent
from tests.base import CastTestCase, Response
from tests.canaries import plant, write_export_file
from tests.households.ask import WHAT
from tests.leaks import hush
from tests.surface import TABLE


def form_of(response: Response) -> Any:
    """The form that a page shows, or None."""
    return response.context and response.context.get("form")


class BadInputTestCase(CastTestCase):
    """The cast, and a record in each of the states that a form wants."""

    cookies: dict[str, dict[str, str]]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.planted = plant("金雀甲", 7, cls.building, cls.worker, "701")
        cls.planted.export.asked_by = cls.clerk
        cls.planted.export.save(update_fields=["asked_by"])
        write_export_file(cls.planted.export)
        cls.request, cls.resident = cls.planted.request, cls.planted.resident
        cls.item, cls.need = cls.request.items.get(), cls.resident.needs.get()
        cls.phone = cls.planted.household.phones.get()
        cls.son = f.make_resident(cls.planted.household, "王建军", sex="m", birth_year=1970)
        cls.gone = f.make_resident(cls.planted.household, "王外出", presence="away")
        cls.dead = f.make_resident(cls.planted.household, "王故人", presence="died")
        cls.empty = f.make_household(cls.building, 3, "602")
        cls.other_kind = f.make_need_kind("dialysis", name_zh="透析", name_en="Dialysis")
        cls.fresh, cls.paused = f.make_request(cls.planted.household), f.make_request(cls.planted.household)
        ServiceRequest.unscoped.filter(pk=cls.paused.pk).update(paused_at=timezone.now())
        cls.done, cls.closed = cls._ended("resolved"), cls._ended("closed")
        cls.seen = bulk.version(ServiceRequest.unscoped.get(pk=cls.request.pk))
        cls.pair = f"{cls.request.code},{cls.fresh.code}"
        proposed = {"field": "sex", "value": "男"}
        cls.correction = f.make_data_request(cls.resident, "correct", proposed=proposed)
        cls.soon = (today() + timedelta(days=2)).isoformat()  # in the future even if midnight passes meanwhile
        cls.running, cls.emptied, letting = (
            f.make_campaign(cls.home, name, by=cls.clerk, takes_visits=True) for name in ("进行中", "已清空", "待放行")
        )
        closed = Campaign.objects.filter(pk__in=[cls.emptied.pk, letting.pk])
        closed.update(state="closing", closed_by=cls.clerk, closed_at=timezone.now())
        cls.kept = f.make_request(cls.other_household, phone="19900000002")
        ServiceRequest.unscoped.filter(pk=cls.kept.pk).update(campaign=letting)
        cls.kept.campaign = letting
        # Their own, as `Planted.ids` makes a new one at each look.
        cls.invitation, cls.invitation_token = cls.planted.invited()
        cls.auditor = f.make_auditor("auditor", cls.home)
        cls.lead_secret, cls.new_secret = give_app(cls.lead), factors.new_secret()
        cls.cookies = {"anonymous": cls._begun(), "half in": cls._half_in(cls.lead)}
        for actor in ("worker", "lead", "clerk", "auditor", "admin"):
            cls.cookies[actor] = cls._signed_in(getattr(cls, actor))

    @classmethod
    def _signed_in(cls, user: User) -> dict[str, str]:
        """The cookie of a session that has just confirmed who it is, and is about to set up an app."""
        client = Client()
        client.force_login(user)
        confirm(client, ahead=timedelta(hours=1))
        session = client.session
        keep(session, "app", cls.new_secret)
        session.save()
        return {"sessionid": client.cookies["sessionid"].value}

    @classmethod
    def _half_in(cls, user: User) -> dict[str, str]:
        """The cookie of somebody whose password was right, between it and the second factor."""
        client = Client()
        session = client.session
        later = int(time.time()) + 3600  # for a test that takes long
        known = {"user": user.uid.hex, "hash": user.get_session_auth_hash(), "at": later, "next": ""}
        session[entering._KEY] = known
        session.save()
        return {"sessionid": client.cookies["sessionid"].value}

    @property
    def new_code(self) -> str:
        return code_of(self.new_secret)

    @property
    def lead_code(self) -> str:
        return code_of(self.lead_secret)

    @classmethod
    def _ended(cls, state: str) -> ServiceRequest:
        ended: ServiceRequest = f.make_request(cls.planted.household)
        now = timezone.now()
        ServiceRequest.unscoped.filter(pk=ended.pk).update(state=state, worker=None, resolved_at=now, closed_at=now)
        ended.assignments.update(ended_at=now, end_reason="resolved")
        return ended

    @classmethod
    def _begun(cls) -> dict[str, str]:
        """The cookie of somebody who is filling in the form."""
        reference.forget()
        client = Client()
        client.post(reverse("ask"), WHAT)
        return {"draft": client.cookies["draft"].value}

    def setUp(self) -> None:
        super().setUp()
        self.faults: list[str] = []
        hush(self)  # of every 403 and 422 a line

    def browser(self, actor: str, **more: Any) -> Client:
        client = Client(raise_request_exception=False, **more)
        client.cookies.load(self.cookies[actor])
        return client

    def path(self, name: str, sent: Sent | None = None) -> str:
        rule = TABLE[name]
        ids = self.ids(rule.about)
        on = getattr(self, sent.on) if sent else self.request
        if rule.about in ("request", "link"):
            ids = {"code": on.code} if rule.about == "request" else {"token": on.token}
        return reverse(name, kwargs={**ids, **rule.more, **(self.valued(sent.more) if sent else {})})

    def ids(self, about: str) -> dict[str, Any]:
        """The arguments of a URL about that; reading them makes nothing."""
        invited = {"invitation": {"uid": self.invitation.uid}, "invitation_link": {"token": self.invitation_token}}
        return invited.get(about) or (self.planted.ids(about) if about else {})

    def filled(self, sent: Sent) -> dict[str, Any]:
        return {name: self.valued(said) for name, said in sent.good.items()}

    def valued(self, said: Any) -> Any:
        """With what '@' stands for."""
        if isinstance(said, dict):
            return {name: self.valued(each) for name, each in said.items()}
        if isinstance(said, list):
            return [self.valued(each) for each in said]
        return str(attrgetter(said[1:])(self)) if isinstance(said, str) and said.startswith("@") else said

    def state(self) -> dict[str, str]:
        """Everything that is in our tables, but the counters of tries, and of sessions only whose there are."""
        ours = (
            model
            for model in apps.get_models()
            if model._meta.app_label in ("accounts", "mfa", "outbox", "keys", "households", "privacy")
        )
        rows = {model._meta.label: model._base_manager.order_by("pk").values_list() for model in ours}
        rows[Session._meta.label] = Session.objects.order_by("pk").values_list("pk", "user")
        return {label: repr(list(found)) for label, found in rows.items() if label != "accounts.RateCount"}

    def check(self) -> None:
        assert not self.faults, f"{len(self.faults)} faults:\n" + "\n".join(self.faults[:40])
