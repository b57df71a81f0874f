"""What somebody asks of us about their own data, and what we answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from households.models import Resident
from resilience.lib.forms import BaseForm, NameField, TextField

from .actions.consents import Word
from .actions.data_requests import Asking
from .correcting import FIELDS, parsed
from .models import (
    AUTHORITY_LENGTH,
    BY_WISH,
    OWN_WORDS,
    WORDS_LENGTH,
    Answer,
    Asker,
    Given,
    Guardian,
    How,
    Identity,
    Kind,
    Purpose,
    Refusal,
)
from .models.consents import is_child
from .proof import Proof

AT_THE_DESK = [(each.value, each.label) for each in (Identity.CARD, Identity.KNOWN)]


class WishForm(BaseForm):
    """What is asked for; with `field` and `value` for what should be put right."""

    kind = forms.ChoiceField(
        label=_("What do you ask for?"), choices=[(kind, OWN_WORDS[kind]) for kind in BY_WISH],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is asked for.")},
    )  # fmt: skip
    field_name = forms.ChoiceField(label=_("To put right: what?"), choices=[("", "—"), *FIELDS.items()], required=False)
    value = TextField(label=_("To put right: what should stand there?"), longest=120, required=False)
    words = TextField(
        label=_("In your own words"), longest=WORDS_LENGTH, rows=3, required=False,
        help_text=_("For example what is not to be used for what. Name nobody else."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_optional_unsaid("field_name", "value")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") == Kind.CORRECT:
            name, value = said.get("field_name") or "", said.get("value") or ""
            if not name:
                self.add_error("field_name", _("Choose what should be put right."))
            elif not value:
                self.add_error("value", _("Write what should stand there."))
            else:
                self._parse(name, value)
        return said

    def _parse(self, name: str, value: str) -> None:
        try:
            parsed(name, value)
        except ValidationError as fault:
            self.add_error("value", fault)

    @property
    def proposed(self) -> dict[str, str]:
        said = self.cleaned_data
        return {"field": said["field_name"], "value": said["value"]} if said["kind"] == Kind.CORRECT else {}


class AskForm(WishForm):
    """Written down at the desk: who asks, and how we know."""

    kind = forms.ChoiceField(
        label=_("What do they ask for?"), choices=[(kind, kind.label) for kind in BY_WISH], widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is asked for.")},
    )  # fmt: skip

    asker = forms.ChoiceField(label=_("Who asks?"), choices=Asker.choices, widget=forms.RadioSelect, initial=Asker.SELF)
    words = TextField(
        label=_("In their words"), longest=WORDS_LENGTH, rows=3, required=False,
        help_text=_("For example what is not to be used for what. Name nobody else."),
    )  # fmt: skip
    asker_name = NameField(label=_("If somebody else asks: their name"), required=False)
    authority = TextField(
        label=_("What shows that they may?"), longest=AUTHORITY_LENGTH, required=False,
        help_text=_("For example a household register that names them as parent, or a signed authority of which day."),
    )  # fmt: skip
    identity = forms.ChoiceField(
        label=_("How do you know that it is them?"), choices=AT_THE_DESK, widget=forms.RadioSelect,
        error_messages={"required": _("Say how you know that it is them.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_optional_unsaid("asker_name", "authority")

    def asking(self) -> Asking:
        """For the verb, of a valid form."""
        said = self.cleaned_data
        asker = Asker(said["asker"])
        is_other = asker != Asker.SELF
        return Asking(
            kind=Kind(said["kind"]),
            identity=Identity(said["identity"]),
            asker=asker,
            asker_name=said["asker_name"] if is_other else "",
            authority=said["authority"] if is_other else "",
            words=said["words"],
            proposed=self.proposed,
        )


class WordForm(BaseForm):
    """A yes or a no, who said it, and how. `mates`: who lives with them, and may be their guardian."""

    ELSE = "else"

    answer = forms.ChoiceField(
        label=_("What do they say?"), choices=[(Answer.YES, _("Yes, they agree")), (Answer.NO, _("No"))],
        widget=forms.RadioSelect, error_messages={"required": _("Say what they say.")},
    )  # fmt: skip
    how = forms.ChoiceField(
        label=_("How?"), choices=[each for each in How.choices if each[0] != How.FORM], widget=forms.RadioSelect,
        error_messages={"required": _("Say how they said it.")},
    )  # fmt: skip
    given_by = forms.ChoiceField(label=_("Who says it?"), choices=Given.choices, widget=forms.RadioSelect)
    guardian = forms.ChoiceField(label=_("If a guardian: who?"), required=False)
    guardian_name = NameField(label=_("If a guardian who does not live there: their name"), required=False)
    guardian_is = forms.ChoiceField(
        label=_("If a guardian: what are they to the person?"), choices=[("", "—"), *Guardian.choices], required=False
    )

    def __init__(self, *args: Any, resident: Resident, mates: list[Resident], **kwargs: Any) -> None:
        given_by = Given.GUARDIAN if is_child(resident) else Given.SELF
        super().__init__(*args, initial={"given_by": given_by}, **kwargs)
        self._mates = {mate.uid.hex: mate for mate in mates}
        named = [(uid, mate.name) for uid, mate in self._mates.items()]
        self.field("guardian", forms.ChoiceField).choices = [("", "—"), *named, (self.ELSE, _("somebody else"))]
        self.leave_optional_unsaid("guardian", "guardian_name", "guardian_is")

    def word(self, purpose: Purpose) -> Word:
        """For the verb, of a valid form."""
        said = self.cleaned_data
        return Word(
            purpose=purpose,
            answer=Answer(said["answer"]),
            how=How(said["how"]),
            given_by=Given(said["given_by"]),
            guardian=self._mates.get(said["guardian"]),
            guardian_name=said["guardian_name"],
            guardian_is=said["guardian_is"],
        )


class OwnWordForm(BaseForm):
    """The person's own, on the page of their request: each answer is a button."""

    BACK = "back"

    purpose = forms.ChoiceField(choices=Purpose.choices)
    answer = forms.ChoiceField(choices=[*Answer.choices, (BACK, BACK)])


