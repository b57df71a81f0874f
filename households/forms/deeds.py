"""What a verb's form on the page of a request is: who may, when it is offered, and what the person saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from resilience.lib.forms import BaseForm

from ..models import ServiceRequest


@dataclass(frozen=True, slots=True)
class Standing:
    """What the viewer is to one request: has it now, decides about it, or only sees it."""

    has_it: bool
    manages: bool


def seen_of(service_request: ServiceRequest) -> str:
    """What of a request a form rests on; another value when it comes back means somebody was faster."""
    return f"{service_request.state}.{service_request.worker_id or ''}.{service_request.reopened}"


class Deed(BaseForm):
    """One verb. `slug` names its URL (`request-<slug>`), its button and the form that opens by `?do=<slug>`."""

    slug: ClassVar[str]
    label: ClassVar[Promise | str]  # on the button that opens it, and as its heading
    button: ClassVar[Promise | str]  # on the button that sends it
    icon: ClassVar[str] = "check"
    tone: ClassVar[str] = ""  # "danger": the button that sends it warns
    hint: ClassVar[Promise | str] = ""

    do_not_call_in_templates = True  # the page lists the classes themselves

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, service_request: ServiceRequest, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{self.slug}_%s")
        super().__init__(*args, **kwargs)
        self.service_request = service_request
        self.fields["seen"].initial = seen_of(service_request)
        self.prepare()

    def prepare(self) -> None:
        """For what a form takes from its request: choices, first values."""

    @classmethod
    def may(cls, standing: Standing) -> bool:
        """Whether somebody of that standing has the right at all."""
        return standing.has_it or standing.manages

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        """Whether the request is in a state where it makes sense."""
        return service_request.is_open

    @classmethod
    def is_plain(cls) -> bool:
        """Nothing to fill in: a button and no more."""
        return list(cls.base_fields) == ["seen"]

    @property
    def is_stale(self) -> bool:
        """Whether the request moved on since the person saw it. A form without `seen` rests on nothing."""
        seen = self.data.get("seen", "")
        return bool(seen) and seen != seen_of(self.service_request)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.is_stale:
            self.add_error(None, _("Somebody else changed this request a moment ago. Look at it again, then decide."))
        return cleaned
