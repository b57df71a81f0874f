"""Joining twins: which one stays, and why."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from resilience.lib.forms import BaseForm, TextField


class MergeForm(BaseForm):
    """`into` is one of the codes side by side on the page; the others are joined to it."""

    into = forms.ChoiceField(label=_("Which one goes on?"), widget=forms.RadioSelect)
    why = TextField(label=_("Why they are the same"), longest=500, required=False)

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.field("into", forms.ChoiceField).choices = choices
