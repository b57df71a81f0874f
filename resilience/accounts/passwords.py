"""What a password must not be: what others have, what others know of one. Nothing about which characters it has.

Each class is a validator of Django's (settings.AUTH_PASSWORD_VALIDATORS); its words stand beside the field.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from resilience.lib.inputs import clean_text

if TYPE_CHECKING:
    from .models import User

LONGEST = 256  # hashing is slow on purpose: a megabyte of password would be a way to stop us
OWN_DIGITS = 6  # so many digits of the own phone in a row are too many
OWN_LETTERS = 4  # a shorter user name may be part of a password
LONGEST_EASY = 24  # characters; whatever a longer one is put together from, nobody tries it first
MOST_TO_GUESS = 4  # characters beside what everybody knows: fewer are tried through in no time

_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_DAY = rf"(?:19|20)[0-9]{{2}}{_MONTH_DAY}"
_ID_NUMBER = re.compile(rf"(?:[1-9][0-9]{{5}})?{_DAY}[0-9]{{3}}[0-9x]", re.ASCII)
_ID_END = re.compile(rf"{_MONTH_DAY}[0-9]{{3}}[0-9x]", re.ASCII)
_PHONE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", re.ASCII)
_YEAR = r"(?:19[3-9][0-9]|20[0-4][0-9])"
_REPEATED = r"(.)\1{2,}"


class MaximumLengthValidator:
    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="too_long")

    def get_help_text(self) -> str:
        return _("Choose a password of at most %(longest)s characters.") % {"longest": LONGEST}


class EasyPasswordValidator(CommonPasswordValidator):
    """Refuses what many people choose: Django's list of 20,000, and what is put together from `common_bits.txt`."""

    def validate(self, password: str, user: User | None = None) -> None:
        lower = password.lower().strip()
        is_made_of_bits = len(lower) <= LONGEST_EASY and len(_left(lower)) < MOST_TO_GUESS
        if lower in self.passwords or is_made_of_bits:
            raise ValidationError(
                _(
                    "Many people have a password like this, so it is tried first. "
                    "Take three or four words that do not belong together."
                ),
                code="password_too_common",
            )

    def get_help_text(self) -> str:
        return _("Best are three or four words that do not belong together. Spaces are allowed, so is pasting.")


class KnownOfYouValidator:
    """Refuses what others know of oneself: phone, name, user name, an ID number or how it ends."""

    def validate(self, password: str, user: User | None = None) -> None:
        lower = password.lower()
        if user is not None and (_has_phone(lower, user.phone) or _has_name(lower, user)):
            raise ValidationError(
                _("Leave out your name, your user name and your phone number: others know them."), code="known"
            )
        if _ID_NUMBER.search(lower) or _PHONE.search(lower) or _is_mostly(_ID_END, lower) or _is_mostly(_DATE, lower):
            raise ValidationError(
                _("This looks like an ID number, a birth date or a phone number: others know them."), code="number"
            )

    def get_help_text(self) -> str:
        return _("Nothing that others know of you: name, phone number, birth date, ID number.")


_DATE = re.compile(_DAY, re.ASCII)


def _is_mostly(pattern: re.Pattern[str], lower: str) -> bool:
    """Whether there is such a thing in it, and hardly anything beside."""
    found = pattern.search(lower)
    return found is not None and len(_left(lower.replace(found[0], "\n", 1))) < MOST_TO_GUESS


def _has_phone(lower: str, phone: str) -> bool:
    digits = re.sub(r"[^0-9]", "", lower)
    return any(phone[at : at + OWN_DIGITS] in digits for at in range(len(phone) - OWN_DIGITS + 1))


def _has_name(lower: str, user: User) -> bool:
    username, name = user.username.lower(), clean_text(user.name, max_length=40).lower()
    long_enough = len(username) >= OWN_LETTERS and username in lower
    return long_enough or (len(name) > 1 and name in lower)


def _left(lower: str) -> str:
    """What one would still have to guess of it: without common bits, years, repetitions and signs."""
    return re.sub(r"[\W_]", "", _bits().sub("\n", lower[:LONGEST]))


@cache
def _bits() -> re.Pattern[str]:
    lines = Path(__file__).with_name("common_bits.txt").read_text(encoding="utf-8").splitlines()
    words = sorted({line for line in lines if line and not line.startswith("#")}, key=len, reverse=True)
    return re.compile("|".join([_REPEATED, *map(re.escape, words), _YEAR]))
