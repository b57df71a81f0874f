"""The tables behind the clocks."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from households.models import ClockRule, HouseRules, SpecialDay

from .base import Forgetting, KeptTable, Table


@admin.register(ClockRule)
class ClockRuleAdmin(Table):
    is_for_office = True
    list_display = ["category", "urgency", "respond_minutes", "resolve_minutes", "from_date", "until_date"]
    list_display_links = ["category", "urgency"]
    list_filter = ["urgency"]
    list_select_related = ["category"]
    search_fields = ["category__code", "category__name_zh", "category__name_en"]
    autocomplete_fields = ["category"]


@admin.register(SpecialDay)
class SpecialDayAdmin(Forgetting):
    is_for_office = True
    list_display = ["date", "is_working", "name"]
    list_filter = ["is_working"]
    search_fields = ["name"]
    date_hierarchy = "date"


@admin.register(HouseRules)
class HouseRulesAdmin(KeptTable):
    is_for_office = True
    list_display = ["__str__", "stale_after_days", "close_after_days", "opens_at", "closes_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who could do without a second person must not be who decides that none is needed."""
        return [] if request.user.is_superuser else ["destruction_needs_second"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is exactly one row."""
        return super().has_add_permission(request) and not HouseRules.objects.exists()
