"""What administrators and staff do in the administration, in the audit: added to a ModelAdmin before Django's own.

Django writes its own log of every addition, change and deletion, in the transaction of the change; here a row of the
audit goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest

from resilience.accounts.models import User

from .actions import Deed, record_all


class Audited(admin.ModelAdmin):
    """Who changed which fields of which row. `audit_of` says what a row is about when it is not about itself."""

    def audit_of(self, row: Model) -> tuple[str, str]:
        """Kind and key of a row's subject: its uid or code, else its number."""
        return subject_of(row)

    def construct_change_message(
        self, request: HttpRequest, form: Form, formsets: Iterable[Any], add: bool = False
    ) -> Any:
        """Django asks for its words here, where the form is at hand: the names of the fields are kept for the row."""
        formsets = list(formsets or ())
        request.audit_fields = [*form.changed_data, *_beneath(formsets)]  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        self._record(request, "added", [obj])
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        self._record(request, "changed", [obj])
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> Any:
        rows = list(queryset)
        self._record(request, "deleted", rows)
        return super().log_deletions(request, rows)  # type: ignore[arg-type]

    def _record(self, request: HttpRequest, what: str, rows: Sequence[Model]) -> None:
        assert isinstance(request.user, User)
        fields = getattr(request, "audit_fields", ())
        name = self.model._meta.model_name
        record_all(Deed(f"admin.{name}.{what}", request.user, self.audit_of(row), fields=fields) for row in rows)


def _beneath(formsets: Iterable[Any]) -> list[str]:
    """Fields of rows that are edited beneath their owner: 'appointment.until_date'."""
    found: dict[str, None] = {}
    for formset in formsets:
        name = formset.model._meta.model_name
        for form in formset.forms:
            found |= dict.fromkeys(f"{name}.{field}" for field in form.changed_data)
    return list(found)


def subject_of(row: Model) -> tuple[str, str]:
    """What an audit row calls it."""
    uid, code = getattr(row, "uid", None), getattr(row, "code", None)
    return str(row._meta.model_name), uid.hex if uid else str(code or row.pk)
