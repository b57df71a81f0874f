"""Pictures from outside: looked at before they are decoded, re-encoded, stripped of where and when they were taken."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

MOST_BYTES = 10_000_000
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1_600
MOST_SCANS = 100  # of a progressive JPEG; cameras write about ten
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A WebP picture of at most 1,600 px a side, without any metadata."""

    content: bytes
    width: int
    height: int
    content_type: str = "image/webp"


def take_photo(file: IO[bytes], size: int) -> CleanPhoto:
    """Re-encode an uploaded picture of `size` bytes. ValidationError for what is too big, damaged or no picture.

    Of a moving picture the first frame is kept. Pixels are counted before they are decoded.
    """
    file.seek(0)
    content = b"" if size > MOST_BYTES else file.read(MOST_BYTES + 1)
    if size > MOST_BYTES or len(content) > MOST_BYTES:
        raise ValidationError(_("This photo is too large: at most 10 MB. Take it again with a smaller size."))
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise ValidationError(
            _("This is a HEIC photo, which most phones cannot show. Choose it as JPEG, or take a screenshot of it.")
        )
    try:
        return _reencode(content)
    except ValidationError:
        raise
    except Image.DecompressionBombError:
        raise ValidationError(_too_many_pixels()) from None
    except Exception:  # noqa: BLE001, RUF100 -- what a damaged picture raises in Pillow's parsers is not documented
        raise ValidationError(_not_a_photo()) from None


def _not_a_photo() -> str:
    return _("This file cannot be read as a photo. Choose a JPEG, PNG or WebP picture, or take a new one.")


def _too_many_pixels() -> str:
    return _("This photo has too many pixels. Take it again with a smaller size.")


def _reencode(content: bytes) -> CleanPhoto:
    # A scan costs a few bytes and a pass over every pixel: thousands of them would keep a worker busy for minutes.
    if content.startswith(b"\xff\xd8") and content.count(b"\xff\xda") > MOST_SCANS:
        raise ValidationError(_not_a_photo())
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValidationError(_too_many_pixels())
        picture.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
        picture.load()
        bare = _on_white(picture)
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=80, method=4)
    return CleanPhoto(out.getvalue(), bare.width, bare.height)


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture upright and at its final size, on a new sheet: nothing but its pixels comes along."""
    is_clear = picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info
    mode = "RGBA" if is_clear else "RGB"
    small = picture if picture.mode == mode else picture.convert(mode)
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2)  # before it is turned: that costs a copy
    upright = ImageOps.exif_transpose(small)
    sheet = Image.new("RGB", upright.size, "white")
    sheet.paste(upright, mask=upright if is_clear else None)
    return sheet
