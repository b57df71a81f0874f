"""The small tables kept in memory: what another server process adds must not break a page of this one."""

from __future__ import annotations

import pytest
from django.urls import reverse

from households import reference
from households.models import Category
from tests import factories as f
from tests.base import CastTestCase


class NewElsewhereTests(CastTestCase):
    """A category made by another process since this one read the table, and a request of it."""

    def setUp(self) -> None:
        super().setUp()
        reference.categories()
        tile = Category.objects.create(code="cold", name_zh="冷饮", name_en="Cold drinks", icon="shopping-basket")
        self.category = Category.objects.create(
            code="ice", name_zh="冰块", name_en="Ice", icon="shopping-basket", parent=tile
        )
        self.service_request = f.make_request(self.household, category=self.category)

    def test_is_shown_on_every_page_that_names_it(self) -> None:
        code = self.service_request.code
        self.sign_in(self.clerk)
        self.shows(reverse("desk"))
        self.shows(reverse("request", args=[code]))
        self.shows(reverse("twins") + f"?code={code}")
        self.shows(reverse("household", args=[self.household.uid]))
        self.sign_in(self.worker)
        self.shows(reverse("round"))
        self.shows(reverse("household-door", args=[self.household.uid]))

    def shows(self, url: str) -> None:
        reference.forget()
        reference.categories().pop(self.category.pk)
        answer = self.client.get(url)
        assert answer.status_code == 200
        assert "冰块" in answer.content.decode(), url

    def test_is_read_once_and_there_for_the_next(self) -> None:
        reference.categories().pop(self.category.pk, None)
        with self.assertNumQueries(1):
            assert reference.categories()[self.category.pk] == self.category
        assert self.category.pk in reference.categories()

    def test_what_is_nowhere_is_a_key_error(self) -> None:
        with pytest.raises(KeyError):
            reference.categories()[0]
