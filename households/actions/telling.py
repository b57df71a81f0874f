"""Who is told what: messages written to the outbox in the transaction of the verb that causes them.

Residents get a text message in the language they asked in. Colleagues get a line in their group chat, which names
no person and no door: a forwarded chat line must give nobody away. Where somebody in charge must not miss it (life in
danger, a clock that ran out, a resident who is not satisfied), leads and staff who left an address get the same line
by e-mail as well.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from resilience.outbox.actions import Draft, post
from resilience.outbox.models import Channel

from .. import phone_proof
from ..models import Appointment, EventKind, Region, Role, ServiceRequest, Urgency
from ..models.clocks import EscalationLevel

_TO_RESIDENT = {
    EventKind.SUBMITTED: gettext_lazy("We have your request %(code)s. Follow it here: %(link)s"),
    EventKind.RESOLVED: gettext_lazy("Your request %(code)s is done, we think. Is it? Please tell us: %(link)s"),
    EventKind.REJECTED: gettext_lazy("We cannot take up your request %(code)s. The reason: %(link)s"),
    EventKind.PAUSED: gettext_lazy("We have a question about your request %(code)s: %(link)s"),
    EventKind.CLOSED: gettext_lazy("Your request %(code)s is closed. If it is not done, reopen it: %(link)s"),
    EventKind.MERGED: gettext_lazy(
        "Your request %(code)s goes on together with another of yours or your neighbours’: %(link)s"
    ),
}
_AGAIN = gettext_lazy(
    "Your own link to request %(code)s. Pass it on to nobody, it shows that you read this phone: %(link)s"
)
_NEWS = gettext_lazy("There is news about your request %(code)s: %(link)s")


def filed(service_request: ServiceRequest) -> None:
    """The resident gets the code and the link; the worker, or the desk, learns of it. Life in danger: everybody."""
    drafts = [_to_resident(service_request, EventKind.SUBMITTED)] if service_request.asker_phone else []
    kind = EventKind.ASSIGNED if service_request.worker_id else EventKind.SUBMITTED
    if service_request.urgency == Urgency.LIFE:
        post([*drafts, *_to_everybody(service_request, kind)])
        return
    post([*drafts, _to_colleagues(service_request, kind)])


def danger(service_request: ServiceRequest) -> None:
    """It turned out that life is in danger: everybody who could act hears of it at once."""
    post(_to_everybody(service_request, EventKind.EDITED))


def reopened(service_request: ServiceRequest) -> None:
    """'Not fixed' reaches the people in charge."""
    post(_to_those_in_charge(service_request, EventKind.REOPENED))


def resident(service_request: ServiceRequest, kind: EventKind) -> None:
    """Whoever asked, and whoever asked for the same and was joined to it."""
    told = [service_request, *service_request.twins.select_related("category")]
    post([_to_resident(each, kind, service_request) for each in told if each.asker_phone])


def workers(service_request: ServiceRequest, kind: EventKind) -> None:
    """Who has it, or the desk when nobody has."""
    post([_to_colleagues(service_request, kind)])


def desk(service_request: ServiceRequest, kind: EventKind) -> None:
    post([_chat(service_request, kind, _desk_of(service_request))])


def escalated(service_request: ServiceRequest, level: EscalationLevel) -> None:
    """An overdue request: its worker, then the grid's lead, then the desk."""
    to = {
        EscalationLevel.WORKER: _worker_of(service_request),
        EscalationLevel.LEAD: _lead_of(service_request),
    }.get(level) or _desk_of(service_request)
    roles = {EscalationLevel.LEAD: [Role.LEAD], EscalationLevel.DESK: [Role.STAFF]}.get(level, [])
    kind, suffix = EventKind.ESCALATED, f":{int(level)}"
    post([_chat(service_request, kind, to, suffix), *_mails(service_request, kind, *roles, suffix=suffix)])


def link(service_request: ServiceRequest) -> str:
    """The resident's own link, absolute, with the key that only a message to their phone holds."""
    key = phone_proof.key_of(service_request)
    return settings.SITE_URL + reverse("track-by-message", args=[service_request.token, key])


def link_again(service_request: ServiceRequest) -> None:
    """The link once more, for who lost the message or wants what opens by it alone."""
    with override(service_request.language):
        body = _AGAIN % {"code": service_request.code_label, "link": link(service_request)}
    key = f"{service_request.pk}:link:{timezone.now().timestamp():.6f}"
    post([Draft(key, Channel.SMS, service_request.asker_phone, body, service_request.code)])


