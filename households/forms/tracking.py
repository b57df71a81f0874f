"""What a resident can say to a request of theirs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from resilience.lib.codes import clean_code
from resilience.lib.forms import BaseForm, KeyField, ParsedField, PhotosField, TailField, TextField

from ..models import Outcome, Rating
from ..models.photos import PHOTOS_A_REQUEST

WORDS = 2_000  # characters of an answer or a note
_CODE = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "input-short"}
WRONG = _("We find no request with this code and this phone. Check both, or call us.")


class CodeField(ParsedField):
    def parse(self, value: str) -> str:
        return clean_code(value)


class FindForm(BaseForm):
    code = CodeField(
        label=_("Code of the request"), help_text=_("9 letters and digits. It is in the text message we sent you."),
        error_messages={"required": _("Write the code.")},
        widget=forms.TextInput(attrs=_CODE),
    )  # fmt: skip
    tail = TailField(
        label=_("Last four digits of the phone"), help_text=_("Of the phone number given with the request."),
        error_messages={"required": _("Write the last four digits of the phone number.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input-short"}),
    )  # fmt: skip


class ConfirmForm(BaseForm):
    outcome = forms.ChoiceField(
        label=_("Is it done?"), widget=forms.RadioSelect,
        choices=[
            (Outcome.DONE.value, _("Yes, it is done")), (Outcome.HALF.value, _("Half done")),
            (Outcome.NOT_DONE.value, _("No, it is not done")),
        ],
        error_messages={"required": _("Say whether it is done.")},
    )  # fmt: skip
    rating = forms.ChoiceField(
        label=_("Are you satisfied with how it was done?"), widget=forms.RadioSelect, required=False,
        choices=[
            (Rating.SATISFIED.value, _("Satisfied")), (Rating.MOSTLY.value, _("Mostly satisfied")),
            (Rating.DISSATISFIED.value, _("Not satisfied")),
        ],
    )  # fmt: skip
    words = TextField(label=_("Anything to add?"), longest=WORDS, rows=3, required=False)


class ReopenForm(BaseForm):
    words = TextField(
        label=_("What is still missing?"), longest=WORDS, rows=3,
        error_messages={"required": _("Write what is still missing.")},
    )  # fmt: skip


class NoteForm(BaseForm):
    key = KeyField()
    text = TextField(label=_("Your words"), longest=WORDS, rows=3, required=False)
    photos = PhotosField(label=_("Photos"), most=PHOTOS_A_REQUEST, help_text=_("Up to 4."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_optional_unsaid("text", "photos")  # one of them is wanted


class CancelForm(BaseForm):
    why = TextField(label=_("Why is it not needed any more?"), longest=500, rows=2, required=False)
