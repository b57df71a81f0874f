"""What nobody would send by mistake, and some things people do send."""

from __future__ import annotations

import io
import json
import random
import struct
import zlib
from typing import Any
from urllib.parse import quote_plus

from PIL import Image

from resilience.lib.inputs import encode_cursor

LONE = "\ud800"  # cannot be encoded; as `%ED%A0%80` in a URL, as an escape in JSON
TEXTS = (
    "", " ", "\x00", "a\x00b", "王\x00秀英", "\u200b", "\u202e逆向", "\ufeff", "\ufffe", "\uffff", "\x1b[31m",
    "\r\n\r\nX: y", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7|add:7 }}", "{% debug %}",
    "%s%n%d%(x)s", "${7*7}", "'; DROP TABLE households_household;--", "\\", "%", "_", "%%%", "*", "(((((", "[",
    "..", "../../etc/passwd", "=1+1", "=HYPERLINK(\"http://x\")", "@SUM(1)", "\t", "null", "None", "true", "NaN",
    "Infinity", "-0", "1e309", "0x10", "１２３", "٣٤٥", "²", "½", "Ⅷ", "𠀀𠮷", "\U0002a6d6", "买买提·艾力", "é",
    "e\u0301", "👨\u200d👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈", "ﷺ" * 40, "عربي",
    "ไทย", "İ", "ß", "a" * 201, "字" * 10_000, "字" * 100_000,
    "a " * 5_000, "\n" * 3_000, "1" * 400, "9" * 4_000,
)  # fmt: skip
NUMBERS = (
    "0", "-1", "-0", "1", "2", "7", "60", "61", "120", "121", "999", "32768", "65536", "2147483647", "2147483648",
    "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1" * 30, "1.5", "1,5",
    "+3", " 4 ", "０", "99999999999999",
)  # fmt: skip
DATES = (
    "0001-01-01", "0000-00-00", "1899-12-31", "1900-01-01", "2026-02-29", "2026-02-30", "2026-13-01", "2100-01-01",
    "2100-01-02", "9999-12-31", "10000-01-01", "-2026-01-01", "2026-1-1", "20261123", "2026年11月23日",
    "２０２６-０１-０１", "0001-01-01T00:00", "9999-12-31T23:59", "2026-11-23T25:00", "2026-11-23T10:00+99:99",
    "1969-12-31T23:59", "2026-03-29T02:30", "23:59", "24:00",
)  # fmt: skip
IDS = (
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "not-a-uuid", "{}", "[]",
    "ABCDEFGH2", "620103001001", "620103001001001", "grid:1", "building:0", "me", "none", "all", "open", "1", "-1",
    "0",
)  # fmt: skip
PHONES = (
    "199", "1" * 11, "１９９０００００００１", "+86 199 0000 0001", "0931-8880000", "110", "1990000000１",
    "١٩٩٠٠٠٠٠٠٠١",
)  # fmt: skip
EVERYTHING = (*TEXTS, *NUMBERS, *DATES, *IDS, *PHONES)

DAYS = ("2026-11-23", "2020-02-29", "1900-01-01", "2026/1/1", "2026年11月23日", "20261101", "２０２６-１１-０１")
WORDS = (
    "𠮷野家的𠀀", "买买提·艾力", "老人家听不清，敲门重一点", "<b>粗</b> & \"引号\"", "{{ x }}", "=1+1", "字" * 300,
    "a" * 120,
    "👨\u200d👩\u200d👧\u200d👦", "\u202e逆向文字", "第一行\n第二行", "É" * 30, "عربي", "'--", "\\", "%s %(x)s", "1",
    "王",
)  # fmt: skip
PLAUSIBLE = (
    (("date", "since", "until", "happened", "when"), DAYS),
    (("birth",), ("1942", "1942-02-28", "1900", "2026", "")),
    (("tail",), ("7001", "0001")),
    (("phone", "number"), ("13900000000", "0931-8880000", "１３９００００００００", "+86 139 0000 0001", "110")),
    (("id_number",), ("",)),
    (("floor",), ("-5", "1", "120")),
    (("entrance",), ("1", "60")),
    (("days", "minutes", "walk", "position"), ("1", "7", "366")),
    (("door",), ("905", "甲1", "9-9")),
    (("name", "who"), ("𠮷", "买买提·艾力", "É" * 30, "\U0002a6d6", "欧阳娜娜", "O’Brien", "ab<b>")),
)


COOKIES = (
    "", "x", "%00", '"', "a" * 4_000, "draft:zzz:sig", "sent:1:2:3", "{}", "W10:1:x", "zh-hans; Path=/", "éè", "en",
)  # fmt: skip
LANGUAGES = (
    "", "zh", "zh-hans", "en", "xx-yy", "*", "en;q=abc", "a" * 600, "zh-hant,en;q=0", ",,,",
    "\ud7ff".encode().decode("latin-1"),
)  # fmt: skip
HTMX = (
    "true", "false", "", "1", "True", "%E4%BD%A0", "a" * 2_000, "https://evil.example/", "#main",
    "javascript:alert(1)",
)  # fmt: skip


