"""The forms of a household's file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from resilience.accounts.models import User
from resilience.lib.forms import BaseForm, IntegerField, PhoneField, TextField
from resilience.lib.inputs import mask_phone

from ..models import CareColour, Household

WHY = _("Why?")
COLOURS = [
    (CareColour.NONE, pgettext_lazy("care colour", "none")),
    (CareColour.RED, _("red: watch closely")),
    (CareColour.YELLOW, _("yellow: look in regularly")),
    (CareColour.GREEN, _("green: stay in touch")),
]


class AmendForm(BaseForm):
    """The note is never shown here: empty keeps it, a tick takes it away."""

    care_colour = forms.ChoiceField(label=_("Care colour"), choices=COLOURS, widget=forms.RadioSelect, required=False)
    door_note = TextField(
        label=_("Note for whoever comes to the door"),
        longest=200,
        rows=3,
        required=False,
        help_text=_("For example: hard of hearing, knock loudly. Whoever comes to the door can open it."),
    )
    forget_note = forms.BooleanField(label=_("Take the note off the file"), required=False)
    why = TextField(
        label=WHY, longest=500, required=False, help_text=_("Needed when you change something that stood here before.")
    )

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, initial={"care_colour": household.care_colour}, **kwargs)
        if household.door_note:
            self.fields["door_note"].help_text = _("One is on file. Leave this empty to keep it.")
        else:
            del self.fields["forget_note"]

    def clean(self) -> dict[str, Any]:
        """`door_note` None keeps what is on file; '' takes it away."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("door_note") and not cleaned.pop("forget_note", False):
            cleaned["door_note"] = None
        cleaned.pop("forget_note", None)
        return cleaned


class PhoneForm(BaseForm):
    number = PhoneField(label=_("Phone number"))
    label = TextField(label=_("Whose?"), longest=40, required=False, help_text=_("For example: daughter"))


class RemovePhoneForm(BaseForm):
    phone = forms.ChoiceField(label=_("Which number goes?"), widget=forms.RadioSelect)
    why = TextField(label=WHY, longest=500)

    def __init__(self, *args: Any, phones: list[tuple[int, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(pk), f"{mask_phone(number)} {label}".strip()) for pk, number, label in phones]
        self.field("phone", forms.ChoiceField).choices = choices


class ResponsibleForm(BaseForm):
    worker = forms.ModelChoiceField(label=_("Who answers for this household?"), queryset=User.objects.none())
    why = TextField(label=WHY, longest=500, required=False)

    def __init__(self, *args: Any, workers: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field("worker", forms.ModelChoiceField).queryset = workers


class WhyForm(BaseForm):
    why = TextField(label=WHY, longest=500)


class DoorForm(BaseForm):
    entrance = IntegerField(label=_("Entrance"), lo=1, hi=60)
    floor = IntegerField(label=_("Floor"), lo=-5, hi=120)
    door = TextField(label=_("Door"), longest=10, help_text=_("As it is written there, for example 502"))
    why = TextField(label=_("Note"), longest=500, required=False)
