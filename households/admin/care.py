"""Special needs and the table of contacts. An edit sets the due dates of those concerned anew."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from households import reference
from households.actions.care import refresh_rule
from households.models import CareRule, NeedKind, ResidentNeed

from .base import KeptTable, ReadOnly, Table


@admin.register(NeedKind)
class NeedKindAdmin(KeptTable):
    is_for_office = True
    list_display = ["code", "name_zh", "name_en", "icon", "position", "is_active"]
    list_display_links = ["code", "name_zh"]
    list_filter = ["is_active"]
    search_fields = ["code", "name_zh", "name_en"]


@admin.register(CareRule)
class CareRuleAdmin(Table):
    is_for_office = True
    list_display = ["__str__", "kind", "colour", "every_days", "means", "from_date", "until_date"]
    list_filter = ["colour", "means"]
    list_select_related = ["kind"]
    search_fields = ["kind__code", "kind__name_zh", "kind__name_en"]
    autocomplete_fields = ["kind"]

    def save_model(self, request: HttpRequest, obj: CareRule, form: forms.ModelForm, change: bool) -> None:
        before = CareRule.objects.filter(pk=obj.pk).first() if change else None
        super().save_model(request, obj, form, change)
        _refresh(obj, *([before] if before else []))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        _refresh(obj)


def _refresh(*rules: CareRule) -> None:
    """The doors of a kind or colour that a rule is about, or was about before the edit."""
    reference.forget()
    for kind in {rule.kind_id for rule in rules if rule.kind_id}:
        refresh_rule(kind_id=kind)
    for colour in {rule.colour for rule in rules if rule.colour}:
        refresh_rule(colour=colour)


@admin.register(ResidentNeed)
class ResidentNeedAdmin(ReadOnly):
    """Noted and ended on the household's file. The note is health data and stays there."""

    list_display = ["resident", "kind", "since_date", "until_date", "last_met_date", "next_due_date"]
    list_filter = ["kind"]
    list_select_related = ["resident", "kind"]
    search_fields = ["resident__name__startswith", "resident__household__file_number__startswith"]
    fields = ["resident", "kind", "since_date", "until_date", "last_met_date", "next_due_date"]
