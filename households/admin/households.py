"""Household files and what they remember. Every edit here is an entry in the file's history, as everywhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from households import wording
from households.actions.households import Door, amend, correct_door
from households.actions.requests import phone_indexes
from households.models import FileChange, Household, HouseholdPhone, LifeEvent
from resilience.lib.errors import Refused
from resilience.lib.inputs import clean_phone, clean_text, mask_phone

from .base import KEPT, Kept, ReadOnly, ReadOnlyInline, SealedSearch, opened_on_the_site


class WhyForm(forms.ModelForm):
    """An edit of a file says why."""

    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Stands in the file’s history beside what changed."),
    )


def default_why() -> str:
    return _("Corrected by an administrator")


class PhoneInline(ReadOnlyInline):
    """Added and removed on the file's page."""

    model = HouseholdPhone
    fields = ["masked", "label"]
    readonly_fields = ["masked"]
    show_change_link = False

    @admin.display(description=gettext_lazy("phone"))
    def masked(self, phone: HouseholdPhone) -> str:
        return mask_phone(phone.number)


@admin.register(HouseholdPhone)
class HouseholdPhoneAdmin(SealedSearch, ReadOnly):
    """Found by the whole number, shown masked. Added and removed on the file's page."""

    sealed = [(clean_phone, "number_index", phone_indexes)]
    list_display = ["household", "masked", "label"]
    list_select_related = ["household"]
    search_fields = ["household__file_number__startswith"]
    search_help_text = gettext_lazy("A file number or a whole phone.")
    fields = ["household", "masked", "label"]
    readonly_fields = ["masked"]

    @admin.display(description=gettext_lazy("phone"))
    def masked(self, phone: HouseholdPhone) -> str:
        return mask_phone(phone.number)


class Worded:
    """A history entry in words instead of keys."""

    @admin.display(description=gettext_lazy("what"), ordering="action")
    def what(self, change: FileChange) -> str:
        return wording.action(change.action)

    @admin.display(description=gettext_lazy("from – to"))
    def from_to(self, change: FileChange) -> str:
        return "; ".join(
            f"{wording.field(row['field'])}: {_value(row, 'old') or '–'} → {_value(row, 'new') or '–'}"
            for row in change.changes
        )


def _value(row: dict[str, str], which: str) -> str:
    return wording.value(row["field"], row[which])


class FileChangeInline(Worded, ReadOnlyInline):
    model = FileChange
    fields = ["at", "by", "what", "from_to", "why"]
    readonly_fields = ["at", "by", "what", "from_to", "why"]
    show_change_link = False
    ordering = ["-at", "-id"]
    verbose_name_plural = gettext_lazy("history")


class HouseholdForm(WhyForm):
    """The note is written here and never shown: empty keeps it."""

    door_note = forms.CharField(
        label=gettext_lazy("note for whoever comes to the door"), max_length=200, required=False, help_text=KEPT
    )
    forget_note = forms.BooleanField(label=gettext_lazy("Take the note off the file"), required=False)

    class Meta:
        model = Household
        fields = ["entrance", "floor", "door", "care_colour", "door_note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["door_note"] = ""

    def clean_door(self) -> str:
        return clean_text(self.cleaned_data["door"], max_length=10)

    def clean_door_note(self) -> str:
        return clean_text(self.cleaned_data["door_note"], max_length=200)


@admin.register(Household)
class HouseholdAdmin(Kept):
    form = HouseholdForm
    list_display = ["file_number", "building", "entrance", "door", "care_colour", "next_due_date", "until_date"]
    list_filter = ["care_colour"]
    list_select_related = ["building"]
    search_fields = ["file_number__startswith", "building__name", "residents__name__startswith"]
    _shown = [
        "file_number", "community", "grid", "building", "entrance", "floor", "door", "contact", "care_colour",
        "door_note", "forget_note", "opened", "why", "confirmed_at", "confirmed_by", "last_contact_at", "next_due_date",
        "from_date", "until_date", "successor",
    ]  # fmt: skip
    fields = [*_shown]
    readonly_fields = [name for name in _shown if name not in HouseholdForm.base_fields]
    inlines = [PhoneInline, FileChangeInline]
    opened = opened_on_the_site

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A file is opened where its door is: on the building's page."""
        return False

    def save_model(self, request: HttpRequest, obj: Household, form: forms.ModelForm, change: bool) -> None:
        """Through the verb, which keeps history and due dates right."""
        said = form.cleaned_data
        door = Door(said["entrance"], said["floor"], said["door"])
        try:
            correct_door(obj, door=door, by=request.user, why=said["why"] or default_why())  # type: ignore[arg-type]
            amend(
                obj, by=request.user, care_colour=said["care_colour"],  # type: ignore[arg-type]
                door_note=said["door_note"] or ("" if said["forget_note"] else None), why=said["why"] or default_why(),
            )  # fmt: skip
        except Refused as no:
            self.message_user(request, str(no), level="ERROR")


@admin.register(LifeEvent)
class LifeEventAdmin(ReadOnly):
    list_display = ["happened_date", "kind", "resident", "household", "by", "reported_at"]
    list_filter = ["kind"]
    list_select_related = ["resident", "household", "by"]
    search_fields = ["household__file_number__startswith", "resident__name__startswith"]


@admin.register(FileChange)
class FileChangeAdmin(Worded, ReadOnly):
    list_display = ["at", "household", "what", "by", "why"]
    list_select_related = ["household", "by"]
    search_fields = ["household__file_number__startswith", "by__username"]
    fields = ["household", "resident", "at", "by", "what", "from_to", "why"]
    readonly_fields = ["what", "from_to"]
