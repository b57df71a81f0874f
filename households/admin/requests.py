"""Requests with their story. What moves by a verb is only read here; words and phones can be mended."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from households import wording
from households.actions.moves import note_down
from households.actions.requests import phone_index, phone_indexes
from households.models import Actor, Assignment, EventKind, Photo, RequestEvent, RequestItem, ServiceRequest
from resilience.lib import inputs
from resilience.lib.codes import clean_code

from .base import KEPT, Kept, ReadOnly, ReadOnlyInline, SealedSearch, opened_on_the_site

PHONES = ("phone", "filer_phone")
EDITABLE = ["address", "person_name", "phone", "filer_name", "filer_phone", "consent", "text"]


class EventInline(ReadOnlyInline):
    model = RequestEvent
    fk_name = "service_request"
    fields = ["at", "kind", "actor", "by", "moved", "to_worker", "said", "is_public"]
    readonly_fields = ["moved", "said"]
    show_change_link = False
    verbose_name_plural = _("history")

    @admin.display(description=_("state"))
    def moved(self, event: RequestEvent) -> str:
        """From which state to which; nothing for what moved nothing."""
        both = [event.get_from_state_display(), event.get_to_state_display()]
        return " → ".join(str(state) for state in both if state)

    @admin.display(description=_("words"))
    def said(self, event: RequestEvent) -> str:
        return wording.said(event)


class AssignmentInline(ReadOnlyInline):
    model = Assignment
    fields = ["worker", "by", "started_at", "accepted_at", "ended_at", "end_reason", "note"]
    show_change_link = False


class ItemInline(ReadOnlyInline):
    model = RequestItem
    fields = ["category", "words", "state", "every_days", "next_date"]
    show_change_link = False


class RequestForm(forms.ModelForm):
    """Phones are written here and never shown: empty keeps them."""

    phone = forms.CharField(label=_("their phone"), max_length=60, required=False, help_text=KEPT)
    forget_phone = forms.BooleanField(label=_("Take their phone away"), required=False)
    filer_phone = forms.CharField(label=_("phone of who asks"), max_length=60, required=False, help_text=KEPT)
    forget_filer_phone = forms.BooleanField(label=_("Take the phone of who asks away"), required=False)

    class Meta:
        model = ServiceRequest
        fields = EDITABLE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(dict.fromkeys(PHONES, ""))

    def clean_phone(self) -> str:
        return inputs.clean_phone(self.cleaned_data["phone"])

    def clean_filer_phone(self) -> str:
        return inputs.clean_phone(self.cleaned_data["filer_phone"])

    def clean_text(self) -> str:
        return inputs.clean_text(self.cleaned_data["text"], max_length=10_000, multiline=True)


@admin.register(ServiceRequest)
class ServiceRequestAdmin(SealedSearch, Kept):
    form = RequestForm
    sealed = [
        (clean_code, "code", lambda code: (code,)),
        (inputs.clean_phone, "phone_index", phone_indexes),
        (inputs.clean_phone, "filer_phone_index", phone_indexes),
    ]
    list_display = ["printed_code", "state", "urgency", "category", "community", "worker", "created_at", "due_at"]
    list_filter = ["state", "urgency", "source", "rating", "is_excluded"]
    list_select_related = ["category", "community", "worker"]
    search_fields = ["code__startswith", "household__file_number__startswith", "worker__username"]
    search_help_text = _("A code, a file number, a user name or a whole phone.")
    ordering = ["-id"]
    _shown = [
        "printed_code", "state", "urgency", "category", "source", "community", "grid", "building", "household",
        "address", "person_name", "masked_phone", "phone", "forget_phone", "filer_name", "masked_filer_phone",
        "filer_phone", "forget_filer_phone", "opened", "consent", "text", "filed_by", "worker", "created_at",
        "updated_at", "respond_by_at", "resolve_by_at", "due_at",
        "paused_at", "paused_seconds", "responded_at", "resolved_at", "closed_at", "escalation", "reopened", "outcome",
        "rating", "merged_into", "is_excluded",
    ]  # fmt: skip
    fields = [*_shown]
    readonly_fields = [name for name in _shown if name not in RequestForm.base_fields]
    inlines = [EventInline, AssignmentInline, ItemInline]

    opened = opened_on_the_site

    @admin.display(description=_("their phone"))
    def masked_phone(self, service_request: ServiceRequest) -> str:
        return inputs.mask_phone(service_request.phone)

    @admin.display(description=_("phone of who asks"))
    def masked_filer_phone(self, service_request: ServiceRequest) -> str:
        return inputs.mask_phone(service_request.filer_phone)

    @admin.display(description=_("code"), ordering="code")
    def printed_code(self, service_request: ServiceRequest) -> str:
        return service_request.code_label

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Asked for at the desk, where the clocks and messages start."""
        return False

    def save_model(self, request: HttpRequest, obj: ServiceRequest, form: forms.ModelForm, change: bool) -> None:
        """With an event that names what was mended, not the words."""
        said = {name: form.cleaned_data[name] for name in form.changed_data if name in EDITABLE}
        for name in PHONES:
            if form.cleaned_data[f"forget_{name}"]:
                said.setdefault(name, "")
        if not said:
            return
        indexes = {f"{name}_index": phone_index(said[name]) for name in PHONES if name in said}
        event = {"details": {"fields": list(said)}}
        note_down(
            obj, kind=EventKind.EDITED, by=request.user, actor=Actor.DESK, event=event, **said, **indexes  # type: ignore[arg-type]
        )  # fmt: skip


@admin.register(RequestEvent)
class RequestEventAdmin(ReadOnly):
    """Every entry of every story, newest first; an entry is never changed."""

    list_display = ["at", "service_request", "kind", "actor", "by", "to_worker", "is_public"]
    list_filter = ["kind", "actor", "is_public"]
    list_select_related = ["service_request", "by", "to_worker"]
    search_fields = ["service_request__code__startswith", "by__username"]
    ordering = ["-id"]


@admin.register(RequestItem)
class RequestItemAdmin(ReadOnly):
    """What exactly was asked for. What becomes of it is said on the request's page."""

    list_display = ["service_request", "category", "words", "state", "every_days", "next_date"]
    list_filter = ["state"]
    list_select_related = ["service_request", "category"]
    search_fields = ["service_request__code__startswith"]
    ordering = ["-id"]


@admin.register(Photo)
class PhotoAdmin(ReadOnly):
    list_display = ["uid", "service_request", "visit", "is_public", "by", "created_at"]
    list_select_related = ["service_request", "visit", "by"]
    search_fields = ["service_request__code"]
    fields = ["uid", "service_request", "visit", "width", "height", "is_public", "by", "created_at"]
