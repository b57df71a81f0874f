"""How somebody of a role signs in: whether a password is enough, and how long a sign-in holds. The one place."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce

from django.http import HttpRequest

from resilience.accounts.models import User
from resilience.accounts.rules import Rules

from .viewer import Viewer

_AT_THE_DESK = Rules(True, idle=timedelta(minutes=30), whole=timedelta(hours=12))
# A worker stands in a stairwell without a signal: the sign-in of Friday must still hold on Monday.
_AT_DOORS = Rules(False, idle=timedelta(hours=72), whole=timedelta(days=14))
BY_ROLE: dict[str, Rules] = {
    "volunteer": _AT_DOORS,
    "worker": _AT_DOORS,
    "lead": Rules(False, idle=timedelta(hours=24), whole=timedelta(days=7)),
    "staff": _AT_THE_DESK,
    "supervisor": _AT_THE_DESK,
    "auditor": _AT_THE_DESK,
}
ADMINISTRATOR = Rules(True, idle=timedelta(minutes=15), whole=timedelta(hours=8))
NOBODY = _AT_DOORS  # no appointment today: opens nothing


def rules_for(user: User, request: HttpRequest) -> Rules:
    """The strictest of what the person is anywhere today."""
    viewer: Viewer = getattr(request, "viewer", None) or Viewer(user)
    if viewer.user.pk != user.pk:  # who signs in just now: the request began as nobody's
        viewer = Viewer(user)
    if viewer.is_admin:
        return ADMINISTRATOR
    return reduce(Rules.stricter, (BY_ROLE[held.role] for held in viewer.appointments), NOBODY)
