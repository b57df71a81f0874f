"""The outbox, to read: what went out, what waits, what was given up.

Recipients are masked. The words stand on a message's own page, so that a list on a screen tells nobody anything.
"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from resilience.lib.inputs import mask_phone

from .models import Message


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    list_display = [
        "created_at",
        "channel",
        "about",
        "masked",
        "state",
        "tries",
        "next_try_at",
        "sent_at",
        "last_error",
    ]
    list_filter = ["state", "channel"]
    search_fields = ["about"]
    search_help_text = _("The code of the request it is about.")
    show_full_result_count = False
    list_per_page = 50
    ordering = ["-id"]
    actions = None
    fields = [
        "channel",
        "about",
        "masked",
        "body",
        "state",
        "tries",
        "next_try_at",
        "last_error",
        "created_at",
        "sent_at",
    ]
    readonly_fields = ["masked"]

    @admin.display(description=_("recipient"))
    def masked(self, message: Message) -> str:
        """A phone without its middle, an e-mail by its house; a desk's or a worker's key names nobody and stays."""
        recipient = message.recipient
        if "@" in recipient:
            return f"{recipient[0]}***@{recipient.rpartition('@')[2]}"
        return recipient if ":" in recipient else mask_phone(recipient)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
