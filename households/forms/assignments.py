"""The forms of who has a request: accept, start, decline, hand over, assign."""

from __future__ import annotations

from functools import cached_property

from django import forms
from django.utils.translation import gettext_lazy as _

from resilience.accounts.models import User
from resilience.lib.forms import TextField

from ..candidates import Candidate, candidates
from ..models import WITH_WORKER_STATES, ServiceRequest, State
from .deeds import Deed

MOST_RADIOS = 8  # more people than that are a drop-down


class MineForm(Deed):
    """A verb of the worker it is with."""

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.state in WITH_WORKER_STATES


class AcceptForm(MineForm):
    slug, label, button, icon = "accept", _("Accept"), _("Accept: I take care of it"), "check"

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.state == State.ASSIGNED and getattr(service_request, "accepted_at", None) is None

    @classmethod
    def is_done(cls, service_request: ServiceRequest) -> bool:
        return service_request.state in WITH_WORKER_STATES and not cls.fits(service_request)


class StartForm(MineForm):
    slug, label, button, icon = "start", _("Start"), _("Start: on the way or on the phone"), "footprints"

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.state == State.ASSIGNED

    @classmethod
    def is_done(cls, service_request: ServiceRequest) -> bool:
        return service_request.state == State.IN_PROGRESS


class DeclineForm(MineForm):
    slug, label, button, icon = "decline", _("I cannot do this"), _("Give it back to the desk"), "x"
    reason = TextField(
        longest=500, rows=3, label=_("Why can you not do it?"), help_text=_("The desk reads this."),
        error_messages={"required": _("Say why, so that the desk can find somebody else.")},
    )  # fmt: skip


class ToWorkerForm(Deed):
    """A verb that names a colleague."""

    worker = forms.ChoiceField(
        label=_("To whom?"), error_messages={"required": _("Choose somebody."), "invalid_choice": _("Choose somebody.")}
    )

    @cached_property
    def candidates(self) -> list[Candidate]:
        return candidates(self.service_request)

    def prepare(self) -> None:
        field = self.field("worker", forms.ChoiceField)
        choices = [(str(each.worker.uid), f"{each.worker} · {each.words}") for each in self.candidates]
        many = len(choices) > MOST_RADIOS
        field.widget = forms.Select() if many else forms.RadioSelect()
        field.choices = [("", _("Choose somebody")), *choices] if many else choices

    def clean_worker(self) -> User:
        chosen = self.cleaned_data["worker"]
        return next(each.worker for each in self.candidates if str(each.worker.uid) == chosen)


class HandOverForm(MineForm, ToWorkerForm):
    slug, label, button, icon = "hand-over", _("Hand over to a colleague"), _("Hand over"), "users"
    hint = _("The clock runs on.")
    why = TextField(
        longest=500, rows=3, label=_("Why do you hand it over?"),
        error_messages={"required": _("Say why you hand it over.")},
    )  # fmt: skip


class AssignForm(ToWorkerForm):
    slug, label, button, icon = "assign", _("Give it to a worker"), _("Assign"), "user-plus"
    note = TextField(longest=500, label=_("Note for the worker"), required=False)

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.is_open
