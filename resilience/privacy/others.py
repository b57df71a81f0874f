"""Whether words may stand in somebody's own copy: they must say nothing of anybody else that we could tell.

Names of who lives or lived behind the same doors and of who is named in requests from there, and any run of digits
that may be a phone or an ID number and is not the person's own. What is withheld is said to be: staff can go through
it with the person. The names of those who came or helped are no secret: everybody reads who helps them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NUMBER = re.compile(r"[0-9０-９][0-9０-９ \-]{5,}[0-9０-９xXＸｘ]")
_DAY = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_NOT_DIGITS = re.compile(r"[^0-9X]")
SHORTEST = 7  # digits of a local phone
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")


@dataclass(frozen=True, slots=True)
class Others:
    """Who else words might be about, and which numbers are the person's own."""

    names: frozenset[str]
    own_numbers: frozenset[str]

    @classmethod
    def than(cls, own_name: str, own_numbers: Iterable[str], names: Iterable[str]) -> Others:
        """`names` of others; one that is part of the person's own name cannot be looked for."""
        found = frozenset(name for name in names if name and name not in own_name)
        return cls(found, frozenset(_bare(number) for number in own_numbers if number))

    def are_in(self, text: str) -> bool:
        return any(name in text for name in self.names) or any(
            number not in self.own_numbers for number in _numbers(text)
        )


def _numbers(text: str) -> list[str]:
    found = (_bare(match.group()) for match in _NUMBER.finditer(_DAY.sub(" · ", text)))
    return [number for number in found if len(number) >= SHORTEST]


def _bare(number: str) -> str:
    """Its digits alone, without a country code."""
    bare = _NOT_DIGITS.sub("", number.translate(_FULL_WIDTH).upper())
    return bare.removeprefix("86") if len(bare) == 13 else bare
