"""People of the register. Where somebody lives changes by a life event, on the household's page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from households.actions import residents as verbs
from households.actions.requests import phone_indexes
from households.models import Resident
from resilience.lib import inputs
from resilience.lib.errors import Refused

from .base import KEPT, Kept, SealedSearch, opened_on_the_site
from .households import WhyForm, default_why


class ResidentForm(WhyForm):
    """What is sealed is written here and never shown: empty keeps it. It is opened on the site, with a reason."""

    phone = forms.CharField(label=_("phone"), max_length=60, required=False, help_text=KEPT)
    forget_phone = forms.BooleanField(label=_("Take the phone number off the file"), required=False)
    id_number = forms.CharField(label=_("ID number"), max_length=60, required=False, help_text=KEPT)
    forget_id = forms.BooleanField(label=_("Take the ID number off the file"), required=False)

    class Meta:
        model = Resident
        fields = ["name", "sex", "birth_year", "birth_date", "phone", "id_number", "relation", "registered_elsewhere"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(phone="", id_number="")

    def clean_name(self) -> str:
        return inputs.clean_name(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        return inputs.clean_phone(self.cleaned_data["phone"])

    def clean_id_number(self) -> str:
        return inputs.clean_id_number(self.cleaned_data["id_number"])

    def clean_birth_date(self) -> date | None:
        day: date | None = self.cleaned_data["birth_date"]
        return inputs.clean_date(day.isoformat()) if day else None

    def clean(self) -> dict[str, Any]:
        """What the verb would refuse is said beside the field."""
        cleaned = super().clean() or self.cleaned_data
        other = verbs.held_by(cleaned.get("id_number", ""))
        if other and other.pk != self.instance.pk:
            raise ValidationError({"id_number": _("Somebody with this ID number is in the register already.")})
        return cleaned


@admin.register(Resident)
class ResidentAdmin(SealedSearch, Kept):
    form = ResidentForm
    sealed = [
        (inputs.clean_id_number, "id_number_index", verbs.id_indexes),
        (inputs.clean_phone, "phone_index", phone_indexes),
    ]
    list_display = ["name", "household", "birth_year", "sex", "relation", "presence", "masked_phone", "masked_id"]
    list_filter = ["presence", "relation", "sex"]
    list_select_related = ["household"]
    search_fields = ["name__startswith", "household__file_number__startswith"]
    search_help_text = _("A name, a file number, a whole phone or a whole ID number.")
    fields = [
        "household", "presence", "name", "sex", "birth_year", "birth_date", "masked_phone", "phone", "forget_phone",
        "masked_id", "id_number", "forget_id", "opened", "relation", "registered_household", "registered_elsewhere",
        "stays_with", "away_until_date", "why",
    ]  # fmt: skip
    readonly_fields = [
        "household", "presence", "masked_phone", "masked_id", "opened", "registered_household", "stays_with",
        "away_until_date",
    ]  # fmt: skip

    opened = opened_on_the_site

    @admin.display(description=_("phone"))
    def masked_phone(self, resident: Resident) -> str:
        return inputs.mask_phone(resident.phone)

    @admin.display(description=_("ID number"))
    def masked_id(self, resident: Resident) -> str:
        return inputs.mask_id_number(resident.id_number)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Somebody is noted on the file of the household."""
        return False

    def save_model(self, request: HttpRequest, obj: Resident, form: forms.ModelForm, change: bool) -> None:
        """Through the verb, which keeps fingerprints, due dates and history right."""
        said = form.cleaned_data
        details = verbs.Details(
            name=said["name"], birth_year=said["birth_year"], birth_date=said["birth_date"], sex=said["sex"],
            phone=said["phone"] or ("" if said["forget_phone"] else None),
            id_number=said["id_number"] or ("" if said["forget_id"] else None),
            relation=said["relation"], is_registered_here=obj.registered_household_id == obj.household_id,
            registered_elsewhere=said["registered_elsewhere"],
        )  # fmt: skip
        try:
            verbs.amend(obj, details=details, by=request.user, why=said["why"] or default_why())  # type: ignore[arg-type]
        except Refused as no:
            self.message_user(request, str(no), level="ERROR")
