"""Photos: each served only to who may see what it belongs to."""

from __future__ import annotations

import io
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from PIL import Image

from households.actions import photos as verbs
from households.models import Photo, ServiceRequest
from resilience.lib.photos import take_photo
from tests import factories as f
from tests.base import CastTestCase

from .ask import DETAILS, WHAT, door_path, photo


class PhotoTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.post(door_path(self.household), {**WHAT, **DETAILS, "photos": photo()})
        self.photo = Photo.unscoped.get()
        self.draft_path = f"/ask/photos/{self.photo.uid}/"

    def send(self) -> ServiceRequest:
        self.client.post("/ask/send/")
        return ServiceRequest.unscoped.get()

    def test_shows_the_draft_s_own_photo_to_its_own_browser_only(self) -> None:
        answer = self.client.get(self.draft_path)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/webp"
        assert Image.open(io.BytesIO(answer.getvalue())).format == "WEBP"
        stranger = Client()
        assert stranger.get(self.draft_path).status_code == 404
        stranger.post(door_path(self.other_household), {**WHAT, **DETAILS})
        assert stranger.get(self.draft_path).status_code == 404

    def test_sends_it_so_that_nothing_in_it_can_run_or_stay(self) -> None:
        answer = self.client.get(self.draft_path)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"] == 'inline; filename="photo.webp"'
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]

    def test_moves_with_the_request_behind_its_link(self) -> None:
        filed = self.send()
        path = f"/track/{filed.token}/photos/{self.photo.uid}/"
        assert Client().get(path).status_code == 200
        assert self.client.get(self.draft_path).status_code == 404
        other = f.make_request(self.other_household)
        assert Client().get(f"/track/{other.token}/photos/{self.photo.uid}/").status_code == 404
        assert Client().get(f"/track/{'x' * 43}/photos/{self.photo.uid}/").status_code == 404
        assert Client().get(f"/track/{filed.token}/photos/{uuid.uuid4()}/").status_code == 404

    def test_hides_from_the_resident_what_is_among_colleagues(self) -> None:
        filed = self.send()
        Photo.unscoped.update(is_public=False)
        assert Client().get(f"/track/{filed.token}/photos/{self.photo.uid}/").status_code == 404
        assert str(self.photo.uid) not in Client().get(f"/track/{filed.token}/").content.decode()
        self.sign_in(self.worker)
        assert self.client.get(f"/requests/{filed.code}/photos/{self.photo.uid}/").status_code == 200

    def test_shows_staff_and_workers_the_photos_of_requests_they_see(self) -> None:
        path = f"/requests/{self.send().code}/photos/{self.photo.uid}/"
        assert Client().get(path).status_code == 302
        for user, status in (
            (self.worker, 200),
            (self.clerk, 200),
            (self.foreign_worker, 404),
            (self.foreign_clerk, 404),
        ):
            self.sign_in(user)
            assert self.client.get(path).status_code == status, user
        assert self.client.post(path).status_code == 405

    def test_answers_404_when_the_file_is_gone(self) -> None:
        self.photo.image.delete(save=False)
        assert self.client.get(self.draft_path).status_code == 404

    def test_keeps_no_place_and_no_time(self) -> None:
        out, exif = io.BytesIO(), Image.Exif()
        exif[0x8825] = {1: "N", 2: (36.0, 3.0, 0.0)}
        exif[0x0132] = "2026:11:23 10:00:00"
        Image.new("RGB", (30, 20)).save(out, "JPEG", exif=exif)
        clean = take_photo(out, out.tell())
        assert not Image.open(io.BytesIO(clean.content)).getexif()

    def test_refuses_what_only_says_it_is_a_picture(self) -> None:
        for content in (b"", b"<svg onload=alert(1)>", b"GIF89a" + b"\0" * 50, b"\xff\xd8\xff" + b"x" * 99):
            with pytest.raises(ValidationError):
                take_photo(io.BytesIO(content), len(content))

    def test_leaves_no_file_behind_when_the_row_cannot_be_written(self) -> None:
        before = self._files()
        with pytest.raises(TypeError):
            verbs.store([take_photo(photo(), 100)], nonsense=1)
        with pytest.raises(ValidationError):
            verbs.store([take_photo(photo(), 100)], draft_key="not a uuid")
        assert self._files() == before

    def _files(self) -> int:
        storage = Photo.image.field.storage
        return sum(len(storage.listdir(f"photos/{folder}")[1]) for folder in storage.listdir("photos")[0])
