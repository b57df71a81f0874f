"""Passwords: one's own, and the one that whoever runs the server gives."""

from __future__ import annotations

from django.db import transaction

from resilience.audit.actions import record

from ..forms import OwnPasswordForm
from ..models import User
from .sessions import end_all


@transaction.atomic
def change_password(form: OwnPasswordForm, *, this_session: str) -> User:
    """Set the new password of a valid form; every session of theirs ends but this one, by its key."""
    user: User = form.save()
    end_all(user, but=this_session)
    record("user.password_changed", by=user, subject=("user", user.uid.hex))
    return user


@transaction.atomic
def give_password(person: User, password: str) -> None:
    """By whoever runs the server, for somebody who cannot sign in; `password` is one that may be used.

    All of their sessions end.
    """
    person.set_password(password)
    person.save(update_fields=["password"])
    end_all(person)
    record("user.password_changed", by=None, subject=("user", person.uid.hex))
