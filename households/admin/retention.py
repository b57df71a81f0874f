"""How long what is kept, with the history of every change; and what of it the law does not let be shortened."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from households import reference
from households.actions.retention import announce
from households.models import RetentionRule
from resilience.accounts.models import User
from resilience.lib.dates import today

from .base import Table


@admin.register(RetentionRule)
class RetentionRuleAdmin(Table):
    """Administrators only, and none of them alone: what is written here holds a week after everybody was told."""

    list_display = ["subject", "keep_days", "from_date", "until_date", "holds_from"]
    list_filter = ["subject"]
    readonly_fields = ["holds_from"]

    def save_model(self, request: HttpRequest, obj: RetentionRule, form: forms.ModelForm, change: bool) -> None:
        before = RetentionRule.objects.filter(pk=obj.pk).first() if change else None
        if before and (obj.only_ends_earlier_than(before) or not form.has_changed()):
            super().save_model(request, obj, form, change)
            return
        obj.written_at = timezone.now()
        super().save_model(request, obj, form, change)
        announce(obj, by=cast(User, request.user))
        reference.forget()

    @admin.display(description=_("holds from"))
    def holds_from(self, rule: RetentionRule) -> str | None:
        """Of one that waits; nothing of one that holds."""
        if not rule.pk:
            return gettext("a week after it is saved")
        return date_format(rule.holds_from, "SHORT_DATE_FORMAT") if rule.holds_from > today() else None
