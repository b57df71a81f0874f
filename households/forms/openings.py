"""Why somebody wants to see what is sealed: a button a reason, words only for another one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from resilience.lib.forms import BaseForm, TextField

from ..models import Household, OpeningReason, Resident, Sealed, ServiceRequest
from ..models.openings import WORDS_LENGTH
from ..openings import FIELDS, Subject, reason_words
from ..seals import ABOUT

_CHOOSE_WHAT = _("Choose what you need to see.")
_CHOOSE_WHY = _("Say why: choose one of the reasons.")


class OpenForm(BaseForm):
    """`asked`: open requests of the household that may be the reason. `hidden`: what of the subject is not offered."""

    what = forms.MultipleChoiceField(
        label=_("What do you need to see?"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _CHOOSE_WHAT, "invalid_choice": _CHOOSE_WHAT},
    )  # fmt: skip
    reason = forms.ChoiceField(  # each is a button
        label=_("Why do you need it?"), error_messages={"required": _CHOOSE_WHY, "invalid_choice": _CHOOSE_WHY}
    )
    words = TextField(
        label=_("Another reason"), longest=WORDS_LENGTH, required=False,
        help_text=_("In a few words. The person it is about can read them; name nobody else."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(
        self, data: MultiValueDict[str, str] | None, *, subject: Subject, asked: Sequence[ServiceRequest],
        wanted: Iterable[str] = (), hidden: Collection[Sealed] = (), **kwargs: Any,
    ) -> None:  # fmt: skip
        self.offered = [each for each in FIELDS[type(subject)] if each not in hidden]
        chosen = [each.value for each in self.offered if each.value in set(wanted)]
        super().__init__(data, initial={"what": chosen}, auto_id="id_open_%s", **kwargs)
        self.asked = {row.code: row for row in asked}
        self.leave_optional_unsaid("words")
        self.field("what", forms.MultipleChoiceField).choices = [(each.value, each.label) for each in self.offered]
        self.reasons = [(value, reason_words(value)) for value in reasons_for(subject, asked)]
        self.field("reason", forms.ChoiceField).choices = self.reasons

    @cached_property
    def chosen(self) -> list[Sealed]:
        """What of the offered is asked for, also in a form with faults."""
        said = self["what"].value() or []
        return [each for each in self.offered if each.value in said]

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """(value, words) of every reason that needs no typing."""
        return [(value, words) for value, words in self.reasons if value != OpeningReason.OTHER]

    def deed(self) -> dict[str, Any]:
        """For the verb, of a valid form."""
        reason, _apart, code = self.cleaned_data["reason"].partition(ABOUT)
        return {
            "fields": [Sealed(each) for each in self.cleaned_data["what"]],
            "reason": OpeningReason(reason),
            "words": self.cleaned_data["words"],
            "about": self.asked.get(code),
        }


def reasons_for(subject: Subject, asked: Sequence[ServiceRequest]) -> list[str]:
    """Values of `reason`: a visit is to a door; about which of its open requests, or about this one."""
    plain = [each.value for each in OpeningReason]
    if isinstance(subject, ServiceRequest):
        plain.remove(OpeningReason.VISIT)
        return plain
    assert isinstance(subject, Household | Resident)
    at = plain.index(OpeningReason.REQUEST)
    return [*plain[:at], *(f"{OpeningReason.REQUEST}{ABOUT}{row.code}" for row in asked), *plain[at + 1 :]]
