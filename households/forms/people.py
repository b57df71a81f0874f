"""Somebody leaves or is ill."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from resilience.accounts.models import User
from resilience.lib.dates import MAX_DATE, today
from resilience.lib.forms import BaseForm, DateField, TextField


class HandoverForm(BaseForm):
    """Who takes over, why, and whether it is for good."""

    for_good = forms.ChoiceField(
        label=_("How long?"),
        widget=forms.RadioSelect,
        choices=[("no", _("Away for a while: ill or on leave")), ("yes", _("Leaves for good: can no longer sign in"))],
    )
    away_until = DateField(
        label=_("Away until"),
        required=False,
        hi=MAX_DATE,
        help_text=_("The last day away."),
    )
    receivers = forms.ModelMultipleChoiceField(
        label=_("Who takes over?"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With several, whole buildings go to whoever has fewest households."),
    )
    why = TextField(label=_("Reason"), longest=500, help_text=_("Colleagues read it in the history. No diagnosis."))

    def __init__(self, *args: Any, colleagues: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_optional_unsaid("away_until")
        found = list(colleagues)
        self.absent = [each for each in found if each.is_away]  # named, not offered
        here = colleagues.exclude(pk__in=[each.pk for each in self.absent])
        self.offer_rows(here, "receivers", found=[each for each in found if not each.is_away])
        self.fields["receivers"].error_messages["required"] = _("Choose at least one colleague to take over.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        until = cleaned.get("away_until")
        if cleaned.get("for_good") == "yes":
            cleaned["away_until"] = None
        elif cleaned.get("for_good") == "no" and "away_until" not in self.errors and (until is None or until < today()):
            self.add_error("away_until", ValidationError(_("Say until which day, today or later.")))
        return cleaned


class WakeForm(BaseForm):
    """Whose account is to open again."""

    person = forms.UUIDField()
