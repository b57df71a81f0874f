"""The first account of a house, and the way back in: an administrator made by whoever runs the server."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from resilience.audit.actions import record

from ..models import User


@transaction.atomic
def make_administrator(username: str, **fields: Any) -> User:
    """`fields` as Django's `create_superuser` takes them."""
    user = User.objects.create_superuser(username, **fields)
    record("user.administrator_made", by=None, subject=("user", user.uid.hex))
    return user