class AnswerForm(BaseForm):
    """Done, or not done for a reason."""

    DONE, REFUSED = "done", "refused"

    deed = forms.ChoiceField(
        label=_("Answer"), widget=forms.RadioSelect,
        choices=[(DONE, _("It is done")), (REFUSED, _("It is not done, because …"))],
        error_messages={"required": _("Say whether it is done.")},
    )  # fmt: skip
    refusal = forms.ChoiceField(label=_("Why not?"), choices=[("", "—"), *Refusal.choices], required=False)
    words = TextField(
        label=_("What the person reads"), longest=WORDS_LENGTH, rows=4, required=False,
        help_text=_("In plain words. Name nobody else."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_optional_unsaid("refusal", "words")

    def clean_refusal(self) -> str:
        why: str = self.cleaned_data["refusal"]
        if self.data.get("deed") == self.REFUSED and not why:
            raise ValidationError(_("Choose why it is not done."))
        return why


class DoForm(BaseForm):
    """Do what is asked: nothing to choose, only what the person reads of it."""

    words = TextField(
        label=_("What the person reads"), longest=WORDS_LENGTH, rows=3, required=False,
        help_text=_("In plain words. Name nobody else."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_optional_unsaid("words")


class ShapeForm(BaseForm):
    """For people or for machines: each is a button."""

    PAGE, FILE = "page", "file"
    shape = forms.ChoiceField(choices=[(PAGE, PAGE), (FILE, FILE)], error_messages={"required": _("Choose a form.")})


class ProofForm(BaseForm):
    """What only the person knows: the end of their ID number, or their whole name and the day they were born."""

    id_tail = TextField(
        label=_("Last six digits of your ID number"), longest=12, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "input-short"}),
    )  # fmt: skip
    name = NameField(label=_("Or your full name"), required=False)
    birth = TextField(
        label=_("and the day you were born"), longest=20, required=False, help_text=_("For example 1942-03-15"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_optional_unsaid("id_tail", "name", "birth")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not said.get("id_tail") and not (said.get("name") and said.get("birth")):
            self.add_error("id_tail", _("Write the last six digits, or your name and the day you were born."))
        return said

    def proof(self) -> Proof:
        said = self.cleaned_data
        return Proof(id_tail=said["id_tail"], name=said["name"], birth=said["birth"])
