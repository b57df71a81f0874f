"""An app that gives codes, and people who sign in with one, for tests."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from resilience.accounts import confirming
from resilience.accounts.models import User
from tests import factories as f
from tests.base import CastTestCase

STEP = 30  # seconds
NOW = datetime(2026, 11, 23, 8, 1, tzinfo=timezone.get_default_timezone())
SECOND, CONFIRM, FACTORS = (reverse(f"accounts:{name}") for name in ("second_factor", "confirm", "factors"))
ADD_APP, CODES, REMOVE = (reverse(f"accounts:{name}") for name in ("add_app", "recovery_codes", "remove_factor"))


def code_of(secret: str, *, steps: int = 0) -> str:
    """What the app shows now, or some steps later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // STEP + steps))


def give_app(user: User) -> str:
    """The user has an app; gives its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def kinds(user: User) -> list[str]:
    return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def confirm(client: Client, *, by_factor: bool = False, ahead: timedelta = timedelta()) -> None:
    """As if whoever is signed in had just confirmed who they are; `ahead` for a test that takes long."""
    session = client.session
    session[confirming._KEY] = int(time.time() + ahead.total_seconds())
    if by_factor:
        session[confirming._FACTOR] = True
    session.save()


def password_step(client: Client, user: User, **more: str) -> str:
    """Name and password; gives where that leads."""
    data = {"username": user.username, "password": f.PASSWORD, **more}
    location: str = client.post(reverse("accounts:login"), data)["Location"]
    return location


class FactorTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        User.objects.update(password=make_password(f.PASSWORD))
        for user in (self.worker, self.lead, self.clerk, self.admin):
            user.refresh_from_db()
        self.clock = time_machine.travel(NOW, tick=False)
        self.moment = self.clock.start()
        self.addCleanup(self.clock.stop)

    def is_in(self, client: Client | None = None) -> bool:
        return "_auth_user_id" in (client or self.client).session
