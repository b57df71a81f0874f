"""Asking for an export, and deciding about one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import MAX_DATE, MIN_DATE
from resilience.lib.forms import BaseForm, DateField, TextField

from .actions import Wanted
from .columns import Column
from .listings import Listing, period
from .models import WORDS_LENGTH, Form, Purpose, Which


class AskForm(BaseForm):
    """What for, which columns, and for each sensitive one whether it is shown whole and why."""

    purpose = forms.ChoiceField(label=_("What is it for?"), choices=Purpose.choices, widget=forms.RadioSelect)
    words = TextField(
        label=_("In your words"),
        longest=WORDS_LENGTH,
        rows=2,
        help_text=_("Which work, who will use it, until when. Whoever allows it reads this. No names of residents."),
    )
    columns = forms.MultipleChoiceField(label=_("Columns"), widget=forms.CheckboxSelectMultiple)
    form = forms.ChoiceField(label=_("Kind of file"), choices=Form.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, listing: Listing, filters: dict[str, str], **kwargs: Any) -> None:
        first, last = period(filters)
        kwargs["initial"] = {
            "columns": listing.defaults,
            "form": Form.XLSX.value,
            "first": first,
            "last": last,
        }
        super().__init__(*args, **kwargs)
        self.listing, self.filters = listing, filters
        self.field("columns", forms.MultipleChoiceField).choices = [(each.name, each.label) for each in listing.columns]
        if listing.which == Which.VISITS:
            days = {"first": _("First day"), "last": _("Last day")}
            added = {name: DateField(label=label, lo=MIN_DATE, hi=MAX_DATE) for name, label in days.items()}
            self.fields = {**added, **self.fields}
        for column in self._sensitive:
            self.fields[f"open_{column.name}"] = forms.BooleanField(label=str(column.label), required=False)
            self.fields[f"why_{column.name}"] = TextField(
                label=_("Why it must be readable"), longest=WORDS_LENGTH, required=False
            )

        self.leave_optional_unsaid(*(name for name in self.fields if name.startswith(("open_", "why_"))))

    @property
    def _sensitive(self) -> list[Column]:
        return [column for column in self.listing.columns if column.is_sensitive]

    @property
    def days(self) -> list[BoundField]:
        """The period of a list that has one."""
        return [self[name] for name in ("first", "last") if name in self.fields]

    @property
    def openable(self) -> list[tuple[BoundField, BoundField]]:
        """Of each sensitive column: shown whole, and why."""
        return [(self[f"open_{column.name}"], self[f"why_{column.name}"]) for column in self._sensitive]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for column in self._sensitive:
            if not data.get(f"open_{column.name}"):
                continue
            if column.name not in data.get("columns", ()):
                self.add_error(f"open_{column.name}", _("Tick the column above as well, or leave this one masked."))
            elif not data.get(f"why_{column.name}") and f"why_{column.name}" not in self.errors:
                self.add_error(f"why_{column.name}", _("Say why this must be readable."))
        if data.get("first") and data.get("last") and data["first"] > data["last"]:
            self.add_error("last", _("The last day must not be before the first."))
        return data

    def wanted(self) -> Wanted:
        data = self.cleaned_data
        whole = [column.name for column in self._sensitive if data.get(f"open_{column.name}")]
        days = {"from": data["first"].isoformat(), "until": data["last"].isoformat()} if self.days else {}
        return Wanted(
            which=self.listing.which,
            purpose=Purpose(data["purpose"]),
            words=data["words"],
            columns=data["columns"],
            form=Form(data["form"]),
            filters={**self.filters, **days},
            why={name: data[f"why_{name}"] for name in whole},
        )


class DecideForm(BaseForm):
    decision = TextField(
        label=_("Your reason"),
        longest=WORDS_LENGTH,
        rows=2,
        help_text=_("Who asked reads it, and whoever looks at the exports later."),
    )
