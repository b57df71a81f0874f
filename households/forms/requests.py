"""The forms of a request's page: one small form a verb."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from resilience.lib.forms import PhotosField, TextField

from .. import reference
from ..models import PHOTOS_A_REQUEST, Category, ServiceRequest, State, Urgency
from .deeds import Deed
from .items import coming_back

LONGEST_WORDS = 2_000
FOR_GOOD = "for_good"


def _words(**more: Any) -> TextField:
    return TextField(longest=LONGEST_WORDS, **{"rows": 3, **more})


class ReplyForm(Deed):
    slug, label, button, icon = "reply", _("Write to the resident"), _("Send the reply"), "message-square"
    text = _words(
        label=_("What do you want to say?"), help_text=_("They read this on their page, and get a message by phone."),
        error_messages={"required": _("Write what you want to say.")},
    )  # fmt: skip

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.state not in (State.CANCELLED, State.MERGED)


class NoteForm(Deed):
    slug, label, button, icon = "note", _("Note for colleagues"), _("Save the note"), "pencil"
    text = _words(
        label=_("Note"), help_text=_("Only colleagues read this."),
        error_messages={"required": _("Write the note.")},
    )  # fmt: skip

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return True


class PauseForm(Deed):
    slug, label, button, icon = "pause", _("Ask the resident"), _("Ask, and wait for the answer"), "circle-help"
    hint = _("The clock stands still until they answer.")
    question = _words(label=_("What do you need to know?"), error_messages={"required": _("Write your question.")})

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.is_open and service_request.paused_at is None


class ResumeForm(Deed):
    slug, label, button, icon = "resume", _("They have answered"), _("Let the clock run again"), "play"
    note = _words(label=_("What did they say?"), required=False)

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.paused_at is not None


class ResolveForm(Deed):
    slug, label, button, icon = "resolve", _("It is done"), _("Report it as done"), "circle-check"
    what_was_done = _words(
        label=_("What was done?"), help_text=_("The resident reads this and is asked whether it is done."),
        error_messages={"required": _("Say what was done: the resident reads this.")},
    )  # fmt: skip
    again = forms.ChoiceField(
        label=_("Part of this comes back. Is it done for now, or for good?"), widget=forms.RadioSelect, required=False
    )
    photos = PhotosField(
        most=PHOTOS_A_REQUEST, label=_("Photos"), help_text=_("At most 4. The place where they were taken is removed.")
    )

    def prepare(self) -> None:
        coming = coming_back(self.service_request)
        if not coming:
            del self.fields["again"]
            return
        days = _(", ").join(f"{words} {date_format(day, 'SHORT_DATE_FORMAT')}" for words, day in coming)
        self.field("again", forms.ChoiceField).choices = [
            ("for_now", _("For now; needed again: %(days)s") % {"days": days}),
            (FOR_GOOD, _("For good; nothing of it is needed again")),
        ]
        self.fields["again"].initial = "for_now"

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self.cleaned_data["for_good"] = self.cleaned_data.get("again") == FOR_GOOD
        self.cleaned_data["is_resting"] = "again" in self.fields and not self.cleaned_data["for_good"]
        return cleaned

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.can_become(State.RESOLVED)


class TakeUpForm(Deed):
    slug, label, button, icon = "take-up", _("Take it up"), _("Take it up"), "check"

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.state in (State.SUBMITTED, State.REOPENED)

    @classmethod
    def is_done(cls, service_request: ServiceRequest) -> bool:
        return service_request.state == State.ACCEPTED


class EditForm(Deed):
    slug, label, button, icon = "edit", _("Correct kind or urgency"), _("Save the correction"), "pencil"
    hint = _("The clocks are counted anew from when they started.")
    category = forms.ChoiceField(label=_("What is it about?"))
    urgency = forms.ChoiceField(label=_("How urgent is it?"), choices=Urgency.choices, widget=forms.RadioSelect)
    why = TextField(
        longest=300, label=_("Why do you change it?"), error_messages={"required": _("Say why you change it.")}
    )

    def prepare(self) -> None:
        self.field("category", forms.ChoiceField).choices = [
            (str(pk), name) for pk, name in _category_choices(self.service_request)
        ]
        self.fields["category"].initial = str(self.service_request.category_id)
        self.fields["urgency"].initial = self.service_request.urgency

    def clean_category(self) -> Category:
        return reference.categories()[int(self.cleaned_data["category"])]

    def clean_urgency(self) -> Urgency:
        return Urgency(self.cleaned_data["urgency"])


def _category_choices(service_request: ServiceRequest) -> list[tuple[int, str]]:
    """What is offered, finer kinds after their tile, and what the request has even if it is offered no more."""
    rows = {row.pk: row for row in reference.offered_categories()}
    rows.setdefault(service_request.category_id, service_request.category)
    return [(row.pk, f"{row.parent.name} · {row.name}" if row.parent else row.name) for row in rows.values()]


class RejectForm(Deed):
    slug, label, button, icon = "reject", _("Not to be taken up"), _("Refuse the request"), "ban"
    tone = "danger"
    reason = _words(
        label=_("Why can it not be taken up?"), help_text=_("The resident reads this."),
        error_messages={"required": _("Say why: the resident reads this.")},
    )  # fmt: skip
    is_excluded = forms.BooleanField(required=False, label=_("Not lawful or not ours: leave it out of the three rates"))

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.can_become(State.REJECTED)


class ReopenForm(Deed):
    slug, label, button, icon = "reopen", _("Open it again"), _("Open it again"), "rotate-ccw"
    words = _words(
        label=_("Why is it opened again?"), help_text=_("The resident reads this."),
        error_messages={"required": _("Say why it is opened again.")},
    )  # fmt: skip

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.can_become(State.REOPENED) and service_request.state != State.CANCELLED


class TakeBackForm(Deed):
    slug, label, button, icon = "take-back", _("It is needed after all"), _("Take the cancellation back"), "rotate-ccw"

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.state == State.CANCELLED


class CancelForm(Deed):
    slug, label, button, icon = "cancel", _("They do not need it any more"), _("Cancel it for them"), "circle-x"
    tone = "danger"
    hint = _("Only when the person has said so, for example on the phone.")
    why = _words(label=_("What did they say?"), error_messages={"required": _("Write what they said.")})

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        return service_request.can_become(State.CANCELLED)
