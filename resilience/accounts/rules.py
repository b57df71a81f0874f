"""What the core says about somebody's sign-in. Accounts know no place and no role: they ask settings.SIGN_IN_RULES."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from .models import User


@dataclass(frozen=True, slots=True)
class Rules:
    """`idle`: a session ends when nothing is done for so long. `whole`: it ends after so long, come what may."""

    needs_second_factor: bool
    idle: timedelta
    whole: timedelta

    def stricter(self, other: Rules) -> Rules:
        return Rules(
            self.needs_second_factor or other.needs_second_factor,
            min(self.idle, other.idle),
            min(self.whole, other.whole),
        )


def rules_for(user: User, request: HttpRequest) -> Rules:
    """Costs no statement where the request has looked at the user's roles already."""
    rules: Rules = _asked(settings.SIGN_IN_RULES)(user, request)
    return rules


@cache
def _asked(path: str) -> Callable[[User, HttpRequest], Rules]:
    found: Callable[[User, HttpRequest], Rules] = import_string(path)
    return found
