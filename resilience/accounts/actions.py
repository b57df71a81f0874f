"""What people do with their own account."""

from __future__ import annotations

from django.db import transaction

from resilience.audit.actions import record

from .forms import OwnPasswordForm
from .models import User


@transaction.atomic
def change_password(form: OwnPasswordForm) -> User:
    """Set the new password of a valid form. Ends every session of theirs; the caller keeps the one in hand."""
    user: User = form.save()
    record("user.password_changed", by=user, subject=("user", user.uid.hex))
    return user
