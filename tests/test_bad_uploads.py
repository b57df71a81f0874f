"""What somebody may send as a photo, to every form with photos: refused beside the field, or stored clean.

`tests/lib/test_photos.py` has what the parser takes and refuses; the forms are those of `tests/bad_input.py`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from html import unescape
from typing import Any

from django.db import transaction
from PIL import Image

from households.forms import drafts as asking
from households.models import Photo
from resilience.lib import forms as fields
from tests.bad_forms import FORMS, Sent, typed
from tests.bad_input import BadInputTestCase, form_of
from tests.base import Response
from tests.reliability import nasty

NAMES = (
    "../../../etc/passwd.jpg", "..\\..\\x.jpg", "/etc/cron.d/x.jpg", "a\x00.jpg", "😀👨\u200d👩.jpg",
    "字" * 80 + ".jpg", "x.php", "x.jpg.svg", "con.jpg", "a;b='c'.jpg", "<script>.jpg",
)  # fmt: skip
REFUSED = {
    "a text": "我不是照片".encode(),
    "half a JPEG": nasty.picture(size=(300, 200))[:400],
    "169 megapixels": nasty.png_of(13_000, 13_000),
    "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a page": b"<html><script>alert(1)</script></html>",
    "nothing": b"",
}
TAKEN = {kind: nasty.with_place(kind) for kind in ("JPEG", "PNG", "WEBP")} | {"GIF": nasty.picture("GIF")}


class TestUploads(BadInputTestCase):
    """Every form with photos; the words beside them are kept."""

    def routes(self) -> list[tuple[str, Sent]]:
        kinds = (fields.PhotosField, asking._Photos)
        return [(name, sent) for name, all_sent in FORMS.items() for sent in all_sent if typed(sent, kinds)]

    def upload(self, name: str, sent: Sent, uploads: list[tuple[str, bytes]]) -> Response:
        """As a browser sends it, but whatever stands in the names of the files."""
        said = [(key, each) for key, value in self.filled(sent).items() for each in _several(value)]
        body = nasty.multipart(said, [("photos", filename, content) for filename, content in uploads])
        kind = "multipart/form-data; boundary=xYz"
        return self.browser(sent.actor).post(self.path(name, sent), body, content_type=kind)

    def attempt(self, name: str, sent: Sent, what: str, uploads: list[tuple[str, bytes]]) -> tuple[Response, int]:
        """The answer and how many photos were stored; each of them clean."""
        where, before = f"{name}, {what}", set(Photo.unscoped.values_list("pk", flat=True))
        with transaction.atomic():
            response = self.upload(name, sent, uploads)
            new = list(Photo.unscoped.exclude(pk__in=before))
            for photo in new:
                self.faults += [f"{where}: {fault}" for fault in unclean(photo)]
            transaction.set_rollback(True)
        if response.status_code >= 500:
            self.faults.append(f"{where}: {response.status_code}")
        return response, len(new)

    def refused(self, name: str, sent: Sent, what: str, response: Response) -> None:
        """The form again, with the fault at its photos and every word."""
        form = form_of(response)
        if response.status_code != 422 or form is None or "photos" not in form.errors:
            self.faults.append(f"{name}, {what}: {response.status_code} {form and dict(form.errors)}")
            return
        page = unescape(response.content.decode())
        lost = [each for each in typed(sent, (fields.TextField,)) if sent.good.get(each, "") not in page]
        if lost or str(form.errors["photos"][0]) not in page:
            self.faults.append(f"{name}, {what}: lost {lost}, or the fault is not shown")

    def test_it_tries_every_form_with_photos(self) -> None:
        assert [name for name, _sent in self.routes()] == [
            "ask-details", "door", "track-note", "household-door", "desk-new", "request-resolve",
        ]  # fmt: skip

    def test_it_refuses_what_is_no_photo_beside_the_field(self) -> None:
        for name, sent in self.routes():
            for what, content in REFUSED.items():
                response, stored = self.attempt(name, sent, what, [("photo.jpg", content)])
                if stored:
                    self.faults.append(f"{name}, {what}: stored")
                self.refused(name, sent, what, response)
        self.check()

    def test_it_refuses_nine_photos_and_says_how_many_fit(self) -> None:
        for name, sent in self.routes():
            response, stored = self.attempt(name, sent, "nine", [(f"{n}.jpg", nasty.picture()) for n in range(9)])
            self.refused(name, sent, "nine", response)
            is_draft = sent.form is asking.AskForm  # keeps the four that fit, as it keeps every word
            assert stored == (4 if is_draft else 0), name
            assert "4" in " ".join(form_of(response).errors["photos"])
        self.check()

    def test_it_stores_a_photo_without_where_and_when_it_was_taken(self) -> None:
        for name, sent in self.routes():
            for kind, content in TAKEN.items():
                response, stored = self.attempt(name, sent, kind, [("photo.jpg", content)])
                if (response.status_code, stored) != (303, 1):
                    self.faults.append(f"{name}, {kind}: {response.status_code}, {stored} stored")
        self.check()

    def test_it_takes_no_name_from_the_file(self) -> None:
        for name, sent in self.routes():
            for filename in NAMES:
                response, stored = self.attempt(name, sent, repr(filename), [(filename, nasty.picture())])
                if (response.status_code, stored) != (303, 1):
                    self.faults.append(f"{name}, {filename!r}: {response.status_code}, {stored} stored")
            # No file system has such names: Django's parser ends at 1,024 bytes of a part's head.
            response, stored = self.attempt(name, sent, "a name of 10,000", [("长" * 10_000 + ".jpg", nasty.picture())])
            assert (response.status_code, stored) in ((400, 0), (303, 1)), name
        self.check()


def _several(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def unclean(photo: Photo) -> Iterator[str]:
    """What is wrong with a stored file."""
    with photo.image.open("rb") as file:
        content = file.read()
    with Image.open(io.BytesIO(content)) as picture:
        if picture.format != "WEBP" or dict(picture.getexif()) or set(picture.info) & {"exif", "xmp", "icc_profile"}:
            yield f"stored as {picture.format} with {json.dumps(sorted(picture.info))}"
    if b"Canary" in content:
        yield "says where it was taken"
    if photo.image.name != f"photos/{photo.uid.hex[:2]}/{photo.uid.hex}.webp":
        yield f"stored as {photo.image.name}"
