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


class CallForm(BaseForm):
    answer = forms.ChoiceField(label=_("Answer"), choices=ANSWERS)
    words = TextField(label=_("What they said"), longest=500, required=False)
