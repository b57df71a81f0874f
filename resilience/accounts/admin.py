"""People with an account. Their appointments are beneath, put there by the core."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from resilience.lib.inputs import clean_date, clean_phone, mask_phone
from resilience.lib.quiet_search import QuietSearch

from .actions.sessions import end_all
from .confirming import View, recently_confirmed
from .models import User, have_phone, phone_index

admin.site.unregister(Group)  # what somebody may do is an appointment
admin.site.unregister([EmailAddress, Authenticator])  # nobody changes how somebody else signs in


class PersonForm(UserChangeForm):
    """The phone number is written here and shown masked: empty keeps it."""

    phone = forms.CharField(
        label=_("phone"), max_length=60, required=False, help_text=_("Never shown here. Empty keeps what is on file.")
    )
    forget_phone = forms.BooleanField(label=_("Take the phone number off the account"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["phone"] = ""

    def clean_phone(self) -> str:
        phone = clean_phone(self.cleaned_data["phone"])
        if phone and User.objects.filter(have_phone(phone)).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Somebody else signs in with this phone number."))
        return phone

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        kept = "" if said.get("forget_phone") else self.instance.phone
        said["phone"] = said.get("phone") or kept
        self.instance.phone_index = phone_index(said["phone"])
        return said

    def clean_away_until_date(self) -> date | None:
        day: date | None = self.cleaned_data["away_until_date"]
        return clean_date(day.isoformat()) if day else None


class Confirmed(admin.ModelAdmin):
    """Rows that let somebody in, or let them do more: whoever writes one says first who they are."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Of a new row, or of one there is."""
        return self._confirmed(super().changeform_view, request, *args, **kwargs)

    def _confirmed(self, view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """To whoever may not change it the page says no as ever."""
        may = self.has_change_permission(request)
        return (recently_confirmed(view) if may else view)(request, *args, **kwargs)


@admin.register(User)
class PeopleAdmin(QuietSearch, Confirmed, UserAdmin):
    """Never deleted: what they did stays theirs. Somebody who leaves is made inactive."""

    form = PersonForm
    list_display = ["username", "name", "is_active", "is_superuser", "away_until_date", "last_login"]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["username", "name"]
    ordering = ["username"]
    show_full_result_count = False
    filter_horizontal = []
    readonly_fields = ["masked_phone", "last_login", "date_joined"]
    actions = None
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Who"), {"fields": ["name", "masked_phone", "phone", "forget_phone", "email", "away_until_date"]}),
        (_("What they may do"), {"fields": ["is_active", "is_superuser"]}),
        (_("When"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "name", "password1", "password2"]})]

    @admin.display(description=_("phone on file"))
    def masked_phone(self, user: User) -> str:
        return mask_phone(user.phone)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:
        if obj.is_active:
            obj.dormant_since = None
        super().save_model(request, obj, form, change)
        if not obj.is_active:  # and none of them comes back when the account does
            end_all(obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """A new password from the administrator ends whatever was opened with the old one."""
        response = self._confirmed(super().user_change_password, request, id, form_url)
        if response.status_code == HTTPStatus.FOUND and (user := self.get_object(request, id)):
            end_all(user, but=request.session.session_key or "")
        return response

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
