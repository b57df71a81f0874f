"""How long what is kept, with the history of every change; and what of it the law does not let be shortened."""

from __future__ import annotations

from django.contrib import admin

from households.models import RetentionRule

from .base import Table


@admin.register(RetentionRule)
class RetentionRuleAdmin(Table):
    is_for_office = True
    list_display = ["subject", "keep_days", "from_date", "until_date"]
    list_filter = ["subject"]
