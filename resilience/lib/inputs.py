"""Parsers for everything that comes from outside. Each returns a clean value or raises ValidationError in words.

Lengths are capped before anything else looks at a value. Text is NFC; NUL, controls and invisible format characters
are removed (a joiner inside an emoji is kept); digits are ASCII after NFKC.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from stdnum import exceptions as stdnum_faults
from stdnum.cn import ric

from .dates import MAX_DATE, MIN_DATE, today

SHORT_CODES = frozenset(
    {"110", "119", "120", "122", "12345", "12320", "12348", "12355", "12385", "10000", "10010", "10086"}
)
_JOINER = "\u200d"
_EMOJI_GLUE = frozenset({_JOINER, "\ufe0f", "\ufe0e"})


def _is_kept(text: str, at: int, *, multiline: bool) -> bool:
    character = text[at]
    if character == "\n":
        return multiline
    if character in _EMOJI_GLUE:  # glue after a symbol (So, Sk, Mn): part of an emoji
        return at > 0 and unicodedata.category(text[at - 1]) in ("So", "Sk", "Mn")
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def clean_text(value: object, *, max_length: int, multiline: bool = False) -> str:
    """A text of at most `max_length` characters; inner line breaks kept when `multiline`, else spaces."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if len(text) > max_length * 4 + 1_000:
        raise ValidationError(_too_long(max_length, len(text)))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\t", "    ") if multiline else text.replace("\n", " ").replace("\t", " ")
    text = unicodedata.normalize("NFC", text)
    text = "".join(character for at, character in enumerate(text) if _is_kept(text, at, multiline=multiline)).strip()
    if len(text) > max_length:
        raise ValidationError(_too_long(max_length, len(text)))
    return text


def _too_long(most: int, length: int) -> str:
    over = length - most
    return ngettext(
        "This is %(over)d character too long; at most %(most)d fit. Nothing you typed is lost.",
        "This is %(over)d characters too long; at most %(most)d fit. Nothing you typed is lost.",
        over,
    ) % {"over": over, "most": most}


def clean_name(value: object, *, max_length: int = 60) -> str:
    """A person's name: any script, '·' and rare characters included; inner spaces folded."""
    name = " ".join(clean_text(value, max_length=max_length).split())
    if name and not any(unicodedata.category(character)[0] == "L" or character == "〇" for character in name):
        raise ValidationError(_("Write the name in letters or characters, for example 王秀英."))
    return name


def _ascii_digits(value: object, cap: int = 60) -> str:
    text = value if isinstance(value, str) else str(value or "")
    return unicodedata.normalize("NFKC", text[:cap])


def clean_phone(value: object) -> str:
    """A Chinese phone number as digits: mobile 11, landline with its area code, 400/800, or a short service number.

    Local numbers get settings.AREA_CODE. A mobile of an unallocated prefix is let through: prefixes change every year.
    """
    raw = value if isinstance(value, str) else str(value or "")
    if len(raw) > 60:
        raise ValidationError(_phone_hint())
    folded = unicodedata.normalize("NFKC", raw)
    folded = "".join(" " if unicodedata.category(c) in ("Pd", "Zs", "Cf", "Cc") else c for c in folded).strip()
    if not folded:
        return ""
    if not re.fullmatch(r"\+?[0-9() .]+", folded, re.ASCII):
        raise ValidationError(_phone_hint())
    digits = re.sub(r"[^0-9]", "", folded, flags=re.ASCII)
    if (folded.startswith("+") or digits.startswith("00")) and digits.removeprefix("00").startswith("86"):
        digits = digits.removeprefix("00")[2:]
    elif digits.startswith("86") and len(digits) == 13:
        digits = digits[2:]
    if digits in SHORT_CODES or re.fullmatch(r"1[0-9]{10}", digits, re.ASCII):
        return digits
    if re.fullmatch(r"[2-9][0-9]{6,7}", digits, re.ASCII):
        digits = settings.AREA_CODE + digits
    return _checked_landline(digits)


def _checked_landline(digits: str) -> str:
    try:
        number = phonenumbers.parse(digits, "CN")
    except phonenumbers.NumberParseException:
        raise ValidationError(_phone_hint()) from None
    if not phonenumbers.is_possible_number(number) or not re.fullmatch(
        r"0[0-9]{9,11}|[48]00[0-9]{7}", digits, re.ASCII
    ):
        raise ValidationError(_phone_hint())
    return digits


