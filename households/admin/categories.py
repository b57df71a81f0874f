"""What can be asked for."""

from __future__ import annotations

from django.contrib import admin

from households.models import Category

from .base import KeptTable


@admin.register(Category)
class CategoryAdmin(KeptTable):
    is_for_office = True
    list_display = [
        "code", "name_zh", "name_en", "parent", "position", "is_active", "goes_to_worker", "in_working_hours",
        "is_shared",
    ]  # fmt: skip
    list_display_links = ["code", "name_zh"]
    list_filter = ["is_active", "goes_to_worker", "in_working_hours", "is_shared"]
    list_select_related = ["parent"]
    search_fields = ["code", "name_zh", "name_en"]
