"""What an auditor looks for. Names are sent by POST, so that no address and no log holds them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from resilience.lib.forms import BaseForm, DateField, TextField

from ..audit_list import person_named, subject_key
from ..audit_words import GROUPS


class AuditForm(BaseForm):
    who = TextField(label=_("Who"), help_text=_("A user name, or a colleague’s name"), longest=150, required=False)
    action = forms.ChoiceField(
        label=pgettext_lazy("audit", "What"), choices=[("", _("anything")), *GROUPS.items()], required=False
    )
    about = TextField(
        label=_("About"), help_text=_("The code of a request, or the long number of a file"), longest=80, required=False
    )
    place = TextField(label=_("Place"), help_text=_("The digits of its code, or the first of them"), longest=15,
                      required=False)  # fmt: skip
    since = DateField(label=_("From"), required=False)
    until = DateField(label=_("Until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_optional_unsaid(*self.fields)

    def clean_who(self) -> str:
        """The uid of whoever that is."""
        typed = self.cleaned_data["who"]
        if not typed:
            return ""
        person = person_named(typed)
        if person is None:
            raise forms.ValidationError(_("No account of that name, or several. Type the user name."))
        return person.uid.hex

    def clean_about(self) -> str:
        typed = self.cleaned_data["about"]
        if typed and not subject_key(typed):
            raise forms.ValidationError(_("Type a code of letters and digits."))
        return subject_key(typed)

    def clean_place(self) -> str:
        digits: str = self.cleaned_data["place"]
        if digits and not (digits.isascii() and digits.isdigit()):
            raise forms.ValidationError(_("A place’s code has only digits."))
        return digits

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("since") and said.get("until") and said["until"] < said["since"]:
            self.add_error("until", _("This day is before the first one."))
        return said

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What the link of this filter says."""
        said = self.cleaned_data
        days = [(name, said[name].isoformat() if said[name] else "") for name in ("since", "until")]
        words = [("person", said["who"]), *((name, said[name]) for name in ("action", "about", "place"))]
        return [pair for pair in [*words, *days] if pair[1]]
