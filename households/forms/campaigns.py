"""Opening a campaign, holding it back, and ending it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import MAX_DATE
from resilience.lib.forms import BaseForm, DateField, TextField

from .. import reference
from ..actions.campaigns import Plan
from ..models import LegalBasis, Region, ServiceRequest
from ..places import Place

WHY_LENGTH = 500


class CampaignForm(BaseForm):
    """Where, what for, until when, and what it collects."""

    name = TextField(
        label=_("Name"), longest=60, help_text=_("Residents read it. For example: supplies during the lockdown of May.")
    )
    region = forms.ChoiceField(label=_("Where"), error_messages={"invalid_choice": _("Choose one of your places.")})
    purpose = TextField(label=_("What for"), longest=WHY_LENGTH, rows=3)
    legal_basis = forms.ChoiceField(
        label=_("Legal basis"), widget=forms.RadioSelect, choices=LegalBasis.choices, initial=LegalBasis.EMERGENCY
    )
    legal_reference = TextField(label=_("Order or notice it rests on"), longest=200, required=False)
    planned_end_date = DateField(label=_("Planned end"), hi=MAX_DATE, help_text=_("The last day of the emergency."))
    categories = forms.MultipleChoiceField(
        label=_("Requests it collects"), required=False, widget=forms.CheckboxSelectMultiple
    )
    need_kinds = forms.MultipleChoiceField(
        label=_("Special needs it collects"), required=False, widget=forms.CheckboxSelectMultiple
    )
    takes_visits = forms.BooleanField(label=_("Visits made meanwhile belong to it, too"), required=False)

    def __init__(self, *args: Any, regions: list[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._regions = {place.code: place.pk for place in regions}
        tiles = [row for row in reference.categories().values() if row.parent_id is None and row.is_active]
        kinds = [row for row in reference.need_kinds().values() if row.is_active]
        self.field("region", forms.ChoiceField).choices = [(place.code, place.name) for place in regions]
        self.field("categories", forms.MultipleChoiceField).choices = [(row.code, str(row)) for row in tiles]
        self.field("need_kinds", forms.MultipleChoiceField).choices = [(row.code, str(row)) for row in kinds]
        self.leave_optional_unsaid("categories", "need_kinds", "takes_visits")

    def plan(self) -> Plan:
        """What a valid form says."""
        said = self.cleaned_data
        return Plan(
            name=said["name"],
            region=Region(pk=self._regions[said["region"]], code=said["region"]),
            purpose=said["purpose"],
            legal_basis=LegalBasis(said["legal_basis"]),
            legal_reference=said["legal_reference"],
            planned_end_date=said["planned_end_date"],
            categories=[row for row in reference.categories().values() if row.code in said["categories"]],
            need_kinds=[row for row in reference.need_kinds().values() if row.code in said["need_kinds"]],
            takes_visits=said["takes_visits"],
        )


class ConfirmForm(BaseForm):
    """Nothing to fill in: the page says what happens, the button does it."""


class HoldForm(BaseForm):
    """A court, a case, an inspection: nothing is destroyed until that day is over."""

    why = TextField(
        label=_("Why it has to be kept"), longest=WHY_LENGTH, rows=3, help_text=_("Which case, whose order. No names.")
    )
    until_date = DateField(label=_("Kept until"), hi=MAX_DATE)


class LetGoForm(BaseForm):
    """Open requests that go on outside of the campaign."""

    codes = forms.MultipleChoiceField(
        label=_("Requests still open"), required=False, widget=forms.CheckboxSelectMultiple
    )
    why = TextField(
        label=_("Why they are needed beyond the campaign"), longest=WHY_LENGTH, required=False,
        help_text=_("Colleagues read it in the history of each."),
    )  # fmt: skip

    def __init__(self, *args: Any, requests: list[ServiceRequest], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by_code = {row.code: row for row in requests}
        self.field("codes", forms.MultipleChoiceField).choices = [(code, code) for code in self._by_code]
        self.leave_optional_unsaid("codes", "why")

    def chosen(self) -> list[ServiceRequest]:
        return [self._by_code[code] for code in self.cleaned_data["codes"]]


class DestroyForm(BaseForm):
    """The name of the campaign, typed: nobody does this by a slip."""

    typed = TextField(
        label=_("Type the name of the campaign"), longest=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
