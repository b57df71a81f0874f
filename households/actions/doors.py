"""The code on a household's door."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.errors import Refused

from ..models import Household
from ..models.households import new_door_key
from .history import write


@transaction.atomic
def renew_door_code(household: Household, *, by: User, why: str) -> None:
    """Give the door a new code; the old one opens nothing from now on. Neither code is written into the history."""
    if not why:
        raise Refused(_("Say why the code is renewed."), field="why")
    household.door_key = new_door_key()
    household.save(update_fields=["door_key"])
    write(household, "door_key", by=by, why=why)
