"""What the tests of the administration share: a row of everything, and an administrator signed in."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from households.actions.defaults import install_defaults
from households.models import (
    Region,
)
from tests import factories as f
from tests.accounts.factor_help import confirm
from tests.base import CastTestCase

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


class AdminTestCase(CastTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        install_defaults()
        f.make_phone(cls.household)
        f.make_need(cls.wang)
        f.make_visit(cls.household, cls.worker)
        cls.filed = f.make_request(cls.household)
        cls.district = Region.objects.get(code=cls.home.code[:6])

    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.admin)
        confirm(self.client)

    def searched(self, model: type[Model], typed: str) -> Any:
        return self.client.post(url(model, "changelist"), {"q": typed}, follow=True)

    def form_of(self, page: str) -> dict[str, Any]:
        """What a browser would send if one only pressed save."""
        context = self.client.get(page).context
        forms = [context["adminform"].form, *(form for each in context["inline_admin_formsets"] for form in each.forms)]
        forms += [each.formset.management_form for each in context["inline_admin_formsets"]]
        data = {}
        for form in forms:
            for name in form.fields:
                value = form[name].value()
                data[form.add_prefix(name)] = "" if value is None or value is False else value
        return data
