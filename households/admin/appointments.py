"""Who may do what where; who answers for which household."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model

from households.models import Appointment, Assignment, Responsibility
from resilience.accounts.admin import Confirmed
from resilience.audit.admin import subject_of

from .base import Kept, ReadOnly


@admin.register(Appointment)
class AppointmentAdmin(Confirmed, Kept):
    """Ended by a date, never deleted: who could see what, when, stays answerable."""

    list_display = ["user", "role", "region", "grid", "from_date", "until_date"]
    list_filter = ["role"]
    list_select_related = ["user", "region", "grid"]
    search_fields = [
        "user__username",
        "user__name",
        "region__name",
        "region__code__startswith",
        "grid__code__startswith",
    ]
    autocomplete_fields = ["user", "region", "grid"]

    def audit_of(self, row: Model) -> tuple[str, str]:
        """Whose it is: a person's story tells what they could see, and when."""
        return subject_of(row.user) if isinstance(row, Appointment) else super().audit_of(row)


@admin.register(Responsibility)
class ResponsibilityAdmin(ReadOnly):
    list_display = ["household", "worker", "started_at", "ended_at", "by"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter), "started_at"]  # answers for it today, or did
    list_select_related = ["household", "worker", "by"]
    search_fields = ["household__file_number__startswith", "worker__username", "worker__name"]


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly):
    list_display = ["service_request", "worker", "started_at", "accepted_at", "ended_at", "end_reason"]
    list_filter = ["end_reason"]
    list_select_related = ["service_request", "worker"]
    search_fields = ["service_request__code", "worker__username", "worker__name"]
