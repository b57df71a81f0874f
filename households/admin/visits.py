"""Visits, to read: they are logged at the door."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from households.models import Visit, VisitCheck

from .base import ReadOnly, ReadOnlyInline


class CheckInline(ReadOnlyInline):
    model = VisitCheck
    fields = ["need", "due_date"]
    show_change_link = False
    verbose_name_plural = _("needs seen to")


@admin.register(Visit)
class VisitAdmin(ReadOnly):
    list_display = ["happened_at", "household", "worker", "means", "result", "finding", "due_date"]
    list_filter = ["result", "finding", "means"]
    list_select_related = ["household", "worker"]
    search_fields = ["household__file_number__startswith", "worker__username", "worker__name"]
    inlines = [CheckInline]
