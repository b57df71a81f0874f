"""The form at the door: three taps, everything else optional."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from resilience.lib.dates import today
from resilience.lib.forms import BaseForm, DateField, PhotosField, TextField
from resilience.lib.inputs import clean_uuid

from .. import reference
from ..actions.visits import OLDEST, Found, Seen
from ..doors import NeedAtDoor, Person
from ..models import PHOTOS_A_REQUEST, Category, Finding, Urgency, VisitMeans, VisitResult

# What a tap says: value, icon, words, (means, result, finding).
TAPS: tuple[tuple[str, str, Any, tuple[VisitMeans, VisitResult, str]], ...] = (
    ("well", "circle-check", _("Met, all well"), (VisitMeans.DOOR, VisitResult.MET, Finding.WELL)),
    ("found", "triangle-alert", _("Met, something found"), (VisitMeans.DOOR, VisitResult.MET, Finding.FOUND)),
    ("nobody", "door-closed", _("Nobody there"), (VisitMeans.DOOR, VisitResult.NOBODY, "")),
    ("phone", "phone", _("By phone, all well"), (VisitMeans.PHONE, VisitResult.MET, Finding.WELL)),
    ("phone-found", "siren", _("By phone, something found"), (VisitMeans.PHONE, VisitResult.MET, Finding.FOUND)),
    ("refused", "ban", _("Did not want contact"), (VisitMeans.DOOR, VisitResult.REFUSED, "")),
)
MEANING = {value: meaning for value, _icon, _words, meaning in TAPS}
WITH_FINDING = [value for value, meaning in MEANING.items() if meaning[2] == Finding.FOUND]
NOON = time(12, 0)


class VisitForm(BaseForm):
    """`people` from `doors.people_at`: their needs are the boxes, all ticked at first."""

    key = forms.CharField(widget=forms.HiddenInput)
    what = forms.ChoiceField(
        label=_("How did it go?"),
        choices=[(value, words) for value, _icon, words, _meaning in TAPS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how it went.")},
    )
    category = forms.ChoiceField(label=_("What is it about?"), required=False)
    words = TextField(longest=2_000, rows=3, label=_("What did you find?"), required=False)
    urgency = forms.ChoiceField(label=_("How urgent is it?"), choices=Urgency.choices, required=False)
    is_mine = forms.BooleanField(label=_("I take care of it myself"), required=False, initial=True)
    needs = forms.MultipleChoiceField(
        label=_("Seen to on this visit"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = TextField(longest=2_000, rows=3, label=_("Note"), required=False)
    photos = PhotosField(most=PHOTOS_A_REQUEST, label=_("Photos"))
    earlier_date = DateField(
        label=_("It was on an earlier day"), required=False, help_text=_("At most 30 days back. Empty: just now.")
    )

    def __init__(self, *args: Any, people: list[Person], **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "id_visit_%s")
        super().__init__(*args, **kwargs)
        self.at_door: list[tuple[Person, NeedAtDoor]] = [(each, need) for each in people for need in each.needs]
        self.leave_optional_unsaid("category", "words", "urgency", "is_mine", "needs")
        self.fields["key"].initial = uuid.uuid4()
        self.fields["urgency"].initial = Urgency.NORMAL
        self.field("category", forms.ChoiceField).choices = [("", _("Choose")), *_categories()]
        self.field("needs", forms.MultipleChoiceField).choices = [
            (str(need.pk), need_words(person, need)) for person, need in self.at_door
        ]
        self.fields["needs"].initial = [str(need.pk) for _person, need in self.at_door]
        day = self.field("earlier_date", DateField)
        day.lo, day.hi = today() - OLDEST + timedelta(days=1), today()

    @property
    def taps(self) -> list[tuple[Any, str]]:
        """The radio buttons of `what`, each with its icon."""
        return list(zip(self["what"], [icon for _value, icon, _words, _meaning in TAPS], strict=True))

    def clean_key(self) -> uuid.UUID:
        return clean_uuid(self.cleaned_data["key"])

    def clean_category(self) -> Category | None:
        chosen = self.cleaned_data["category"]
        return reference.categories()[int(chosen)] if chosen else None

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("what") in WITH_FINDING:
            if not self.cleaned_data.get("category") and "category" not in self.errors:
                self.add_error("category", gettext("Choose what it is about."))
            if not self.cleaned_data.get("words") and "words" not in self.errors:
                self.add_error("words", gettext("Write what you found."))
        return cleaned

    def seen(self) -> Seen:
        """The visit as the verb wants it. Only of a valid form."""
        data = self.cleaned_data
        means, result, finding = MEANING[data["what"]]
        found = None
        if finding == Finding.FOUND:
            urgency = Urgency(data["urgency"] or Urgency.NORMAL)
            found = Found(data["category"], data["words"], urgency, is_mine=data["is_mine"])
        return Seen(
            key=data["key"],
            means=means,
            result=result,
            finding=finding,
            note=data["note"],
            happened_at=_noon(data["earlier_date"]),
            needs=tuple(int(pk) for pk in data["needs"]),
            photos=tuple(data["photos"]),
            found=found,
        )


def need_words(person: Person, need: NeedAtDoor) -> str:
    """'王秀英 · 独居老人 · overdue by 3 days · at the door only'"""
    said = [person.resident.name, need.kind.name]
    if need.days_late:
        said.append(gettext("overdue by %(n)d d") % {"n": need.days_late})
    elif need.is_due:
        said.append(gettext("due today"))
    if need.wants_the_door:
        said.append(gettext("a call does not count"))
    return " · ".join(said)


def _noon(day: Any) -> datetime | None:
    """An earlier day's visit is put at its noon; today's is now."""
    if day is None or day >= today():
        return None
    return datetime.combine(day, NOON, timezone.get_default_timezone())


def _categories() -> list[tuple[str, str]]:
    return [
        (str(row.pk), f"{row.parent.name} · {row.name}" if row.parent else row.name)
        for row in reference.offered_categories()
    ]


class SearchForm(BaseForm):
    """Looking for a household among those one serves. Sent by POST: what is searched stays out of URLs and logs."""

    q = TextField(longest=60, label=_("Name, door, phone or file number"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_optional_unsaid("q")
        self.fields["q"].widget.attrs.update({"type": "search", "autocomplete": "off", "enterkeyhint": "search"})