def _phone_hint() -> str:
    return _(
        "This does not look like a phone number. Write 11 digits such as 139 0000 0000, "
        "or a landline such as 0931-888 0000."
    )


def phone_tail(phone: str) -> str:
    """The last four digits, by which people recognise a number."""
    return phone[-4:]


def clean_tail(value: object) -> str:
    """Four digits typed by hand."""
    digits = re.sub(r"[\s-]", "", _ascii_digits(value, 20))
    if not re.fullmatch(r"[0-9]{4}", digits, re.ASCII):
        raise ValidationError(_("Write the last four digits of the phone number."))
    return digits


def mask_phone(phone: str) -> str:
    """138****0000; a short number entirely."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "*" * len(phone)


def clean_id_number(value: object) -> str:
    """An 18-character resident identity number whose check character, county and birth date hold."""
    raw = value if isinstance(value, str) else str(value or "")
    number = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", raw[:60])).upper()
    if not number:
        return ""
    if len(raw) > 60 or not re.fullmatch(r"[0-9]{17}[0-9X]", number, re.ASCII):
        raise ValidationError(_("An ID number has 18 characters: 17 digits, then a digit or X."))
    try:
        ric.validate(number)
    except stdnum_faults.ValidationError:
        raise ValidationError(
            _("This ID number cannot be right: its last character does not match the others. Compare it with the card.")
        ) from None
    if not MIN_DATE <= ric.get_birth_date(number) <= today():
        raise ValidationError(_("The birth date inside this ID number cannot be right. Compare it with the card."))
    return number


def mask_id_number(number: str) -> str:
    """6201**********123X."""
    return f"{number[:4]}**********{number[-4:]}" if len(number) == 18 else "*" * len(number)


def clean_int(value: object, lo: int, hi: int) -> int:
    """A whole number between `lo` and `hi`, in any width of digits."""
    text = _ascii_digits(value, 30).strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", text, re.ASCII) or not lo <= int(text) <= hi:
        raise ValidationError(_("Write a whole number from %(lo)d to %(hi)d.") % {"lo": lo, "hi": hi})
    return int(text)


def clean_date(value: object, lo: date = MIN_DATE, hi: date = MAX_DATE) -> date:
    """A day: 2026-11-23, 2026/11/23, 2026.11.23, 2026年11月23日 or 20261123."""
    text = re.sub(r"[年月./]", "-", _ascii_digits(value, 30)).replace("日", "").strip().strip("-")
    match = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})|([0-9]{4})([0-9]{2})([0-9]{2})", text, re.ASCII)
    try:
        day = date(*(int(part) for part in match.groups() if part)) if match else None
    except ValueError:
        day = None
    if day is None:
        raise ValidationError(_("Write the day like this: 2026-11-23."))
    if not lo <= day <= hi:
        raise ValidationError(
            _("The day must lie between %(lo)s and %(hi)s.") % {"lo": lo.isoformat(), "hi": hi.isoformat()}
        )
    return day


def clean_birth(value: object) -> tuple[int | None, date | None]:
    """A birth year (1942) or a birth date: (year, date or None); (None, None) when empty."""
    text = _ascii_digits(value, 30).strip().removesuffix("年")
    if not text:
        return None, None
    if re.fullmatch(r"[0-9]{4}", text, re.ASCII):
        return clean_int(text, MIN_DATE.year, today().year), None
    day = clean_date(text, MIN_DATE, today())
    return day.year, day


def clean_uuid(value: object) -> UUID:
    try:
        return UUID(str(value)[:40])
    except ValueError:
        raise ValidationError(_("This form is damaged. Open the page again.")) from None


def encode_cursor(values: Sequence[str | int]) -> str:
    """An opaque place in a list, for the link to the next page."""
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def decode_cursor(text: str, *parse: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """What `encode_cursor` made, each value through its parser; None for anything else (then: the first page)."""
    if not text or len(text) > 300:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or len(values) != len(parse):
            return None
        return tuple(each(value) for each, value in zip(parse, values, strict=True))
    except (binascii.Error, ValueError, TypeError, OverflowError, ValidationError, RecursionError):
        return None
