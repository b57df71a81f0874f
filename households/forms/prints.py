"""What a list is printed for."""

from __future__ import annotations

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from resilience.lib.forms import BaseForm


class Printing(TextChoices):
    VISITS = "visits", _("visits and calls")
    RELIEF = "relief", _("handing out goods")
    MEETING = "meeting", _("a meeting of those who work here")
    CHECK = "check", _("putting the register right")
    OTHER = "other", pgettext_lazy("purpose", "something else")


class PrintForm(BaseForm):
    purpose = forms.ChoiceField(label=_("Print it for"), choices=[("", _("choose")), *Printing.choices])

    @property
    def purpose_words(self) -> str:
        return str(Printing(self.cleaned_data["purpose"]).label)
