"""Parsers for everything that comes from outside. Each returns a clean value or raises ValidationError in words.

Lengths are capped before anything else looks at a value. Text is NFC; controls and invisible format characters are
removed (a joiner inside an emoji is kept); digits are ASCII after NFKC. Cleaning a clean value changes nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from stdnum.cn import ric

from .dates import MAX_DATE, MAX_MOMENT, MIN_DATE, MIN_MOMENT, today

SHORT_CODES = frozenset(
    {"110", "119", "120", "122", "12345", "12320", "12348", "12355", "12385", "10000", "10010", "10086"}
)
_LONGEST_SMALL_VALUE = 60  # characters of a phone, a number, a day as somebody may type it
_BIGGEST_INTEGER = 2**63 - 1

_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Controls, lone surrogates, noncharacters, and whatever has no width and no meaning of its own. Unassigned and
# private-use characters stay: rare characters of names are among them (this Python knows Unicode 14 only).
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\ufdd0-\ufdef"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_EMOJI = "\u2194-\u2199\u231a\u231b\u23e9-\u23fa\u2600-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
# How a character is drawn (U+FE0F): only right after an emoji, or inside a keycap.
_LOST_SELECTOR = re.compile(f"[\ufe00-\ufe0d]|(?<![{_EMOJI}])[\ufe0e\ufe0f](?!\u20e3)")
_LOST_JOINER = re.compile(f"(?<![{_EMOJI}\ufe0e\ufe0f])\u200d|\u200d(?![{_EMOJI}])")

_CHINESE = "\u3005-\u3007\u3400-\u9fff\ue000-\uf8ff\uf900-\ufaff\U00020000-\U0003ffff"
_DOTS = re.compile(" ?[·•‧・･∙⋅．] ?")
_TYPED_DOT = re.compile(f"(?<=[{_CHINESE}]) ?\\. ?(?=[{_CHINESE}])")
_SPACE_IN_CHINESE = re.compile(f"(?<=[{_CHINESE}]) (?=[{_CHINESE}])")


def clean_text(value: object, *, max_length: int, multiline: bool = False) -> str:
    """A text of at most `max_length` characters. Line breaks are kept when `multiline`, else all blanks are folded."""
    text = value if isinstance(value, str) else "" if value is None else _as_text(value)
    if len(text) > max_length * 4 + 1_000:
        raise ValidationError(_too_long(max_length, len(text)), code="too_long")
    text = _UNSEEN.sub("", _LINE_BREAK.sub("\n", text))
    text = _LOST_JOINER.sub("", _LOST_SELECTOR.sub("", text))
    text = unicodedata.normalize("NFC", text)
    if multiline:
        text = "\n".join(line.rstrip() for line in text.replace("\t", "    ").split("\n")).strip()
    else:
        text = " ".join(text.split())
    if len(text) > max_length:
        raise ValidationError(_too_long(max_length, len(text)), code="too_long")
    return text


def _as_text(value: object) -> str:
    """What is not text (a JSON body can hold anything): its digits if it is a number, else nothing that parses."""
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _BIGGEST_INTEGER
    if is_number or isinstance(value, date | UUID):
        return str(value)
    raise ValidationError(_("This is not text. Open the page again."), code="invalid")


def _too_long(most: int, length: int) -> str:
    over = length - most
    return ngettext(
        "This is %(over)d character too long; at most %(most)d fit. Nothing you typed is lost.",
        "This is %(over)d characters too long; at most %(most)d fit. Nothing you typed is lost.",
        over,
    ) % {"over": over, "most": most}


def clean_name(value: object, *, max_length: int = 60) -> str:
    """A person's name: any script, rare characters included. One kind of '·', no blanks between Chinese characters."""
    name = _DOTS.sub("·", clean_text(value, max_length=max_length))
    name = _SPACE_IN_CHINESE.sub("", _TYPED_DOT.sub("·", name)).strip()
    if name and not any(_is_letter(character) for character in name):
        raise ValidationError(_("Write the name in letters or characters, for example 王秀英."), code="invalid")
    return name


def _is_letter(character: str) -> bool:
    return unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Co", "Cn") or character == "〇"


def _small(value: object, fault: str) -> str:
    """A short value, NFKC (full-width digits and letters become plain), without blanks around it.

    ², ① and ½ are refused: NFKC would make plain digits of what is no number as anybody writes one.
    """
    text = value if isinstance(value, str) else "" if value is None else _as_text(value)
    if len(text) > _LONGEST_SMALL_VALUE or any(unicodedata.category(character) == "No" for character in text):
        raise ValidationError(fault, code="invalid")
    return unicodedata.normalize("NFKC", text).strip()


def clean_phone(value: object) -> str:
    """A Chinese phone number as digits: mobile 11, landline with its area code, 400/800, or a short service number.

    Local numbers get settings.AREA_CODE. A mobile of an unallocated prefix is let through: prefixes change every year.
    """
    folded = _small(value, _phone_hint())
    folded = "".join(" " if unicodedata.category(c) in ("Pd", "Zs", "Cf", "Cc") else c for c in folded).strip()
    if not folded:
        return ""
    if not re.fullmatch(r"\+?[0-9() .]+", folded, re.ASCII):
        raise ValidationError(_phone_hint(), code="invalid")
    digits = _national(re.sub(r"[^0-9+]", "", folded, flags=re.ASCII))
    if digits in SHORT_CODES or re.fullmatch(r"1[0-9]{10}", digits, re.ASCII):
        return digits
    if re.fullmatch(r"[2-8][0-9]{6,7}", digits, re.ASCII):
        digits = settings.AREA_CODE + digits
    return _checked_landline(digits)


