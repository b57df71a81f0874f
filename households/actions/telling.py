"""Who is told what: messages written to the outbox in the transaction of the verb that causes them.

Residents get a text message in the language they asked in. Colleagues get a line in their group chat, which names
no person and no door: a forwarded chat line must give nobody away.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from resilience.outbox.actions import Draft, post
from resilience.outbox.models import Channel

from ..models import EventKind, ServiceRequest
from ..models.clocks import EscalationLevel


def filed(service_request: ServiceRequest) -> None:
    """The resident gets the code and the link; the worker, or the desk, learns of it."""
    drafts = [_to_resident(service_request, EventKind.SUBMITTED)] if _phone(service_request) else []
    kind = EventKind.ASSIGNED if service_request.worker_id else EventKind.SUBMITTED
    post([*drafts, _to_colleagues(service_request, kind)])


def resident(service_request: ServiceRequest, kind: EventKind) -> None:
    """Whoever asked, and whoever asked for the same and was joined to it."""
    told = [service_request, *service_request.twins.select_related("category")]
    post([_to_resident(each, kind, service_request) for each in told if _phone(each)])


def workers(service_request: ServiceRequest, kind: EventKind) -> None:
    """Who has it, or the desk when nobody has."""
    post([_to_colleagues(service_request, kind)])


def desk(service_request: ServiceRequest, kind: EventKind) -> None:
    post([_chat(service_request, kind, _desk_of(service_request))])


def escalated(service_request: ServiceRequest, level: EscalationLevel) -> None:
    """An overdue request: its worker, then the grid's lead, then the desk."""
    to = {
        EscalationLevel.WORKER: f"user:{service_request.worker_id}" if service_request.worker_id else None,
        EscalationLevel.LEAD: f"lead:{service_request.grid_id}" if service_request.grid_id else None,
    }.get(level)
    post([_chat(service_request, EventKind.ESCALATED, to or _desk_of(service_request), f":{int(level)}")])


def link(service_request: ServiceRequest) -> str:
    """The resident's own link, absolute."""
    return settings.SITE_URL + reverse("track", args=[service_request.token])


def _phone(service_request: ServiceRequest) -> str:
    """Who is told: who asked for somebody else, else the person."""
    return service_request.filer_phone or service_request.phone


def _to_resident(service_request: ServiceRequest, kind: EventKind, about: ServiceRequest | None = None) -> Draft:
    with override(service_request.language):
        words = {
            EventKind.SUBMITTED: _("We have your request %(code)s. Follow it here: %(link)s"),
            EventKind.RESOLVED: _("Your request %(code)s is done, we think. Is it? Please tell us: %(link)s"),
            EventKind.REJECTED: _("We cannot take up your request %(code)s. The reason: %(link)s"),
            EventKind.PAUSED: _("We have a question about your request %(code)s: %(link)s"),
            EventKind.CLOSED: _("Your request %(code)s is closed. If it is not done, reopen it: %(link)s"),
            EventKind.MERGED: _(
                "Your request %(code)s goes on together with another of yours or your neighbours’: %(link)s"
            ),
        }.get(kind, _("There is news about your request %(code)s: %(link)s"))
        body = words % {"code": service_request.code_label, "link": link(service_request)}
    return Draft(
        key=_key(about or service_request, kind, f"r{service_request.pk}"),
        channel=Channel.SMS,
        recipient=_phone(service_request),
        body=body,
        about=service_request.code,
    )


def _to_colleagues(service_request: ServiceRequest, kind: EventKind) -> Draft:
    to = f"user:{service_request.worker_id}" if service_request.worker_id else _desk_of(service_request)
    return _chat(service_request, kind, to)


def _desk_of(service_request: ServiceRequest) -> str:
    return f"desk:{service_request.community_id}"


def _chat(service_request: ServiceRequest, kind: EventKind, to: str, suffix: str = "") -> Draft:
    with override(settings.LANGUAGE_CODE):
        body = _("%(what)s: %(code)s (%(urgency)s) %(link)s") % {
            "what": kind.label,
            "code": service_request.code_label,
            "urgency": service_request.get_urgency_display(),
            "link": settings.SITE_URL + reverse("request", args=[service_request.code]),
        }
    return Draft(
        key=_key(service_request, kind, to) + suffix,
        channel=Channel.WEBHOOK,
        recipient=to,
        body=body,
        about=service_request.code,
    )


def _key(service_request: ServiceRequest, kind: EventKind, to: str) -> str:
    """Once per recipient, kind and moment of change: a verb that runs again after a rollback writes the same key."""
    return f"{service_request.pk}:{kind}:{to}:{service_request.updated_at.timestamp():.6f}"