def to_office(community: Region, key: str, body: str, *roles: Role, about: str) -> list[Draft]:
    """To the desk's group chat, and by e-mail to those with one of `roles` there, or for more than it, who left one.

    `key` of the thing told; the first line of `body` is an e-mail's subject.
    """
    around = [community.code[:digits] for digits in (4, 6, 9, 12)]
    held = Appointment.objects.held().of_role(*roles).filter(region__code__in=around).exclude(user__email="")
    chat = Draft(f"{key}:desk", Channel.WEBHOOK, f"desk:{community.pk}", body, about)
    mails = sorted(set(held.values_list("user_id", "user__email")))
    return [chat, *(Draft(f"{key}:mail:{user}", Channel.EMAIL, email, body, about) for user, email in mails)]


def _to_resident(service_request: ServiceRequest, kind: EventKind, about: ServiceRequest | None = None) -> Draft:
    with override(service_request.language):
        words = str(_TO_RESIDENT.get(kind, _NEWS))
        body = words % {"code": service_request.code_label, "link": link(service_request)}
    return Draft(
        key=_key(about or service_request, kind, f"r{service_request.pk}"),
        channel=Channel.SMS,
        recipient=service_request.asker_phone,
        body=body,
        about=service_request.code,
    )


def _to_colleagues(service_request: ServiceRequest, kind: EventKind) -> Draft:
    return _chat(service_request, kind, _worker_of(service_request) or _desk_of(service_request))


def _to_everybody(service_request: ServiceRequest, kind: EventKind) -> list[Draft]:
    """Worker, lead and desk."""
    return _to_those_in_charge(service_request, kind, _worker_of(service_request))


def _to_those_in_charge(service_request: ServiceRequest, kind: EventKind, worker: str = "") -> list[Draft]:
    """Lead and desk, by e-mail, too."""
    told = [worker, _lead_of(service_request), _desk_of(service_request)]
    chats = [_chat(service_request, kind, to) for to in told if to]
    return [*chats, *_mails(service_request, kind, Role.LEAD, Role.STAFF)]


def _worker_of(service_request: ServiceRequest) -> str:
    return f"user:{service_request.worker_id}" if service_request.worker_id else ""


def _lead_of(service_request: ServiceRequest) -> str:
    return f"lead:{service_request.grid_id}" if service_request.grid_id else ""


def _desk_of(service_request: ServiceRequest) -> str:
    return f"desk:{service_request.community_id}"


def _chat(service_request: ServiceRequest, kind: EventKind, to: str, suffix: str = "") -> Draft:
    return Draft(
        key=_key(service_request, kind, to) + suffix,
        channel=Channel.WEBHOOK,
        recipient=to,
        body=f"{_what(service_request, kind)} {_staff_link(service_request)}",
        about=service_request.code,
    )


def _mails(service_request: ServiceRequest, kind: EventKind, *roles: Role, suffix: str = "") -> list[Draft]:
    """To leads of its grid and staff of its community, of these roles, as far as they left an address."""
    if not roles:
        return []
    here = Q(region=service_request.community_id) | Q(grid=service_request.grid_id, grid__isnull=False)
    held = Appointment.objects.held().of_role(*roles).filter(here).exclude(user__email="")
    body = f"{_what(service_request, kind)}\n{_staff_link(service_request)}"  # the first line is the subject
    return [
        Draft(
            key=_key(service_request, kind, f"mail:{user}") + suffix,
            channel=Channel.EMAIL,
            recipient=email,
            body=body,
            about=service_request.code,
        )
        for user, email in sorted(set(held.values_list("user_id", "user__email")))
    ]


def _what(service_request: ServiceRequest, kind: EventKind) -> str:
    """What colleagues read: what happened, to which request, how urgent."""
    with override(settings.LANGUAGE_CODE):
        return _("%(what)s: %(code)s (%(urgency)s)") % {
            "what": kind.label,
            "code": service_request.code_label,
            "urgency": Urgency(service_request.urgency).label,
        }


def _staff_link(service_request: ServiceRequest) -> str:
    return settings.SITE_URL + reverse("request", args=[service_request.code])


def _key(service_request: ServiceRequest, kind: EventKind, to: str) -> str:
    """Once per recipient, kind and moment of change: a verb that runs again after a rollback writes the same key."""
    return f"{service_request.pk}:{kind}:{to}:{service_request.updated_at.timestamp():.6f}"
