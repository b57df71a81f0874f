"""Pictures from outside: looked at before they are decoded, re-encoded, stripped of where and when they were taken."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 10_000_000
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1_600
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A WebP picture of at most 1,600 px a side, without any metadata."""

    content: bytes
    width: int
    height: int
    content_type: str = "image/webp"


def take_photo(file: IO[bytes], size: int) -> CleanPhoto:
    """Re-encode an uploaded picture of `size` bytes. ValidationError for what is too big, damaged or no picture."""
    if size > MOST_BYTES:
        raise ValidationError(_("This photo is too large: at most 10 MB. Take it again with a smaller size."))
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _reencode(file)
        except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise ValidationError(_not_a_photo()) from None
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError, TypeError, IndexError, KeyError):
            raise ValidationError(_not_a_photo()) from None


def _not_a_photo() -> str:
    return _("This file cannot be read as a photo. Choose a JPEG, PNG or WebP picture, or take a new one.")


def _reencode(file: IO[bytes]) -> CleanPhoto:
    file.seek(0)
    with Image.open(file, formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS or min(picture.size) < 1:
            raise ValidationError(_("This photo has too many pixels. Take it again with a smaller size."))
        picture.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=80, method=4)
    return CleanPhoto(out.getvalue(), bare.width, bare.height)
