"""`manage.py reset_factors`: who has lost everything, and whom no page can help, begins anew."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from resilience.accounts.models import Session
from resilience.audit.models import Entry
from tests.accounts.factor_help import give_app, kinds
from tests.base import CastTestCase


class ResetTests(CastTestCase):
    def test_it_removes_every_factor_and_ends_every_session(self) -> None:
        give_app(self.admin)
        self.sign_in(self.admin)
        call_command("reset_factors", "admin", stdout=io.StringIO())
        assert kinds(self.admin) == []
        assert not Session.objects.filter(user=self.admin).exists()
        assert self.client.get(reverse("start"))["Location"].startswith(reverse("accounts:login"))

    def test_it_is_recorded_as_done_by_nobody_signed_in(self) -> None:
        call_command("reset_factors", "admin", stdout=io.StringIO())
        entry = Entry.objects.get(action="user.factors_reset")
        assert (entry.by, entry.actor, entry.subject_key) == (None, "system", self.admin.uid.hex)
        assert entry.page == "manage.py reset_factors"

    def test_it_refuses_a_name_that_nobody_has(self) -> None:
        with pytest.raises(CommandError):
            call_command("reset_factors", "nobody-at-all", stdout=io.StringIO())
        assert not Entry.objects.filter(action="user.factors_reset").exists()
