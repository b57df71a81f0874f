"""What the tests of the forms of a request's page share."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from households.forms.deeds import seen_of
from households.models import (
    State,
)
from resilience.accounts.models import User
from tests import factories as f
from tests.base import CastTestCase, Response


class VerbTestCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.filed = f.make_request(self.household)

    def send(self, verb: str, user: User | None = None, **data: Any) -> Response:
        if user:
            self.sign_in(user)
        data.setdefault("seen", seen_of(self.again(self.filed)))
        return self.client.post(reverse(f"request-{verb}", args=[self.filed.code]), data)

    def state(self) -> State:
        return State(self.again(self.filed).state)

    def last_event(self) -> Any:
        return self.filed.events.order_by("id").last()

    def went_on(self, response: Response) -> None:
        assert response.status_code == 303, response.content.decode()

    def stayed(self, response: Response, field: str) -> None:
        """422, the form open again, with a link to the faulty field."""
        assert response.status_code == 422
        self.assertContains(response, f'href="#id_{field}', status_code=422)
        self.assertContains(response, 'id="error-summary"', status_code=422)
