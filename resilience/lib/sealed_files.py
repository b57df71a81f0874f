"""Files that are never plain on disk: sealed piece by piece as they are written, opened so as they are sent.

Each file has a key of its own, which its row holds (sealed). Without the row the file, and every copy of it in a
backup, is noise. A piece is a 12-byte nonce and AES-256-GCM's ciphertext; its place in the file, and whether it is the
last one, are authenticated: none can be dropped, swapped, or taken from another file.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .crypto import NONCE, SEAL, DamagedValue

PIECE = 64 * 1024  # bytes of plain text
_SEALED_PIECE = PIECE + SEAL - 1  # a value of a column also names its key


def new_file_key() -> str:
    """256 random bits, as text for a sealed column."""
    return base64.b64encode(AESGCM.generate_key(256)).decode()


def _cipher(key: str) -> AESGCM:
    return AESGCM(base64.b64decode(key))


def _aad(label: str, number: int, is_last: bool) -> bytes:
    return f"{label}:{number}:{int(is_last)}".encode()


class SealedWriter(io.RawIOBase):
    """A stream to write into; what reaches `out` is sealed. The file is whole once this is closed, `out` stays open.

    `label` names the file, so that no other can stand in its place.
    """

    def __init__(self, out: BinaryIO, key: str, label: str) -> None:
        self._out, self._cipher, self._label = out, _cipher(key), label
        self._waiting = bytearray()
        self._number = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        while len(self._waiting) > PIECE:  # one piece is kept back: it may be the last
            self._seal(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._waiting), is_last=True)
            self._waiting.clear()
        super().close()

    def _seal(self, plain: bytes, *, is_last: bool) -> None:
        nonce = os.urandom(NONCE)
        self._out.write(nonce + self._cipher.encrypt(nonce, plain, _aad(self._label, self._number, is_last)))
        self._number += 1


def opened(file: BinaryIO, key: str, label: str) -> Iterator[bytes]:
    """The pieces of a sealed file; DamagedValue at the first that is not what was written."""
    cipher = _cipher(key)
    number, piece = 0, file.read(_SEALED_PIECE)
    while True:
        following = file.read(_SEALED_PIECE)
        aad = _aad(label, number, is_last=not following)
        try:
            yield cipher.decrypt(piece[:NONCE], piece[NONCE:], aad)
        except (InvalidTag, ValueError):
            raise DamagedValue(label) from None
        if not following:
            return
        number, piece = number + 1, following
