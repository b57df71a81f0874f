"""The staff's and the hotline's form: everything a resident is asked, on one screen, the household found by search."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from resilience.lib.forms import PhotosField, TextField
from resilience.lib.inputs import mask_phone

from ..models import Region, Resident, Source
from ..models.photos import PHOTOS_A_REQUEST
from .drafts import ME, OTHER, AskForm

OWN_FIELDS = ("source", "household", "community", "address", "photos")


class FilingForm(AskForm):
    """`household` is the uid of one of `found`; without one, `community` and `address` say where."""

    source = forms.ChoiceField(
        label=_("How did it come?"),
        widget=forms.RadioSelect,
        initial=Source.HOTLINE.value,
        choices=[(Source.HOTLINE.value, _("By phone")), (Source.DESK.value, _("At the desk"))],
    )
    household = forms.ChoiceField(label=_("Which door?"), required=False, widget=forms.RadioSelect)
    community = forms.ModelChoiceField(
        label=_("Community"), required=False, queryset=Region.objects.none(), empty_label=None
    )
    address = TextField(
        label=_("Address, if the door is not in the register"),
        longest=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    photos = PhotosField(  # type: ignore[assignment]  # the residents' form keeps them one by one, this one at once
        label=_("Photos"),
        most=PHOTOS_A_REQUEST,
        help_text=_("Up to 4. Choose them last: with a fault in the form they must be chosen again."),
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        doors: list[tuple[str, str]],
        communities: Any,
        is_quiet: bool,
        contact: Resident | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, step="all", files=files, **kwargs)
        self.is_quiet = is_quiet
        self.contact = contact if contact and contact.phone else None
        own = {name: type(self).base_fields[name] for name in OWN_FIELDS}
        self.fields = deepcopy(self.fields | own)  # what the residents' forms share is put in other words here
        self.field("household", forms.ChoiceField).choices = doors
        self.leave_optional_unsaid("household")
        self.offer_rows(communities, "community")
        self._say_it_for_a_caller()
        if self.contact:
            self._keep_their_phone(self.contact)

    def _say_it_for_a_caller(self) -> None:
        """The resident's questions, as somebody asks them on the phone."""
        words = {
            "what": _("What is needed?"),
            "text": _("In the caller’s words"),
            "name": _("Who is asking?"),
            "phone": _("Their phone"),
            "their_name": _("Name of who needs it"),
            "their_phone": _("Phone of who needs it"),
            "consent": _("Does the person know that somebody asks for them?"),
        }
        for name, label in words.items():
            self.fields[name].label = label
            self.fields[name].help_text = ""
        missing = {
            "what": _("Choose at least one thing that is needed."),
            "name": _("Write who is asking."),
            "phone": _("Write a phone number to ring back."),
        }
        for name, fault in missing.items():
            self.fields[name].error_messages["required"] = fault
        self.fields["consent"].error_messages["missing"] = _(
            "Say whether the person knows that somebody asks for them."
        )
        self.field("is_for", forms.ChoiceField).choices = [
            (ME, _("For the caller’s own household")),
            (OTHER, _("For somebody else")),
        ]

    def _keep_their_phone(self, contact: Resident) -> None:
        """The phone of who answers at the door ticked is on file: it is used unseen where none is typed."""
        words = {"name": contact.name, "phone": mask_phone(contact.phone)}
        for name in ("phone", "their_phone"):
            self.fields[name].required = False
            self.fields[name].help_text = _("Of %(name)s %(phone)s is on file: leave this empty to use it.") % words

    def full_clean(self) -> None:
        """While somebody only searches for the door, what is typed so far is shown but not judged."""
        super().full_clean()
        if self.is_quiet:
            self._errors = ErrorDict()

    def refuse_unseen_door(self, only: object) -> None:
        """When one door fits what was searched for and nobody has ticked it: it was not looked at."""
        if only:
            self.errors.pop("address", None)
            self.add_error("household", _("One door fits. Look whether it is the one, tick it, and file again."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._take_their_phone(cleaned)
        if not cleaned.get("household") and "household" not in self.errors:
            if not cleaned.get("address") and "address" not in self.errors:
                self.add_error("address", _("Find the door above, or write the address here."))
            elif not cleaned.get("community") and "community" not in self.errors:
                self.add_error("community", _("Choose the community."))
        return cleaned

    def _take_their_phone(self, cleaned: dict[str, Any]) -> None:
        """Of whom it is on file, by their name; of anybody else who asks a phone is wanted."""
        on_file = {self.contact.name: self.contact.phone} if self.contact else {}
        for name, phone in (("name", "phone"), ("their_name", "their_phone")):
            if not cleaned.get(phone) and phone not in self.errors:
                cleaned[phone] = on_file.get(cleaned.get(name, ""), "")
        if not cleaned.get("phone") and "phone" not in self.errors:
            self.add_error("phone", self.fields["phone"].error_messages["required"])
