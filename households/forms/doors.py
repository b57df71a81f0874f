"""Renewing a door's code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from resilience.lib.forms import BaseForm, TextField


class RenewForm(BaseForm):
    why = TextField(
        label=_("Why is the code renewed?"), longest=500,
        help_text=_("For example: the label was torn off, or photographed and shared."),
        error_messages={"required": _("Say why the code is renewed.")},
    )  # fmt: skip
