"""What is kept of messages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from resilience.lib.classified import DUTY, Map, Retention, Use, classify

MESSAGES = Use(
    title=_("Messages to you"),
    what=_("The number a message goes to and its text, sealed."),
    purpose=_("So that you hear what becomes of your request."),
    basis=DUTY,
    retention=Retention("messages", _("90 days after it was sent"), days=90),
    seen_by=_("administrators see that a message went out, not its text"),
)
MAP: Map = {
    "outbox.Message": classify(
        MESSAGES,
        internal="id uid key channel about state tries next_try_at last_error created_at sent_at",
        sensitive="recipient body",
    ),
}
