"""What a resident is asked, whole or step by step. The staff's form is the same class.

`AskForm(data)` asks everything; `AskForm(data, step="what")` one page's questions. A valid one gives
`answers()`, which `actions.drafts.asked` turns into what is filed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from resilience.lib.forms import (
    BaseForm,
    NameField,
    PhoneField,
    PhotosInput,
    SharedFields,
    TextField,
    without_optional,
)

from .. import reference
from ..actions.drafts import Answers
from ..models import Category, Consent, Region, Urgency
from ..models.requests import TEXT_LENGTH

ME, OTHER = "me", "other"
_WHAT = ("what", "urgency")
_DETAILS = ("text", "photos", "is_for", "name", "phone", "their_name", "their_phone", "consent", "every_days")
STEPS: dict[str, tuple[str, ...]] = {
    "what": _WHAT,
    "what and phone": (*_WHAT, "phone"),
    "kind": ("kind",),
    "details": _DETAILS,
    "door": (*_WHAT, *_DETAILS),
    "all": (*_WHAT, "kind", *_DETAILS),
}
LONGEST_KEPT = TEXT_LENGTH * 4  # of a text that is too long: kept whole so that it can be shortened
_OFTEN = [
    ("", _("Just this once")), ("1", _("Every day")), ("2", _("Every 2 days")), ("3", _("Every 3 days")),
    ("7", _("Every week")), ("14", _("Every 2 weeks")), ("30", _("Every 30 days")),
]  # fmt: skip
_PERSON = ("name", "phone", "their_name", "their_phone")
_NOT_OFFERED = _("This is not offered any more. Choose again.")


class _Photos(forms.Field):
    """Where photos are picked. They are kept one by one by `actions.drafts.add_photos`, whatever else is wrong."""

    widget = PhotosInput(attrs={"accept": "image/*", "multiple": True})


def _tiles() -> list[tuple[str, str]]:
    return [(tile.code, str(tile)) for tile in reference.tiles()]


def _kinds() -> list[tuple[str, str]]:
    return [(row.code, str(row)) for row in reference.offered_categories() if row.parent_id]


class AskForm(BaseForm):
    """Never changes a field: all forms share them. What is offered and in which words is looked up when it is asked."""

    what = forms.MultipleChoiceField(
        label=_("What do you need?"), choices=_tiles, widget=forms.CheckboxSelectMultiple,
        help_text=_("Tap everything you need."),
        error_messages={"required": _("Tap at least one thing you need."), "invalid_choice": _NOT_OFFERED},
    )  # fmt: skip
    urgency = forms.ChoiceField(
        label=_("How urgent is it?"), widget=forms.RadioSelect,
        choices=[
            (Urgency.LIFE.value, _("Somebody’s life is in danger")),
            (Urgency.URGENT.value, _("Today")),
            (Urgency.NORMAL.value, _("Within the week")),
            (Urgency.LOW.value, _("When somebody has time")),
        ],
        error_messages={"required": _("Say how urgent it is."), "invalid_choice": _("Say how urgent it is.")},
    )  # fmt: skip
    kind = forms.MultipleChoiceField(
        label=_("What exactly?"), choices=_kinds, required=False, widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _NOT_OFFERED},
    )  # fmt: skip
    text = TextField(
        label=_("Tell us more"), longest=TEXT_LENGTH, rows=4, required=False,
        help_text=_("What, how much, and what we should mind. In your own words."),
    )  # fmt: skip
    photos = _Photos(
        label=_("Photos"), required=False, help_text=_("Up to 4. Of the broken thing, the medicine box, the list.")
    )
    is_for = forms.ChoiceField(
        label=_("Who is it for?"), widget=forms.RadioSelect, initial=ME,
        choices=[(ME, _("For me or my family here")), (OTHER, _("I ask for somebody else"))],
        error_messages={"required": _("Say who it is for."), "invalid_choice": _("Say who it is for.")},
    )  # fmt: skip
    name = NameField(
        label=_("Your name"), error_messages={"required": _("Write your name, so that we know whom to ask for.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    phone = PhoneField(
        label=_("Your phone"), help_text=_("So that we can ring you back. Mobile or landline."),
        error_messages={"required": _("Write a phone number, so that we can ring you back.")},
    )  # fmt: skip
    their_name = without_optional(
        NameField(label=_("Their name"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    )
    their_phone = PhoneField(
        label=_("Their phone"), required=False, help_text=_("If they have one."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "type": "tel"}),
    )  # fmt: skip
    consent = without_optional(forms.ChoiceField(
        label=_("Do they know that you ask for them?"), required=False, widget=forms.RadioSelect,
        choices=[
            (Consent.AGREED.value, _("Yes, they agree")), (Consent.CANNOT.value, _("They cannot be asked just now")),
        ],
        error_messages={"missing": _("Say whether they know that you ask for them.")},
    ))  # fmt: skip
    every_days = without_optional(
        forms.TypedChoiceField(label=_("How often?"), required=False, coerce=int, empty_value=None, choices=_OFTEN)
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, step: str = "all", **kwargs: Any) -> None:
        fields = type(self).base_fields
        self.base_fields = SharedFields((name, fields[name]) for name in STEPS[step])  # type: ignore[misc]
        super().__init__(data, **kwargs)

    def words(self, name: str) -> str:
        """How the valid answer to a choice is worded."""
        field = self.fields[name]
        assert isinstance(field.widget, forms.widgets.ChoiceWidget)
        said = str(self.cleaned_data.get(name) or "")
        return next((str(label) for value, label in field.widget.choices if str(value) == said), "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_for") == OTHER:
            if not cleaned.get("their_name") and "their_name" not in self.errors:
                self.add_error("their_name", _("Write the name of who needs help."))
            if not cleaned.get("consent") and "consent" not in self.errors:
                self.add_error("consent", self.fields["consent"].error_messages["missing"])
        return cleaned

    def raw(self) -> dict[str, Any]:
        """Every answer as it was typed, right or wrong, for the draft. Files are not among them."""
        values = {name: self[name].data for name in self.fields if name != "photos"}
        return {name: _bounded(value) for name, value in values.items()}

    def say_photos(self, faults: Sequence[str]) -> None:
        """Put what was wrong with the photos beside their field."""
        if faults and "photos" in self.fields:
            self.add_error("photos", list(faults))

    def answers(self) -> Answers:
        """What a valid whole form says."""
        said = self.cleaned_data
        is_for_other = said["is_for"] == OTHER
        categories = chosen(said["what"], said.get("kind") or [])
        return Answers(
            categories=categories, urgency=Urgency(said["urgency"]),
            name=said["name"], phone=said["phone"], text=said["text"],
            often=_often(categories, said["every_days"], self.data.get("often")),
            is_for_other=is_for_other, their_name=said["their_name"], their_phone=said["their_phone"],
            consent=Consent(said["consent"]) if is_for_other else Consent.OWN,
        )  # fmt: skip

    def answers_in_danger(self) -> Answers:
        """As much as can be read of a whole form when a life is in danger: nothing is worth asking again.

        What is not well formed goes into the text as it was typed: a phone with a digit too few still helps.
        """
        faults, said = self.errors, self.cleaned_data
        is_for_other = said.get("is_for") == OTHER
        typed = [str(self.data.get(name) or "") for name in ("text", *_PERSON) if name in faults]
        text = "\n".join(part for part in (said.get("text", ""), *typed) if part)
        return Answers(
            categories=chosen(said.get("what") or [], said.get("kind") or []) or reference.tiles()[-1:],
            urgency=Urgency.LIFE, name=said.get("name", ""), phone=said.get("phone", ""), text=text[:TEXT_LENGTH],
            is_for_other=is_for_other, their_name=said.get("their_name", ""), their_phone=said.get("their_phone", ""),
            consent=Consent(said.get("consent") or Consent.CANNOT) if is_for_other else Consent.OWN,
        )  # fmt: skip


class OftenForm(BaseForm):
    """How often each of several needs comes back; `every_days` was said of them together, `kept` of each before."""

    def __init__(
        self, data: Mapping[str, Any] | None, *, needs: Sequence[Category], every_days: int, kept: object, **kwargs: Any
    ) -> None:
        super().__init__(data, prefix="often", **kwargs)
        known = kept if isinstance(kept, dict) else {}
        for need in needs:
            self.fields[need.code] = forms.ChoiceField(
                label=str(need), required=False, choices=_OFTEN, initial=known.get(need.code, str(every_days))
            )
        self.leave_optional_unsaid(*self.fields)

    def raw(self) -> dict[str, Any]:
        """For the draft: what was chosen, by the code of the need."""
        return {"often": {name: _bounded(self[name].data) for name in self.fields}}


def _often(categories: Sequence[Category], every_days: int | None, each: object) -> dict[str, int]:
    """Every how many days, by code. `each`: what `OftenForm` kept, for several needs of which some may come once."""
    if not every_days:
        return {}
    if len(categories) == 1 or not isinstance(each, dict):
        return {category.code: every_days for category in categories}
    days = {category.code: str(each.get(category.code, every_days)) for category in categories}
    return {code: int(said) for code, said in days.items() if said and said in dict(_OFTEN)}


def often_words(days: int | None) -> str:
    return str(dict(_OFTEN)[str(days or "")])


def _is_often_open(form: AskForm, answers: Mapping[str, Any]) -> bool:
    """Several needs, and it is not said yet which of them come back."""
    said = form.cleaned_data
    if not said["every_days"]:
        return False
    needs = chosen(said["what"], said.get("kind") or [])
    return len(needs) > 1 and not {need.code for need in needs} <= set(answers.get("often") or ())


class DangerForm(BaseForm):
    """What is still asked when a life is in danger: where, and a phone. One of them is enough.

    `has_place` and `has_phone`: it is known already, so it is not asked.
    """

    community = forms.ChoiceField(
        label=_("Which community?"), required=False, error_messages={"invalid_choice": _NOT_OFFERED}
    )
    address = TextField(
        label=_("Where is it?"), longest=120, required=False,
        help_text=_("Compound, building, entrance, floor and door."),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )  # fmt: skip
    phone = PhoneField(label=_("Your phone"), required=False)

    def __init__(
        self, data: Mapping[str, Any] | None, *, communities: Sequence[Region], has_place: bool, has_phone: bool,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(data, **kwargs)
        self.communities, self.has_phone = communities, has_phone
        self.field("community", forms.ChoiceField).choices = [("", _("Choose")), *_by_parent(communities)]
        known = {"community", "address"} if has_place else {"community"} if len(communities) == 1 else set()
        for name in known | ({"phone"} if has_phone else set()):
            del self.fields[name]
        self.leave_optional_unsaid(*self.fields)

    def raw(self) -> dict[str, Any]:
        """Every answer as it was typed, for the draft."""
        return {name: _bounded(self[name].data) for name in self.fields}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "address" not in self.fields or cleaned.get("address"):  # whatever the phone looks like
            self.errors.pop("phone", None)
        elif not self.has_phone and not cleaned.get("phone") and not self.errors:
            self.add_error("address", _("Write where it is, or a phone number, so that we find you."))
        if "community" in self.fields and not cleaned.get("community") and "community" not in self.errors:
            self.add_error("community", _("Choose the community."))
        return cleaned

    def place(self) -> tuple[Region, str] | None:
        """The community and the address of a valid form; None when it did not ask."""
        if "address" not in self.fields:
            return None
        code = self.cleaned_data.get("community", "")
        community = next((each for each in self.communities if each.code == code), self.communities[0])
        return community, self.cleaned_data.get("address", "")


def _by_parent(communities: Sequence[Region]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices, grouped by subdistrict."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for each in communities:
        groups.setdefault(str(each.parent), []).append((each.code, str(each)))
    return list(groups.items())


class AddressForm(BaseForm):
    """A door that the register does not list."""

    address = TextField(
        label=_("Where is it?"), longest=120, help_text=_("Compound, building, entrance, floor and door."),
        error_messages={"required": _("Write where help is needed.")},
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )  # fmt: skip


def _bounded(value: Any) -> Any:
    if isinstance(value, list):
        return [str(each)[:60] for each in value[:60]]
    return str(value)[:LONGEST_KEPT] if value is not None else ""


def kinds_of(codes: Sequence[str]) -> list[tuple[Category, list[Category]]]:
    """Each chosen tile that has finer kinds, with them."""
    tiles = [tile for tile in reference.tiles() if tile.code in codes]
    return [(tile, kinds) for tile in tiles if (kinds := reference.finer_kinds(tile))]


def chosen(codes: Sequence[str], kinds: Sequence[str]) -> list[Category]:
    """Each chosen tile's chosen kinds, or the tile itself when none was."""
    found: list[Category] = []
    for tile in reference.tiles():
        if tile.code in codes:
            found += [kind for kind in reference.finer_kinds(tile) if kind.code in kinds] or [tile]
    return found


def first_gap(form: AskForm, answers: Mapping[str, Any], *, has_place: bool) -> str:
    """The first step that is still to be answered, or 'check'. `form` is the whole one over these answers.

    When a life is in danger nothing more is asked: 'danger' is the last page.
    """
    if answers.get("urgency") == Urgency.LIFE:
        return "danger"
    faults = form.errors.keys()
    if not faults.isdisjoint(_WHAT):
        return "what"
    if "kind" not in answers and kinds_of(answers["what"]):
        return "kind"
    if not has_place:
        return "where"
    if not faults.isdisjoint(_DETAILS):
        return "details"
    return "often" if _is_often_open(form, answers) else "check"
