"""Exports, to read: who had what made and why, and whose second word it had. Never the file."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .models import Export


@admin.register(Export)
class ExportAdmin(admin.ModelAdmin):
    list_display = ["code", "which", "rows", "unmasked", "purpose", "asked_by", "asked_at", "decided_by", "state"]
    list_select_related = ["asked_by", "decided_by"]
    list_filter = ["state", "which", "purpose"]
    search_fields = ["code"]
    search_help_text = _("The code that stands in each row of the file, without dashes.")
    show_full_result_count = False
    list_per_page = 50
    ordering = ["-id"]
    actions = None
    fields = [
        "code", "which", "form", "columns", "unmasked", "rows", "purpose", "words", "asked_by", "asked_at",
        "decided_by", "decided_at", "decision", "state", "made_at", "expires_at", "downloads", "ended_at", "end",
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
