"""Signing in and changing one's password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = 150
_LONGEST_PASSWORD = 256  # hashing is slow on purpose: a megabyte of password would be a way to stop us
_WRONG = _("The user name or the password is not right. Check both and try again.")


class SignInForm(AuthenticationForm):
    """One fault for a wrong name, a wrong password and a closed account, so that nobody learns which names exist."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=_LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password."), "max_length": _WRONG},
    )
    error_messages = {"invalid_login": _WRONG, "inactive": _WRONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.label = _("User name")
        name.error_messages["required"] = _("Enter your user name.")
        name.widget.attrs.update({"autocapitalize": "none", "spellcheck": "false"})
        name.widget.attrs.pop("autofocus", None)  # a keyboard that jumps up hides the page on a phone


class OwnPasswordForm(PasswordChangeForm):
    """The old password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("autofocus", None)
            field.validators.append(_not_too_long)


def _not_too_long(password: str) -> None:
    if len(password) > _LONGEST_PASSWORD:
        raise forms.ValidationError(
            _("Choose a password of at most %(longest)s characters."), params={"longest": _LONGEST_PASSWORD}
        )
