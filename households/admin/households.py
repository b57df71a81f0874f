"""Household files and what they remember. Every edit here is an entry in the file's history, as everywhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from households.actions import care
from households.actions.history import differing, write
from households.models import FileChange, Household, HouseholdPhone, LifeEvent
from resilience.lib.inputs import mask_phone

from .base import Kept, ReadOnly, ReadOnlyInline


class WhyForm(forms.ModelForm):
    """An edit of a file says why."""

    why = forms.CharField(
        label=_("Why"), max_length=500, required=False, help_text=_("Stands in the file’s history beside what changed.")
    )


class PhoneInline(ReadOnlyInline):
    """Added and removed on the file's page."""

    model = HouseholdPhone
    fields = ["masked", "label"]
    readonly_fields = ["masked"]
    show_change_link = False

    @admin.display(description=_("phone"))
    def masked(self, phone: HouseholdPhone) -> str:
        return mask_phone(phone.number)


class FileChangeInline(ReadOnlyInline):
    model = FileChange
    fields = ["at", "by", "action", "changes", "why"]
    show_change_link = False
    ordering = ["-at", "-id"]
    verbose_name_plural = _("history")


class HouseholdForm(WhyForm):
    class Meta:
        model = Household
        fields = ["contact", "care_colour", "door_note"]


@admin.register(Household)
class HouseholdAdmin(Kept):
    form = HouseholdForm
    list_display = ["file_number", "building", "entrance", "door", "care_colour", "next_due_date", "until_date"]
    list_filter = ["care_colour"]
    list_select_related = ["building"]
    search_fields = ["file_number__startswith", "building__name", "residents__name__startswith"]
    raw_id_fields = ["contact"]
    fields = [
        "file_number", "community", "grid", "building", "entrance", "floor", "door", "contact", "care_colour",
        "door_note", "why", "confirmed_at", "confirmed_by", "last_contact_at", "next_due_date", "from_date",
        "until_date", "successor",
    ]  # fmt: skip
    readonly_fields = [name for name in fields if name not in ("contact", "care_colour", "door_note", "why")]
    inlines = [PhoneInline, FileChangeInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A file is opened where its door is: on the building's page."""
        return False

    def save_model(self, request: HttpRequest, obj: Household, form: forms.ModelForm, change: bool) -> None:
        before = Household.objects.select_related("contact").get(pk=obj.pk)
        super().save_model(request, obj, form, change)
        changes = differing(
            [
                ("contact", before.contact and before.contact.name, obj.contact and obj.contact.name),
                ("care_colour", before.care_colour, obj.care_colour),
                ("door_note", before.door_note, obj.door_note),
            ]
        )
        if changes:
            write(obj, "amended", by=request.user, changes=changes, why=form.cleaned_data["why"])  # type: ignore[arg-type]
            care.refresh_due(obj)


@admin.register(LifeEvent)
class LifeEventAdmin(ReadOnly):
    list_display = ["happened_date", "kind", "resident", "household", "by", "reported_at"]
    list_filter = ["kind"]
    list_select_related = ["resident", "household", "by"]
    search_fields = ["household__file_number__startswith", "resident__name__startswith"]


@admin.register(FileChange)
class FileChangeAdmin(ReadOnly):
    list_display = ["at", "household", "action", "by", "why"]
    list_select_related = ["household", "by"]
    search_fields = ["household__file_number__startswith", "by__username"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in FileChange._meta.concrete_fields]
