"""What is sealed stands in no page, header or address, for whoever may see the rest: only in the answer to an opening.

Every page with every `?` it knows, and the administration's, read for whole phone and ID numbers and for the notes.
That no POST without a reason shows one either is among what `tests/test_access.py` proves of every address.
"""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse

from households import reference
from households.models import Household, HouseholdPhone, Presence, Resident, ResidentNeed, ServiceRequest, Visit
from resilience.lib.dates import today
from tests import factories as f
from tests.base import CastTestCase
from tests.canaries import plant
from tests.pages import paths
from tests.surface import GET, TABLE

ACTORS = ("worker", "colleague", "lead", "clerk", "admin")
ADMIN_PAGES = (Household, HouseholdPhone, Resident, ResidentNeed, ServiceRequest, Visit)


class SealedTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.planted = plant("金雀甲", 7, self.building, self.worker, "701")
        household = self.planted.household
        Household.unscoped.filter(pk=household.pk).update(next_due_date=today() - timedelta(days=1))
        guest = f.make_resident(self.other_household, "客人", phone="19900007009", presence=Presence.AWAY)
        Resident.unscoped.filter(pk=guest.pk).update(stays_with=household)
        f.make_need(guest, note="金雀甲病情")
        self.sealed = {*self.planted.sealed, "19900007009"}
        reference.forget()

    def shown(self, client: Client, path: str, **headers: str) -> list[str]:
        response = client.get(path, headers=headers or None)
        told = [*response.items(), *((key, morsel.OutputString()) for key, morsel in response.cookies.items())]
        body = b"".join(response) if response.streaming else response.content
        text = "\n".join([body.decode("utf-8", "replace"), *(f"{key}: {value}" for key, value in told)])
        return [f"{path}: {value}" for value in sorted(self.sealed) if value in text]

    def test_no_page_shows_any(self) -> None:
        found, opened = [], 0
        for actor in ACTORS:
            client = Client()
            client.force_login(getattr(self, actor))
            for name, rule in TABLE.items():
                if GET in rule.methods.split():
                    for path in paths(name, self.planted):
                        opened += 1
                        found += self.shown(client, path) + self.shown(client, path, **{"HX-Request": "true"})
        assert opened > 5 * 80
        assert found == []

    def test_no_page_of_the_administration_shows_any(self) -> None:
        client = Client()
        client.force_login(self.admin)
        found, opened = [], 0
        for model in ADMIN_PAGES:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            rows = model._default_manager.all()
            for path in [reverse(f"{name}_changelist"), *(reverse(f"{name}_change", args=[row.pk]) for row in rows)]:
                opened += 1
                found += self.shown(client, path)
        assert opened > len(ADMIN_PAGES) * 2
        assert found == []

    def test_it_is_in_the_answer_to_an_opening_and_nowhere_else(self) -> None:
        """The canaries are what would be shown: or their absence would prove nothing."""
        client = Client()
        client.force_login(self.clerk)
        found: set[str] = set()
        for name in ("household-open", "resident-open", "request-open"):
            for path in paths(name, self.planted)[1:]:
                where, _apart, query = path.partition("?")
                what = [pair.partition("=")[2] for pair in query.split("&")]
                response = client.post(where, {"what": what, "reason": "emergency"})
                assert response.status_code == 200
                assert response["Cache-Control"] == "no-store, private"
                found |= {value for value in self.planted.sealed if value in response.content.decode()}
                assert self.shown(client, path) == []
        assert found == self.planted.sealed
        assert "_messages" not in client.session