def _national(digits: str) -> str:
    """Without +86 or 0086, and without the 0 some dial before a mobile."""
    abroad = re.fullmatch(r"(?:\+|00)86([0-9]+)|86(1[0-9]{10})|0(1[3-9][0-9]{9})", digits, re.ASCII)
    if not abroad:
        return digits
    national = abroad[1] or abroad[2] or abroad[3]
    is_landline = bool(abroad[1]) and not re.match(r"0|1[3-9]|[48]00", national)
    return f"0{national}" if is_landline else national


def _checked_landline(digits: str) -> str:
    if not re.fullmatch(r"0[1-9][0-9]{8,10}|[48]00[0-9]{7}", digits, re.ASCII):
        raise ValidationError(_phone_hint(), code="invalid")
    try:
        is_possible = phonenumbers.is_possible_number(phonenumbers.parse(digits, "CN"))
    except phonenumbers.NumberParseException:
        is_possible = False
    if not is_possible:
        raise ValidationError(_phone_hint(), code="invalid")
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
    fault = _("Write the last four digits of the phone number.")
    digits = re.sub(r"[\s-]", "", _small(value, fault))
    if not re.fullmatch(r"[0-9]{4}", digits, re.ASCII):
        raise ValidationError(fault, code="invalid")
    return digits


def mask_phone(phone: str) -> str:
    """138****0000; a short number entirely."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "*" * len(phone)


def clean_id_number(value: object) -> str:
    """An 18-character resident identity number whose check character and birth date hold.

    The county is not looked up: the lists miss new ones and those of residence permits (81, 82, 83), and refuse who was
    born before the county had its code (stdnum: everybody of 城关区 born before 1983).
    """
    shape = _("An ID number has 18 characters: 17 digits, then a digit or X.")
    number = re.sub(r"[\s-]", "", _small(value, shape)).upper()
    if not number:
        return ""
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number, re.ASCII):
        raise ValidationError(shape, code="shape")
    if ric.calc_check_digit(number) != number[-1]:
        raise ValidationError(
            _(
                "This ID number cannot be right: its last character does not match the others. "
                "Compare it with the card."
            ),
            code="checksum",
        )
    if not _is_birth_date(number[6:14]):
        raise ValidationError(
            _("The birth date inside this ID number cannot be right. Compare it with the card."), code="birth"
        )
    return number


def _is_birth_date(digits: str) -> bool:
    try:
        return MIN_DATE <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) <= today()
    except ValueError:
        return False


def mask_id_number(number: str) -> str:
    """6201**********123X."""
    return f"{number[:4]}**********{number[-4:]}" if len(number) == 18 else "*" * len(number)


def clean_int(value: object, lo: int, hi: int) -> int:
    """A whole number between `lo` and `hi`, in any width of digits."""
    fault = _("Write a whole number from %(lo)d to %(hi)d.") % {"lo": lo, "hi": hi}
    text = _small(value, fault)
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text, re.ASCII) or not lo <= int(text) <= hi:
        raise ValidationError(fault, code="invalid")
    return int(text)


def clean_date(value: object, lo: date = MIN_DATE, hi: date = MAX_DATE) -> date:
    """A day: 2026-11-23, 2026/11/23, 2026.11.23, 2026年11月23日 or 20261123."""
    fault = _("Write the day like this: 2026-11-23.")
    text = re.sub(r"[年月./]", "-", _small(value, fault)).removesuffix("日")
    found = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})|([0-9]{4})([0-9]{2})([0-9]{2})", text, re.ASCII)
    try:
        day = date(*(int(part) for part in found.groups() if part)) if found else None
    except ValueError:
        day = None
    if day is None:
        raise ValidationError(fault, code="invalid")
    if not lo <= day <= hi:
        raise ValidationError(
            _("The day must lie between %(lo)s and %(hi)s.") % {"lo": lo.isoformat(), "hi": hi.isoformat()},
            code="bounds",
        )
    return day


def clean_birth(value: object) -> tuple[int | None, date | None]:
    """A birth year (1942, 1942年3月) or a birth date: (year, date or None); (None, None) when empty."""
    text = _small(value, _("Write the year, or the day like this: 1942-03-27."))
    if not text:
        return None, None
    only_year = re.fullmatch(r"([0-9]{4})年?(?:[-/.]?(?:0?[1-9]|1[0-2])月?)?", text, re.ASCII)
    if only_year:
        return clean_int(only_year[1], MIN_DATE.year, today().year), None
    day = clean_date(text, MIN_DATE, today())
    return day.year, day


def clean_uuid(value: object) -> UUID:
    fault = _("This form is damaged. Open the page again.")
    text = _small(value, fault)
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", text, re.ASCII):
        raise ValidationError(fault, code="invalid")
    return UUID(text)


def encode_cursor(values: Sequence[str | int]) -> str:
    """An opaque place in a list, for the link to the next page."""
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def decode_cursor(text: str, *parse: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """What `encode_cursor` made, each value through its parser; None for anything else (then: the first page).

    Whatever the parsers are, no value comes out that a database could not compare with.
    """
    if not text or len(text) > 300:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or not all(type(value) in (str, int) for value in values):
            return None
        parsed = tuple(each(value) for each, value in zip(parse, values, strict=True))
    except (binascii.Error, ValueError, TypeError, OverflowError, ValidationError, RecursionError):
        return None
    return parsed if all(_is_comparable(value) for value in parsed) else None


def _is_comparable(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) <= _BIGGEST_INTEGER
    if isinstance(value, datetime):
        return timezone.is_aware(value) and MIN_MOMENT <= value <= MAX_MOMENT
    if isinstance(value, date):
        return MIN_DATE <= value <= MAX_DATE
    if isinstance(value, str):
        return not re.search("[\x00\ud800-\udfff]", value)
    return True
