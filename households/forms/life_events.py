"""One form for each thing that happens to people. All ask when it happened; when it was reported is now."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.forms import BaseForm, DateField, IntegerField, TextField

from ..actions.life_events import Happened
from ..lookup import search_residents
from ..models import Household, Presence, Relation, Resident
from ..models.households import HouseholdQuerySet, ResidentQuerySet
from ..search import search_households
from .residents import RELATIONS, PersonForm

CHOICES_SHOWN = 12


class HappenedForm(BaseForm):
    """When, and a word about it. Subclasses put their questions before."""

    day = DateField(label=_("When did it happen?"))
    note = TextField(label=_("Note"), longest=500, required=False)
    field_order: list[str] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"day": today().isoformat(), **kwargs.pop("initial", {})}, **kwargs)
        last = [name for name in ("day", "note") if name in self.fields]
        self.order_fields([*(name for name in self.fields if name not in last), *last])

    def happened(self, by: User) -> Happened:
        return Happened(self.cleaned_data["day"], by, self.cleaned_data["note"])


class LeavesForm(HappenedForm):
    """Somebody leaves the file; if they are its contact, who is from now on."""

    new_contact = forms.ModelChoiceField(
        label=_("Who is the contact person from now on?"),
        queryset=Resident.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        required=False,
    )

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.offer_rows(_left_behind(resident), "new_contact"):
            del self.fields["new_contact"]


class Finds(BaseForm):
    """Mixed into a form: what is typed into `text_field` is looked for; one match is taken, of several one is chosen.

    The choices come from the words alone, so what a browser sends back must be among them.
    """

    text_field = "to_search"
    choice_field = "to"
    none_found: Any = _("No household fits. Try the file number, or building, entrance and door.")
    several: Any = _("Several fit. Choose one.")

    def offer(self, found: list[Any], label: Any) -> None:
        """Put the matches into the form: as radio buttons when there is a choice, not at all when there is none."""
        self.found = {str(row.uid): row for row in found}
        choices = [(uid, label(row)) for uid, row in self.found.items()]
        if len(choices) > 1:
            self.field(self.choice_field, forms.ChoiceField).choices = choices
        else:
            del self.fields[self.choice_field]

    def chosen(self, cleaned: dict[str, Any]) -> Any:
        """The row meant, or None with the fault noted beside its field. Nothing typed is nothing meant."""
        if not cleaned.get(self.text_field):
            return None
        if len(self.found) == 1:
            return next(iter(self.found.values()))
        row = self.found.get(cleaned.get(self.choice_field) or "")
        if row is None:
            field, words = (self.choice_field, self.several) if self.found else (self.text_field, self.none_found)
            self.add_error(field, ValidationError(words))
        return row


class ToForm(Finds, HappenedForm):
    """With another household of the register, or a place outside it."""

    to_search = TextField(
        label=_("To another household here: which?"),
        longest=60,
        required=False,
        help_text=_("File number, or building, entrance and door, or the name of somebody there"),
    )
    to = forms.ChoiceField(label=_("Which of these?"), widget=forms.RadioSelect, required=False)
    elsewhere = TextField(label=_("Or to a place outside: where?"), longest=120, required=False)

    def __init__(self, *args: Any, households: HouseholdQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = households.current().select_related("building", "contact")
        found = search_households(rows, self.data.get("to_search", "")).in_walking_order()[:CHOICES_SHOWN]
        self.offer(list(found), _door)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["household"] = self.chosen(cleaned)
        return cleaned


class MovedOutForm(ToForm, LeavesForm):
    relation = forms.ChoiceField(
        label=_("There: what to the contact person?"), choices=RELATIONS, initial=Relation.OTHER, required=False
    )


class WentAwayForm(ToForm):
    until = DateField(label=_("Until when, as far as known?"), required=False)


class PersonHereForm(Finds, HappenedForm):
    """Somebody who is in another file, or was once."""

    text_field, choice_field = "person_search", "person"
    none_found = _("Nobody fits. If they are new to the register, use the other form.")
    person_search = TextField(
        label=_("Who moves in?"), longest=60, help_text=_("Name, phone number or whole ID number, as on their old file")
    )
    person = forms.ChoiceField(label=_("Which of these?"), widget=forms.RadioSelect, required=False)
    relation = forms.ChoiceField(label=_("To the contact person"), choices=RELATIONS, initial=Relation.OTHER)
    new_contact = forms.ModelChoiceField(
        label=_("Who is the contact person from now on in the household they leave?"),
        queryset=Resident.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        required=False,
    )

    def __init__(self, *args: Any, people: ResidentQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = people.exclude(presence=Presence.DIED).select_related("household__building", "household__contact")
        found = search_residents(rows, self.data.get("person_search", "")).order_by("name", "pk")[:CHOICES_SHOWN]
        self.offer(list(found), _person)
        meant = self.found.get(self.data.get("person", "")) or (found[0] if len(found) == 1 else None)
        others = _left_behind(meant) if meant else None
        if others:
            self.field("new_contact", forms.ModelChoiceField).queryset = others
        else:
            del self.fields["new_contact"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["resident"] = self.chosen(cleaned)
        return cleaned


class MovedInForm(PersonForm, HappenedForm):
    pass


class BornForm(PersonForm, HappenedForm):
    """The day it happened is the birth date."""

    birth = None  # type: ignore[assignment]
    phone = None  # type: ignore[assignment]

    def details(self) -> Any:
        self.cleaned_data["birth"] = (self.cleaned_data["day"].year, self.cleaned_data["day"])
        return super().details()


class SplitOffForm(HappenedForm):
    """Who goes, who of them is the contact there, and behind which door: one that has a file, or a new one."""

    people = forms.ModelMultipleChoiceField(
        label=_("Who goes?"), queryset=Resident.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    head = forms.ModelChoiceField(
        label=_("Who of them is the contact person there?"),
        queryset=Resident.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    entrance = IntegerField(
        label=_("To entrance"), lo=1, hi=60, help_text=_("In this building; a new file is opened if the door has none.")
    )
    floor = IntegerField(label=_("Floor"), lo=-5, hi=120)
    door = TextField(label=_("Door"), longest=10)

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = household.residents.living().exclude(contact_of=household)
        if not self.offer_rows(people, "people", "head"):
            self.fields["people"].help_text = gettext(
                "Only the contact person lives here. When they move, record it under their name."
            )


def _left_behind(resident: Resident) -> ResidentQuerySet:
    """Who stays in the household of its contact when the contact leaves; nobody for anybody else."""
    if resident.household.contact_id != resident.pk:
        return Resident.objects.none()
    return resident.household.residents.living().exclude(pk=resident.pk)


def _door(household: Household) -> str:
    name = household.contact.name if household.contact else gettext("nobody")
    return f"{household.address} · {name}"


def _person(resident: Resident) -> str:
    age = resident.age
    words = "" if age is None else ngettext("%(n)d year old", "%(n)d years old", age) % {"n": age}
    return " · ".join(filter(None, [resident.name, words, resident.household.address]))