BY_NAME = (
    (("date", "since", "until", "happened", "when", "birth", "_at"), DATES),
    (("phone", "tail"), PHONES),
    (("floor", "entrance", "days", "minutes", "number", "year", "item"), NUMBERS),
    (("worker", "household", "uid", "key", "code", "into", "twin", "place", "kind"), IDS),
)


def cursor(random_: random.Random) -> str:
    """A place in a list that no page of ours has given out."""
    values: list[list[Any]] = [
        [LONE] * 6, ["\x00"] * 6, [1], [], [10**40, 1], ["9999-12-31T23:59:59+00:00", 1],
        ["0001-01-01T00:00:00+00:00", 1], [1, 2, 3, 4, LONE, 6], [1, 2, 3, 4, "a\x00", 6],
        [True, None, 1.5, "1", "502", {}], [2**31] * 6, [0, 0, 0, 0, "字" * 11, 0], ["2026-11-23", -1], [1e308, 1],
        ["a", LONE], [LONE, 1], ["visit", "2026-11-23T00:00:00+00:00", 2**63],
    ]  # fmt: skip
    choice = random_.choice(values)
    return random_.choice(
        (encode_cursor(choice), encode_cursor(choice)[:-2], "====", "AAAA", "W10", "bnVsbA", "e30", json.dumps(choice))
    )


def plausible(random_: random.Random, name: str) -> str:
    """A value that the form will probably take: odd, but a person's."""
    for words, values in PLAUSIBLE:
        if any(word in name for word in words):
            return random_.choice(values)
    return random_.choice(WORDS)


def value(random_: random.Random, like: str = "") -> str:
    """A value for a field; half the time of the kind that the name of the field suggests."""
    kind = next((values for words, values in BY_NAME if any(word in like for word in words)), TEXTS)
    if like in ("after", "cursor") or random_.random() < 0.02:
        return cursor(random_)
    return random_.choice(kind if random_.random() < 0.5 else EVERYTHING)


def urlencoded(fields: list[tuple[str, str]]) -> bytes:
    """A form's body. A lone surrogate goes in as the three bytes that are no UTF-8."""
    pairs = (f"{_quoted(name)}={_quoted(text)}" for name, text in fields)
    return "&".join(pairs).encode("ascii")


def _quoted(text: str) -> str:
    return quote_plus(text.encode("utf-8", "surrogatepass"))


def multipart(fields: list[tuple[str, str]], files: list[tuple[str, str, bytes]], boundary: str = "xYz") -> bytes:
    """A form with files, without any care for what is in names."""
    out = io.BytesIO()
    for name, text in fields:
        out.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode("utf-8", "replace"))
        out.write(text.encode("utf-8", "surrogatepass") + b"\r\n")
    for name, filename, content in files:
        head = (
            f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        out.write(f"--{boundary}\r\n{head}".encode("utf-8", "replace") + content + b"\r\n")
    out.write(f"--{boundary}--\r\n".encode())
    return out.getvalue()


# --- pictures ---------------------------------------------------------------------------------------
def png_of(width: int, height: int) -> bytes:
    """A PNG of one colour that says it is that large; its data is rows of zeros, tiny when packed."""
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(b"\0" * (width + 1)) for _ in range(height)) + rows.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(kind: str = "JPEG", size: tuple[int, int] = (32, 24), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def with_place(kind: str = "JPEG") -> bytes:
    """A photo that says where, when and with which phone it was taken, in each kind of metadata its format knows."""
    image = Image.new("RGB", (64, 48), "teal")
    exif = image.getexif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "CanaryMaker", "CanaryModel", "2026:11:23 10:00:00"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (36.0, 3.0, 40.0), "E", (103.0, 50.0, 4.0)
    exif[0x8825] = gps
    out = io.BytesIO()
    more: dict[str, Any] = {"comment": b"CanaryComment"} if kind == "JPEG" else {}
    image.save(out, kind, exif=exif, **more)
    return out.getvalue()


def files() -> tuple[bytes, ...]:
    """What arrives where a photo is asked for."""
    jpeg, png = picture(), picture("PNG")
    return (
        jpeg, png, picture("GIF"), picture("WEBP"), with_place(), b"", b"\x00", jpeg[: len(jpeg) // 2], png[:30],
        jpeg + b"<script>", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\xff" * 50, b"%PDF-1.7", b"PK\x03\x04", b"\xff\xd8\xff\xe0" + b"\x00" * 60,
        b"RIFF\xff\xff\xff\xffWEBPVP8 ", b"BM" + b"\x00" * 60, b"II*\x00" + b"\xff" * 60, png_of(9_000, 9_000),
        b"<html><script>alert(1)</script></html>", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 30,
        picture("PNG", (1, 1)),
    )  # fmt: skip
