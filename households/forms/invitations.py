"""Asking somebody to serve, and accepting that."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from resilience.accounts.models import LONGEST_NAME, User
from resilience.accounts.passwords import LONGEST
from resilience.lib.dates import today
from resilience.lib.forms import BaseForm, DateField, NameField, PhoneField, TextField

from .. import inviting
from ..models import Grid, Region, Role
from ..places import GRID, Place
from ..viewer import Viewer


class InviteForm(BaseForm):
    """Whom, as what, where, from–until. Offers what the viewer may give, and takes nothing else."""

    name = NameField(label=_("Name"), help_text=_("As residents and colleagues read it."))
    phone = PhoneField(
        label=_("Phone number"), required=False, help_text=_("They can sign in with it. Residents do not see it.")
    )
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    place = forms.ChoiceField(label=_("Where"))
    from_date = DateField(label=_("From"))
    until = DateField(label=_("Until"), required=False, help_text=_("The last day. Empty: until further notice."))

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer = viewer
        self.field("role", forms.ChoiceField).choices = [(str(r), r.label) for r in inviting.roles_to_give(viewer)]
        offered = inviting.places_to_give(viewer)
        if offered:
            self.field("place", forms.ChoiceField).choices = [(each.key, _place_words(each)) for each in offered]
        else:
            self.fields["place"] = TextField(
                label=_("Where"), longest=15, help_text=_("The code of a grid (15 digits), community (12) or region.")
            )
        self.fields["from_date"].initial = self.field("from_date", DateField).lo = today()

    def clean_place(self) -> Region | Grid:
        place = inviting.place_to_give(self._viewer, self.cleaned_data["place"])
        if place is None:
            raise ValidationError(_("There is no such place among yours."), code="place")
        return Grid.objects.get(pk=place.pk) if place.kind == GRID else Region.objects.get(pk=place.pk)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


def _place_words(place: Place) -> str:
    return f"{place.name} ({place.code})" if place.kind != GRID else f"— {place.name} ({place.code[-3:]})"


class AcceptForm(BaseForm):
    """A user name and a password for who was invited."""

    username = forms.CharField(
        label=_("User name"),
        max_length=LONGEST_NAME,
        help_text=_("To sign in with, beside your phone number. Letters, digits and @ . + - _"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=LONGEST,
        help_text=_("At least 10 characters. Best are three or four words that do not belong together."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The password once more"),
        strip=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        """`person`: an unsaved user with the name and phone of who was invited."""
        super().__init__(*args, **kwargs)
        self._person = person

    def clean_username(self) -> str:
        username = User.normalize_username(self.cleaned_data["username"])
        User._meta.get_field("username").run_validators(username)
        if User.objects.filter(username=username).exists():
            raise ValidationError(_("Somebody has this user name already."), code="unique")
        return str(username)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        password, again = cleaned.get("password"), cleaned.get("again")
        if password and again and password != again:
            self.add_error("again", ValidationError(_("The two passwords are not the same."), code="mismatch"))
        if password:
            self._person.username = cleaned.get("username", "")
            try:
                validate_password(password, self._person)
            except ValidationError as fault:
                self.add_error("password", fault)
        return cleaned
