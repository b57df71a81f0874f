"""Sealed files: noise without their key, whole or not at all with it."""

from __future__ import annotations

import io
import os

import pytest

from resilience.lib.crypto import DamagedValue
from resilience.lib.sealed_files import _SEALED_PIECE, PIECE, SealedWriter, new_file_key, opened

KEY = new_file_key()


def sealed(plain: bytes, label: str = "a", key: str = KEY) -> bytes:
    out = io.BytesIO()
    with SealedWriter(out, key, label) as writer:
        for start in range(0, len(plain), 50_000):
            writer.write(plain[start : start + 50_000])
    return out.getvalue()


def read(content: bytes, label: str = "a", key: str = KEY) -> bytes:
    return b"".join(opened(io.BytesIO(content), key, label))


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7])
def test_it_opens_what_it_sealed(length: int) -> None:
    plain = os.urandom(length)
    assert read(sealed(plain)) == plain


def test_it_shows_nothing_of_what_is_in_it() -> None:
    assert b"19900000001" not in sealed(b"19900000001" * 9_000)


def test_it_opens_with_no_other_key_and_as_no_other_file() -> None:
    content = sealed(b"x")
    for other in ({"key": new_file_key()}, {"label": "b"}):
        with pytest.raises(DamagedValue):
            read(content, **other)


def test_it_tells_a_cut_a_swap_and_a_flipped_bit() -> None:
    content = sealed(os.urandom(3 * PIECE))
    first, second, rest = (
        content[:_SEALED_PIECE],
        content[_SEALED_PIECE : 2 * _SEALED_PIECE],
        content[2 * _SEALED_PIECE :],
    )
    flipped = bytearray(content)
    flipped[-1] ^= 1
    for damaged in (
        first,
        first + second,
        second + first + rest,
        first + rest,
        content[:-1],
        bytes(flipped),
        b"",
        b"x",
    ):
        with pytest.raises(DamagedValue):
            read(damaged)
