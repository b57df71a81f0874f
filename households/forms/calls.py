"""The answer to 'do you still need it?'."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from resilience.lib.forms import BaseForm, TextField

ANSWERS = [
    ("still", _("Still needed")),
    ("not", _("Not needed any more")),
    ("done", _("Done already")),
    ("nobody", _("Nobody answered")),
]


_CHOOSE = _("This answer could not be recorded. Choose one of the four.")


class CallForm(BaseForm):
    answer = forms.ChoiceField(  # each is a button
        label=_("Answer"), choices=ANSWERS, error_messages={"required": _CHOOSE, "invalid_choice": _CHOOSE}
    )
    words = TextField(
        label=_("What they said"),
        longest=500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
