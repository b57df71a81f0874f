"""What the tests of the resident's form share: answers, a photo, and steps as a browser takes them."""

from __future__ import annotations

import io
import time
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from households.by_secret import DOOR
from households.models import Household, ServiceRequest
from resilience.accounts.limits import Limit, key_of
from resilience.accounts.models import RateCount
from resilience.lib.codes import sign_token
from tests.base import CastTestCase

WHAT: dict[str, Any] = {"what": ["groceries"], "urgency": "normal"}
DETAILS = {"text": "家里没有米了，请带一袋五公斤的。", "is_for": "me", "name": "王秀英", "phone": "199 0000 0001"}
OTHER = {
    **DETAILS,
    "is_for": "other",
    "name": "王小明",
    "phone": "19900000005",
    "their_name": "王秀英",
    "consent": "agreed",
}


def photo(name: str = "米.jpg", size: tuple[int, int] = (40, 30)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def door_path(household: Household) -> str:
    return f"/h/{sign_token(household.door_key, DOOR)}/"


def statements(queries: list[dict[str, str]]) -> list[str]:
    """What the database was asked, without BEGIN, COMMIT and savepoints."""
    noise = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return [query["sql"] for query in queries if not query["sql"].startswith(noise)]


def spend(limit: Limit, who: str) -> None:
    """Use up all that `who` may do now, and in the next minute."""
    free = int(time.time() + limit.per.total_seconds() + 60) * 1_000_000
    RateCount.objects.update_or_create(key=key_of(limit, who), defaults={"free_at": free})


class AskCase(CastTestCase):
    def pick_door(self, household=None, client: Client | None = None) -> str:
        household = household or self.household
        path = f"/ask/where/building/{household.building.uid}/"
        answer = (client or self.client).post(path, {"door": f"{household.entrance}/{household.door}"})
        return answer["Location"]

    def fill(self, details=DETAILS, what=WHAT) -> None:
        assert self.client.post("/ask/", what).status_code == 303
        self.pick_door()
        assert self.client.post("/ask/details/", details)["Location"] == "/ask/check/"

    def send(self) -> ServiceRequest:
        answer = self.client.post("/ask/send/")
        assert answer.status_code == 303
        return ServiceRequest.unscoped.get(token=answer["Location"].split("/")[2])
