"""What is known of a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from resilience.lib.forms import BaseForm, BirthField, DateField, IdNumberField, NameField, PhoneField, TextField

from ..actions.residents import Details
from ..models import NeedKind, Relation, Resident, ResidentNeed, Sex

REGISTERED = [("here", _("at this address")), ("elsewhere", _("somewhere else")), ("", _("not known"))]
KEPT = _("One is on file. Leave this empty to keep it.")
RELATIONS = [choice for choice in Relation.choices if choice[0] != Relation.CONTACT]


class PersonForm(BaseForm):
    """Somebody new to a file."""

    name = NameField(label=_("Name"))
    birth = BirthField(
        label=_("Born"), required=False, help_text=_("The year, for example 1942, or the day, for example 1942-03-15")
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, widget=forms.RadioSelect, required=False)
    relation = forms.ChoiceField(label=_("To the contact person"), choices=RELATIONS, initial=Relation.OTHER)
    phone = PhoneField(label=_("Phone number"), required=False)
    id_number = IdNumberField(
        label=_("ID number"), required=False, help_text=_("Kept sealed; shown with its middle hidden.")
    )
    registered = forms.ChoiceField(
        label=_("Where is the household registration (户籍)?"),
        choices=REGISTERED,
        widget=forms.RadioSelect,
        required=False,
    )
    registered_elsewhere = TextField(label=_("If somewhere else: where?"), longest=120, required=False)

    def details(self) -> Details:
        """What was filled in, for the verbs."""
        data = self.cleaned_data
        year, day = data.get("birth") or (None, None)
        return Details(
            name=data["name"],
            birth_year=year,
            birth_date=day,
            sex=data.get("sex") or "",
            phone=data.get("phone") or self.phone_when_empty(),
            id_number=data.get("id_number") or self.id_number_when_empty(),
            relation=data.get("relation") or Relation.OTHER,
            is_registered_here=data.get("registered") == "here",
            is_registered_elsewhere=data.get("registered") == "elsewhere",
            registered_elsewhere=data.get("registered_elsewhere") or "",
        )

    def phone_when_empty(self) -> str | None:
        return ""

    def id_number_when_empty(self) -> str | None:
        return ""


class AmendPersonForm(PersonForm):
    """Somebody on the file. Phone and ID number are never shown here: empty keeps them, a tick takes them away."""

    forget_phone = forms.BooleanField(label=_("Take the phone number off the file"), required=False)
    forget_id = forms.BooleanField(label=_("Take the ID number off the file"), required=False)
    why = TextField(
        label=_("Why?"),
        longest=500,
        required=False,
        help_text=_("Needed when you change something that stood here before."),
    )

    def __init__(self, *args: Any, resident: Resident, is_contact: bool, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(resident), **kwargs)
        self.resident = resident
        if is_contact:
            del self.fields["relation"]
        on_file = {"phone": resident.phone, "id_number": resident.id_number}
        for (name, value), forget in zip(on_file.items(), ("forget_phone", "forget_id"), strict=True):
            if value:
                self.fields[name].help_text = KEPT
            else:
                del self.fields[forget]
        self.order_fields(_beside(self.fields, phone="forget_phone", id_number="forget_id"))

    def phone_when_empty(self) -> str | None:
        return "" if self.cleaned_data.get("forget_phone") else None

    def id_number_when_empty(self) -> str | None:
        return "" if self.cleaned_data.get("forget_id") else None

    def details(self) -> Details:
        details = super().details()
        return details if "relation" in self.fields else _with_relation(details, self.resident.relation)


def _beside(names: Iterable[str], **followers: str) -> list[str]:
    """`names`, each follower right after the one it belongs to."""
    rest = [name for name in names if name not in followers.values()]
    return [each for name in rest for each in (name, followers.get(name, "")) if each]


def _with_relation(details: Details, relation: str) -> Details:
    return Details(**{**{name: getattr(details, name) for name in Details.__slots__}, "relation": relation})


def _initial(resident: Resident) -> dict[str, Any]:
    if resident.registered_household_id == resident.household_id:
        registered = "here"
    else:
        registered = "elsewhere" if resident.registered_elsewhere or resident.registered_household_id else ""
    return {
        "name": resident.name,
        "birth": resident.birth_date.isoformat() if resident.birth_date else resident.birth_year,
        "sex": resident.sex,
        "relation": resident.relation,
        "registered": registered,
        "registered_elsewhere": resident.registered_elsewhere,
    }


class NeedForm(BaseForm):
    kind = forms.ModelChoiceField(label=_("Which special need?"), queryset=NeedKind.objects.none())
    since = DateField(label=_("Since when?"))
    note = TextField(
        label=_("What should whoever comes know?"),
        longest=300,
        rows=2,
        required=False,
        help_text=_("For example: dialysis on Tuesdays and Fridays. Kept sealed; who opens it says why."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field("kind", forms.ModelChoiceField).queryset = NeedKind.objects.filter(is_active=True)


class EndNeedForm(BaseForm):
    need = forms.ModelChoiceField(
        label=_("Which need no longer holds?"),
        queryset=ResidentNeed.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    until = DateField(label=_("Until when did it hold?"))
    why = TextField(label=_("Why?"), longest=500)

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needs = resident.needs.active().select_related("kind", "resident__household")
        self.field("need", forms.ModelChoiceField).queryset = needs
