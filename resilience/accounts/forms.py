"""Signing in and changing one's password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext_lazy as _

from resilience.lib.db import MOST
from resilience.lib.forms import BaseForm, IntegerField, TextField

from .factors import LONGEST_CREDENTIAL, LONGEST_LABEL
from .passwords import LONGEST

_WRONG = _("The phone number, the user name or the password is not right. Check both and try again.")
TOO_MANY_TRIES = _("Too many tries. Wait a few minutes, then try again.")


class SignInForm(AuthenticationForm):
    """One fault for a wrong name, a wrong password and a closed account, so that nobody learns which names exist."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password."), "max_length": _WRONG},
    )
    error_messages = {"invalid_login": _WRONG, "inactive": _WRONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.label = _("Phone number or user name")
        name.error_messages["required"] = _("Enter your phone number or your user name.")
        name.widget.attrs.update({"autocapitalize": "none", "spellcheck": "false"})
        name.widget.attrs.pop("autofocus", None)  # a keyboard that jumps up hides the page on a phone


class OwnPasswordForm(PasswordChangeForm):
    """The old password, and the new one twice. What is wrong with the new one stands beside the first of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("autofocus", None)

    def clean(self) -> dict[str, Any]:
        self.validate_passwords("new_password1", "new_password2")
        self.validate_password_for_user(self.user, "new_password1")
        return self.cleaned_data


class EndSessionForm(BaseForm):
    """Which session is to end: one by its uid, or all others; `factors`: and the second factors with them."""

    session = forms.UUIDField(required=False)
    others = forms.BooleanField(required=False)
    factors = forms.BooleanField(required=False)


class CodeForm(BaseForm):
    """A code of an app, or a recovery code."""

    code = TextField(
        label=_("Verification code"),
        longest=20,
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "class": "input-short",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Enter the code.")},
    )


class PasswordForm(BaseForm):
    """One's password, to confirm who one is."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password."), "max_length": _("This password is not right.")},
    )


class CredentialForm(BaseForm):
    """What the browser proves with a passkey; `passkeys.js` fills it in."""

    credential = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_CREDENTIAL)


class PasskeyForm(CredentialForm):
    """A new passkey, and a name by which its owner knows it."""

    name = TextField(
        label=_("Name of this passkey"),
        longest=LONGEST_LABEL,
        required=False,
        help_text=_("So that you know it again, such as 'my phone' or 'blue USB key'."),
    )


class FactorForm(BaseForm):
    """Which factor, by its number."""

    factor = IntegerField(lo=1, hi=MOST, widget=forms.HiddenInput)
