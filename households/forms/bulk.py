"""Giving several requests to one worker: choose, look at what would change, confirm."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from resilience.accounts.models import User
from resilience.lib.forms import BaseForm, TextField

from ..candidates import Candidate, who_could
from ..models import ServiceRequest


class BulkAssignForm(BaseForm):
    """`seen` says in which version each request was when the preview was looked at."""

    worker = forms.ChoiceField(
        label=_("To whom?"),
        widget=forms.RadioSelect(),
        error_messages={"required": _("Choose somebody."), "invalid_choice": _("Choose somebody who is there.")},
    )
    note = TextField(longest=500, rows=2, required=False, label=_("A word for them"))

    def __init__(self, *args: Any, rows: Sequence[ServiceRequest], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        self.field("worker", forms.ChoiceField).choices = [
            (str(each.worker.uid), f"{each.worker} · {each.words}") for each in self.candidates if not each.is_away
        ]

    @cached_property
    def candidates(self) -> list[Candidate]:
        return who_could(self.rows) if self.rows else []

    @property
    def absent(self) -> list[Candidate]:
        return [each for each in self.candidates if each.is_away]

    def clean_worker(self) -> User:
        chosen = self.cleaned_data["worker"]
        return next(each.worker for each in self.candidates if str(each.worker.uid) == chosen)

    def refuse_changed(self, seen: Sequence[str]) -> None:
        """An error that names the requests that are not any more as they were `seen`."""
        now = {version(row): row for row in self.rows}
        changed = [row.code_label for key, row in now.items() if key not in seen]
        missing = len(seen) - (len(now) - len(changed))
        if changed:
            words = gettext("Changed since you looked: %(codes)s. Look at the list again, then confirm.")
            self.add_error(None, ValidationError(words % {"codes": ", ".join(changed)}))
        elif missing:
            self.add_error(None, ValidationError(gettext("The list has changed. Look at it again, then confirm.")))


def version(service_request: ServiceRequest) -> str:
    """Which version of which request."""
    return f"{service_request.code}.{service_request.updated_at.timestamp():.6f}"
