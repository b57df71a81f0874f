"""What whoever runs the server does to accounts by hand: in the audit as done by nobody signed in, by which command."""

from __future__ import annotations

import io
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from resilience.accounts.actions import administrators
from resilience.accounts.models import Session, User
from resilience.audit.models import Entry
from resilience.audit.verify import verify
from tests.base import CastTestCase

LONG = "a-much-better-one-4711"


def typing(*typed: str) -> mock._patch[mock.Mock]:
    return mock.patch("getpass.getpass", side_effect=typed)


class CreateSuperuserTests(CastTestCase):
    def make(self, username: str = "root") -> None:
        call_command("createsuperuser", username=username, name="何主任", interactive=False, stdout=io.StringIO())

    def test_it_makes_an_administrator_and_says_so_in_the_audit(self) -> None:
        self.make()
        made = User.objects.get(username="root")
        assert (made.is_superuser, made.is_active) == (True, True)
        entry = Entry.objects.get(action="user.administrator_made")
        assert (entry.by, entry.actor, entry.subject_key) == (None, "system", made.uid.hex)
        assert (entry.page, entry.address, entry.session) == ("manage.py createsuperuser", "", "")

    def test_it_asks_as_djangos_does(self) -> None:
        out = io.StringIO()
        answers = ["worker", "root2", "何主任"]  # the first is taken
        with mock.patch("builtins.input", side_effect=answers), typing(LONG, LONG):
            call_command("createsuperuser", stdin=mock.Mock(isatty=lambda: True), stdout=out, stderr=out)
        assert User.objects.get(username="root2").check_password(LONG)
        assert Entry.objects.filter(action="user.administrator_made").count() == 1

    def test_a_name_that_is_taken_makes_nobody(self) -> None:
        with pytest.raises(CommandError):
            self.make("worker")
        assert not Entry.objects.filter(action="user.administrator_made").exists()

    def test_there_is_no_account_without_its_row(self) -> None:
        with mock.patch.object(administrators, "record", side_effect=RuntimeError), pytest.raises(RuntimeError):
            self.make()
        assert not User.objects.filter(username="root").exists()


class ChangePasswordTests(CastTestCase):
    def change(self, name: str = "worker") -> None:
        call_command("changepassword", name, stdout=io.StringIO(), stderr=io.StringIO())

    def test_it_gives_a_password_ends_every_session_and_says_so_in_the_audit(self) -> None:
        self.sign_in(self.worker)
        with typing(LONG, LONG):
            self.change()
        assert User.objects.get(pk=self.worker.pk).check_password(LONG)
        assert not Session.objects.filter(user=self.worker).exists()
        entry = Entry.objects.get(action="user.password_changed")
        assert (entry.by, entry.subject_key, entry.page) == (None, self.worker.uid.hex, "manage.py changepassword")
        connection.check_constraints()
        assert verify().is_sound

    def test_one_that_is_too_weak_or_typed_differently_is_asked_for_again(self) -> None:
        with typing("12345678", "12345678", LONG, "something else", LONG, LONG):
            self.change()
        assert User.objects.get(pk=self.worker.pk).check_password(LONG)

    def test_after_three_tries_nothing_is_changed(self) -> None:
        with typing(*["12345678"] * 6), pytest.raises(CommandError):
            self.change()
        assert not User.objects.get(pk=self.worker.pk).check_password("12345678")
        assert not Entry.objects.filter(action="user.password_changed").exists()

    def test_it_refuses_a_name_that_nobody_has(self) -> None:
        with pytest.raises(CommandError):
            self.change("nobody-at-all")
