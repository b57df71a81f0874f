"""Openings of what is sealed: the limits, and what was opened. Where it is looked over is the page of the day."""

from __future__ import annotations

from django.contrib import admin

from households.models import Opening, OpeningAllowance, OpeningRule

from .base import ReadOnly, Table


@admin.register(OpeningRule)
class OpeningRuleAdmin(Table):
    """Administrators only: nobody sets the limit of their own role."""

    list_display = ["role", "alarm_after", "stop_after"]


@admin.register(Opening)
class OpeningAdmin(ReadOnly):
    list_display = ["opened_at", "by", "role", "household", "service_request", "fields", "reason", "times"]
    list_filter = ["reason", "is_over", "is_elsewhere", "is_at_night", "is_namesake"]
    list_select_related = ["by", "household", "service_request"]
    search_fields = ["by__username", "household__file_number__startswith", "service_request__code__startswith"]
    ordering = ["-id"]


@admin.register(OpeningAllowance)
class OpeningAllowanceAdmin(ReadOnly):
    list_display = ["user", "by", "community", "until_at"]
    list_select_related = ["user", "by", "community"]
    ordering = ["-id"]
