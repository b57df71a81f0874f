"""Pictures from outside come in small, upright and bare, or not at all."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import tracemalloc
import zlib

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from resilience.lib.photos import LONGEST_SIDE, MOST_BYTES, take_photo


def encoded(picture: Image.Image, form: str = "JPEG", **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def take(content: bytes):
    return take_photo(io.BytesIO(content), len(content))


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(take(content).content))


def noisy(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))


def png(width: int, height: int) -> bytes:
    """The head of a PNG that says it is that large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
        + chunk(b"IEND", b"")
    )


class TestTaken:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
    def test_the_usual_formats(self, form):
        photo = take(encoded(noisy(40, 30), form))
        assert (photo.width, photo.height, photo.content_type) == (40, 30, "image/webp")
        assert photo.content[:4] == b"RIFF"

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
    def test_every_kind_of_colour(self, mode):
        form = "JPEG" if mode == "CMYK" else "PNG"
        assert take(encoded(Image.new(mode, (4, 3)), form)).width == 4

    def test_it_is_small(self):
        photo = take(encoded(noisy(3_000, 1_000)))
        assert (photo.width, photo.height) == (LONGEST_SIDE, 533)

    def test_it_is_not_made_larger(self):
        assert take(encoded(noisy(5, 5))).width == 5

    def test_it_is_upright(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # the camera was turned by a quarter
        assert (take(encoded(noisy(40, 20), exif=exif)).width, take(encoded(noisy(40, 20), exif=exif)).height) == (
            20,
            40,
        )

    def test_nothing_but_the_picture_is_kept(self):
        exif = Image.Exif()
        exif[0x010E] = "CANARY-DESCRIPTION"
        exif.get_ifd(0x8825)[2] = (36.0, 3.0, 40.0)  # where it was taken
        icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", "CANARY-AUTHOR")
        for content in (
            encoded(noisy(9, 9), exif=exif, icc_profile=icc, comment=b"CANARY-COMMENT"),
            encoded(noisy(9, 9), "PNG", pnginfo=text, icc_profile=icc, exif=exif),
            encoded(noisy(9, 9), "WEBP", exif=exif, icc_profile=icc, xmp=b"CANARY-XMP"),
        ):
            photo = take(content)
            assert b"CANARY" not in photo.content
            assert not [kind for kind in (b"EXIF", b"ICCP", b"XMP ") if kind in photo.content[:40]]
            kept = Image.open(io.BytesIO(photo.content))
            assert not dict(kept.getexif())
            assert not {"icc_profile", "xmp", "exif"} & set(kept.info)

    def test_of_a_moving_picture_the_first(self):
        frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
        for form in ("GIF", "WEBP", "PNG"):
            still = opened(encoded(frames[0], form, save_all=True, append_images=frames[1:]))
            assert getattr(still, "n_frames", 1) == 1
            red, _green, blue = still.convert("RGB").tobytes()[:3]
            assert red > 200
            assert blue < 60

    def test_what_is_seen_through_becomes_white(self):
        assert min(opened(encoded(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG")).convert("RGB").tobytes()) > 250


class TestRefused:
    def refused(self, content: bytes) -> str:
        with pytest.raises(ValidationError) as fault:
            take(content)
        return fault.value.messages[0]

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"no picture",
            b"\xff\xd8\xff",
            b"GIF89a",
            b"RIFF\0\0\0\0WEBPVP8 ",
            b"<svg/>",
            b"%PDF-1.7",
            b"BM" + b"\0" * 60,
        ],
    )
    def test_no_picture(self, content):
        self.refused(content)

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
    @pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
    def test_half_a_picture(self, form, part):
        content = encoded(noisy(60, 60), form)
        self.refused(content[: int(len(content) * part)])

    @pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"hevc"])
    def test_an_iphones_own_format_in_words_of_its_own(self, brand):
        assert "HEIC" in self.refused(b"\0\0\0\x24ftyp" + brand + b"\0" * 60)

    def test_too_many_bytes(self):
        assert "10" in self.refused(b"\xff\xd8\xff" + b"\0" * MOST_BYTES)
        with pytest.raises(ValidationError):  # a size that lies
            take_photo(io.BytesIO(b"\xff\xd8\xff" + b"\0" * MOST_BYTES), 3)

    @pytest.mark.parametrize("size", [(13_000, 13_000), (65_000, 65_000), (2**31 - 1, 2), (1, 40_000_001)])
    def test_too_many_pixels_cost_no_memory(self, size):
        tracemalloc.start()
        message = self.refused(png(*size))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 5_000_000
        assert "pixel" in message or "像素" in message

    def test_a_jpeg_of_a_thousand_scans(self):
        # 10 MB of empty progressive scans of a large picture keep a worker busy for minutes.
        content = encoded(noisy(64, 64), progressive=True)
        scan = content.index(b"\xff\xda")
        bomb = content[:scan] + content[scan : content.index(b"\xff", scan + 20)] * 1_000 + content[scan:]
        self.refused(bomb)

    @given(
        st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]),
        st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=8),
    )
    def test_damage_is_a_refusal_or_a_picture_never_an_error(self, form, changes):
        content = bytearray(encoded(noisy(16, 16), form))
        for place, value in changes:
            content[place % len(content)] = value
        with contextlib.suppress(ValidationError):
            assert take(bytes(content)).width >= 1
