"""Answering one need of a request that names several."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import today
from resilience.lib.forms import DateField, IntegerField, TextField

from ..models import ItemState, ServiceRequest
from .deeds import Deed

CHOICES = [
    (ItemState.DONE, _("done")),
    (ItemState.FOR_NOW, _("fulfilled for now, needed again")),
    (ItemState.DROPPED, _("not possible or not needed")),
    (ItemState.OPEN, _("still open")),
]


class ItemForm(Deed):
    slug, label, button, icon = "item", _("Answer one need"), _("Save"), "list"
    item = IntegerField(lo=1, hi=10**12 - 1, widget=forms.HiddenInput)
    state = forms.ChoiceField(
        label=_("What became of it?"),
        choices=CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what became of it.")},
    )
    next_date = DateField(label=_("Needed again on"), required=False, help_text=_("Only when it is fulfilled for now."))
    note = TextField(longest=500, label=_("What was done, or why not"), required=False)

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.is_open and bool(getattr(service_request, "item_rows", None))

    def prepare(self) -> None:
        chosen = str(self.data.get("item", "") or self.initial.get("item", ""))
        self.row = next((row for row in self.service_request.item_rows or [] if str(row["id"]) == chosen), None)
        field = self.field("next_date", DateField)
        field.lo, field.hi = today() + timedelta(days=1), today() + timedelta(days=366)
        if self.row and self.row["every"]:
            self.fields["state"].initial = ItemState.FOR_NOW
            field.initial = today() + timedelta(days=self.row["every"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.row is None:
            self.add_error(None, gettext("This need does not belong to this request. Open the page again."))
        if self.cleaned_data.get("state") != ItemState.FOR_NOW:
            self.cleaned_data["next_date"] = None
        elif not self.cleaned_data.get("next_date") and "next_date" not in self.errors:
            self.add_error("next_date", gettext("Say on which day it is needed again."))
        return cleaned
